"""A page fits its width, with and without colour."""

import re

import pytest

from probe.cli.page import Page


@pytest.mark.parametrize("width", [20, 40, 80, 100])
def test_no_line_is_wider_than_asked(width: int) -> None:
    """However long a word is; 40 is the least."""
    page = Page()
    page.add("word " * 60, label="label: ")
    page.add("x" * 300, indent=30)
    page.head("Heading")
    lines = page.render(width, coloured=False)
    assert max(len(line) for line in lines) <= max(width, 40)
    assert not any("\x1b" in line for line in lines)


def test_colour_changes_nothing_else() -> None:
    """The words carry the meaning."""
    page = Page()
    page.add("blocked", style="red")
    page.add("plain\x1b[0m")
    coloured = page.render(80, coloured=True)
    assert page.render(80, coloured=False) == [
        re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured
    ]
    assert coloured[0].startswith("\x1b[1;31m")
