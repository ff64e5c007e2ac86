"""What a collector takes: each once, whatever else comes with it, and nothing that was taken back."""

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.records import HTTPTransaction, Records, TCPConnect
from measurements.schema.words import Mechanism
from measurements.store.errors import StoreError
from measurements.store.intake import LOG_PAGES, Intake, Outcome
from measurements.store.room import NoRoom
from measurements.store.store import Store
from tests.unit.measurements.store.arrivals import (
    DAY,
    INVITED,
    OPEN,
    arrival,
    blocked,
    commitment,
    key,
)
from tests.unit.measurements.store.examples import a_measurement


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store.open(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def intake(store: Store) -> Intake:
    """Into that."""
    return Intake(store)


def words(outcomes: list[Outcome]) -> list[str]:
    """Status and code of each."""
    return [f"{o.status} {o.code}".strip() for o in outcomes]


def rows(store: Store, table: str) -> list[tuple[object, ...]]:
    """All rows of a table."""
    with store.reading() as conn:
        return conn.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names


def test_what_is_taken_is_stored_with_who_sent_it(store: Store, intake: Intake) -> None:
    """Our verdict stands; theirs is kept as a claim."""
    a = arrival(claim=None)
    assert ["accepted"] == words(intake.take([a, arrival("u2")][:1], terms=INVITED))
    assert a.measurement == store.load("u1")
    assert [(1, a.content_sha256, 1, DAY, "batch", commitment("u1"), 1, 0)] == rows(
        store, "received"
    )
    assert [(1, key(1), DAY, 0)] == rows(store, "senders")
    assert [] == rows(store, "claims")
    theirs = blocked(Mechanism.TIMEOUT)
    intake.take([arrival("u2"), arrival("u3", claim=theirs)], terms=INVITED)
    same, other = rows(store, "claims")
    assert (2, None) == same  # they say what we say
    assert encode_verdict(theirs) == json.loads(str(other[1]))


def test_oonis_protocol_knows_no_sender(store: Store, intake: Intake) -> None:
    """Nor what it takes to withdraw."""
    a = arrival(sender=None, withdraw_sha256=None, protocol="ooni", network_agrees=None)
    assert ["accepted"] == words(intake.take([a], terms=INVITED))
    assert (None, None) == (rows(store, "received")[0][2], rows(store, "received")[0][5])
    assert not intake.withdraw("u1", commitment("u1"), DAY)


def test_the_same_again_is_a_duplicate(intake: Intake) -> None:
    """In the same batch or a later one; another document under its uid is told."""
    other = arrival(content_sha256=b"other")
    got = intake.take([arrival(), arrival(), other, arrival("u2")], terms=INVITED)
    assert ["accepted", "duplicate", "rejected different", "accepted"] == words(got)
    assert ["u1", "u1", "u1", "u2"] == [o.measurement_uid for o in got]
    assert ["duplicate", "rejected different"] == words(
        intake.take([arrival(), other], terms=INVITED)
    )


def test_what_is_known_need_not_be_judged(store: Store, intake: Intake) -> None:
    """The same answers as `take`, in the same order."""
    store.save(a_measurement("mine"))
    intake.take([arrival(), arrival("u2")], terms=OPEN)
    content = arrival().content_sha256
    got = intake.known([("u1", content), ("u3", content), ("u1", b"x"), ("mine", content)])
    assert ["duplicate", "", "rejected different", "rejected different"] == [
        "" if o is None else words([o])[0] for o in got
    ]
    assert got[0] is not None
    assert got[0].quarantined


@pytest.mark.parametrize(
    "bad",
    [
        a_measurement("bad", input="https://\ud800/"),
        a_measurement("\ud800"),
        a_measurement(
            "bad",
            records=Records(
                tcp_connects=(TCPConnect(transaction_id=2**70, ip="new", port=1, t0=0.0, t=0.0),)
            ),
        ),
        a_measurement("bad", test_runtime=math.nan),
        a_measurement("bad", test_runtime="soon"),
        a_measurement("bad", annotations={"a": object()}),
    ],
    ids=["name", "uid", "number", "nan", "type", "json"],
)
def test_what_cannot_be_held_harms_no_other(store: Store, intake: Intake, bad: object) -> None:
    """Nothing of it stays, and texts that came with it first are found again by those after it."""
    ip = Records(tcp_connects=(TCPConnect(transaction_id=1, ip="new", port=1, t0=0.0, t=0.0),))
    good = arrival("good", m=a_measurement("good", records=ip, input="https://new.example/"))
    got = intake.take([arrival("u1"), arrival(m=bad), good], terms=INVITED)
    assert ["accepted", "rejected unstorable", "accepted"] == words(got)
    assert got[1].says.startswith("it holds")
    assert good.measurement == store.load("good")
    assert {"u1", "good"} == set(store.iter_uids())
    assert [] == store._conn.execute("PRAGMA foreign_key_check").fetchall()
    again = arrival("again", m=a_measurement("again", input="https://new.example/", records=ip))
    intake.take([again], terms=INVITED)
    assert again.measurement == store.load("again")


def test_a_full_disk_refuses_all(store: Store, intake: Intake) -> None:
    """Nothing was accepted, and all of it goes in when there is room."""
    pages = store._conn.execute("PRAGMA page_count").fetchone()[0]
    store._conn.execute(f"PRAGMA max_page_count = {pages}")
    big = HTTPTransaction(
        transaction_id=1, url="http://a/", ip="", port=0, t0=0.0, t=0.0, body=os.urandom(300_000)
    )
    records = Records(http_transactions=(big,))
    batch = [arrival("u1"), arrival("u2", m=a_measurement("u2", records=records, verdict=None))]
    with pytest.raises(StoreError, match="disk is full"):
        intake.take(batch, terms=INVITED)
    assert 0 == store.counts().measurements
    store._conn.execute("PRAGMA max_page_count = 100000")
    assert ["accepted"] * 2 == words(intake.take(batch, terms=INVITED))


# Withdrawing -------------------------------------------------------------------------------------


def test_what_is_withdrawn_does_not_come_back(store: Store, intake: Intake) -> None:
    """With the secret's hash that it came with; only that is remembered."""
    intake.take([arrival(), arrival("u2")], terms=OPEN)
    assert not intake.withdraw("u1", commitment("u2"), DAY)
    assert store.contains("u1")
    assert intake.withdraw("u1", commitment("u1"), DAY)
    assert not store.contains("u1")
    assert [(commitment("u1"), DAY)] == rows(store, "withdrawn")
    assert ["rejected withdrawn"] == words(intake.take([arrival()], terms=OPEN))
    assert intake.withdraw("u1", commitment("u1"), DAY)
    assert store.contains("u2")


def test_withdrawn_before_it_came(store: Store, intake: Intake) -> None:
    """The bundle was still on its way; the document beside it is taken."""
    assert intake.withdraw("u1", commitment("u1"), DAY)
    got = intake.take([arrival(), arrival("u2")], terms=INVITED)
    assert ["rejected withdrawn", "accepted"] == words(got)
    assert ["u2"] == list(store.iter_uids())


def test_strangers_cannot_have_it_remember_without_end(store: Store, intake: Intake) -> None:
    """What never came, up to a bound; what is here is withdrawn as before, and makes no room."""
    intake.take([arrival(), arrival("u2")], terms=OPEN)
    for n in range(5):
        assert intake.withdraw(f"x{n}", commitment(f"x{n}"), DAY, spare=3)
    for n in range(5, 120):
        with pytest.raises(NoRoom):
            intake.withdraw(f"x{n}", commitment(f"x{n}"), DAY, spare=3)
    assert intake.withdraw("x1", commitment("x1"), DAY, spare=3)  # it is remembered already
    with pytest.raises(NoRoom):
        Intake(store).withdraw("x5", commitment("x5"), DAY, spare=3)
    assert not intake.withdraw("u1", commitment("u2"), DAY, spare=3)
    assert intake.withdraw("u1", commitment("u1"), DAY, spare=3)
    assert len(rows(store, "withdrawn")) == 6
    assert ["rejected withdrawn"] * 2 == words(intake.take([arrival("x0"), arrival()], terms=OPEN))
    assert ["accepted"] == words(intake.take([arrival("x9")], terms=OPEN))
    assert intake.withdraw("x9", commitment("x9"), DAY, spare=3)


def test_what_is_not_a_strangers_cannot_be_withdrawn(store: Store, intake: Intake) -> None:
    """What the operator measured came with no secret."""
    store.save(a_measurement("mine"))
    assert not intake.withdraw("mine", commitment("mine"), DAY)
    assert store.contains("mine")


# Senders and invites -----------------------------------------------------------------------------


def test_who_was_invited_stays_so(store: Store, intake: Intake) -> None:
    """Nobody shows an invite twice."""
    assert not intake.sender_is_known(key(1))
    first = intake.take([arrival(invited=True)], terms=OPEN)
    second = intake.take([arrival("u2"), arrival("u3", sender=2)], terms=OPEN)
    assert [False, False, True] == [o.quarantined for o in first + second]
    assert intake.sender_is_known(key(1))
    assert intake.sender_is_known(key(2))
    assert intake.sender_is_invited(key(1))
    assert not intake.sender_is_invited(key(2))
    intake.take([arrival("u4", sender=2, invited=True)], terms=OPEN)
    assert intake.sender_is_invited(key(2))


def test_an_invite_is_good_for_so_many(intake: Intake) -> None:
    """And no more; another one has its own count."""
    assert [True, True, False] == [intake.use_invite(b"i", 2) for _ in range(3)]
    assert intake.use_invite(b"j", 1)
    assert not intake.use_invite(b"none", 0)


def test_a_revoked_invite_lets_nobody_in(intake: Intake) -> None:
    """Used before or not."""
    assert intake.use_invite(b"i", 9)
    intake.revoke_invite(b"i")
    intake.revoke_invite(b"new")
    assert not intake.use_invite(b"i", 9)
    assert not intake.use_invite(b"new", 9)


def test_an_invite_is_used_once_by_one_sender(intake: Intake) -> None:
    """Also where they have to come again, as the answer was lost."""
    assert [True, True] == [intake.use_invite(b"i", 1, sender=key(1), day=DAY) for _ in range(2)]
    assert not intake.use_invite(b"i", 1, sender=key(2), day=DAY)
    assert intake.sender_is_invited(key(1))
    assert not intake.sender_is_known(key(2))


# Processes ---------------------------------------------------------------------------------------

_TAKER = """
import sys
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.unit.measurements.store.arrivals import OPEN, arrival
with Store.open(sys.argv[1]) as store:
    intake = Intake(store)
    for first in range(int(sys.argv[2]), int(sys.argv[3]), 10):
        batch = [arrival(f"u{i:04}", sender=i % 5) for i in range(first, first + 10)]
        assert all(o.status != "rejected" for o in intake.take(batch, terms=OPEN))
        print(first, flush=True)
"""


def taker(path: Path, first: int, last: int) -> subprocess.Popen[str]:
    """Another process that takes these."""
    command = [sys.executable, "-c", _TAKER, str(path), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_kill_loses_nothing_that_was_accepted(store: Store) -> None:
    """Two workers with overlapping batches, killed and begun again: each measurement once."""
    for lines in (2, 7, 13):
        both = [taker(store.path, 0, 400), taker(store.path, 200, 600)]
        said = []
        for process in both:
            assert process.stdout is not None
            said.append([int(process.stdout.readline()) for _ in range(lines)][-1])
            os.kill(process.pid, signal.SIGKILL)
        for process in both:
            process.communicate()
        stored = set(store.iter_uids())
        assert stored >= {f"u{i:04}" for i in (*range(said[0] + 10), *range(200, said[1] + 10))}
    last = [taker(store.path, 0, 400), taker(store.path, 200, 600)]
    assert [0, 0] == [(p.communicate(), p.returncode)[1] for p in last]
    assert [f"u{i:04}" for i in range(600)] == sorted(store.iter_uids())
    assert 600 == len(rows(store, "received"))
    conn = sqlite3.connect(store.path)
    assert [("ok",)] == conn.execute("PRAGMA integrity_check").fetchall()
    assert [] == conn.execute("PRAGMA foreign_key_check").fetchall()
    conn.close()


def test_numbers_that_became_free_elsewhere_are_forgotten(tmp_path: Path) -> None:
    """Another worker deletes; what this one remembers of bodies and runs must not be used."""

    def page(uid: str, body: bytes) -> object:
        h = HTTPTransaction(
            transaction_id=1, url="http://a/", ip="", port=0, t0=0.0, t=0.0, body=body
        )
        records = Records(http_transactions=(h,))
        return a_measurement(uid, run_id=uid, records=records, verdict=blocked())

    with Store.open(tmp_path / "a.db") as one, Store.open(tmp_path / "a.db") as two:
        Intake(one).take([arrival("u1", m=page("u1", b"first"))], terms=INVITED)
        assert Intake(two).withdraw("u1", commitment("u1"), DAY)
        Intake(two).take([arrival("u2", m=page("u2", b"second"))], terms=INVITED)
        again = arrival("u3", m=page("u3", b"first"))
        Intake(one).take([again], terms=INVITED)
        assert again.measurement == one.load("u3") == two.load("u3")


def test_only_a_collector_moves_its_log_in_large_portions(store: Store) -> None:
    """A volunteer's store does as SQLite does."""

    def pages() -> int:
        return int(store._conn.execute("PRAGMA wal_autocheckpoint").fetchone()[0])

    before = pages()
    Intake(store)
    assert (1000, LOG_PAGES) == (before, pages())
