"""No text of a stranger moves a terminal's cursor, colours it, or turns its direction."""

import pytest

from probe.cli.clean import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Жаңалықтар ☺ 新聞", "Жаңалықтар ☺ 新聞"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("c1 \x9b2J", "c1 \\x9b2J"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth \u2066x", "zero\\u200bwidth \\u2066x"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001
        (None, "None"),
    ],
)
def test_what_is_obeyed_is_shown(text: object, shown: str) -> None:
    """And what is harmless stays."""
    assert shown == clean(text)


def test_it_is_shortened() -> None:
    """With a mark."""
    assert "abcd…" == clean("abcdefgh", 5)
    assert "abcde" == clean("abcde", 5)
