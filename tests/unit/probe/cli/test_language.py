"""Another language than English: help, wrong usage, and terminals that lack its letters."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from probe import words as spoken
from probe.cli.language import PLAINER, begin, showable, wrong_usage

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


WRONG = [
    (
        "Invalid value for '--concurrency': Input should be greater than or equal to 1",
        "Неверное значение '--concurrency': нужно число не меньше 1",
    ),
    (
        "Invalid value: 'foo' is no status; there is: accessible, blocked",
        "Неверное значение: состояния 'foo' нет; есть: accessible, blocked",
    ),
    (
        "Invalid value: --every '3s' is no time; write 30m, 6h or 7d",
        "Неверное значение: --every '3s' — не время; пишите 30m, 6h или 7d",
    ),
    (
        "config.toml: keep_days must be a whole number of days from 1 to 36500, not 'x'",
        "config.toml: keep_days: сюда годится целое число дней от 1 до 36500, а не 'x'",  # noqa: RUF001
    ),
    ("Input has to go all the way to 7", "Input has to go all the way to 7"),
]


@pytest.mark.parametrize(("english", "russian"), WRONG)
def test_wrong_usage_is_told_from_its_frame_inwards(english: str, russian: str) -> None:
    """No sentence of ours is laid around Typer's words, and none of pydantic's is left."""
    spoken.use("ru")
    try:
        assert wrong_usage(english) == russian
    finally:
        spoken.use("en")


@pytest.mark.parametrize(
    ("word", "says"),
    [("http://a b/", "http://a b/: внутри пробел"), ("--file=/none", "такого файла или папки нет")],
)
def test_a_wrong_url_and_a_missing_file_are_no_dead_end(
    tmp_path: Path, word: str, says: str
) -> None:
    """The reason is told in the language of the screen, the system's own too."""
    done = anyqta("run", word, home=tmp_path, ANYQTA_LANG="ru", PYTHONUTF8="1")

    assert done.returncode in {1, 2}
    assert done.stderr.decode().strip().endswith(says)


@pytest.mark.parametrize("torn", [b"", b"no catalog", None])
def test_a_torn_catalog_is_said_and_english_spoken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    torn: bytes | None,
) -> None:
    """Half an installation is no traceback; a whole one says nothing."""
    monkeypatch.setenv("ANYQTA_LANG", "kk")
    begin([])
    assert (spoken.language(), capsys.readouterr().err) == ("kk", "")

    folder = tmp_path / "locale"
    shutil.copytree(spoken.FOLDER, folder)
    file = folder / "kk" / "LC_MESSAGES" / "tools.mo"
    file.unlink() if torn is None else file.write_bytes(torn)
    monkeypatch.setattr(spoken, "FOLDER", folder)
    spoken._catalog.cache_clear()
    try:
        begin([])
        assert spoken.language() == "en"
        assert "install anyqta again" in capsys.readouterr().err
    finally:
        spoken.use("en")
        spoken._catalog.cache_clear()
