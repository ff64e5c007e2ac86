"""The 2x2 of {address of the target, of the control} x {name of the target, of the control}, as a table.

Source: methods.md §1.6 and §2.3, rows L0-L8. Arms: s1 target's name at target's address, s2 control's
name at target's address, s3 target's name at control's address, s4 control's name at control's
address, s5 no name at target's address, s6 as s1 with the ClientHello in two segments, s7 in two records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from measurements.schema.words import Trigger

GOOD, BAD, UNDECIDED, NOT_RUN = "good", "bad", "undecided", "-"
_ANY = frozenset({GOOD, BAD, UNDECIDED, NOT_RUN})
_NOT_BAD = frozenset({GOOD, UNDECIDED, NOT_RUN})
_NOT_GOOD = frozenset({BAD, UNDECIDED, NOT_RUN})


def settle(symbols: Sequence[str], good: frozenset[str]) -> str:
    """What an arm's trials come to: good or bad where they agree three to one, else undecided."""
    if not symbols:
        return NOT_RUN
    passed = sum(s in good for s in symbols)
    if passed * 4 >= len(symbols) * 3:
        return GOOD
    return BAD if passed * 4 <= len(symbols) else UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: which arms must be what, and what that shows. `blocks` None: nothing at all."""

    id: str
    arms: Mapping[str, frozenset[str]]
    blocks: bool | None  # True interference, False none, None invalid
    trigger: Trigger | None
    confidence: float  # with a control that succeeds; see `alone` without
    alone: float  # confidence where no control could be asked; 0 for no verdict
    says: str

    def fits(self, arms: Mapping[str, str]) -> bool:
        """All of the row's arms are as it says."""
        return all(arms.get(name, NOT_RUN) in wanted for name, wanted in self.arms.items())


def _row(
    id_: str,
    arms: Mapping[str, frozenset[str] | str],
    result: tuple[bool | None, Trigger | None],
    weight: tuple[float, float],
    says: str,
) -> Row:
    sets = {k: v if isinstance(v, frozenset) else frozenset({v}) for k, v in arms.items()}
    return Row(
        id=id_,
        arms=sets,
        blocks=result[0],
        trigger=result[1],
        confidence=weight[0],
        alone=weight[1],
        says=says,
    )


MATRIX: tuple[Row, ...] = (
    _row(
        "tls.matrix.invalid",
        {"s4": BAD, "s2": _NOT_GOOD, "s3": _NOT_GOOD, "s5": _NOT_GOOD},
        (None, None),
        (0.8, 0.8),
        "even the control's own name at the control's own address fails: TLS is broken on this line",
    ),
    _row(
        "tls.matrix.sni",
        {"s1": BAD, "s3": BAD, "s4": GOOD},
        (True, Trigger.SNI),
        (0.98, 0.93),
        "the name alone does it: it fails at the control's address as well, where another name passes",
    ),
    _row(
        "tls.matrix.sni_and_ip",
        {"s1": BAD, "s2": GOOD, "s3": GOOD, "s6": GOOD},
        (True, Trigger.SNI_AND_IP),
        (0.96, 0.9),
        "it takes the name and the address together; cut in two, the same hello passes: a machine on the way reads it",
    ),
    _row(
        "tls.matrix.sni_and_ip_records",
        {"s1": BAD, "s2": GOOD, "s3": GOOD, "s7": GOOD},
        (True, Trigger.SNI_AND_IP),
        (0.96, 0.9),
        "it takes the name and the address together; in two records, the same hello passes: a machine on the way reads it",
    ),
    _row(
        "tls.matrix.sni_and_ip_reassembled",
        {"s1": BAD, "s2": GOOD, "s3": GOOD},
        (True, Trigger.SNI_AND_IP),
        (0.85, 0.0),
        "it takes the name and the address together",
    ),
    _row(
        "tls.matrix.sni_split",
        {"s1": BAD, "s2": GOOD, "s3": NOT_RUN, "s6": GOOD},
        (True, Trigger.SNI),
        (0.95, 0.9),
        "another name passes at the same address, and so does this one when its hello is cut in two",
    ),
    _row(
        "tls.matrix.sni_records",
        {"s1": BAD, "s2": GOOD, "s3": NOT_RUN, "s7": GOOD},
        (True, Trigger.SNI),
        (0.95, 0.9),
        "another name passes at the same address, and so does this one when its hello comes in two records",
    ),
    _row(
        "tls.matrix.sni_here",
        {"s1": BAD, "s2": GOOD, "s3": _ANY},
        (True, Trigger.SNI),
        (0.88, 0.0),
        "another name passes at the same address",
    ),
    _row(
        "tls.matrix.split_only",
        {"s1": BAD, "s2": BAD, "s6": GOOD},
        (True, Trigger.SNI),
        (0.93, 0.85),
        "the same hello passes when it is cut in two: a machine on the way reads it",
    ),
    _row(
        "tls.matrix.ip",
        {"s1": BAD, "s2": BAD, "s3": GOOD, "s5": _NOT_GOOD},
        (True, Trigger.IP),
        (0.68, 0.0),
        "every name fails at this address, while this name passes elsewhere",
    ),
    _row(
        "tls.matrix.no_name_passes",
        {"s1": BAD, "s5": GOOD},
        (True, Trigger.SNI),
        (0.85, 0.0),
        "a hello without a name passes at the same address",
    ),
    _row(
        "tls.matrix.all_fail",
        {"s1": BAD, "s2": BAD, "s3": _NOT_GOOD},
        (True, None),
        (0.65, 0.0),
        "no hello passes at this address",
    ),
    _row(
        "tls.matrix.clean",
        {"s1": GOOD},
        (False, None),
        (0.7, 0.7),
        "the name passes when tried again",
    ),
    _row(
        "tls.matrix.broken_only", {"s1": BAD}, (True, None), (0.7, 0.0), "the name fails each time"
    ),
    _row("tls.matrix.undecided", {}, (None, None), (0.4, 0.4), "the trials do not agree"),
)


def read(arms: Mapping[str, str]) -> Row:
    """The first row that fits; the last fits everything."""
    return next(row for row in MATRIX if row.fits(arms))
