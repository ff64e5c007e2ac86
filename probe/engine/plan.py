"""Which arm to run next, from what was seen so far. Pure: an assessment in, a step out.

The tables of measurements/verdict say which experiment would settle what they found; this says which
of these has not been run and may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from measurements.verdict.judgement import Assessment, HopJudgement

# A failure that does not come again is looked at by visiting again; three visits in all.
MAX_REVISITS = 2
MAX_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Run this experiment on this hop. `ip` and `port` are what it is about; "" where it is a name."""

    experiment: str
    depth: int
    ip: str
    port: int
    doubtful: tuple[str, ...] = ()


def next_step(a: Assessment, done: Mapping[tuple[str, int], int]) -> Step | None:
    """The next experiment, or None when enough is known. `done` counts what was run."""
    if sum(done.values()) >= MAX_STEPS:
        return None
    for name, depth in a.wants:
        limit = MAX_REVISITS if name == "revisit" else 1
        if done.get((name, depth), 0) >= limit:
            continue
        step = _step(a, name, depth)
        if step is not None:
            return step
    return None


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
