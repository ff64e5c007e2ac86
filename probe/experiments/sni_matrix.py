"""TLS: {address of T, of C} x {name T, name C}, no name, the hello cut in two (methods.md §1.6).

Control arms run first and last (ABBA), target arms on fresh ports between them.
"""

from collections.abc import Coroutine
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Other:
    """Name C and address C, and what the control's own name met at the control."""

    name: str
    place: Endpoint | None
    verify: str | None
    is_control: bool
    passed: list[bool] = field(default_factory=list)

    @property
    def remembered(self) -> bool:
        """It passed before the target's name was sent there, and not after."""
        return self.is_control and len(self.passed) > 1 and self.passed[0] and not self.passed[-1]


def _other(bench: Bench) -> _Other:
    other = bench.elsewhere()
    if other is None:
        return _Other(INNOCENT, None, None, is_control=False)
    return _Other(other.name, other.tls, other.name, other.is_control)


async def run(bench: Bench) -> None:
    """All arms; what they show is in the notebook."""
    subject, permits = bench.subject, bench.permits
    there = Endpoint(subject.ip, subject.port)
    other = _other(bench)
    leading = await _control_arms(bench, there, other)
    page = bench.kit.page(subject.host)
    if other.passed == [False] and page is not None and page.scheme == "https":
        # The control is out of reach just now, for whatever reason: a page that opened stands in.
        place = Endpoint(page.ip, page.port)
        other = _Other(page.host, place, page.host, is_control=False)
        leading = await _control_arms(bench, there, other)
    if bench.kit.spare_control and other.is_control:
        other.place = None
    permits.suspect(there)
    await together(*_target_arms(bench, there, other, shaped=leading))
    if not leading:
        await together(*_shaped(bench, there))

    async def target() -> bool:
        return _failed(await bench.shake("s1", there, subject.sni, verify=subject.host))

    await until_decided([True, *_s1_failures(bench)], target, decided)
    if await _control_arms(bench, there, other):
        permits.clear(there)
    bench.kit.spare_control |= other.remembered


async def _control_arms(bench: Bench, there: Endpoint, other: _Other) -> bool:
    """s4 and s2; whether s2 was answered."""
    if other.place is not None:
        record = await bench.shake("s4", other.place, _sni(other.name), verify=other.verify)
        other.passed.append(_passed(record))
    return _passed(await bench.shake("s2", there, _sni(other.name)))


def _target_arms(bench: Bench, there: Endpoint, other: _Other, *, shaped: bool) -> list[Trial]:
    """s1 and s3. `shaped`: nothing is remembered here, so that s5 to s7 cannot be spoilt by them."""
    subject = bench.subject
    found = [
        bench.shake("s1", there, subject.sni, verify=subject.host) for _ in range(_TARGET_TRIALS)
    ]
    if other.place is not None and subject.sni:
        found += [bench.shake("s3", other.place, subject.sni) for _ in range(2)]
    return found + (_shaped(bench, there) if shaped else [])


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


def _passed(record: TLSHandshake | None) -> bool:
    """The peer answered: an alert or a strange certificate is the server's word too."""
    return record is not None and (record.failure or "ssl_").startswith("ssl_")


def _sni(name: str) -> str:
    """A control that goes by its address sends no name; the innocent one stands in."""
    return INNOCENT if name.replace(".", "").isdigit() or ":" in name else name
