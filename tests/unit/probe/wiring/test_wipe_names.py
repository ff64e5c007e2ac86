"""Only what anyqta makes is taken for its own; worst first; no link is followed."""

import os
import sqlite3
from pathlib import Path

import pytest

from probe import home as homes
from probe.wiring.wipe_names import FOREIGN, KINDS, LINK, MARK, ODD, is_ours, look
from tests.fakes.homes import fill
from tests.unit.probe.wiring.wiping import KEY, a_home


def names(home: Path) -> list[str]:
    """What would go."""
    return [str(item.path.relative_to(home)) for item in look(home)[0]]


def why(home: Path) -> dict[str, str]:
    """What would not."""
    return {str(one.path.relative_to(home)): one.why for one in look(home)[1]}


def test_all_of_a_home(tmp_path: Path) -> None:
    """Consent and keys first, the database late, what holds the folder last."""
    home = a_home(tmp_path / "home")
    assert is_ours(home)
    assert {} == why(home)
    trees = [item.path for item in look(home)[0] if item.tree]
    assert 2 == len(trees)
    inside = {str(p.relative_to(home)) for tree in trees for p in tree.rglob("*")}
    every = {str(p.relative_to(home)) for p in home.rglob("*")}
    assert every - inside == set(names(home))
    kinds = [item.what for item in look(home)[0]]
    assert list(KINDS) == list(dict.fromkeys(kinds))
    assert {"consent.json", "config.toml", f"keys/{KEY}"} <= {
        str(item.path.relative_to(home)) for item in look(home)[0] if item.secret
    }


@pytest.mark.parametrize(
    "name",
    ["anyqta.db.mine", "anyqta.dbx", "notes.txt", "keys.txt", "export.jsonl", "anyqta.db2", ".x"],
)
def test_what_is_called_otherwise_is_foreign(tmp_path: Path, name: str) -> None:
    """A twin by the right name goes."""
    home = a_home(tmp_path)
    (home / name).write_text("mine")
    assert {name: FOREIGN} == why(home)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("config.toml", b"[tool.other]\nx = 1\n"),
        ("config.toml", b"not toml"),
        ("consent.json", b'{"other": true}'),
        ("anyqta.db", b"SQLite format 3\0" + b"\1" * 84),
    ],
)
def test_what_is_called_so_and_is_another_programs(tmp_path: Path, name: str, data: bytes) -> None:
    """It stays."""
    home = a_home(tmp_path)
    (home / name).write_bytes(data)
    assert ODD == why(home)[name]


def test_a_damaged_database_goes(tmp_path: Path) -> None:
    """Nobody can say whose it is but by its name."""
    home = a_home(tmp_path)
    (home / "anyqta.db").write_bytes(b"\xff" * 5000)
    assert "anyqta.db" in names(home)
    assert is_ours(home)  # by the consent


def test_in_our_folders_too(tmp_path: Path) -> None:
    """What lies in keys, crashes and demo and is not ours stays; so does the folder."""
    home = a_home(tmp_path)
    (home / "keys" / "id_ed25519").write_text("mine")
    (home / "crashes" / "20261125T033001Z.txt").write_text("a diary")
    (home / "demo" / "thesis.txt").write_text("mine")
    found = why(home)
    assert {"keys/id_ed25519", "crashes/20261125T033001Z.txt", "demo/thesis.txt"} == set(found)


def test_a_link_is_left(tmp_path: Path) -> None:
    """Whatever it is called, and wherever it leads."""
    home = a_home(tmp_path / "home")
    (tmp_path / "else").mkdir()
    precious = tmp_path / "else" / KEY
    precious.write_text("mine")
    (home / "anyqta.db").unlink()
    (home / "anyqta.db").symlink_to(precious)
    (home / "keys" / ("c" * 24 + "-2026-10.key")).symlink_to(precious)
    for path in (home / "crashes").iterdir():
        path.unlink()
    (home / "crashes").rmdir()
    (home / "crashes").symlink_to(tmp_path / "else")
    assert {LINK} == set(why(home).values())
    assert 3 == len(why(home))


def test_a_pipe_does_not_hold_us_up(tmp_path: Path) -> None:
    """A name of ours that is no file."""
    os.mkfifo(tmp_path / "anyqta.db")
    os.mkfifo(tmp_path / "consent.json")
    assert not is_ours(tmp_path)
    assert [] == names(tmp_path)


def test_whose_folder(tmp_path: Path) -> None:
    """Another program's folder has none of what only anyqta makes."""
    assert not is_ours(tmp_path)
    (tmp_path / "config.toml").write_text('list = "kz"\n')
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "id_rsa").write_text("mine")
    (tmp_path / "anyqta.db").write_bytes(b"")
    assert not is_ours(tmp_path)
    (tmp_path / MARK).touch()
    assert is_ours(tmp_path)


def test_a_demonstration_half_gone(tmp_path: Path) -> None:
    """Ours where the mark stands beside it; somebody's folder of that name otherwise."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "anyqta.db-wal").write_text("")
    assert {"demo": FOREIGN} == why(tmp_path)
    (tmp_path / MARK).touch()
    assert ["demo/anyqta.db-wal", "demo", MARK] == names(tmp_path)


def test_what_cannot_be_looked_into(tmp_path: Path) -> None:
    """A file where a folder should be."""
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(homes.HomeError, match="cannot be looked into"):
        look(file)


def test_folders_that_are_only_called_so(tmp_path: Path) -> None:
    """A program's has what anyqta.pyz puts into it; a pretend Internet's lies in the demonstration's."""
    home = a_home(tmp_path)
    (home / "program-files").mkdir()
    (home / "program-files" / "mine").write_text("mine")
    theirs = ("pretend", ".abcdefgh-pretend")  # in the home itself nobody of ours makes one
    for name in theirs:
        (home / name).mkdir()
    assert {"program-files": FOREIGN} | dict.fromkeys(theirs, FOREIGN) == why(home)


def test_a_sound_database_of_somebody(tmp_path: Path) -> None:
    """It has tables and no mark of ours; a new one of ours has no more than a page, or its log beside it."""
    db = tmp_path / homes.DATABASE
    conn = sqlite3.connect(db)
    conn.execute("PRAGMA journal_mode = WAL")
    assert is_ours(tmp_path)
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.execute("CREATE TABLE letters (text)")
    conn.close()
    assert not is_ours(tmp_path)
    assert {homes.DATABASE: ODD} == why(tmp_path)
    db.write_bytes(b"torn" + db.read_bytes()[4:])
    assert is_ours(tmp_path)


def test_only_a_program(tmp_path: Path) -> None:
    """anyqta.pyz unpacks itself before it is told to wipe: that is a home of ours, too."""
    assert not is_ours(tmp_path)
    (tmp_path / "program-0a-cp311").mkdir()
    assert not is_ours(tmp_path)
    (tmp_path / "program-0a-cp311" / "mine").touch()
    assert not is_ours(tmp_path)
    (tmp_path / "program-0a-cp311" / ".in-use").touch()
    assert is_ours(tmp_path)


def test_only_a_demonstration(tmp_path: Path) -> None:
    """Who tried nothing else may wipe it; a folder that is only called so is somebody's."""
    (tmp_path / "demo").mkdir()
    assert not is_ours(tmp_path)
    fill(tmp_path / "demo", 1)
    assert is_ours(tmp_path)


def test_a_new_database(tmp_path: Path) -> None:
    """Killed before its log was merged, it has no mark yet; a log beside it tells, whatever else is there."""
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "anyqta.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    assert not is_ours(tmp_path)
    (tmp_path / "anyqta.db-wal").touch()
    assert is_ours(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\xff" * 5000, b"SQLite format 3\0" + b"\0" * 84])
def test_a_broken_database_alone_tells_by_its_name(tmp_path: Path, data: bytes) -> None:
    """Where nothing lies beside it that is not anyqta's; with a stranger's file nothing is touched,
    nor where the file is another program's."""
    (tmp_path / "anyqta.db").write_bytes(data)
    (tmp_path / "anyqta.db-journal").write_bytes(b"")
    assert is_ours(tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    assert not is_ours(tmp_path)


def test_a_file_of_that_name_is_looked_into(tmp_path: Path) -> None:
    """A sound database of another program, a link, a folder: none makes a home."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "anyqta.db").write_bytes(b"SQLite format 3\0" + b"\1" * 84)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "anyqta.db").symlink_to(tmp_path / "a" / "anyqta.db")
    (tmp_path / "c" / "anyqta.db").mkdir(parents=True)
    (tmp_path / "d").mkdir()
    assert [False] * 4 == [is_ours(tmp_path / name) for name in "abcd"]
