"""The same thing always has the same number, also in another process's memory."""

from pathlib import Path

import pytest

from measurements.schema.records import Arm
from measurements.store import ids as module
from measurements.store.ids import SqlIds
from measurements.store.lookup import Lookup
from measurements.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store.open(tmp_path / "a.db")


def test_numbers_last(store: Store) -> None:
    """Each kind of thing, asked again by one that remembers nothing."""
    arm = Arm(experiment="sni", name="target", repetition=2)
    ders = (b"leaf", b"root")
    first = SqlIds(store._conn)

    def numbers(ids: SqlIds) -> list[int]:
        return [
            ids.text("a"),
            ids.text("\ud800"),
            ids.target("https://a/", None),
            ids.run("r"),
            ids.network(1, None, "x"),
            ids.network(None, None, None),
            ids.arm(arm),
            ids.chain(ders),
            ids.body(b"body"),
            ids.answers((("A", "192.0.2.1", None, None),)),
        ]

    given = numbers(first)
    assert given == numbers(first) == numbers(SqlIds(store._conn))
    lookup = Lookup(store._conn)
    assert "\ud800" == lookup.text(given[1])
    assert arm == lookup.arm(given[6])
    assert ders == lookup.chain(given[7])
    assert b"body" == lookup.body(given[8])
    store.close()


def test_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many texts there are."""
    monkeypatch.setattr(module, "_REMEMBERED", 10)
    ids = SqlIds(store._conn)
    given = [ids.text(str(i)) for i in range(50)]
    assert given == [ids.text(str(i)) for i in range(50)]
    assert len(ids._texts) <= 10
    assert len(ids._new_texts) <= 10
    store.close()


def test_only_what_was_undone_is_forgotten(store: Store) -> None:
    """Numbers that were given since the mark are void, those from before stay."""
    ids = SqlIds(store._conn)
    before = ids.text("before"), ids.body(b"before")
    ids.mark()
    store._conn.execute("SAVEPOINT one")
    ids.text("undone")
    ids.body(b"undone")
    store._conn.execute("ROLLBACK TO one")
    ids.undo()
    assert {"before"} == set(ids._texts)
    assert 1 == len(ids._others)
    assert before == (ids.text("before"), ids.body(b"before"))
    assert before[0] + 1 == ids.text("other")
    ids.forget_parts()
    assert {} == ids._others
    store.close()
