"""TLS: {address of T, of C} x {name T, name C}, no name, the hello cut in two (methods.md §1.6).

Control arms run first and last (ABBA), target arms on fresh ports between them.
"""

from collections.abc import Coroutine
from typing import Any, TypeAlias

from measurements.schema.records import TLSHandshake
from probe.experiments.arms import Bench, together, until_decided
from probe.experiments.kit import INNOCENT
from probe.experiments.sequential import decided
from probe.net.resolvers import Endpoint

NAME = "sni_matrix"
QUESTION = "Does the name in the TLS hello bring it about, the address, or both?"
_TARGET_TRIALS = 3  # with the base visit's: four, which decide


Trial: TypeAlias = Coroutine[Any, Any, TLSHandshake | None]


def _failed(record: TLSHandshake | None) -> bool:
    return record is None or record.failure is not None


async def run(bench: Bench) -> None:
    """All arms; what they show is in the notebook."""
    subject, permits = bench.subject, bench.permits
    there = Endpoint(subject.ip, subject.port)
    other = bench.elsewhere()
    name_c = other.name if other is not None else INNOCENT
    place_c = other.tls if other is not None else None
    verify_c = other.name if other is not None else None

    async def control_arms() -> bool:
        if place_c is not None:
            there_too = await bench.shake("s4", place_c, _sni(name_c), verify=verify_c)
            at_control.append(not _failed(there_too) or _answered_at_all(there_too))
        passed = await bench.shake("s2", there, _sni(name_c))
        return passed is not None and (passed.failure is None or _answered(passed))

    at_control: list[bool] = []
    leading = await control_arms()
    page = bench.kit.page(subject.host)
    if at_control == [False] and page is not None and page.scheme == "https":
        # The control is out of reach just now, for whatever reason: a page that opened stands in.
        name_c, place_c, verify_c = page.host, Endpoint(page.ip, page.port), page.host
        other = None
        leading = await control_arms()
    if bench.kit.spare_control and other is not None and other.is_control:
        place_c = None

    async def target() -> bool:
        return _failed(await bench.shake("s1", there, subject.sni, verify=subject.host))

    trials = [
        bench.shake("s1", there, subject.sni, verify=subject.host) for _ in range(_TARGET_TRIALS)
    ]
    if place_c is not None and subject.sni:
        trials += [bench.shake("s3", place_c, subject.sni) for _ in range(2)]
    if leading:  # nothing is remembered at this address: the arms cannot spoil each other
        trials += _shaped(bench, there)
    permits.suspect(there)
    await together(*trials)
    if not leading:
        await together(*_shaped(bench, there))
    failed = [True, *_s1_failures(bench)]
    await until_decided(failed, target, decided)
    if await control_arms():
        permits.clear(there)
    if other is not None and other.is_control and len(at_control) > 1:
        bench.kit.spare_control |= at_control[0] and not at_control[-1]


def _shaped(bench: Bench, there: Endpoint) -> list[Trial]:
    """The same hello in two segments, in two records; and one without a name."""
    subject = bench.subject
    found = [bench.shake("s5", there, "")]
    if subject.sni:
        for _ in range(2):
            found.append(bench.shake("s6", there, subject.sni, hello="split", verify=subject.host))
            found.append(
                bench.shake("s7", there, subject.sni, hello="fragmented", verify=subject.host)
            )
    return found


def _s1_failures(bench: Bench) -> list[bool]:
    """The trials of s1 so far, from the notebook: True for each that failed."""
    records = bench.trace.notebook.records()
    mine = [
        c
        for c in records.tcp_connects
        if c.arm is not None
        and c.arm.experiment == NAME
        and c.arm.name == "s1"
        and c.depth == bench.trace.depth
    ]
    good = {
        h.transaction_id for h in records.tls_handshakes if h.failure is None and h.arm is not None
    }
    return [c.transaction_id not in good for c in mine]


def _answered_at_all(record: TLSHandshake | None) -> bool:
    return record is not None and _answered(record)


def _answered(record: TLSHandshake) -> bool:
    """An alert is the server's word too."""
    return (record.failure or "").startswith("ssl_")


def _sni(name: str) -> str:
    """A control that goes by its address sends no name; the innocent one stands in."""
    return INNOCENT if name.replace(".", "").isdigit() or ":" in name else name
