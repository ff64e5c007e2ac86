"""What the HTTP table looks at: the answer, what it should have been, and the Host arms."""

from dataclasses import dataclass
from functools import cached_property

from measurements.schema.measurement import ControlHTTP
from measurements.schema.records import HTTPTransaction, NetworkEvent, TCPConnect, TLSHandshake
from measurements.schema.words import Mechanism
from measurements.verdict.addresses import same_site
from measurements.verdict.compare import (
    Comparison,
    Kind,
    Page,
    compare,
    page_of_control,
    page_of_transaction,
    tampered,
)
from measurements.verdict.fingerprints import PageClass, classify_page
from measurements.verdict.observe import Hop, redirect_target, split_url
from measurements.verdict.pace import (
    MIN_BYTES,
    SUSPICIOUS_PACE,
    Paces,
    pace,
    received,
)
from measurements.verdict.symbols import LOCAL, MECHANISM_OF, SUCCESS, symbol

EXPERIMENT = "http_host"
THROTTLING = "throttling"
VARIANTS = ("h6", "h6c")
# The control's own shortcomings: it did not look.
_CONTROLS_OWN = frozenset(
    {"address_family_not_supported", "network_down", "no_buffer_space", "permission_denied"}
)
SAME_SERVER_ARMS = ("c_sni", "c_split", "c_records", "c_none", "c_twin", "c_host")


@dataclass(frozen=True, kw_only=True)
class HTTPView:
    """One hop's page."""

    hop: Hop
    is_last: bool
    too_many: bool
    arms: dict[str, list[HTTPTransaction]]
    arm_connects: dict[str, list[TCPConnect]]
    arm_handshakes: dict[str, list[TLSHandshake]]
    throttling: dict[str, list[HTTPTransaction]]
    throttling_events: tuple[NetworkEvent, ...]
    final_reference: ControlHTTP | None  # the end of the control's redirects from the input
    last_fetch: HTTPTransaction | None  # where this visit ended

    @cached_property
    def fetch(self) -> HTTPTransaction | None:
        """The answer."""
        return self.hop.fetch

    @cached_property
    def authenticated(self) -> bool:
        """It came through TLS with a good chain: whatever it says, the site said."""
        return self.fetch is not None and any(
            h.transaction_id == self.fetch.transaction_id and h.failure is None and not h.no_tls_verify
            for h in self.hop.handshakes
        )

    @cached_property
    def letter(self) -> str:
        """What became of the request: S when a status line came."""
        if self.fetch is None:
            return LOCAL
        return SUCCESS if self.fetch.status_code is not None else symbol(self.fetch.failure)

    @cached_property
    def mechanism(self) -> Mechanism | None:
        """The word for how a request without an answer failed."""
        return MECHANISM_OF.get(self.letter)

    @cached_property
    def status(self) -> int:
        """The status code, 0 for none."""
        return (self.fetch.status_code if self.fetch else None) or 0

    @cached_property
    def control(self) -> ControlHTTP | None:
        """The control's page for this hop, or its last page where this is our last as well."""
        if self.hop.answered is not None:
            return self.hop.answered.http
        return self.final_reference if self.is_last else None

    @cached_property
    def control_ok(self) -> bool:
        """The control got an answer."""
        return self.control is not None and self.control.failure is None and self.control.status_code > 0

    @cached_property
    def control_fails(self) -> bool:
        """The control got none."""
        return (
            self.control is not None
            and not self.control_ok
            and self.control.failure not in _CONTROLS_OWN
        )

    @cached_property
    def page(self) -> Page | None:
        """The answer, for comparing."""
        return page_of_transaction(self.fetch) if self.fetch is not None else None

    @cached_property
    def kind(self) -> PageClass | None:
        """What sort of page it is by its own looks."""
        if self.fetch is None or self.fetch.status_code is None:
            return None
        return classify_page(
            self.fetch.status_code, self.fetch.headers, self.fetch.title or "", self.fetch.body or b""
        )

    def looks(self, *kinds: str) -> bool:
        """The page is of one of these sorts."""
        return self.kind is not None and self.kind.kind in kinds

    @cached_property
    def versus_control(self) -> Comparison | None:
        """The page beside the control's."""
        if self.page is None or self.control is None or not self.control_ok or self.is_redirect:
            return None
        return compare(self.page, page_of_control(self.control))

    def _is(self, comparison: Comparison | None, *kinds: Kind) -> bool:
        return comparison is not None and comparison.kind in kinds

    @cached_property
    def like_control(self) -> bool:
        """The control's page."""
        return self._is(self.versus_control, Kind.SAME, Kind.SIMILAR)

    @cached_property
    def unlike_control(self) -> bool:
        """Another page than the control's."""
        return self._is(self.versus_control, Kind.DIFFERENT)

    @cached_property
    def identical(self) -> bool:
        """The control's very page."""
        return self._is(self.versus_control, Kind.SAME)

    # --- redirects

    @cached_property
    def target(self) -> str | None:
        """Where a redirect leads."""
        return redirect_target(self.fetch) if self.fetch is not None else None

    @cached_property
    def is_redirect(self) -> bool:
        """The answer is a redirect."""
        return self.target is not None

    @cached_property
    def broken_redirect(self) -> bool:
        """It leads nowhere that a browser can go."""
        return self.target is not None and not split_url(self.target)[1]

    @cached_property
    def redirect_known(self) -> bool | None:
        """The control was sent to the same host from here; None where that is not known."""
        http = self.hop.answered.http if self.hop.answered is not None else None
        if http is None or not self.target or not self.control_ok:
            return None
        host = split_url(self.target)[1]
        if http.hops:
            led = {split_url(h.location or "")[1] for h in http.hops} | {
                split_url(h.url)[1] for h in http.hops
            }
            return host in led or any(same_site(host, known) for known in led if known)
        tells_hops = http.body_sha256 is not None or http.runtime is not None
        return False if tells_hops and http.status_code not in {301, 302, 303, 307, 308} else None

    @cached_property
    def stays_home(self) -> bool:
        """The redirect stays within the site."""
        return self.target is not None and same_site(split_url(self.target)[1], self.hop.host)

    @cached_property
    def end_is_the_sites(self) -> bool | None:
        """The page at the end of our redirects is the one at the end of the control's."""
        if self.last_fetch is None or self.final_reference is None or self.final_reference.failure:
            return None
        if self.last_fetch.status_code is None:
            return None
        found = compare(page_of_transaction(self.last_fetch), page_of_control(self.final_reference))
        return {Kind.SAME: True, Kind.SIMILAR: True, Kind.DIFFERENT: False}.get(found.kind)

    # --- the Host arms

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
        """It came again when the same was asked again (three quarters of the times at least)."""
        share = self.share("h1")
        return share is not None and share >= 0.7  # noqa: PLR2004

    @cached_property
    def gone(self) -> bool:
        """It did not come again."""
        share = self.share("h1")
        return share is not None and share <= 0.25  # noqa: PLR2004

    @cached_property
    def host_keyed(self) -> bool:
        """The name brings it to the control's address as well, where another name is left alone."""
        theirs, other = self.share("h3"), self.share("h4")
        return theirs is not None and theirs >= 0.5 and other == 0.0  # noqa: PLR2004

    @cached_property
    def escaped(self) -> HTTPTransaction | None:
        """The same request, written otherwise, got another answer from the same address: the site's
        own. Only a machine that reads in between can tell the two apart."""
        for name in VARIANTS:
            share = self.share(name)
            if share is None or share > 0.25:  # noqa: PLR2004
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
        return t.status_code is not None and t.status_code < 400  # noqa: PLR2004

    @cached_property
    def control_page(self) -> Page | None:
        """The control's page, where it has one."""
        return page_of_control(self.control) if self.control is not None and self.control_ok else None

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
            and self.twin_page.status_code < 400  # noqa: PLR2004
            and self._is(compare(self.page, self.twin_page), Kind.DIFFERENT)
        )

    @cached_property
    def variants_agree(self) -> bool:
        """Written otherwise, the request gets the same answer."""
        shares = [s for name in VARIANTS if (s := self.share(name)) is not None]
        return bool(shares) and all(s >= 0.5 for s in shares)  # noqa: PLR2004

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
        """The control's own name at the control's own address fails as well."""
        found = self.letters("h4")
        return bool(found) and SUCCESS not in found and self.status == 0

    @cached_property
    def altered(self) -> bool:
        """The page is the site's, with bytes changed on the way: what is fetched around the machine
        agrees with itself, and not with this."""
        if self.page is None or self.status == 0 or self.is_redirect:
            return False
        around = [t for name in VARIANTS for t in self.arms.get(name, []) if not self._same_bytes(t)]
        around += [t for t in self.arms.get("t1", []) if t is self.twin]
        references = [page_of_transaction(t) for t in around]
        if self.control_page is not None:
            references.append(self.control_page)
        again = [t for t in self.arms.get("h1", []) if t.status_code is not None]
        repeats = bool(again) and sum(self._same_bytes(t) for t in again) * 2 > len(again)
        return repeats and tampered(self.page, references).answer is True

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

    # --- pace

    @cached_property
    def broken_off(self) -> bool:
        """A body began and did not end: silence, reset or end in the middle."""
        return self.fetch is not None and self.status > 0 and self.fetch.failure is not None

    @cached_property
    def slow(self) -> bool:
        """It came slowly enough to be worth pairs of downloads."""
        if self.fetch is None or self.status == 0:
            return False
        got = received(self.fetch, self.hop.events)
        stalled = self.fetch.failure == "generic_timeout_error"
        return stalled or (got >= MIN_BYTES and pace(self.fetch, self.hop.events) < SUSPICIOUS_PACE)

    def paces(self, arm: str) -> Paces:
        """The target's paces beside those of one control arm."""
        return Paces(target=self._paces("t"), control=self._paces(arm))

    def _paces(self, *arms: str) -> tuple[float, ...]:
        return tuple(
            pace(t, self.throttling_events)
            for arm in arms
            for t in self.throttling.get(arm, [])
            if symbol(t.failure) != LOCAL
        )

    @cached_property
    def slower_than(self) -> str | None:
        """The control arm at the same server that is faster beyond chance."""
        return next((arm for arm in SAME_SERVER_ARMS if self.paces(arm).throttled), None)

    @cached_property
    def slow_as_control_arms(self) -> bool:
        """A control arm at the same server is as slow."""
        return any(self.paces(arm).clean for arm in SAME_SERVER_ARMS)

    @cached_property
    def slower_than_line(self) -> bool:
        """Slower than the control's own download over this line, under whatever name it is asked.

        Where the same server is as slow under other names, those downloads are the address's too.
        """
        own = self._paces("t", *(SAME_SERVER_ARMS if self.slower_than is None else ()))
        return Paces(target=own, control=self._paces("c_line")).throttled

    @cached_property
    def control_is_quick(self) -> bool:
        """The control got the page at three times our pace at least, by its own clock or by ours."""
        http = self.control
        if http is None or not self.control_ok or self.fetch is None or http.body_length <= 0:
            return False
        runtime = http.runtime or (self.hop.answered.runtime if self.hop.answered else None)
        if not runtime:
            return False
        ours = max([*self.paces("c_line").target, pace(self.fetch, self.hop.events)])
        return min(http.body_length, 1 << 19) / runtime >= 3 * ours

    @cached_property
    def control_has_all(self) -> bool:
        """The control got the whole of a page that broke off here."""
        got = received(self.fetch, self.hop.events) if self.fetch else 0
        return self.control_ok and self.control is not None and self.control.body_length > got

    @cached_property
    def throttling_run(self) -> bool:
        """Pairs of downloads were made."""
        return bool(self.throttling.get("t"))

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        target = split_url(self.target or "")[1] or "nowhere"
        return {
            "host": self.hop.host,
            "url": self.hop.url,
            "how": self.mechanism.value if self.mechanism else "answered",
            "status": str(self.status or "no status"),
            "control_status": str(self.control.status_code) if self.control else "nothing",
            "target": target,
            "looks": (self.kind.label or self.kind.kind) if self.kind else "no page",
            "why": "; ".join(self.versus_control.reasons[:2]) if self.versus_control else "not compared",
            "kbytes": str(round(pace(self.fetch, self.hop.events) / 1024)) if self.fetch else "0",
            "tries": str(1 + len(self.arms.get("h1", []))),
        }

    @property
    def transactions(self) -> tuple[int, ...]:
        """See rule.View."""
        every = [t for ts in (*self.arms.values(), *self.throttling.values()) for t in ts]
        own = [self.fetch] if self.fetch else []
        return tuple(dict.fromkeys(t.transaction_id for t in (*own, *every)))[:24]
