"""What changed for one volunteer since the last look at the same target on the same network. Pure.

Only what says something about the network is compared: it opens, or it is interfered with. `down`,
`inconclusive`, `server_side` and what its judge was not sure of are no look: the one before them counts,
and nothing that is down today was unblocked. What lies on no known network cannot be compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from measurements.analysis.votes import weight

_OPEN = "accessible"
TELLING = (_OPEN, "blocked", "throttled")


class Kind(StrEnum):
    """What happened."""

    NEWLY_BLOCKED = "newly_blocked"
    UNBLOCKED = "unblocked"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One verdict. `at` is ISO 8601 UTC; `asn` None or 0: not known."""

    measurement_uid: str
    input: str
    at: str
    asn: int | None
    status: str | None
    layer: str | None = None
    mechanism: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `before` to `after`; both on the same network."""

    kind: Kind
    before: Look
    after: Look


def tells(look: Look) -> bool:
    """Whether it says something about how a known network treats the target."""
    sure = look.confidence is None or weight(look.confidence) > 0
    return look.status in TELLING and bool(look.asn) and sure


def compare(now: Iterable[Look], earlier: Iterable[Look]) -> list[Change]:
    """Each target's newest look of `now` against the newest one `earlier`, in the order of targets."""
    before, found = _newest(earlier), []
    for key, after in sorted(_newest(now).items()):
        last = before.get(key)
        kind = None if last is None else _kind(last, after)
        if last is not None and kind is not None:
            found.append(Change(kind=kind, before=last, after=after))
    return found


def _newest(looks: Iterable[Look]) -> dict[tuple[str, int], Look]:
    found: dict[tuple[str, int], Look] = {}
    for look in looks:
        if not tells(look):
            continue
        key = look.input, look.asn or 0
        if key not in found or (found[key].at, found[key].measurement_uid) < (
            look.at,
            look.measurement_uid,
        ):
            found[key] = look
    return found


def _kind(before: Look, after: Look) -> Kind | None:
    if before.status == _OPEN:
        return None if after.status == _OPEN else Kind.NEWLY_BLOCKED
    if after.status == _OPEN:
        return Kind.UNBLOCKED
    return Kind.CHANGED if _how(before) != _how(after) else None


def _how(look: Look) -> tuple[str | None, ...]:
    return look.status, look.layer, look.mechanism
