"""Another language than English: help, wrong usage, and terminals that lack its letters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cli.language import PLAINER, showable

HERE = [sys.executable, "-m", "probe.cli"]
LETTERS = [
    ("en", "ascii", "en"),
    ("ru", "utf-8", "ru"),
    ("ru", "cp1251", "ru"),
    ("ru", "cp866", "ru"),
    ("ru", "cp437", "en"),
    ("kk", "utf-8", "kk"),
    ("kk", "cp1251", "ru"),
    ("kk", "ascii", "en"),
    ("kk", "no such encoding", "en"),
    ("ru", None, "en"),
]


@pytest.mark.parametrize(("wanted", "encoding", "shown"), LETTERS)
def test_a_language_is_shown_where_its_letters_are(
    wanted: str, encoding: str | None, shown: str
) -> None:
    """Not as numbers that nobody can read."""
    assert showable(wanted, [encoding, "utf-8"]) == shown


def test_signs_that_a_terminal_lacks_are_plainer() -> None:
    """Quotes and dashes stay signs; a foreign letter is its number, and nothing fails."""
    said = "«да» — Қ…".encode("cp866", PLAINER)

    assert said.decode("cp866") == '"да" - \\u049a...'


def anyqta(*words: str, home: Path, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """A process, as a person starts it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "ANYQTA"))}
    where = () if words[0] == "lists" else ("--home", str(home))
    command = [*HERE, *words, *where]
    return subprocess.run(command, env=kept | environ, capture_output=True, check=False)


ASKED = [
    ({"ANYQTA_LANG": "ru", "PYTHONIOENCODING": "cp1251"}, "cp1251", "Пока ничего не измерено"),
    ({"ANYQTA_LANG": "ru", "PYTHONIOENCODING": "cp866"}, "cp866", "Пока ничего не измерено"),
    ({"ANYQTA_LANG": "ru", "PYTHONIOENCODING": "ascii"}, "ascii", "Nothing has been measured"),
    ({"ANYQTA_LANG": "kk", "PYTHONIOENCODING": "cp1251"}, "cp1251", "Пока ничего не измерено"),
    ({"LANG": "kk_KZ.UTF-8", "PYTHONUTF8": "1"}, "utf-8", "Әзірге ештеңе өлшенген жоқ"),
]


@pytest.mark.parametrize(("environ", "encoding", "says"), ASKED)
def test_a_process_speaks_what_its_terminal_can_show(
    tmp_path: Path, environ: dict[str, str], encoding: str, says: str
) -> None:
    """As Windows' consoles have them, and a bare one."""
    done = anyqta("results", home=tmp_path, **environ)

    assert done.returncode == 0
    assert says in done.stderr.decode(encoding)


def test_the_setting_is_read_before_anything_is_said(tmp_path: Path) -> None:
    """config.toml of the home that --home names; wrong usage is told in it, with the status as ever."""
    (tmp_path / "config.toml").write_text('language = "ru"\n')

    done = anyqta("results", "--limt", "5", home=tmp_path, PYTHONUTF8="1")

    said = done.stderr.decode()
    assert done.returncode == 2
    assert "Использование: " in said
    assert "Ошибка: Нет такого параметра: --limt (возможно: --limit)" in said


def test_help_is_whole_in_kazakh(tmp_path: Path) -> None:
    """No English line is left in the help of a volunteer's command."""
    done = anyqta("run", "--help", home=tmp_path, ANYQTA_LANG="kk", PYTHONUTF8="1")

    said = done.stdout.decode()
    assert done.returncode == 0
    assert "Параметрлер:" in said
    assert not {"the", "Only", "Show", "Options", "Usage"} & set(said.replace(":", " ").split())


def test_json_is_english_in_every_language(tmp_path: Path) -> None:
    """Scripts read it."""
    said = {
        anyqta("lists", "--json", home=tmp_path, ANYQTA_LANG=code, PYTHONUTF8="1").stdout
        for code in ("en", "ru", "kk")
    }
    assert len(said) == 1
