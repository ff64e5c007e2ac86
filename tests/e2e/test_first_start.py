"""First start at a real terminal: no packet leaves before a yes, in any command; then what was chosen.

Every command runs in a network namespace whose packets are counted.
"""

import json
import os
import re
import shutil
from pathlib import Path

import pexpect
import pytest

from probe import words
from tests.fakes.commands import ANYQTA, anyqta, environment
from tests.fakes.counted import called, prefix, sent

pytestmark = [
    pytest.mark.netlab,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("unshare") is None,
        reason="a network namespace needs root",
    ),
]
ROWS = 24
READ_ON = "Press Enter to read on. (no: stop)"
PAUSE = "|".join(re.escape(words.catalog_of(one).get(READ_ON, READ_ON)) for one in words.LANGUAGES)
RUN = ("run", "-l", "kz", "--no-control", "--max-runtime", "0.1")


class Terminal:
    """One command at a terminal of 80 columns; what was shown, and what it sent."""

    def __init__(self, home: Path, *words: str, more: dict[str, str] | None = None) -> None:
        """Begin it."""
        self.counter = home.parent / f"counted-{len(list(home.parent.iterdir()))}"
        command = [*prefix(self.counter), *ANYQTA, *words]
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            env=environment(home) | {"TERM": "xterm", "TZ": "Asia/Almaty"} | (more or {}),
            encoding="utf-8",
            dimensions=(ROWS, 80),
            timeout=60,
        )
        self.shown = ""

    def types(self, *lines: str, after: str = ": $") -> None:
        """Each at the next question."""
        for line in lines:
            while self.child.expect([PAUSE, after]) == 0:  # a screen is full
                self.shown += str(self.child.before) + str(self.child.after)
                assert str(self.child.before).count("\n") < ROWS
                self.child.sendline("")
            self.shown += str(self.child.before) + str(self.child.after)
            self.child.sendline(line)

    def ends(self) -> int:
        """Its status."""
        self.child.expect(pexpect.EOF)
        self.shown += str(self.child.before)
        self.child.close()
        assert "Traceback" not in self.shown
        plain = [line for line in self.shown.splitlines() if "\x1b" not in line]
        assert max(map(len, plain)) <= 80 + len(": yes")
        return int(self.child.exitstatus or 0)

    @property
    def sent(self) -> int:
        """Packets."""
        return sent(self.counter)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Not made yet."""
    return tmp_path / "home"


@pytest.mark.parametrize("typed", [("no",), ("",), ("yes", "yes", "\x04")])
def test_who_refuses_sends_nothing(home: Path, typed: tuple[str, ...]) -> None:
    """Status 4; no folder, no packet. Also in the middle of the questions."""
    at = Terminal(home, *RUN)
    at.types(*typed)
    assert 4 == at.ends()
    assert 0 == at.sent
    assert [] == called(at.counter)
    assert not home.exists()
    assert "In Kazakhstan" in at.shown
    assert "did not agree" in at.shown
    assert 1 == at.shown.count(READ_ON)


def test_who_says_no_in_the_middle_of_the_text_is_heard(home: Path) -> None:
    """Nothing more is shown."""
    at = Terminal(home, *RUN)
    at.child.expect(PAUSE)
    at.child.sendline("no")
    assert 4 == at.ends()
    assert "Type yes" not in at.shown
    assert 0 == at.sent


def test_through_the_questions_and_asked_again_when_the_text_changes(home: Path) -> None:
    """Wrong answers are explained; right ones recorded; then, and only then, packets leave."""
    at = Terminal(home, *RUN)
    at.types("more", "yes", "no", "", "yes", "yes", "no", "", "2", "", "2", "")
    assert 3 == at.ends(), at.shown  # the cable leads nowhere: this computer is offline
    assert "If you share" in at.shown
    assert 2 == at.shown.count("Can your Internet provider see")
    assert 2 == at.shown.count("can you have every copy")
    assert "No. It can" in at.shown
    assert at.sent > 0, "the counter counts"
    given = json.loads((home / "consent.json").read_text())
    assert {"plain", "political"} == set(given["choices"]["tiers"])
    assert [] == given["choices"]["categories"]
    assert "sni_matrix" not in given["choices"]["arms"]
    assert 0o600 == (home / "consent.json").stat().st_mode & 0o777

    (home / "consent.json").write_text(json.dumps(given | {"version": given["version"] - 1}))
    again = Terminal(home, *RUN)
    again.types("no")
    assert 4 == again.ends()
    assert f"to version {given['version'] - 1} of this text" in " ".join(again.shown.split())
    assert 0 == again.sent


@pytest.mark.parametrize(
    ("language", "typed", "law"),
    [
        ("ru", ("да", "да", "нет", "1", "", "1", ""), "Казахстане сайты блокируют"),
        ("kk", ("иә", "иә", "жоқ", "1", "", "1", ""), "Қазақстанда сайттар"),
    ],
)
def test_in_ones_own_language(home: Path, language: str, typed: tuple[str, ...], law: str) -> None:
    """The words of that language are typed, and no English sentence is left."""
    at = Terminal(home, "consent", "give", more={"ANYQTA_LANG": language})
    at.types(*typed)
    assert 0 == at.ends(), at.shown
    assert law in at.shown
    for english in (" the ", "Type", "Stored", "sites"):
        assert english not in at.shown, english
    assert [] == json.loads((home / "consent.json").read_text())["choices"]["arms"]
    assert 0 == at.sent


# Every command without any consent: tests/netlab/test_before_consent.py.
COMMANDS = (
    ("run", "-l", "kz", "--json"),
    ("run", "a.example", "--upload", "--dry-run", "--json"),
    ("watch", "a.example", "--once"),
    ("schedule", "install", "a.example"),
    ("upload",),
    ("doctor",),
    ("consent", "share", "--yes"),
    ("consent", "choose", "--tries", "all"),
)
WITHOUT_CONSENT = {"run": 4, "watch": 4, "schedule": 4}


def test_nothing_is_sent_on_the_word_of_an_earlier_text(home: Path) -> None:
    """It is no consent. A collector and a control are set: there were whom to ask."""
    home.mkdir()
    stored = '{"version": 2, "given_at": "2026-11-01T00:00:00Z"}'
    (home / "consent.json").write_text(stored)
    (home / "config.toml").write_text(
        'collector = "https://198.51.100.9/"\ncontrol = "https://198.51.100.8/"\n'
    )
    for number, command in enumerate(COMMANDS):
        counter = home.parent / f"c{number}"
        done = anyqta(home, *command, prefix=prefix(counter))
        assert 0 == sent(counter), command
        if (
            command[0] != "doctor"
        ):  # it asks the kernel for its routes, by a socket that sends nothing
            assert [] == called(counter), command
        if "--dry-run" in command:
            assert 0 == done.returncode, done.stderr
        elif command[0] in WITHOUT_CONSENT:
            assert 4 == done.returncode, (command, done.stderr)
            assert "anyqta consent give" in done.stderr
    assert stored == (home / "consent.json").read_text()
