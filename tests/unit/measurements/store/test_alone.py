"""Whether a database is in use, and putting it aside with what lies beside it."""

from pathlib import Path

from measurements.store.alone import is_alone, put_aside
from measurements.store.store import Store


def test_a_file_that_somebody_has_open_is_not_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store.open(path):
        assert not is_alone(path)
    assert is_alone(path)
    with Store.open(path) as again:  # it is a working database after the question
        assert again.counts().measurements == 0


def test_a_damaged_file_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"no database" * 1000)
    assert is_alone(path)


def test_what_lies_beside_it_goes_along(tmp_path: Path) -> None:
    path, name = tmp_path / "a.db", tmp_path / "b.db"
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"a.db{suffix}").write_text(suffix)
    put_aside(path, name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.db", "b.db-shm", "b.db-wal"]
