"""The sentences of a summary are whole, and end where a sentence ends: a translator sees nothing else."""

import pytest

from measurements.schema.words import Status
from measurements.verdict import summary_words

TABLES = (
    summary_words.FIRST,
    summary_words.BY_RESOLVER,
    summary_words.BY_THE_NETWORK,
    summary_words.HERE,
    summary_words.EVERY_NAME,
    summary_words.ROWS,
    summary_words.KEYED,
    summary_words.PACE,
)


@pytest.mark.parametrize("table", TABLES)
def test_sentences_are_whole(table: dict[object, str]) -> None:
    """One full stop, at the end."""
    for sentence in table.values():
        assert sentence.endswith(".")
        assert ". " not in sentence


def test_each_status_begins_its_own_way() -> None:
    """And no other."""
    assert set(summary_words.FIRST) == set(Status)
    assert len(set(summary_words.FIRST.values())) == len(Status)
