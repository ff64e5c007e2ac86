"""`anyqta collector …` at the command line (the work: wiring/collector)."""

import json
import stat
from pathlib import Path

import pytest

from measurements.schema.submission import join_bundle
from tests.fakes.real_collector import sealed
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture
def db(anyqta: Invoke, tmp_path: Path) -> str:
    """Three measurements that came on a stick."""
    (tmp_path / "stick").write_bytes(join_bundle([sealed(3)]))
    path = str(tmp_path / "c.db")
    done = anyqta("collector", "import", str(tmp_path / "stick"), "--db", path)
    assert done.exit_code == 0, done.stderr
    assert "is new: it is made" in done.stderr
    assert done.stdout.endswith("3 accepted (3 of them in quarantine), 0 duplicates, 0 rejected\n")
    return path


def test_a_second_import_changes_nothing(anyqta: Invoke, tmp_path: Path, db: str) -> None:
    again = anyqta("collector", "import", str(tmp_path / "stick"), "--db", db)
    assert again.exit_code == 0
    assert "0 accepted, 3 duplicates" in again.stdout
    assert "new" not in again.stderr


def test_bad_bundles_are_told_and_the_rest_is_taken(
    anyqta: Invoke, tmp_path: Path, db: str
) -> None:
    parts = [b"nonsense"] * 15 + [sealed(1, seed=2)]
    (tmp_path / "bad").write_bytes(join_bundle(parts))
    done = anyqta("collector", "import", str(tmp_path / "bad"), str(tmp_path / "no"), "--db", db)
    assert done.exit_code == 0
    assert "1 accepted" in done.stdout
    assert "15 submissions could not be used" in done.stdout
    assert "submission 10 cannot be used" in done.stderr
    assert "submission 11" not in done.stderr
    assert "and 5 more" in done.stderr
    assert "no cannot be read" in done.stderr
    for nothing in (str(tmp_path / "no"), db):
        assert anyqta("collector", "import", nothing, "--db", db).exit_code == 1
    (tmp_path / "bad").write_bytes(join_bundle([b"nonsense"]))
    assert anyqta("collector", "import", str(tmp_path / "bad"), "--db", db).exit_code == 1


def test_status_in_words_and_json(anyqta: Invoke, db: str) -> None:
    assert "received       3 bundle" in anyqta("collector", "status", "--db", db).stdout
    found = json.loads(anyqta("collector", "status", "--db", db, "--json").stdout)
    assert (found["measurements"], found["quarantined"]) == (3, 3)
    missing = anyqta("collector", "status", "--db", f"{db}.typo")
    assert missing.exit_code == 1
    assert "does not exist" in missing.stderr


def test_an_invitation(anyqta: Invoke, tmp_path: Path, db: str) -> None:
    assert anyqta("collector", "invite", "--db", db).exit_code == 2
    made = anyqta("collector", "invite", "--uses", "5", "--days", "9", "--db", db)
    assert made.exit_code == 0
    assert "." in made.stdout
    assert "Good for 5 senders" in made.stderr
    assert made.stdout.strip() not in made.stderr
    out = tmp_path / "invitation"
    second = anyqta("collector", "invite", "--uses", "1", "--db", db, "--out", str(out))
    assert (second.exit_code, second.stdout) == (0, "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    token = out.read_text().strip()
    revoked = anyqta("collector", "invite", "revoke", token, "--db", db)
    assert revoked.exit_code == 0
    assert token not in revoked.stderr
    assert anyqta("collector", "invite", "revoke", "nonsense", "--db", db).exit_code == 1
    third = anyqta("collector", "invite", "--uses", "1", "--db", db, "--out", str(out))
    assert third.exit_code == 1
    assert "there already" in third.stderr


def test_the_key_is_the_public_one(anyqta: Invoke, db: str) -> None:
    shown = anyqta("collector", "key", "--db", db)
    assert len(shown.stdout.strip()) == 43
    assert f"#key={shown.stdout.strip()}" in shown.stderr
    assert shown.stdout.strip() not in Path(f"{db}.key").read_text()


def test_backup_and_restore(anyqta: Invoke, tmp_path: Path, db: str) -> None:
    out = str(tmp_path / "copy")
    assert "is not in it" in anyqta("collector", "backup", out, "--db", db).stderr
    kept = anyqta("collector", "backup", out, "--with-key", "--db", db)
    assert "copy.key is the key" in kept.stderr
    refused = anyqta("collector", "restore", out, "--db", db)
    assert refused.exit_code == 1
    assert "With --yes" in refused.stderr
    done = anyqta("collector", "restore", out, "--db", db, "--yes")
    assert done.exit_code == 0
    assert "What was there before" in done.stderr
    new = anyqta("collector", "restore", out, "--db", f"{db}2")
    assert "The key came back too" in new.stderr
    assert anyqta("collector", "restore", db + "3", "--db", db, "--yes").exit_code == 1


def test_tidy(anyqta: Invoke, db: str) -> None:
    assert "given back" in anyqta("collector", "tidy", "--db", db).stderr
    older = anyqta("collector", "tidy", "--older-than", "30", "--db", db)
    assert "0 measurements deleted from quarantine" in older.stderr
    assert anyqta("collector", "tidy", "--older-than", "0", "--db", db).exit_code == 2
