"""The DNS table (methods.md §1.1, §1.2, §2.2). First match wins; ids are for ever."""

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.view_dns import (
    NO_ANSWER,
    NXDOMAIN,
    REFUSED,
    SERVFAIL,
    TIMEOUT,
    DNSView,
)

_WORD = {
    NXDOMAIN: Mechanism.NXDOMAIN,
    NO_ANSWER: Mechanism.NO_ANSWER,
    SERVFAIL: Mechanism.SERVFAIL,
    REFUSED: Mechanism.REFUSED,
    TIMEOUT: Mechanism.TIMEOUT,
}
_TRANSPORTS = ("dns_transports",)


def _failure_mechanism(v: DNSView) -> Mechanism | None:
    """Two answers that disagree prove a forger on the path; else the word of the answer."""
    return Mechanism.INJECTION if v.conflict or v.public_conflict else _WORD.get(v.kind or "")


def _address_mechanism(v: DNSView) -> Mechanism:
    if v.conflict or v.public_conflict:
        return Mechanism.INJECTION
    if v.bogon:
        return Mechanism.BOGON
    return Mechanism.BLOCKPAGE_IP if v.blockpage_there else Mechanism.HIJACK


def _locus(v: DNSView) -> Locus:
    """The path, where it is seen to lie to others too or to forge; else the resolver."""
    forged = (
        v.conflict
        or v.public_conflict
        or v.dark_answered
        or (v.public_lies and v.kind != NO_ANSWER)
    )
    return Locus.NETWORK if forged else Locus.RESOLVER


def _blocked(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[DNSView]:
    fields: dict[str, object] = {
        "mechanism": _failure_mechanism,
        "trigger": Trigger.DNS_NAME,
        "locus": _locus,
        "status": Status.BLOCKED,
    } | more
    return Rule(id=id_, layer=Layer.DNS, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


DNS_RULES: tuple[Rule[DNSView], ...] = (
    Rule(
        id="dns.literal",
        layer=Layer.DNS,
        when=lambda v: v.hop.is_literal,
        status=Status.ACCESSIBLE,
        why="The URL holds an address: no name had to be looked up.",
        confidence=0.99,
    ),
    Rule(
        id="dns.hosts_entry",
        layer=Layer.DNS,
        when=lambda v: v.found("hosts_entry"),
        status=Status.INCONCLUSIVE,
        why="This computer's hosts file holds an entry for {host}: its lookups say nothing about "
        "the network.",
        locus=Locus.LOCAL,
        confidence=0.9,
    ),
    Rule(
        id="dns.no_data",
        layer=Layer.DNS,
        when=lambda v: not v.system,
        status=None,
        why="{host} was not looked up.",
    ),
    Rule(
        id="dns.genuine",
        layer=Layer.DNS,
        when=lambda v: v.genuine,
        status=Status.ACCESSIBLE,
        why="{host} resolves to its own address ({addresses}): a certificate, the control or an "
        "encrypted resolver agrees.",
        confidence=0.97,
    ),
    Rule(
        id="dns.bogon_everywhere",
        layer=Layer.DNS,
        when=lambda v: v.everywhere_bogon,
        status=Status.DOWN,
        why="{host} resolves to {addresses}, which no server has; the control is told the same.",
        locus=Locus.SERVER,
        confidence=0.95,
    ),
    Rule(
        id="dns.ghost",
        layer=Layer.DNS,
        when=lambda v: (
            bool(v.standings)
            and v.control_failure == NXDOMAIN
            and not v.contrast
            and (v.conflict or v.blockpage_known)
        ),
        status=Status.BLOCKED,
        why="{host} does not exist any more, seen from outside; here it still gets the address "
        "{addresses}.",
        mechanism=_address_mechanism,
        trigger=Trigger.DNS_NAME,
        locus=_locus,
        confidence=0.85,
    ),
    Rule(
        id="dns.fails_everywhere",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.down_outside,
        status=Status.DOWN,
        why="{host} has no address, here ({kind}) or seen from outside.",
        locus=Locus.SERVER,
        confidence=0.93,
    ),
    Rule(
        id="dns.resolver_dead",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.found("resolver_dead"),
        status=Status.INCONCLUSIVE,
        why="This computer's resolver answers for no name at all: that is no sign about {host}.",
        locus=Locus.LOCAL,
        confidence=0.9,
    ),
    Rule(
        id="dns.no_ipv6",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.no_ipv6,
        status=Status.INCONCLUSIVE,
        why="{host} has IPv6 addresses only ({outside}), and this computer reaches none: its lookup of "
        "{host} ({kind}) shows no more than that.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    _blocked(
        "dns.bogon",
        lambda v: v.bogon and v.contrast,
        "{host} resolves here to {addresses}, an address that no server on the Internet can have; "
        "seen from outside it is {outside}.",
        0.97,
        mechanism=_address_mechanism,
        wants=_TRANSPORTS,
    ),
    _blocked(
        "dns.foreign",
        lambda v: v.foreign and v.contrast,
        "{host} resolves here to {addresses}, a machine that cannot show the site's certificate; "
        "seen from outside it is {outside}.",
        0.95,
        mechanism=_address_mechanism,
        wants=_TRANSPORTS,
    ),
    _blocked(
        "dns.foreign_page",
        lambda v: v.doubtful and v.contrast and v.strange_page and v.experimented,
        "{host} resolves here to {addresses}, which serves another page than the site; seen from "
        "outside it is {outside}.",
        0.85,
        mechanism=_address_mechanism,
    ),
    _blocked(
        "dns.forged_address",
        lambda v: v.doubtful and v.contrast and (v.conflict or v.public_conflict),
        "For {host} two answers came to one question: {addresses}, where no site of that name is, and the "
        "site's own address after it.",
        0.93,
        mechanism=Mechanism.INJECTION,
    ),
    Rule(
        id="dns.unmatched",
        layer=Layer.DNS,
        when=lambda v: v.doubtful,
        status=None,
        why="{host} resolves here to {addresses}: nothing proves that it is the site's, and "
        "nothing refutes it.",
        wants=_TRANSPORTS,
    ),
    Rule(
        id="dns.flaky",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.configured_works and v.kind != NXDOMAIN,
        status=Status.INCONCLUSIVE,
        why="The lookup of {host} failed once ({kind}), yet the same resolver gives the right "
        "address when asked directly.",
        locus=Locus.LOCAL,
        confidence=0.5,
        wants=("revisit",),
    ),
    _blocked(
        "dns.forged_failure",
        lambda v: v.failed and v.contrast and v.conflict,
        "For {host} two answers came to one question: {kind}, and the site's own address after it.",
        0.97,
    ),
    Rule(
        id="dns.denies_all",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.kind in {NXDOMAIN, NO_ANSWER} and v.denies_all,
        status=Status.INCONCLUSIVE,
        why="The resolver says {kind} for {host}, and for the control's own name as well: it denies "
        "everything, and that is no sign about {host}.",
        locus=Locus.LOCAL,
        confidence=0.85,
    ),
    _blocked(
        "dns.answer_denied",
        lambda v: v.failed and v.contrast and v.kind in {NXDOMAIN, NO_ANSWER} and v.repeated,
        "This network's resolver says {kind} for {host}, each time; seen from outside it is "
        "{outside}.",
        0.96,
    ),
    _blocked(
        "dns.answer_denied_once",
        lambda v: v.failed and v.contrast and v.kind in {NXDOMAIN, NO_ANSWER},
        "This network's resolver says {kind} for {host}; seen from outside it is {outside}.",
        0.88,
        wants=_TRANSPORTS,
    ),
    Rule(
        id="dns.silent_for_all",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.kind == TIMEOUT and v.silent_for_all,
        status=Status.INCONCLUSIVE,
        why="The resolver is silent for {host}, and for other names as well.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="dns.refuses_all",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.kind in {SERVFAIL, REFUSED} and v.alive is False,
        status=Status.INCONCLUSIVE,
        why="The resolver fails for {host} ({kind}), and for other names as well.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="dns.servfail_unclear",
        layer=Layer.DNS,
        when=lambda v: v.failed and v.contrast and v.kind == SERVFAIL and not v.elsewhere_ok,
        status=Status.INCONCLUSIVE,
        why="The resolver fails for {host} (servfail), and no other resolver that was asked from here "
        "gives its address, {outside}: the name's own servers may refuse this country.",
        confidence=0.6,
        wants=_TRANSPORTS,
    ),
    _blocked(
        "dns.name_fails",
        lambda v: v.failed and v.contrast and v.kind in _WORD and v.experimented and v.repeated,
        "The resolver gives {kind} for {host}, again and again, and answers for other names; seen "
        "from outside it is {outside}.",
        0.92,
    ),
    _blocked(
        "dns.name_fails_once",
        lambda v: v.failed and v.contrast and v.kind in _WORD,
        "The lookup of {host} failed ({kind}); seen from outside it is {outside}.",
        0.7,
        wants=_TRANSPORTS,
    ),
    Rule(
        id="dns.no_contrast",
        layer=Layer.DNS,
        when=lambda v: v.failed,
        status=Status.INCONCLUSIVE,
        why="The lookup of {host} failed ({kind}), and nobody outside could be asked whether it "
        "exists.",
        confidence=0.5,
        wants=_TRANSPORTS,
    ),
    Rule(
        id="dns.unknown",
        layer=Layer.DNS,
        when=lambda _: True,
        status=None,
        why="Nothing can be said about the lookup of {host}.",
        outcome=Outcome.UNKNOWN,
    ),
)
