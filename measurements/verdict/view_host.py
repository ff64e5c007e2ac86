"""What the Host arms show: {address of T, of C} x {Host T, Host C}, the same written otherwise, over TLS."""

from dataclasses import dataclass
from functools import cached_property

from measurements.schema.records import HTTPTransaction, TCPConnect, TLSHandshake
from measurements.verdict.compare import (
    Kind,
    Page,
    compare,
    page_of_control,
    page_of_transaction,
    tampered,
)
from measurements.verdict.symbols import LOCAL, SUCCESS, Decision, sequential, symbol
from measurements.verdict.urls import redirect_target, split_url
from measurements.verdict.view_answer import AnswerView

EXPERIMENT = "http_host"
VARIANTS = ("h6", "h6c")


@dataclass(frozen=True, kw_only=True)
class HostView(AnswerView):
    """The answer, and those to requests that differ from it in one thing."""

    arms: dict[str, list[HTTPTransaction]]
    arm_connects: dict[str, list[TCPConnect]]
    arm_handshakes: dict[str, list[TLSHandshake]]

    @cached_property
    def experimented(self) -> bool:
        """The Host arms were run."""
        return bool(self.arm_connects)

    def letters(self, arm: str) -> list[str]:
        """A letter for each trial of an arm: S where any answer came."""
        answers = {t.transaction_id: t for t in self.arms.get(arm, [])}
        found = []
        for c in self.arm_connects.get(arm, []):
            t = answers.get(c.transaction_id)
            if t is None:
                found.append(symbol(c.failure) if c.failure else LOCAL)
            else:
                found.append(SUCCESS if t.status_code is not None else symbol(t.failure))
        return [s for s in found if s != LOCAL]

    def _interfered(self, t: HTTPTransaction) -> bool:
        """This trial met what the base visit met."""
        if t.status_code is None:
            return self.status == 0 and t.failure is not None
        if self.status == 0 or self.page is None:
            return False
        if self.target is not None:
            there = redirect_target(t)
            return there is not None and split_url(there)[1] == split_url(self.target)[1]
        if redirect_target(t) is not None:
            return False
        return self._is(compare(page_of_transaction(t), self.page), Kind.SAME, Kind.SIMILAR)

    def share(self, arm: str) -> float | None:
        """How many of an arm's trials met it, 0 to 1; None where none was run."""
        trials = [t for t in self.arms.get(arm, []) if symbol(t.failure) != LOCAL]
        return sum(self._interfered(t) for t in trials) / len(trials) if trials else None

    @cached_property
    def again(self) -> bool:
        """It came again when the same was asked again: three quarters of the times at least; or no
        answer came so often, however the request was written, that chance does not do it."""
        share = self.share("h1")
        often = share is not None and share >= 0.7
        return often or (share is not None and self.status == 0 and self._fails_too_often)

    @cached_property
    def _fails_too_often(self) -> bool:
        trials = [s != SUCCESS for arm in ("h1", *VARIANTS) for s in self.letters(arm)]
        return sequential([True, *trials]) is Decision.BROKEN

    @cached_property
    def gone(self) -> bool:
        """It did not come again."""
        share = self.share("h1")
        return share is not None and share <= 0.25

    @cached_property
    def host_keyed(self) -> bool:
        """The name brings it to the control's address as well, where another name is left alone."""
        theirs, other = self.share("h3"), self.share("h4")
        return theirs is not None and theirs >= 0.5 and other == 0.0

    @cached_property
    def only_here(self) -> bool:
        """Asked of the control's address by the same name, something else comes."""
        theirs = self.share("h3")
        return theirs is not None and theirs < 0.5

    @cached_property
    def there_too(self) -> bool:
        """It comes from the control's address as well, whatever is asked for."""
        theirs = self.share("h3")
        return theirs is not None and theirs >= 0.5

    @cached_property
    def by_name(self) -> bool:
        """It is the name in the request: it comes again, and another place or another spelling shows it;
        or the control's own address shows it each time."""
        if self.gone:
            return False
        if self.again and (self.host_keyed or self.escaped is not None):
            return True
        return self.host_keyed and self.share("h3") == 1.0

    @cached_property
    def escaped(self) -> HTTPTransaction | None:
        """The same request, written otherwise, got another answer from the same address: the site's
        own. Only a machine that reads in between can tell the two apart."""
        for name in VARIANTS:
            share = self.share(name)
            if share is None or share > 0.25:
                continue
            for t in self.arms.get(name, []):
                if t.status_code is not None and self._is_the_sites(t):
                    return t
        return None

    def _is_the_sites(self, t: HTTPTransaction) -> bool:
        """A variant's answer counts as the site's: like the control's or the twin's, or, where
        neither can be compared, any answer that is no refusal of the odd spelling (400)."""
        if self.status == 0:
            return True
        references = [r for r in (self.control_page, self.twin_page) if r is not None]
        page = page_of_transaction(t)
        found = [compare(page, r).kind for r in references]
        if any(kind in {Kind.SAME, Kind.SIMILAR} for kind in found):
            return True
        if Kind.DIFFERENT in found:
            return False
        return t.status_code is not None and t.status_code < 400

    @cached_property
    def control_page(self) -> Page | None:
        """The control's page, where it has one."""
        return (
            page_of_control(self.control) if self.control is not None and self.control_ok else None
        )

    @cached_property
    def twin(self) -> HTTPTransaction | None:
        """The same URL over TLS with a good chain: what the site itself says to this place."""
        good = {h.transaction_id for h in self.arm_handshakes.get("t1", []) if h.failure is None}
        for t in self.arms.get("t1", []):
            if t.transaction_id in good and t.status_code is not None:
                return t
        return None

    @cached_property
    def twin_page(self) -> Page | None:
        """The twin, for comparing; a redirect cannot be compared with a page."""
        if self.twin is None or redirect_target(self.twin) is not None:
            return None
        return page_of_transaction(self.twin)

    @cached_property
    def twin_agrees(self) -> bool:
        """Over TLS the site itself says the same."""
        if self.twin is None or self.page is None:
            return False
        if self.is_redirect or redirect_target(self.twin) is not None:
            ours, theirs = self.target, redirect_target(self.twin)
            return bool(ours and theirs) and split_url(ours or "")[1] == split_url(theirs or "")[1]
        return self._is(compare(self.page, page_of_transaction(self.twin)), Kind.SAME, Kind.SIMILAR)

    @cached_property
    def twin_differs(self) -> bool:
        """Over TLS the site itself says something else, and no refusal."""
        return (
            self.twin_page is not None
            and self.page is not None
            and not self.is_redirect
            and self.twin_page.status_code < 400
            and self._is(compare(self.page, self.twin_page), Kind.DIFFERENT)
        )

    @cached_property
    def variants_agree(self) -> bool:
        """Written otherwise, the request gets the same answer."""
        shares = [s for name in VARIANTS if (s := self.share(name)) is not None]
        return bool(shares) and all(s >= 0.5 for s in shares)

    @cached_property
    def other_name_passes(self) -> bool:
        """Another Host at the same address is answered, and otherwise."""
        return self.share("h2") == 0.0 and SUCCESS in self.letters("h2")

    @cached_property
    def other_path_passes(self) -> bool:
        """Another path under the same name is left alone."""
        return self.share("h7") == 0.0 and SUCCESS in self.letters("h7")

    @cached_property
    def line_broken(self) -> bool:
        """The control's own name at the control's own address fails as well, and so does any here."""
        found = self.letters("h4") + self.letters("h2")
        return bool(found) and SUCCESS not in found and self.status == 0

    @cached_property
    def altered(self) -> bool:
        """The page is the site's, with bytes changed on the way: what is fetched around the machine
        agrees with itself, and not with this."""
        if self.page is None or self.status == 0 or self.is_redirect:
            return False
        again = [t for t in self.arms.get("h1", []) if t.status_code is not None]
        repeats = bool(again) and sum(self._same_bytes(t) for t in again) * 2 > len(again)
        return repeats and tampered(self.page, self._around()).answer is True

    def _around(self) -> list[Page]:
        """The page as it comes where no machine between can read: over TLS, where the control got the
        same in the clear; and from variants that agree with it."""
        good = {h.transaction_id for h in self.arm_handshakes.get("t1", []) if h.failure is None}
        twins = [
            page_of_transaction(t)
            for t in self.arms.get("t1", [])
            if t.transaction_id in good and t.status_code is not None
        ]
        control = self.control_page
        if control is not None and control.sha256 is not None:
            return [p for p in twins if p.sha256 == control.sha256] + [control]
        variants = [page_of_transaction(t) for name in VARIANTS for t in self.arms.get(name, [])]
        hashes = {p.sha256 for p in variants}
        length = control.body_length if control is not None else -1
        return [p for p in twins if p.sha256 in hashes or p.body_length == length]

    @cached_property
    def maybe_altered(self) -> bool:
        """A page that seems fixed, and does not come as the control got it: worth the Host arms."""
        http, page = self.control, self.page
        if self.authenticated or http is None or page is None or page.truncated:
            return False
        if http.body_sha256 is not None:
            return http.stable is not False and http.body_sha256 != page.sha256
        # OONI's control tells no hash: an announced length that differs has to do.
        fixed = page.header("content-length") is not None
        return fixed and http.body_length > 0 and http.body_length != page.body_length

    def _same_bytes(self, t: HTTPTransaction) -> bool:
        return self.fetch is not None and t.body_sha256 == self.fetch.body_sha256
