"""A person's first day at a terminal, typed into a real one, in each language: the lab is their Internet.

Refusal, dry run, first start, a run that is ended and goes on, what was found, why, and all of it gone.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from probe import words
from tests.netlab.lab import PYTHON, ROOT, Lab
from tests.netlab.marks import IN_THE_LAB
from tests.netlab.model import Answer, Name, Page, Reset, Rule, Site, World
from tests.netlab.runner import CONTROL_URL, Commands, start_control
from tests.netlab.scenarios import COMMON

pexpect = pytest.importorskip("pexpect")
pytestmark = IN_THE_LAB
OPEN, SHUT, THIRD = "open.example.org", "shut.example.org", "third.example.org"
ADDRESSES = {OPEN: "93.184.200.1", SHUT: "93.184.200.2", THIRD: "93.184.200.3"}
WORLD = World(
    tuple(Site((name,), (ip,), http=Page()) for name, ip in ADDRESSES.items()),
    (*COMMON.names, *(Name(name, Answer((ip,))) for name, ip in ADDRESSES.items())),
    (Rule(Reset(), sni=(SHUT,)),),
)
SETTINGS = f'control = "{CONTROL_URL}"\nresolver = "8.8.8.8"\ndoh = "https://9.9.9.9/dns-query"\n'
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
CYRILLIC = re.compile("[\u0400-\u04ff]{4}")
COLUMNS = 80
QUESTION = "Type yes to go on, more to read all of it, anything else to stop:"
READ_ON = "Press Enter to read on. (no: stop)"
KEPT = "It was interrupted; what was measured is kept."
FOUND = {OPEN: "accessible", SHUT: "blocked", THIRD: "accessible"}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for all languages; a control outside."""
    with Lab(WORLD) as made:
        start_control(made, "ours", Commands())
        yield made


class Typing:
    """One command in a terminal of 80 columns."""

    def __init__(self, lab: Lab, home: Path, language: str, command: str) -> None:
        self.shown = ""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANYQTA_", "LC_", "LANG"))}
        self._child = pexpect.spawn(
            "ip",
            ["netns", "exec", lab.ns("probe"), PYTHON, "-m", "probe.cli", *command.split()],
            cwd=ROOT,
            env={
                **kept,
                "ANYQTA_HOME": str(home),
                "ANYQTA_LANG": language,
                "LANG": "C.UTF-8",
                "SSL_CERT_FILE": str(lab.root_file),
                "TERM": "xterm",
                "HOME": str(home.parent),
                "PYTHONPATH": str(ROOT),
            },
            dimensions=(24, COLUMNS),
            encoding="utf-8",
            timeout=30,
        )

    def sees(self, text: str) -> None:
        """Wait for it, wherever its lines are broken; the escapes of a terminal apart."""
        between = r"(?:\s|\x1b\[[0-9;?]*[A-Za-z])+"
        awaited = between.join(map(re.escape, text.split()))
        pause = between.join(map(re.escape, words._(READ_ON).split()))
        while self._child.expect([pause, awaited]) == 0:  # a screen is full
            self.shown += self._child.before + self._child.after
            self._child.sendline("")
        self.shown += self._child.before + self._child.after

    def types(self, *lines: str) -> None:
        """Each after the question before it was asked: all questions end with `: `."""
        for line in lines:
            self._child.expect(r": $")
            self.shown += self._child.before + self._child.after
            self._child.sendline(line)

    def interrupts(self) -> None:
        """Ctrl-C."""
        self._child.sendintr()

    def ends(self) -> tuple[int, str]:
        """Its exit status, and all that was shown, as text."""
        self._child.expect(pexpect.EOF)
        self.shown += self._child.before
        self._child.close()
        text = ESCAPES.sub("", self.shown).replace("\r\n", "\n")
        assert "Traceback" not in text
        assert self._child.exitstatus is not None, text
        return self._child.exitstatus, text


def measured(home: Path) -> dict[str, str]:
    """What is stored, by name."""
    with closing(sqlite3.connect(home / "anyqta.db")) as db:
        sql = (
            "SELECT t.url, v.status FROM measurements m JOIN targets t ON t.id = m.target_id"
            " JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision"
        )
        return {url.split("/")[2]: status for url, status in db.execute(sql)}


@pytest.fixture(params=sorted(words.LANGUAGES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Spoken here too: what is awaited is taken from the catalogs."""
    words.use(request.param)
    yield request.param
    words.use(words.ENGLISH)


def test_a_first_day(lab: Lab, language: str, tmp_path: Path) -> None:
    """From nothing to a finding, and back to nothing."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(SETTINGS)

    def typing(command: str) -> Typing:
        return Typing(lab, home, language, command)

    text = refuses(typing)
    assert (language != "en") is bool(CYRILLIC.search(text))
    assert not (home / "consent.json").exists()
    assert not (home / "anyqta.db").exists()
    agrees_and_measures(typing)
    assert {OPEN: "accessible"} == measured(home)
    status, text = typing("run --resume").ends()
    assert (0, True) == (status, "2/2" in text), text
    assert FOUND == measured(home)
    reads(typing)
    status, text = wiped(typing, "no")
    assert (1, language != "en") == (status, bool(CYRILLIC.search(text)))
    assert FOUND == measured(home)
    status, text = wiped(typing, "yes")
    assert 0 == status
    assert not home.exists()
    assert [] == [path for path in tmp_path.iterdir() if path.name != ".cache"]


Begin = Callable[[str], Typing]


def refuses(typing: Begin) -> str:
    """A no, and a dry run, which asks nothing; what was shown."""
    run = typing(f"run {OPEN}")
    run.sees(words._(QUESTION).rstrip(":"))
    run.types(words._("no"))
    status, text = run.ends()
    assert (4, True) == (status, words._("you did not agree, so nothing was sent.") in flat(text))
    status, plan = typing(f"run {OPEN} {SHUT} --dry-run").ends()
    assert (0, True, True) == (status, SHUT in plan, CONTROL_URL.rstrip("/") in plan)
    return text


def agrees_and_measures(typing: Begin) -> None:
    """The questions; the first site has its line; Ctrl-C."""
    run = typing(f"run {OPEN} {SHUT} {THIRD} --concurrency 1")
    run.sees(words._(QUESTION).rstrip(":"))
    yes, no = words._("yes"), words._("no")
    run.types(yes, yes, no, "2", "", "3", "")
    run.sees("1/3")
    run.interrupts()
    status, text = run.ends()
    assert 0 == status, text
    assert flat(words._(KEPT)) in flat(text)


def reads(typing: Begin) -> None:
    """What was found, and why, in their language and in 80 columns."""
    status, text = typing("results").ends()
    assert (0, [True] * 3) == (status, [f"https://{name}/" in text for name in FOUND])
    status, text = typing(f"show https://{SHUT}/").ends()
    assert (0, True) == (status, SHUT in text)
    assert (words.language() != "en") is bool(CYRILLIC.search(text))
    assert max(map(len, text.splitlines())) <= COLUMNS


def wiped(typing: Begin, answer: str) -> tuple[int, str]:
    """Asked whether it shall all go."""
    wipe = typing("wipe")
    wipe.types(words._(answer))
    return wipe.ends()


def flat(text: str) -> str:
    """Without line breaks."""
    return " ".join(text.split())
