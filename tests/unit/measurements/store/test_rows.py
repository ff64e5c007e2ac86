"""Rows are integers wherever a text repeats."""

import pytest

from measurements.store.rows import squeeze_hash, to_rows
from tests.unit.measurements.store.examples import a_measurement


class CountingIds:
    """Numbers things in the order in which they come."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}

    def number(self, *thing: object) -> int:
        """The thing's number."""
        return self.known.setdefault(thing, len(self.known) + 1)

    text = target = run = network = arm = answers = chain = body = number


def test_a_connect_is_a_row_of_numbers() -> None:
    """Its address is a number, and its failure null."""
    ids = CountingIds()
    rows = to_rows(a_measurement(), key=7, ids=ids, packed=None)
    address = ids.known[("192.0.2.1",)]
    assert [(7, 0, 1, address, 443, 0.0, 0.1, None, 0, None)] == rows["tcp_connects"]
    assert [] == rows["packed"]


@pytest.mark.parametrize("odd", [None, "", "abc", "A" * 64, "g" * 64, "a" * 63 + " "])
def test_what_is_no_hash_stays(odd: str | None) -> None:
    """A document may say anything there."""
    assert odd == squeeze_hash(odd)


def test_a_hash_is_32_bytes() -> None:
    """Half of its text."""
    assert b"\xab" * 32 == squeeze_hash("ab" * 32)
