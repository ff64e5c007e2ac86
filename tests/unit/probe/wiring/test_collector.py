"""What the operator's commands do to a collector's files."""

import stat
from pathlib import Path

import pytest

from measurements.collector import invites
from measurements.schema.submission import decode_key, join_bundle, withdraw_sha256
from measurements.store.intake import Intake
from measurements.store.store import Store
from probe.wiring import collector as wiring
from probe.wiring.collector import Count, OperatorError, Picked, Restored
from tests.fakes.real_collector import SECRET, measurements, sealed


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A collector's database with three measurements in quarantine."""
    path, bundle = tmp_path / "c.db", tmp_path / "stick"
    bundle.write_bytes(join_bundle([sealed(3)]))
    assert take(path, bundle) == Count(accepted=3, quarantined=3)
    return path


def take(db: Path, bundle: Path) -> Count:
    with wiring.importing(db, "open") as worker:
        return wiring.import_bundle(
            bundle, worker, on_rejected=lambda _: None, on_damaged=lambda _: None
        )


def count(db: Path) -> int:
    with Store.open(db, read_only=True) as store:
        return store.counts().measurements


def test_an_import_by_invitation_wants_one(tmp_path: Path, db: Path) -> None:
    (tmp_path / "other").write_bytes(join_bundle([sealed(1, seed=9, sender=9)]))
    told: list[str] = []
    with wiring.importing(db, "invited") as worker:
        done = wiring.import_bundle(
            tmp_path / "other",
            worker,
            on_rejected=lambda _: None,
            on_damaged=lambda damaged: told.append(damaged.says),
        )
    assert done == Count(damaged=1)
    assert "invited senders only" in told[0]


def test_what_cannot_be_read_is_told(tmp_path: Path, db: Path) -> None:
    with pytest.raises(OperatorError, match="is not a bundle"):
        take(db, db)
    with pytest.raises(OperatorError, match="cannot be read: No such file"):
        take(db, tmp_path / "nothing")
    with pytest.raises(OperatorError, match="does not exist"):
        wiring.status(tmp_path / "nothing.db")


def test_quarantine_is_listed_released_dropped(db: Path) -> None:
    rows, total = wiring.quarantined(db, Picked(), limit=10)
    assert (total, sum(row.measurements for row in rows)) == (3, 3)
    assert wiring.release(db, Picked(url=rows[0].url)) == rows[0].measurements
    assert wiring.release(db, Picked(url=rows[0].url)) == 0
    assert wiring.drop(db, Picked()) == 3 - rows[0].measurements
    assert count(db) == rows[0].measurements
    assert wiring.status(db).released == rows[0].measurements


def test_an_invitation_is_the_collectors_and_can_be_revoked(db: Path) -> None:
    made = wiring.mint(db, most=5, days=30)
    public = decode_key(wiring.public_key(db))
    found = invites.check(made.token, collector=public, day=wiring.today())
    assert (found.most, found.until) == (5, made.until)
    assert wiring.revoke(db, made.token) == made.name
    assert wiring.revoke(db, f" {made.name}\n") == made.name
    for wrong in ("", "x", "a.b", made.token[:-3]):
        with pytest.raises(OperatorError):
            wiring.revoke(db, wrong)


def test_a_backup_comes_back_with_its_key(tmp_path: Path, db: Path) -> None:
    out, public = tmp_path / "copy", wiring.public_key(db)
    assert wiring.backup(db, out, key=True) == tmp_path / "copy.key"
    for path in (out, tmp_path / "copy.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    new = tmp_path / "new.db"
    assert wiring.restore(out, new) == Restored(None, None, True)
    assert (count(new), wiring.public_key(new)) == (3, public)


def test_a_restore_puts_aside_what_was_there(tmp_path: Path, db: Path) -> None:
    wiring.backup(db, tmp_path / "copy", key=False)
    wiring.drop(db, Picked())
    done = wiring.restore(tmp_path / "copy", db)
    assert done.aside is not None
    assert (count(db), count(done.aside)) == (3, 0)
    assert (done.withdrawn, done.key) == (0, False)
    again = wiring.restore(tmp_path / "copy", db)
    assert again.aside not in {None, done.aside}


def test_a_restore_brings_nothing_back_that_was_withdrawn(tmp_path: Path, db: Path) -> None:
    wiring.backup(db, tmp_path / "copy", key=False)
    uid = measurements(1)[0].measurement_uid
    with Store.open(db) as store:
        commitment = bytes.fromhex(withdraw_sha256(SECRET))
        assert Intake(store).withdraw(uid, commitment, wiring.today())
    assert wiring.restore(tmp_path / "copy", db).withdrawn == 1
    with Store.open(db, read_only=True) as store:
        assert not store.contains(uid)


def test_a_restore_waits_for_nobody(tmp_path: Path, db: Path) -> None:
    wiring.backup(db, tmp_path / "copy", key=False)
    with Store.open(db), pytest.raises(OperatorError, match="Stop the collector first"):
        wiring.restore(tmp_path / "copy", db)
    assert count(db) == 3


def test_a_damaged_backup_replaces_nothing(tmp_path: Path, db: Path) -> None:
    copy = tmp_path / "copy"
    wiring.backup(db, copy, key=False)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8192] = b"\xff" * 8192
    copy.write_bytes(data)
    with pytest.raises(OperatorError):
        wiring.restore(copy, db)
    (tmp_path / "no").write_bytes(b"no database")
    with pytest.raises(OperatorError):
        wiring.restore(tmp_path / "no", db)
    assert count(db) == 3


def test_a_damaged_database_is_replaced(tmp_path: Path, db: Path) -> None:
    wiring.backup(db, tmp_path / "copy", key=False)
    db.write_bytes(b"\0" * 5000)
    done = wiring.restore(tmp_path / "copy", db)
    assert done.aside is not None
    assert done.withdrawn is None
    assert count(db) == 3


def test_tidy_drops_only_what_waited_long(db: Path) -> None:
    dropped, done = wiring.tidy_up(db, older_than=None)
    assert (dropped, count(db)) == (0, 3)
    assert done.bytes_after > 0
    assert wiring.tidy_up(db, older_than=1)[0] == 0
    with Store.open(db) as store, store.writing() as conn:
        conn.execute("UPDATE quarantine SET day = '2020-01-01' WHERE measurement_id = 1")
    assert wiring.tidy_up(db, older_than=30)[0] == 1
    assert count(db) == 2


def test_there_is_no_key_until_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="put it back from your backup"):
        wiring.public_key(tmp_path / "c.db")
    (tmp_path / "c.db.key").write_text("nonsense")
    with pytest.raises(OperatorError):
        wiring.public_key(tmp_path / "c.db")


def test_a_private_file_is_never_written_over(tmp_path: Path) -> None:
    wiring.write_private(tmp_path / "a", "x")
    with pytest.raises(OperatorError, match="is there already"):
        wiring.write_private(tmp_path / "a", "y")
    with pytest.raises(OperatorError, match="cannot be written"):
        wiring.write_private(tmp_path / "no" / "a", "y")
