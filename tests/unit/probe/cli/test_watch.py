"""`watch` on the command line: what it asks of the wiring, and what it refuses."""

import json
from pathlib import Path

import pytest

from probe.cli import watch as cli
from probe.cli.watch_options import SCHEDULE, Stored, Wanted, encode
from probe.consent.choices import ARMS, Tries
from probe.engine.budget import MOST_A_DAY
from probe.engine.watch import HOUR, Book
from probe.engine.watchman import Outcome
from probe.home import HomeError
from probe.wiring import watch as wiring
from probe.wiring import watch_book
from probe.wiring.lock import WATCH, alone
from probe.wiring.watch import Ended, WatchRequest
from probe.wiring.watch_book import Kept
from tests.fakes.homes import consent
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[WatchRequest]:
    """A watch that ends at once."""
    found: list[WatchRequest] = []

    def watch_home(request: WatchRequest) -> Ended:
        found.append(request)
        return Ended(agreed=True, last=Outcome(measured=1))

    monkeypatch.setattr(wiring, "watch_home", watch_home)
    return found


def test_without_consent(anyqta: Invoke, asked: list[WatchRequest]) -> None:
    """Status 4, and nothing is made."""
    assert 4 == anyqta("watch", "https://a.kz/").exit_code
    assert [] == asked


def test_what_is_asked(anyqta: Invoke, home: Path, asked: list[WatchRequest]) -> None:
    """The plan, and a run's request that is made anew for each round."""
    consent(home)
    done = anyqta(
        "watch", "a.kz", "--every", "6h", "--max-data", "50", "--skip-metered", "--notify"
    )
    assert 0 == done.exit_code, done.output
    (request,) = asked
    assert (6 * HOUR, 3 * HOUR, 50_000_000, True) == (
        request.plan.every,
        request.plan.jitter,
        request.plan.max_bytes,
        request.plan.skip_metered,
    )
    anyqta("watch", "a.kz")
    assert 300_000_000 == asked[1].plan.max_bytes  # a volunteer who says nothing is not unbounded
    assert ["https://a.kz/"] == [target.url for target in request.run().targets]
    assert (None, True, False) == (request.upload(), request.notify, request.once)
    assert request.agreed()
    (home / "consent.json").unlink()
    assert not request.agreed()


def test_it_does_what_was_chosen_and_no_option_widens_it(
    anyqta: Invoke, home: Path, asked: list[WatchRequest]
) -> None:
    """Nobody sits there: what is chosen later holds for the next round; a day is bounded."""
    anyqta("consent", "give", "--yes", "--tries", "again")
    done = anyqta("watch", "-l", "kz", "mine.kz", "--diagnose")
    assert "LGBT 9" in done.output
    assert "--category" not in done.output
    (request,) = asked
    first = request.run()
    codes = {target.category_code for target in first.targets}
    assert (True, False, MOST_A_DAY) == (None in codes, "LGBT" in codes, first.most_a_day)
    assert ARMS[Tries.AGAIN] == first.arms
    anyqta("consent", "choose", "--category", "LGBT", "--tries", "visit")
    later = request.run()
    assert "LGBT" in {target.category_code for target in later.targets}
    assert frozenset() == later.arms


def test_a_category_that_was_not_chosen(
    anyqta: Invoke, home: Path, asked: list[WatchRequest]
) -> None:
    """Status 4, with what to do; a scheduled round, which nobody reads, is a HomeError."""
    anyqta("consent", "give", "--yes")
    refused = anyqta("watch", "-l", "kz", "--category", "LGBT")
    assert (4, True) == (refused.exit_code, "anyqta consent choose" in refused.output)
    assert 4 == anyqta("schedule", "install", "-l", "kz", "--category", "LGBT").exit_code
    assert [] == asked
    anyqta("watch", "-l", "kz")
    given = json.loads((home / "consent.json").read_text())
    given["choices"]["tiers"] = []
    (home / "consent.json").write_text(json.dumps(given))
    with pytest.raises(HomeError, match="nothing is left"):
        asked[0].run()


def test_what_it_refuses(anyqta: Invoke, home: Path, asked: list[WatchRequest]) -> None:
    """Wrong usage begins nothing."""
    consent(home)
    for wrong in (
        ("a.kz", "--every", "5m"),
        ("a.kz", "--max-data", "4"),
        ("-f", "-"),
        ("a.kz", "--control", "https://c/", "--no-control"),
        (),
        ("a.kz", "--scheduled"),
    ):
        assert 2 == anyqta("watch", *wrong).exit_code, wrong
    assert [] == asked


def test_a_list_that_is_gone(
    anyqta: Invoke, home: Path, tmp_path: Path, asked: list[WatchRequest]
) -> None:
    """In the middle of a year: a sentence for that round, not the end."""
    consent(home)
    path = tmp_path / "list.txt"
    path.write_text("https://a.kz/\n")
    anyqta("watch", "-f", str(path))
    path.unlink()
    with pytest.raises(HomeError, match=r"list\.txt"):
        asked[0].run()


def test_once(anyqta: Invoke, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is that of the round."""
    consent(home)
    for last, status in (
        (Outcome(measured=2), 0),
        (None, 0),
        (Outcome(offline=True), 3),
        (Outcome(), 1),
        (Outcome(stopped=True), 0),
    ):
        monkeypatch.setattr(wiring, "watch_home", lambda _, x=last: Ended(agreed=True, last=x))
        assert status == anyqta("watch", "a.kz", "--once").exit_code
    monkeypatch.setattr(wiring, "watch_home", lambda _: Ended(agreed=False, last=None))
    assert 4 == anyqta("watch", "a.kz").exit_code


def test_scheduled(anyqta: Invoke, home: Path, asked: list[WatchRequest]) -> None:
    """As it was told; nothing where nothing was."""
    consent(home)
    assert 1 == anyqta("watch", "--scheduled").exit_code
    stored = Stored(kind="cron", wait=60.0, wanted=Wanted(url=["a.kz"], every="24h"))
    (home / SCHEDULE).write_text(encode(stored))
    assert 0 == anyqta("watch", "--scheduled").exit_code
    (request,) = asked
    assert (True, 60.0, 6 * HOUR) == (request.once, request.wait, request.apart)


def test_another_watch(anyqta: Invoke, home: Path) -> None:
    """A watch fails; a single round has nothing to do."""
    consent(home)
    with alone(home, WATCH, ""):
        done = anyqta("watch", "a.kz")
        assert 1 == done.exit_code
        assert "another watch is at work" in done.stderr
        assert 0 == anyqta("watch", "a.kz", "--once").exit_code
        assert "No round now" in anyqta("watch", "a.kz", "--once").stderr


def test_status(anyqta: Invoke, home: Path) -> None:
    """Before, between and during rounds; in 80 columns."""
    assert "No watch has been at work" in anyqta("watch", "status").stdout
    assert not home.exists()
    book = Book(due=4000.0, began=0.0, spent=((100.0, 2_500_000),))
    kept = Kept(book=book, at=400.0, wall=1e9, ended=1e9, measured=7, left=2, says="So.")
    watch_book.write(home, kept)
    said = anyqta("watch", "status").stdout
    assert "not running" in said
    assert "7 measured, 2 left for the next round" in said
    assert "about: 2.5 MB" in said
    with alone(home, WATCH, ""):
        said = anyqta("watch", "status").stdout
    assert "Next round: 2001-09-09 02:46 UTC" in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_words(home: Path) -> None:
    """A bug leaves a file, and its message is not repeated."""
    says = cli._bug(home, ValueError("secret"))
    assert "ValueError" in says
    assert "secret" not in says
    assert list((home / "crashes").iterdir())
