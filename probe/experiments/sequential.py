"""When trials have decided: Wald's sequential test, as in measurements/verdict/symbols.py.

The rule is written there; who measures may not import who judges (HOUSE.md rule 2), so that its two
weights and two bounds stand here again, and a test holds them equal.
"""

from collections.abc import Sequence

FAILURE_WEIGHT, SUCCESS_WEIGHT = 2.639, -1.153
UPPER, LOWER = 9.2, -4.605


def decided(failed: Sequence[bool]) -> bool:
    """Four straight failures, or four straight successes, or what amounts to them."""
    total = 0.0
    for trial in failed:
        total += FAILURE_WEIGHT if trial else SUCCESS_WEIGHT
        if total >= UPPER or total <= LOWER:
            return True
    return False
