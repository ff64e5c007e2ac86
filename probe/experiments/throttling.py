"""Pairs of downloads: the page under its name, and the same bytes with the name out of sight
(methods.md §1.12). ABBA order, at most six pairs of some 128 KiB or four seconds each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from measurements.schema.records import HTTPTransaction
from probe.experiments.arms import Bench
from probe.experiments.kit import INNOCENT
from probe.net.resolvers import Endpoint
from probe.steps import http

NAME = "throttling"
QUESTION = "Is the page slow under its own name only?"
PAIRS = 6
BYTES = 128 * 1024
SECONDS = 4.0

Enough = Callable[[Sequence[float], Sequence[float]], bool]


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of getting the bytes."""

    arm: str
    get: Callable[[], Awaitable[HTTPTransaction | None]]


def _pace(t: HTTPTransaction | None) -> float | None:
    """Bytes a second of one transfer; a transfer that never began has none."""
    if t is None or t.status_code is None:
        return None
    return t.body_length / max(t.t - t.t0, 0.001)


async def run(bench: Bench, enough: Enough) -> None:
    """Pairs until `enough` says so. The control arm is the first way that gives the same page."""
    target, ways = _ways(bench)
    sample = await target.get()
    chosen = await _choose(ways, sample)
    await _line(bench)
    if chosen is None:
        for _ in range(PAIRS - 1):
            await target.get()
            await _line(bench)
        return
    paces_t = [p for p in (_pace(sample),) if p is not None]
    paces_c = [chosen[1]]
    for pair in range(PAIRS - 1):
        order = (target, chosen[0]) if pair % 2 else (chosen[0], target)
        for way in order:
            pace = _pace(await way.get())
            if pace is not None:
                (paces_t if way is target else paces_c).append(pace)
        if pair in {1, 3}:
            await _line(bench)
        if enough(paces_t, paces_c):
            break
    # Where the same server is as slow under any name, it may be the address: the line decides.
    for _ in range(PAIRS - bench.counts.get("c_line", 0)):
        if paces_t and paces_c and max(paces_c) < 2 * max(paces_t):
            await _line(bench)


async def _choose(ways: list[_Way], sample: HTTPTransaction | None) -> tuple[_Way, float] | None:
    """The first way that gives the same page (by status and size) faster; else the first at all."""
    fallback: tuple[_Way, float] | None = None
    base = _pace(sample)
    for way in ways:
        got = await way.get()
        pace = _pace(got)
        if got is None or pace is None:
            continue
        if sample is not None and sample.status_code not in {None, got.status_code}:
            continue
        if sample is not None and got.body_length < sample.body_length // 2:
            continue
        if base is None or pace >= 2 * base:
            return way, pace
        fallback = fallback or (way, pace)
    return fallback


def _ways(bench: Bench) -> tuple[_Way, list[_Way]]:
    """The target's way, and those that change one thing about it, the surest first."""
    subject = bench.subject
    there = Endpoint(subject.ip, subject.port)
    request = http.Request(
        url=subject.url,
        host=subject.authority,
        ip=subject.ip,
        port=subject.port,
        headers=subject.headers,
        max_body=BYTES,
        body_timeout=SECONDS,
        stall_timeout=SECONDS,
        headers_timeout=6.0,
    )
    if subject.scheme == "https":

        def secure(arm: str, sni: str, hello: str = "whole") -> _Way:
            verify = subject.host if sni == subject.sni else None
            return _Way(
                arm, lambda: bench.get(arm, there, request, sni=sni, hello=hello, verify=verify)
            )

        other = bench.elsewhere()
        name = other.name if other is not None else INNOCENT
        innocent = INNOCENT if name.replace(".", "").isdigit() or ":" in name else name
        ways = [secure("c_sni", innocent), secure("c_records", subject.sni, "fragmented")]
        ways.append(secure("c_split", subject.sni, "split"))
        return secure("t", subject.sni), ways
    cut = len(f"GET {http.target_of(subject.url)} HTTP/1.1\r\nHost: ") + len(subject.host) // 2
    twin = replace(request, url=subject.url.replace("http://", "https://", 1), port=443)
    ways = [
        _Way("c_host", lambda: bench.get("c_host", there, replace(request, split_at=cut))),
        _Way(
            "c_twin",
            lambda: bench.get(
                "c_twin", Endpoint(subject.ip, 443), twin, sni=subject.sni, verify=subject.host
            ),
        ),
    ]
    return _Way("t", lambda: bench.get("t", there, request)), ways


async def _line(bench: Bench) -> None:
    """The control's own bytes over this line, or those of a page that opened in this run."""
    other = bench.elsewhere()
    place = (other.tls or other.http) if other is not None else None
    if other is None or place is None:
        return
    path = f"/x/bytes?n={BYTES}" if other.is_control else "/"
    secure = place is other.tls
    request = http.Request(
        url=f"{'https' if secure else 'http'}://{other.name}{path}",
        host=other.name if place.port in {80, 443} else f"{other.name}:{place.port}",
        ip=place.ip,
        port=place.port,
        max_body=BYTES,
        body_timeout=SECONDS,
    )
    await bench.get("c_line", place, request, sni=_sni(other.name) if secure else None)


def _sni(name: str) -> str:
    return "" if name.replace(".", "").isdigit() or ":" in name else name
