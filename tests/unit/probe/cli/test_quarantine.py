"""`anyqta collector quarantine …` at the command line."""

import json
from pathlib import Path

import pytest

from measurements.schema.submission import join_bundle
from tests.fakes.real_collector import measurements, sealed
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture
def db(anyqta: Invoke, tmp_path: Path) -> str:
    """Three measurements that wait."""
    (tmp_path / "stick").write_bytes(join_bundle([sealed(3)]))
    path = str(tmp_path / "c.db")
    assert anyqta("collector", "import", str(tmp_path / "stick"), "--db", path).exit_code == 0
    return path


def waiting(anyqta: Invoke, db: str) -> int:
    listed = anyqta("collector", "quarantine", "list", "--db", db, "--json").stdout
    return sum(json.loads(line)["measurements"] for line in listed.splitlines())


def test_a_list_has_a_line_for_each_claim(anyqta: Invoke, db: str) -> None:
    listed = anyqta("collector", "quarantine", "list", "--db", db)
    assert listed.exit_code == 0
    assert "1 measurement, 1 sender" in listed.stdout
    assert "3 measurements in quarantine, 3 of them shown here." in listed.stderr
    one = anyqta("collector", "quarantine", "list", "--db", db, "--limit", "1", "--json")
    assert set(json.loads(one.stdout)) >= {"url", "asn", "status", "senders", "measurements"}
    none = anyqta("collector", "quarantine", "list", "--db", db, "--asn", "1")
    assert none.stdout == ""


def test_release_wants_to_know_what(anyqta: Invoke, db: str) -> None:
    assert anyqta("collector", "quarantine", "release", "--db", db).exit_code == 2
    uid = measurements(1)[0].measurement_uid
    done = anyqta("collector", "quarantine", "release", uid, "--db", db)
    assert "1 measurement released." in done.stderr
    assert waiting(anyqta, db) == 2
    again = anyqta("collector", "quarantine", "release", uid, "--db", db)
    assert again.exit_code == 1
    assert "nothing in quarantine is like that" in again.stderr
    assert anyqta("collector", "quarantine", "release", "--all", "--db", db).exit_code == 0
    assert waiting(anyqta, db) == 0


def test_drop_asks_first(anyqta: Invoke, db: str) -> None:
    assert anyqta("collector", "quarantine", "drop", "--all", "--db", db).exit_code == 1
    assert waiting(anyqta, db) == 3
    url = measurements(1)[0].input
    done = anyqta("collector", "quarantine", "drop", "--url", url, "--yes", "--db", db)
    assert "1 measurement deleted." in done.stderr
    assert waiting(anyqta, db) == 2
