"""`anyqta prune`: it says what goes, asks, and says what went."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from measurements.store.outbox import Outbox
from measurements.store.prune import Plan
from probe import home as homes
from probe.cli import prune as module
from tests.fakes.homes import consent, fill
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored ones are of 2026-11-23: by this clock they are old."""
    monkeypatch.setattr(homes, "now", lambda: datetime(2027, 6, 1, tzinfo=UTC))


def test_days_are_needed(anyqta: Invoke, home: Path) -> None:
    """From the option or from keep_days."""
    done = anyqta("prune")
    assert 2 == done.exit_code
    assert "keep_days" in done.output
    fill(home, 2)
    (home / "config.toml").write_text("keep_days = 30\n")
    done = anyqta("prune", "--dry-run")
    assert 0 == done.exit_code
    assert "Older than 30 days, to be deleted: 2. Left: 0." in done.output
    assert 2 == anyqta("prune", "--older-than", "0").exit_code


def test_nothing_measured(anyqta: Invoke) -> None:
    """No database is made."""
    done = anyqta("prune", "--older-than", "1")
    assert 0 == done.exit_code
    assert "nothing is old" in done.output


def test_nobody_was_asked(anyqta: Invoke, home: Path) -> None:
    """Without a terminal --yes is needed; a dry run deletes nothing."""
    fill(home, 2)
    consent(home, sharing=False)
    done = anyqta("prune", "--older-than", "30")
    assert 2 == done.exit_code
    assert "--yes" in done.output
    done = anyqta("prune", "--older-than", "30", "--dry-run", "--json")
    assert 2 == json.loads(done.stdout)["would_delete"]
    assert 2 == len(homes.results(home, homes.Filter()))
    done = anyqta("prune", "--older-than", "30", "--yes", "--json")
    told = json.loads(done.stdout)
    assert (0, 2, 0) == (done.exit_code, told["deleted"], told["left"])
    assert [] == homes.results(home, homes.Filter())


def test_what_is_recent_stays(anyqta: Invoke, home: Path) -> None:
    """Nothing to ask then."""
    fill(home, 2)
    done = anyqta("prune", "--older-than", "365")
    assert 0 == done.exit_code
    assert "0 deleted." in done.output


def test_what_is_owed_is_told(anyqta: Invoke, home: Path) -> None:
    """And goes with --even-unsent only."""
    uids = fill(home, 2)
    with homes.open_store(home) as store:
        outbox = Outbox(store)
        number = outbox.collector("https://c.example").id
        outbox.enqueue(uids[:1], number, secret=lambda: b"s" * 32)
    done = anyqta("prune", "--older-than", "30", "--yes")
    assert "still owed to a collector, and stay: 1." in done.output
    assert 1 == len(homes.results(home, homes.Filter()))
    anyqta("prune", "--older-than", "30", "--yes", "--even-unsent")
    assert [] == homes.results(home, homes.Filter())


def test_words() -> None:
    """A line for each reason to think twice; none where there is none."""
    plain = Plan(gone=1, owed=0, changed=0, away=0, left=2, bytes=3)
    assert 1 == len(module.words(plain, 9))
    full = Plan(gone=1, owed=1, changed=1, away=1, left=2, bytes=3)
    assert 4 == len(module.words(full, 9))


def test_sizes() -> None:
    """As a person says them."""
    assert ["999 bytes", "1.0 kB", "2.5 MB", "3.0 GB"] == [
        module.size(n) for n in (999, 1000, 2_500_000, 3 * 10**9)
    ]


@pytest.mark.parametrize("more", [["--yes"], ["--dry-run"]])
@pytest.mark.parametrize("everything", [True, False])
def test_nothing_is_deleted_in_a_damaged_database(
    anyqta: Invoke, home: Path, more: list[str], everything: bool
) -> None:
    """Whether it is hardly a database any more, or one page of it is torn: it says so, and what to do."""
    fill(home, 40)
    damage(homes.database(home), everything=everything)
    before = homes.database(home).read_bytes()

    done = anyqta("prune", "--older-than", "30", *more)

    assert 1 == done.exit_code
    assert "deleted." not in done.output
    assert "Move it away" in " ".join(done.output.split())
    assert before == homes.database(home).read_bytes()


def damage(path: Path, *, everything: bool) -> None:
    """All of its bytes, or those of a page in its middle."""
    with closing(sqlite3.connect(path)) as conn:  # nothing stands in the log
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    torn = slice(0, len(data)) if everything else slice(middle, middle + 4096)
    data[torn] = b"\xff" * (torn.stop - torn.start)
    path.write_bytes(data)
