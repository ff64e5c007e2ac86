"""measurements/collector/bugs.py: where, not what."""

from measurements.collector.bugs import places


def test_causes_and_groups_are_told() -> None:
    """Types and lines; no message."""
    told = ""
    try:
        try:
            dict[str, int]()["secret one"]
        except KeyError as exc:
            raise ExceptionGroup("secret two", [ValueError("secret three")]) from exc
    except ExceptionGroup as exc:
        told = places(exc)
    assert "secret" not in told
    assert [word in told for word in ("ExceptionGroup", "ValueError", "KeyError")] == [True] * 3
    assert "collector/test_bugs.py:" in told
