"""Filters become SQL with parameters only (what they select: test_store)."""

from measurements.store.query import Filter, prefix_range, select_results, select_uids


def test_values_are_never_part_of_the_sql() -> None:
    """A quotation mark in a URL harms nothing."""
    evil = "'; DROP TABLE runs; --"
    wanted = Filter(
        status=(evil,),
        url=evil,
        exact_url=evil,
        run_id=evil,
        since=evil,
        until=evil,
        category=(evil,),
        limit=3,
    )
    for sql, values in (select_results(wanted), select_uids(wanted)):
        assert "DROP" not in sql
        assert sql.count("?") == len(values)


def test_a_prefix_covers_all_that_begin_so() -> None:
    """Also with characters beyond ASCII."""
    low, high = prefix_range("ab")
    assert low <= "ab" < high
    assert low <= "ab\U0001f600" < high
    assert not low <= "ac" < high
