"""The 2x2, row by row, and over every vector that trials can give."""

from itertools import product

import pytest

from measurements.schema.words import Trigger
from measurements.verdict.matrix import BAD, GOOD, MATRIX, NOT_RUN, UNDECIDED, Row, read, settle

NAMES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")
LETTERS = {"g": GOOD, "b": BAD, "u": UNDECIDED, "-": NOT_RUN}
# For each row a vector s1 … s7 that it fits, and a twin, one arm changed, that another row has.
CASES = {
    "tls.matrix.invalid": ("bbbbbbb", "bbbgbbb", "tls.matrix.sni"),
    "tls.matrix.sni": ("bgbggbb", "bgugggb", "tls.matrix.sni_here"),
    "tls.matrix.sni_and_ip": ("bgggggg", "bggggbb", "tls.matrix.sni_and_ip_reassembled"),
    "tls.matrix.sni_and_ip_records": ("bggggbg", "bggggbb", "tls.matrix.sni_and_ip_reassembled"),
    "tls.matrix.sni_and_ip_reassembled": ("bgggg--", "bggggg-", "tls.matrix.sni_and_ip"),
    "tls.matrix.sni_split": ("bg--ggg", "bg--gbg", "tls.matrix.sni_records"),
    "tls.matrix.sni_records": ("bg--gbg", "bg--gbb", "tls.matrix.sni_here"),
    "tls.matrix.sni_here": ("bg--g--", "bu--g--", "tls.matrix.no_name_passes"),
    "tls.matrix.split_only": ("bb-gbg-", "bb-gbb-", "tls.matrix.all_fail"),
    "tls.matrix.ip": ("bbggbbb", "bbgggbb", "tls.matrix.no_name_passes"),
    "tls.matrix.no_name_passes": ("bu-gg--", "bu-gb--", "tls.matrix.broken_only"),
    "tls.matrix.all_fail": ("bb-gb--", "bg-gb--", "tls.matrix.sni_here"),
    "tls.matrix.clean": ("gggg---", "uggg---", "tls.matrix.undecided"),
    "tls.matrix.broken_only": ("b------", "g------", "tls.matrix.clean"),
    "tls.matrix.undecided": ("-------", "b------", "tls.matrix.broken_only"),
}


def arms(vector: str) -> dict[str, str]:
    """A vector of seven letters as the arms."""
    return {name: LETTERS[letter] for name, letter in zip(NAMES, vector, strict=True)}


@pytest.mark.parametrize(("row", "case"), CASES.items(), ids=CASES)
def test_a_row_fits_and_its_twin_does_not(row: str, case: tuple[str, str, str]) -> None:
    """One arm changed, and another row is right."""
    fits, twin, instead = case

    assert [row, instead] == [read(arms(fits)).id, read(arms(twin)).id]


def test_every_row_has_its_case() -> None:
    """A row that no trials can bring about is a row that nobody needs."""
    assert sorted(CASES) == sorted(r.id for r in MATRIX)


def test_every_vector_has_a_row_and_no_row_blocks_what_passes() -> None:
    """All 16,384 of them: nothing is blocked that did not fail, or on a line that is broken."""
    for letters in product(LETTERS, repeat=len(NAMES)):
        found = read(arms("".join(letters)))
        line_is_broken = letters[3] == "b" and "g" not in letters
        if letters[0] != "b" or line_is_broken:
            assert found.blocks is not True, letters


def test_without_a_control_a_row_needs_an_arm_that_passed() -> None:
    """`alone` is above nothing only where something other passed: that is the contrast."""
    for letters in product(LETTERS, repeat=len(NAMES)):
        found = read(arms("".join(letters)))
        if found.blocks and found.alone:
            assert "g" in letters, (found.id, letters)


@pytest.mark.parametrize("row", MATRIX, ids=[r.id for r in MATRIX])
def test_a_row_is_sound(row: Row) -> None:
    """Numbers in range, less sure without a control, known arms, a clause without its full stop."""
    assert 0 <= row.alone <= row.confidence <= 1
    assert set(row.arms) <= set(NAMES)
    assert row.says
    assert not row.says.endswith(".")
    assert row.trigger in {None, Trigger.SNI, Trigger.SNI_AND_IP, Trigger.IP}
    assert row.trigger is None or row.blocks


@pytest.mark.parametrize(
    ("letters", "comes_to"),
    [("", NOT_RUN), ("S", GOOD), ("SSSD", GOOD), ("SD", UNDECIDED), ("DDDS", BAD), ("R", BAD)],
)
def test_an_arms_trials_agree_three_to_one(letters: str, comes_to: str) -> None:
    """Or they have decided nothing."""
    assert comes_to == settle(list(letters), frozenset("S"))
