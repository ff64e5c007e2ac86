"""Interference that does not keep a user from the page: one address, one family, a port, a resolver."""

from collections.abc import Iterator

from measurements.schema.codec_records import join_endpoint
from measurements.schema.records import DNSQuery
from measurements.schema.verdict import Partial
from measurements.schema.words import Layer, Mechanism, Status
from measurements.verdict.judgement import HopJudgement
from measurements.verdict.standing import Standing
from measurements.verdict.symbols import (
    MECHANISM_OF,
    connect_symbol,
    handshake_symbol,
    stream_mechanism,
    symbol,
)
from measurements.verdict.view_tcp import is_v6


def partials(judged: tuple[HopJudgement, ...]) -> tuple[Partial, ...]:
    """All of them, each once."""
    found = [p for j in judged for p in (*_dns(j), *_tcp(j), *_tls(j), *_side_tls(j), *_quic(j))]
    return tuple(dict.fromkeys(found))


def _dns(j: HopJudgement) -> Iterator[Partial]:
    bad = {ip: s for ip, s in j.dns.standings.items() if s in {Standing.BOGON, Standing.FOREIGN}}
    if j.dns.genuine and j.dns.contrast:
        for family, of_family in (("IPv4", False), ("IPv6", True)):
            wrong = [s for ip, s in bad.items() if is_v6(ip) is of_family]
            if wrong:
                bogon = all(s is Standing.BOGON for s in wrong)
                yield Partial(
                    layer=Layer.DNS,
                    mechanism=Mechanism.BOGON if bogon else Mechanism.HIJACK,
                    where=f"{family} addresses of {j.hop.host}",
                )
    if j.dns.conflict and j.dns.contrast:
        yield Partial(
            layer=Layer.DNS, mechanism=Mechanism.INJECTION, where="this network's resolver"
        )
    if j.dns.public_conflict:
        yield Partial(layer=Layer.DNS, mechanism=Mechanism.INJECTION, where="other resolvers")
    elif j.dns.public_lies and not any(f.kind == "udp53_blocked" for f in j.dns.environment):
        asked = [q for q in j.hop.queries if q.role == "public" and q.engine == "udp"]
        yield Partial(layer=Layer.DNS, mechanism=_public_word(asked), where="other resolvers")


def _public_word(asked: list[DNSQuery]) -> Mechanism:
    """The word for what public resolvers seemed to say."""
    for failure, word in (
        ("dns_nxdomain_error", Mechanism.NXDOMAIN),
        ("dns_refused_error", Mechanism.REFUSED),
        ("dns_servfail_error", Mechanism.SERVFAIL),
        ("generic_timeout_error", Mechanism.TIMEOUT),
    ):
        if all(q.failure == failure for q in asked):
            return word
    return Mechanism.HIJACK


def _tcp(j: HopJudgement) -> Iterator[Partial]:
    if not j.tcp.any_ok:
        return
    for c in j.tcp.counted:
        theirs = j.hop.control_endpoint(c.ip, c.port)
        word = MECHANISM_OF.get(connect_symbol(c))
        if word is Mechanism.UNREACHABLE and is_v6(c.ip):
            continue  # so a computer without IPv6 says of every address
        if theirs is not None and theirs.tcp_failure is None and word is not None:
            yield Partial(layer=Layer.TCP, mechanism=word, where=join_endpoint(c.ip, c.port))


def _tls(j: HopJudgement) -> Iterator[Partial]:
    if not j.tls.any_ok or j.hop.scheme != "https":
        return
    for h in j.tls.failed:
        theirs = j.hop.control_endpoint(h.ip, h.port)
        word = stream_mechanism(handshake_symbol(h))
        good = theirs is not None and theirs.tls_done and theirs.tls_failure is None
        if good and word is not None:
            yield Partial(layer=Layer.TLS, mechanism=word, where=join_endpoint(h.ip, h.port))


def _side_tls(j: HopJudgement) -> Iterator[Partial]:
    """An http:// URL opens, and its address's port 443 is interfered with."""
    f = j.side_tls
    if f is not None and f.status is Status.BLOCKED and f.mechanism is not None:
        yield Partial(layer=Layer.TLS, mechanism=f.mechanism, where=f"port 443 of {j.hop.host}")
        return
    for c in j.hop.connects:
        if c.port == j.hop.port or c.failure is None or c.ip not in j.tcp.addresses:
            continue
        theirs = j.hop.control_endpoint(c.ip, c.port)
        word = MECHANISM_OF.get(connect_symbol(c))
        if word is Mechanism.UNREACHABLE and is_v6(c.ip):
            continue
        if theirs is not None and theirs.tcp_failure is None and word is not None:
            yield Partial(layer=Layer.TCP, mechanism=word, where=join_endpoint(c.ip, c.port))


def _quic(j: HopJudgement) -> Iterator[Partial]:
    word = quic_interference(j)
    if word is not None:
        yield Partial(layer=Layer.QUIC, mechanism=word, where=f"HTTP/3 of {j.hop.host}")


def quic_interference(j: HopJudgement) -> Mechanism | None:
    """How QUIC fails: twice under this name, while it passes under another here, or elsewhere."""
    own = [h for h in j.hop.quic if h.server_name == j.hop.host]
    if len(own) < 2 or any(h.failure is None for h in own):  # noqa: PLR2004
        return None
    if not any(h.failure is None for h in j.quic_arms):  # then it may be all of UDP, or the server
        return None
    word = MECHANISM_OF.get(symbol(own[0].failure))
    return word if word in {Mechanism.TIMEOUT, Mechanism.RESET} else None
