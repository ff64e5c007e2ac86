"""`upload` in words, and what `run` does about it at its end. The rest: tests/e2e/test_upload*.py."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probe.cli.upload import words
from probe.upload.uploader import Delivery
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import consent
from tests.unit.probe.cli.conftest import FakeWiring, Invoke

URL = "https://c.example"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCollector]:
    """The one that the environment names."""
    found = FakeCollector()
    with collecting(found) as url:
        monkeypatch.setenv("ANYQTA_COLLECTOR", url)
        yield found


def test_nothing_to_send() -> None:
    """Is a whole sentence too."""
    assert [f"{URL}: nothing to send."] == words(Delivery(url=URL))


def test_all_that_can_happen() -> None:
    """Numbers, reasons, most frequent first; why it waits, and until when."""
    delivery = Delivery(
        url=URL,
        counts={"accepted": 5, "duplicate": 2, "rejected": 3},
        reasons={("rejected", "different"): 1, ("rejected", "kept at home: private"): 2},
        waiting=1,
        trouble="the connection broke",
        next_attempt_at=datetime(2026, 11, 25, 12, 30, 59, tzinfo=UTC),
    )
    assert [
        f"{URL}: 5 accepted, 2 it had already, 3 rejected, 1 waits.",
        "  2 rejected: kept at home: private",
        "  1 rejected: different",
        "  Why it waits: the connection broke",
        "  Tried again by the first run after 2026-11-25 12:30 UTC.",
    ] == words(delivery)


def test_an_old_trouble_is_not_told() -> None:
    """Where nothing waits any more."""
    assert 1 == len(words(Delivery(url=URL, counts={"accepted": 1}, trouble="old")))


def test_a_hostile_reason_reaches_no_terminal(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector
) -> None:
    """What a collector says is a stranger's text."""
    collector.judge = lambda _: ("rejected", "\x1b[2Jno\u202e")
    anyqta("run", "a.kz", "--yes")
    result = anyqta("upload", "--yes")
    assert 1 == result.exit_code
    assert "1 rejected: \\x1b[2Jno" in result.stdout
    for output in (result.stdout, result.stderr, anyqta("show", "last").stdout):
        assert "\x1b" not in output
        assert "\u202e" not in output


def test_a_run_sends_what_was_agreed_to(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector
) -> None:
    """At its end, told on standard error; its lines and status are its own."""
    consent(home)
    result = anyqta("run", "a.kz", "--json")
    assert 0 == result.exit_code, result.stderr
    assert 1 == len(result.stdout.splitlines())
    assert json.loads(result.stdout)["upload"] is None
    assert "1 accepted." in result.stderr
    assert 1 == len(collector.documents)


@pytest.mark.parametrize("arguments", [["--no-upload"], []])
def test_a_run_that_sends_nothing(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector, arguments: list[str]
) -> None:
    """--no-upload; or sharing was never agreed to: --yes to the risks is no yes to sharing."""
    consent(home, sharing=bool(arguments))
    result = anyqta("run", "a.kz", "--yes", *arguments)
    assert 0 == result.exit_code, result.stderr
    assert [] == collector.asked
    (request,) = wiring.requests
    assert bool(arguments) == bool(request.share_with)  # type: ignore[attr-defined]


def test_the_setting_turns_it_off(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector
) -> None:
    """And --upload on again."""
    consent(home)
    (home / "config.toml").write_text("upload = false")
    anyqta("run", "a.kz")
    assert [] == collector.asked
    anyqta("upload")
    assert 1 == len(collector.documents)


def test_for_this_run_only(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector
) -> None:
    """`run --upload --yes`: what it measures goes, nothing older; without --yes status 4, unmeasured."""
    result = anyqta("run", "a.kz", "--upload")
    assert (4, []) == (result.exit_code, wiring.requests)
    consent(home, sharing=False)
    result = anyqta("run", "a.kz", "--upload")
    assert (4, []) == (result.exit_code, wiring.requests)
    assert "anyqta consent share" in result.stderr
    result = anyqta("run", "a.kz", "--upload", "--yes")
    assert 0 == result.exit_code, result.stderr
    assert 1 == len(collector.documents)


def test_a_failed_upload_changes_nothing_about_the_run(
    anyqta: Invoke, wiring: FakeWiring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 0; it is told."""
    monkeypatch.setenv("ANYQTA_COLLECTOR", "http://127.0.0.1:9")
    consent(home)
    result = anyqta("run", "a.kz")
    assert 0 == result.exit_code
    assert "1 waits" in result.stderr
    assert "Why it waits" in result.stderr


def test_an_interrupted_or_offline_run_sends_nothing(
    anyqta: Invoke, wiring: FakeWiring, home: Path, collector: FakeCollector
) -> None:
    """Who presses Ctrl-C wants it to end; offline there is no way."""
    consent(home)
    wiring.interrupted = True
    assert 0 == anyqta("run", "a.kz", "b.kz").exit_code
    wiring.interrupted, wiring.exit_code = False, 3
    assert 3 == anyqta("run", "a.kz").exit_code
    assert [] == collector.asked


def test_before_the_first_run(anyqta: Invoke, home: Path, collector: FakeCollector) -> None:
    """Nothing is made."""
    result = anyqta("upload", "--yes")
    assert (0, "") == (result.exit_code, result.stdout)
    assert "Nothing has been measured yet" in result.stderr
    assert not home.exists()


def test_in_the_clear(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """It is said before anything goes; the address is a name that nobody has."""
    consent(home)
    anyqta("run", "a.kz", "--no-upload")
    away = ("--proxy", "socks5h://127.0.0.1:9")  # nobody listens: no packet leaves
    result = anyqta("upload", "--collector", "http://c.invalid", *away)
    assert "goes in the clear" in result.stderr
    assert "the proxy socks5://127.0.0.1:9 cannot be reached" in result.stdout
    result = anyqta("upload", "--collector", "https://c.invalid", *away)
    assert "goes in the clear" not in result.stderr
