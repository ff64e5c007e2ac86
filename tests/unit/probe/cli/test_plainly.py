"""A command ends with a status and a sentence."""

import pytest

from probe.cli.plainly import crash_text


def test_a_crash_says_where_but_not_whom() -> None:
    """Also of its cause."""

    def fails() -> None:
        raise ValueError("https://secret.example/")

    def fails_because() -> None:
        try:
            fails()
        except ValueError as exc:
            raise RuntimeError("10.1.2.3") from exc

    with pytest.raises(RuntimeError) as caught:
        fails_because()
    text = crash_text(caught.value)
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert "test_plainly.py" in text
    assert "secret" not in text
    assert "10.1.2.3" not in text
