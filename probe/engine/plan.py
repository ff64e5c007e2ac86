"""Which arm to run next, from what was seen so far. Pure: an assessment in, a step out.

The tables of measurements/verdict say which experiment would settle what they found; this says
which of these has not been run and may be.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from measurements.schema.records import HTTPTransaction, QUICHandshake, Records, TLSHandshake
from measurements.schema.words import Status
from measurements.verdict.judgement import Assessment, HopJudgement

# A failure that does not come again is looked at by visiting again; three visits in all.
MAX_REVISITS = 2
MAX_STEPS = 8
# Connections that name the site in the clear (a TLS or QUIC hello, a request): each is seen by
# whoever watches the line, and may be logged. A blocked site takes some 12 to 16; an experiment
# that could bring them above this is left out. The visit alone: one for each address (at most 8,
# and 2 that only the control was told) and port, and one for each further hop on the same host.
MAX_NAMED = 30
# At most so many of an experiment's.
NAMED_BY = {"sni_matrix": 13, "http_host": 13, "throttling": 13, "dns_transports": 6, "ip_port": 0}

EXPERIMENTS = frozenset(NAMED_BY) | {"revisit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Run this experiment on this hop. `ip` and `port` are what it is about; "" for a name."""

    experiment: str
    depth: int
    ip: str
    port: int
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How many connections have named the site so far: those of the first visit, and all."""

    visit: int = 0
    total: int = 0

    def has_room(self, experiment: str) -> bool:
        """Would it stay within the budget?"""
        return self.total + NAMED_BY.get(experiment, self.visit) <= MAX_NAMED


def named(records: Records, hosts: Collection[str]) -> Named:
    """Count them."""
    wanted = set(hosts)
    met: list[TLSHandshake | QUICHandshake | HTTPTransaction] = [
        *(h for h in records.tls_handshakes if h.server_name in wanted),
        *(q for q in records.quic_handshakes if q.server_name in wanted),
        *(t for t in records.http_transactions if t.url.startswith("http:") and _host(t) in wanted),
    ]
    return Named(visit=sum(r.arm is None for r in met), total=len(met))


def _host(t: HTTPTransaction) -> str:
    header = next((v for k, v in t.request_headers if k.lower() == "host"), "").lower()
    return header if header.endswith("]") else header.rpartition(":")[0] or header


def next_step(
    a: Assessment,
    done: Mapping[tuple[str, int], int],
    spent: Named = Named(),
    allowed: Collection[str] = EXPERIMENTS,
) -> Step | None:
    """The next experiment, or None when enough is known. `done` counts what was run; what is not
    `allowed` was not agreed to."""
    if sum(done.values()) >= MAX_STEPS:
        return None
    for name, depth in _agreed(a, done, allowed):
        limit = MAX_REVISITS if name == "revisit" else 1
        if done.get((name, depth), 0) >= limit or not spent.has_room(name):
            continue
        step = _step(a, name, depth)
        if step is not None:
            return step
    return None


def _agreed(
    a: Assessment, done: Mapping[tuple[str, int], int], allowed: Collection[str]
) -> list[tuple[str, int]]:
    """What is wanted and allowed. Of what fails, in place of what is not: one look more, since a
    failure that does not come again is no block."""
    found = [want for want in a.wants if want[0] in allowed]
    if found or not a.wants or "revisit" not in allowed:
        return found
    again = ("revisit", a.wants[0][1])
    return [] if done.get(again) or a.verdict.status is Status.ACCESSIBLE else [again]


def _step(a: Assessment, name: str, depth: int) -> Step | None:
    hop = next((j for j in a.judged if j.hop.depth == depth), None)
    if hop is None:
        return None
    place = _PLACES[name](hop)
    if place is None:
        return None
    doubtful = tuple(ip for ip, s in hop.dns.standings.items() if s.value in {"foreign", "unknown"})
    return Step(experiment=name, depth=depth, ip=place[0], port=place[1], doubtful=doubtful)


def _of_connects(j: HopJudgement) -> tuple[str, int] | None:
    return next(((c.ip, c.port) for c in j.tcp.counted), None)


def _of_handshakes(j: HopJudgement) -> tuple[str, int] | None:
    return next(((h.ip, h.port) for h in j.tls.failed), None)


def _of_fetch(j: HopJudgement) -> tuple[str, int] | None:
    fetch = j.hop.fetch
    return (fetch.ip, j.hop.port) if fetch is not None else None


def _of_name(j: HopJudgement) -> tuple[str, int] | None:
    return ("", j.hop.port)


_PLACES = {
    "ip_port": _of_connects,
    "sni_matrix": _of_handshakes,
    "http_host": _of_fetch,
    "throttling": _of_fetch,
    "dns_transports": _of_name,
    "revisit": _of_name,
}
