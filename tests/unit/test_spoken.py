"""What the tools say, in the languages: whole sentences, none half translated, in 80 columns."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from measurements.schema.measurement import Finding
from probe import words
from probe.cli import app
from probe.cli import doctor as cli
from probe.control.client import NoHello
from probe.engine import doctor, doctor_network
from probe.engine.doctor import Check, DatabaseFacts
from probe.engine.environment import Checked
from probe.engine.watch import Book
from probe.wiring import watch_book
from probe.wiring.watch_book import Kept
from tests.fakes.commands import anyqta as process
from tests.fakes.homes import consent, fill

# Commands, names of files, and what is typed stay; three English words in a row do not.
_TYPED = re.compile(
    r"`[^`]*`|\banyqta [a-z -]+|(?:pip|pipx|uv tool) (?:un)?install \w+|grep -n \S+ \S+"
)
_ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?: [a-z]{2,}){2,}")


@pytest.fixture(params=["ru", "kk"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Spoken while the test goes on."""
    words.use(request.param)
    yield request.param
    words.use(words.ENGLISH)


def english(text: str) -> list[str]:
    """What was left in it."""
    return _ENGLISH.findall(_TYPED.sub("", " ".join(text.split())))


def of_this_computer() -> list[Check]:
    """Each way in which a check may turn out."""
    today, old = date(2026, 11, 29), date(2024, 1, 1)
    facts = DatabaseFacts(exists=True, bytes=10**6, measurements=3, version=4, newest=4)
    return [
        *(c for python in ((3, 10), (3, 12), (3, 15)) for c in doctor.version("1", python)),
        *(doctor.privileges(root=root) for root in (True, False)),
        *(doctor.disk(free) for free in (None, 10**6, 10**8, 10**10)),
        *doctor.permissions("/h", [], [], exists=False),
        *doctor.permissions("/h", ["."], [], exists=True),
        *doctor.permissions("/h", list("abcde"), ["keys/k"], exists=True),
        doctor.unreadable("/h", "X"),
        *(
            doctor.database(one)
            for one in (
                facts,
                DatabaseFacts(exists=False),
                DatabaseFacts(exists=True, version=9, newest=4),
                DatabaseFacts(exists=True, measurements=3, version=3, newest=4),
            )
        ),
        *(doctor.settings("/h/config.toml", why, exists=True) for why in ("X", None)),
        doctor.settings("/h/config.toml", None, exists=False),
        *doctor.schedule("cron", known=False, idle=None),
        *doctor.schedule("cron", known=True, idle=40.0),
        *doctor.schedule("cron", known=True, idle=1.0),
        *(
            doctor.data_age(what, made, today)
            for what in ("Map of networks", "Site lists")
            for made in (None, old, today)
        ),
        *doctor.calendar(old, today),
        *doctor.way_out("eth0", []),
        *doctor.way_out(None, [Finding(kind="hosts_entry", says="", subject="a.kz")]),
        *doctor.way_out(None, [Finding(kind=k, says="") for k in ("vpn", "proxy", "bypass_tool")]),
        *doctor.way_out(None, [], seen=False),
        doctor.private_dns({}, seen=False),
        *(doctor.private_dns(found) for found in ({}, {"X": "Y"})),
        *(doctor.crashes("/h", names) for names in ([], list("abcde"))),
    ]


def of_the_network() -> list[Check]:
    """The same for what is outside."""
    portal = Finding(kind="captive_portal", says="")
    skew = Finding(kind="clock_skew", says="")

    def checked(*findings: Finding, online: bool, portal: bool = False) -> Checked:
        return Checked(
            findings=findings, online=online, portal=portal, hello=None, ipv6=None, elsewhere=None,
            resolvers={"9.9.9.9:53": True, "8.8.8.8:53": False, "10.0.0.1:53": False},
        )  # fmt: skip

    nobody = NoHello(portal=True, failure="eof_error")
    return [
        *doctor_network.network(checked(online=True), clock_known=False),
        *doctor_network.network(checked(portal, skew, online=True, portal=True), clock_known=True),
        *doctor_network.network(checked(online=False), clock_known=False),
        *doctor_network.offline(),
        *doctor_network.resolvers(checked(online=True), ("10.0.0.1:53",), {"https://d/": None}),
        *doctor_network.resolvers(checked(online=True), (), {"https://d/": "eof_error"}),
        *doctor_network.controls({}),
        *doctor_network.controls({"https://c/": nobody}),
        doctor_network.collector("https://c/", trouble=None, other_key=False, pinned=True),
        doctor_network.collector("https://c/", trouble=None, other_key=False, pinned=False),
        doctor_network.collector(
            "https://c/", trouble="through the proxy: it does not answer in time",
            other_key=False, pinned=True,
        ),
        *doctor_network.no_collectors(named=0, agreed=False),
        *doctor_network.no_collectors(named=1, agreed=False),
        *doctor_network.unchecked(*cli._NO_LEAVE),
        *doctor_network.unchecked(*cli._NO_SETTINGS),
        *doctor_network.unchecked(*cli._OFFLINE_ONLY),
    ]  # fmt: skip


def test_each_check_of_doctor(language: str) -> None:
    """Its name, its state, what it says and what to do."""
    for check in (*of_this_computer(), *of_the_network()):
        rows = cli.rows([check], 80)
        assert max(map(len, rows)) <= 80
        text = " ".join(rows)
        assert [] == english(text), (language, text)
        if check.name not in {"VPN", "Python", "IPv6"}:
            assert not text.split(maxsplit=1)[1].startswith(f"{check.name}:"), text
    assert [] == english(cli.total(of_the_network()))


def test_the_other_tools(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that was lived in."""
    home = tmp_path / "home"
    for name in ("ANYQTA_CONTROL", "ANYQTA_COLLECTOR", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANYQTA_HOME", str(home))
    monkeypatch.setenv("SHELL", "/bin/bash")
    fill(home, 3)
    consent(home)
    (home / "mine.txt").write_text("mine")
    book = Book(due=9.0, spent=((1.0, 2_345_678),))
    says = "The network changed, so the rest is left for the next round."
    kept = Kept(
        book=book, at=3.0, wall=1.7e9, ended=1.7e9, measured=5, left=3, says=says, most=10**8
    )
    watch_book.write(home, kept)
    for command in (
        ("watch", "status"),
        ("schedule", "status"),
        ("schedule", "remove"),
        ("prune", "--older-than", "1", "--dry-run"),
        ("prune",),
        ("wipe", "--dry-run"),
        ("withdraw", "--all"),
        ("watch", "--scheduled"),
    ):
        done = CliRunner().invoke(app, list(command))
        assert [] == english(done.output), (command, done.output)
        assert done.output.strip()


def test_wrong_usage(language: str, tmp_path: Path) -> None:
    """Of a real process: what is wrong with a value is told in the language, too."""
    says = "--every '3x' is no time; write 30m, 6h or 7d"
    done = process(tmp_path, "watch", "a.kz", "--every", "3x", more={"ANYQTA_LANG": language})
    assert 2 == done.returncode
    assert words.told(says) != says
    assert words.told(says) in done.stderr


def test_the_twin_in_english() -> None:
    """What it looks for is there where it is spoken."""
    rows = " ".join(" ".join(cli.rows([check], 80)) for check in of_this_computer())
    assert len(english(rows)) > 20
