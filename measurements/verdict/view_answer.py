"""What a hop's answer is, and what it should have been by the control."""

from dataclasses import dataclass
from functools import cached_property

from measurements.schema.measurement import ControlHTTP
from measurements.schema.records import HTTPTransaction
from measurements.schema.words import Mechanism
from measurements.verdict.addresses import same_site
from measurements.verdict.compare import (
    Comparison,
    Kind,
    Page,
    compare,
    page_of_control,
    page_of_transaction,
)
from measurements.verdict.fingerprints import PageClass, classify
from measurements.verdict.observe import Hop
from measurements.verdict.symbols import LOCAL, SUCCESS, stream_mechanism, symbol
from measurements.verdict.urls import redirect_target, split_url

# What a request on a connection that stood can die of (CONTRACT §1).
_WORDS = frozenset({Mechanism.TIMEOUT, Mechanism.RESET, Mechanism.EOF})
# The control's own shortcomings: it did not look.
_CONTROLS_OWN = frozenset(
    {"address_family_not_supported", "network_down", "no_buffer_space", "permission_denied"}
)


@dataclass(frozen=True, kw_only=True)
class AnswerView:
    """One hop's page beside the control's."""

    hop: Hop
    is_last: bool
    too_many: bool
    final_reference: ControlHTTP | None  # the end of the control's redirects from the input
    last_fetch: HTTPTransaction | None  # where this visit ended

    @cached_property
    def fetch(self) -> HTTPTransaction | None:
        """The answer."""
        return self.hop.fetch

    @cached_property
    def authenticated(self) -> bool:
        """It came through TLS with a good chain: whatever it says, the site said."""
        return (
            self.fetch is not None
            and self.hop.scheme == "https"
            and any(
                h.transaction_id == self.fetch.transaction_id
                and h.failure is None
                and not h.no_tls_verify
                and h.server_name == self.hop.sni
                for h in self.hop.handshakes
            )
        )

    @cached_property
    def letter(self) -> str:
        """What became of the request: S when a status line came."""
        if self.fetch is None:
            return LOCAL
        if self.fetch.status_code is not None:
            return SUCCESS
        found = symbol(self.fetch.failure)
        return found if stream_mechanism(found) in _WORDS else LOCAL

    @cached_property
    def mechanism(self) -> Mechanism | None:
        """The word for how a request without an answer failed."""
        return stream_mechanism(self.letter)

    @cached_property
    def control_status(self) -> int:
        """The control's status code, -1 for none."""
        return self.control.status_code if self.control is not None else -1

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
        return (
            self.control is not None
            and self.control.failure is None
            and self.control.status_code > 0
        )

    @cached_property
    def control_fails(self) -> bool:
        """The control got none."""
        return (
            self.control is not None
            and self.control.failure is not None
            and self.control.failure not in _CONTROLS_OWN
        )

    @cached_property
    def control_knows_no_name(self) -> bool:
        """The control got none because the name has no address there."""
        return self.control is not None and (self.control.failure or "").startswith("dns_")

    @cached_property
    def page(self) -> Page | None:
        """The answer, for comparing."""
        return page_of_transaction(self.fetch) if self.fetch is not None else None

    @cached_property
    def kind(self) -> PageClass | None:
        """What sort of page it is by its own looks."""
        if self.fetch is None or self.fetch.status_code is None:
            return None
        return classify(self.fetch)

    def looks(self, *kinds: str) -> bool:
        """The page is of one of these sorts."""
        return self.kind is not None and self.kind.kind in kinds

    @cached_property
    def versus_control(self) -> Comparison | None:
        """The page beside the control's."""
        if self.page is None or self.control is None or not self.control_ok or self.is_redirect:
            return None
        return compare(self.page, page_of_control(self.control))

    def is_the_sites(self, t: HTTPTransaction) -> bool:
        """Another answer is the control's page, or leads on within the site."""
        led = redirect_target(t)
        if led is not None:
            return same_site(split_url(led)[1], self.hop.host)
        if self.control is None or not self.control_ok:
            return False
        found = compare(page_of_transaction(t), page_of_control(self.control))
        return self._is(found, Kind.SAME, Kind.SIMILAR)

    @cached_property
    def surely_blockpage(self) -> bool:
        """A block page by its looks, and not by its status alone: a 451 may be the site's own."""
        return self.looks("blockpage") and self.kind is not None and self.kind.confidence > 0.6

    @cached_property
    def ends_in_blockpage(self) -> bool:
        """The redirect, or the page at the end of this visit's redirects, looks like a block page."""
        t = self.last_fetch
        if self.looks("blockpage"):
            return True
        if t is None or t.status_code is None or t is self.fetch:
            return False
        return classify(t).kind in {"blockpage", "login_portal"}

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
