"""probe/served.py: every connection is to the file that was looked at. As a site: tests/site/test_replaced.py."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette

from probe.served import ReplacedError, Served, identity, reopen


def put(path: Path, word: str) -> Path:
    """A file that holds a word."""
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE t (word TEXT)")
        conn.execute("INSERT INTO t VALUES (?)", (word,))
        conn.commit()
    return path


def served(path: Path) -> Datasette:
    """A Datasette of that file alone."""
    datasette = Datasette(memory=False)
    datasette.add_database(Served(datasette, path), name="a")
    return datasette


async def words(datasette: Datasette) -> list[str]:
    """What a query finds."""
    return [row[0] for row in await datasette.get_database("a").execute("SELECT word FROM t")]


def test_a_file_is_known_by_more_than_its_name(tmp_path: Path) -> None:
    """Another one of the same name is another; none is None."""
    path = put(tmp_path / "a.db", "old")
    before = identity(path)
    assert before == identity(path)
    put(tmp_path / "b.db", "new").replace(path)
    assert before != identity(path)
    assert identity(tmp_path / "none.db") is None


async def test_who_has_a_connection_reads_on_and_nobody_gets_a_new_one(tmp_path: Path) -> None:
    """Until somebody has looked at the new file."""
    path = put(tmp_path / "a.db", "old")
    datasette = served(path)
    database = datasette.get_database("a")
    assert isinstance(database, Served)
    assert await words(datasette) == ["old"]
    database.connect().close()  # the twin: while it is the same file
    put(tmp_path / "b.db", "new").replace(path)
    with pytest.raises(ReplacedError):
        database.connect()


async def test_it_is_opened_again(tmp_path: Path) -> None:
    """Then all read the new one."""
    path = put(tmp_path / "a.db", "old")
    datasette = served(path)
    assert await words(datasette) == ["old"]
    put(tmp_path / "b.db", "new").replace(path)
    reopen(datasette, "a", path)
    assert await words(datasette) == ["new"]
