"""Lists of commands: whole sentences in every language."""

import os
import subprocess
import sys

import pytest

from probe import words
from probe.cli.group import first_sentence
from probe.cli.tree import whole


def test_the_first_sentence() -> None:
    """Of several, of one, of none."""
    assert "One two." == first_sentence("One\n  two. Three.\n\nFour.")
    assert "To read it: `a | b -`." == first_sentence("To read it: `a | b -`.\n\nMore.")
    assert "" == first_sentence("")


@pytest.mark.parametrize("language", sorted(words.LANGUAGES))
@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("group", [(), ("consent",), ("snapshot",)])
def test_no_command_is_cut_short(language: str, option: str, group: tuple[str, ...]) -> None:
    """In 80 columns; each sentence stands there to its end."""
    env = {**os.environ, "ANYQTA_LANG": language, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "probe.cli", *group, option]
    shown = subprocess.run(
        command, capture_output=True, check=True, env=env, encoding="utf-8"
    ).stdout
    flat = " ".join(shown.split())
    root = next(n for n in whole().all() if tuple(n.name.split()[1:]) == group)
    words.use(language)
    try:
        sentences = [first_sentence(words._(first_paragraph(node.text))) for node in root.below]
    finally:
        words.use(words.ENGLISH)
    assert len(sentences) >= 2
    assert [] == [sentence for sentence in sentences if sentence not in flat]
    assert "..." not in flat.replace("ARGS]...", "").replace("[АРГУМЕНТЫ]...", "").replace(
        "[АРГУМЕНТТЕР]...", ""
    )
    assert max(map(len, shown.splitlines())) <= 80


def first_paragraph(text: str) -> str:
    """As the catalogs hold it."""
    return " ".join(text.split("\n\n", 1)[0].split())
