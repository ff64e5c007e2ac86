"""Judge what is stored again, with today's rules. Earlier verdicts stay in the database."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.store.store import Store

Judge = Callable[[Measurement], Verdict]
Says = str | None  # a status, or None where there was no verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """`judged` measurements were looked at; `stored` new verdicts say something else than before.

    `moves` counts (status before, status now) of those whose status changed, most frequent first.
    """

    judged: int
    stored: int
    moves: tuple[tuple[tuple[Says, str], int], ...]


def rescore(
    store: Store,
    judge: Judge,
    uids: Iterable[str],
    *,
    on_judged: Callable[[int], None] = lambda _: None,
) -> Rescored:
    """Judge these again, each in its own transaction: it can be interrupted at any time."""
    judged = stored = 0
    moves: Counter[tuple[Says, str]] = Counter()
    for uid in uids:
        m = store.load(uid)
        before = None if m.verdict is None else m.verdict.status.value
        verdict = judge(m)
        if verdict != m.verdict:
            stored += store.save_verdict(uid, verdict)
        if before != verdict.status.value:
            moves[before, verdict.status.value] += 1
        judged += 1
        on_judged(judged)
    return Rescored(judged=judged, stored=stored, moves=tuple(moves.most_common()))
