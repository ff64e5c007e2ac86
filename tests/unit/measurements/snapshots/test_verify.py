"""Every byte of a snapshot counts, and what does not hold is told."""

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from measurements.snapshots import signing
from measurements.snapshots.manifest import MANIFEST, SIGNATURE, SIGNERS, SUMS, files_in, write_sums
from measurements.snapshots.verify import Finding, verify
from tests.unit.measurements.snapshots.published import a_file, a_key, a_published, a_snapshot

MANY = [a_published(i) for i in range(5)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed snapshot, `out`, and its key."""
    base = tmp_path_factory.mktemp("verify")
    a_snapshot(a_file(base / "a.db", MANY), base / "out", key=a_key(base))
    return base


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(made / "out", tmp_path / "out"))


def bad(findings: object) -> list[str]:
    """What does not hold."""
    assert isinstance(findings, list)
    return [f.says for f in findings if f.holds is False]


def told(folder: Path, **more: Path) -> list[Finding]:
    """All findings."""
    return list(verify(folder, **more))


def test_a_good_one_holds(made: Path) -> None:
    """And says that whose key it is was not checked."""
    found = told(made / "out")
    assert [] == bad(found)
    assert [True, True, True, True, None] == [f.holds for f in found]
    pinned = told(made / "out", signers=made / "out" / SIGNERS)
    assert {True} == {f.holds for f in pinned}


def test_every_flipped_byte_is_noticed(out: Path) -> None:
    """In small files each byte, in large ones some; the hash is the same for all."""
    for name in files_in(out):
        path = out / name
        good = path.read_bytes()
        step = 1 if name in {SIGNATURE} else max(1, len(good) // 12)
        for i in {*range(0, len(good), step), len(good) - 1}:
            path.write_bytes(good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :])
            assert bad(told(out)), (name, i)
        path.write_bytes(good[:-1])
        assert bad(told(out)), name
        path.write_bytes(good)
    assert [] == bad(told(out))


def test_every_byte_of_the_sums_counts(out: Path) -> None:
    """Also without the signature, by the files themselves."""
    path = out / SUMS
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    for i in range(len(lines[0])):
        path.write_bytes(good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :])
        assert bad(told(out)), i


def test_what_is_missing_or_added_is_noticed(out: Path) -> None:
    """A page slipped in, a file left out, a link in place of a file."""
    (out / "csv/index.html").write_text("hello")
    assert ["'csv/index.html' lies there and is not part of the snapshot"] == bad(told(out))
    (out / "csv/index.html").unlink()
    data = (out / "csv/tcp.csv").read_bytes()
    (out / "csv/tcp.csv").unlink()
    assert "csv/tcp.csv is missing" in bad(told(out))
    outside = out.parent / "tcp.csv"
    outside.write_bytes(data)
    (out / "csv/tcp.csv").symlink_to(outside)
    assert "csv/tcp.csv is not a file of its own" in bad(told(out))
    (out / "csv/tcp.csv").unlink()
    (out / "csv/tcp.csv").write_bytes(data)
    (out / "elsewhere").symlink_to(out.parent)
    assert ["'elsewhere' lies there and is not part of the snapshot"] == bad(told(out))


@pytest.mark.parametrize("name", [SUMS, MANIFEST, SIGNATURE, SIGNERS, "anyqta.db", "csv/tcp.csv"])
@pytest.mark.parametrize("kind", ["pipe", "link", "huge", "folder"])
def test_nothing_is_waited_for_and_nothing_is_followed(out: Path, name: str, kind: str) -> None:
    """A pipe that nobody writes to, a link to what is the same, 64 GiB of nothing: told at once."""
    path = out / name
    good = path.read_bytes()
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        (out.parent / "elsewhere").write_bytes(good)
        path.symlink_to(out.parent / "elsewhere")
    elif kind == "huge":
        path.touch()
        os.truncate(path, 64 << 30)
    else:
        path.mkdir()
    began = time.monotonic()
    assert any(name in says for says in bad(told(out)))
    assert 10 > time.monotonic() - began


def test_no_way_leads_out_of_the_folder(out: Path, made: Path) -> None:
    """Not by the hashes, nor by the manifest, whoever signed it."""
    (out.parent / "secret").write_text("x")
    line = f"{'0' * 64}  ../secret\n"
    (out / SUMS).write_text((out / SUMS).read_text() + line)
    (said,) = bad(told(out))
    assert "does not belong there" in said
    text = (out / MANIFEST).read_text().replace('"path": "README.md"', '"path": "../secret"')
    (out / MANIFEST).write_text(text)
    write_sums(out)
    (out / SIGNATURE).unlink()
    signing.sign(out / SUMS, made / "key")
    (said,) = bad(told(out))
    assert "do not name the same files" in said


def test_a_folder_that_says_something_is_noticed(out: Path) -> None:
    """Its name alone may be a lie."""
    (out / "csv" / "RETRACTED").mkdir()
    assert ["'csv/RETRACTED/' lies there and is not part of the snapshot"] == bad(told(out))


def test_a_key_that_was_allowed_once_is_not_allowed_today(out: Path, made: Path) -> None:
    """The pinned file may say until when."""
    public = signing.public_key(made / "key")
    signers = out.parent / "signers"
    for until, holds in (("20200101", False), ("20991231", True)):
        signers.write_text(f'anyqta namespaces="anyqta-snapshot",valid-before="{until}" {public}\n')
        assert holds is (bad(told(out, signers=signers)) == []), until


def test_whoever_signs_anew_is_not_the_one_who_is_known(out: Path, made: Path) -> None:
    """All of it changed, hashed and signed with another key: only the pinned key tells."""
    other = a_key(out.parent, "other")
    shutil.rmtree(out)
    a_snapshot(a_file(out.parent / "b.db", MANY[:3]), out, key=other)
    assert [] == bad(told(out))
    (said,) = bad(told(out, signers=made / "out" / SIGNERS))
    assert "NOT with a key" in said


def test_a_signature_that_was_taken_away_is_noticed(out: Path, made: Path) -> None:
    """The manifest says that there was one; the verifier who pins expects one."""
    (out / SIGNATURE).unlink()
    assert ["its signature is missing"] == bad(told(out))
    shutil.rmtree(out)
    a_snapshot(a_file(out.parent / "b.db", MANY), out)
    found = told(out)
    assert [] == bad(found)
    assert found[-1].holds is None
    assert ["its signature is missing"] == bad(told(out, signers=made / "out" / SIGNERS))


def test_a_swapped_key_is_noticed(out: Path) -> None:
    """Signed by another key than the manifest names."""
    key = a_key(out.parent, "other")
    (out / SIGNERS).write_text(signing.allowed_signers(signing.public_key(key)))
    write_sums(out)
    (out / SIGNATURE).unlink()
    signing.sign(out / SUMS, key)
    assert bad(told(out))


def test_a_manifest_that_lies_is_noticed(out: Path, made: Path) -> None:
    """Signed by the same maker, but its rows are not those that it names."""
    text = (out / MANIFEST).read_text()
    digest = text.split('"logical_sha256": "')[1][:64]
    (out / MANIFEST).write_text(text.replace(digest, "0" * 64))
    write_sums(out)
    (out / SIGNATURE).unlink()
    signing.sign(out / SUMS, made / "key")
    (said,) = bad(told(out))
    assert "are not those" in said


def test_a_strangers_database_is_only_read(out: Path) -> None:
    """Names in it are names, and what is no database at all is no error of ours."""
    with sqlite3.connect(out / "anyqta.db") as conn:
        conn.execute('CREATE TABLE "a"" UNION SELECT 1; DROP" ("x"" y" INTEGER)')
    conn.close()
    assert "are not those that the manifest's hash names" in bad(told(out))[-1]
    (out / "anyqta.db").write_bytes(b"nonsense" * 999)
    assert "are not those that the manifest's hash names" in bad(told(out))[-1]


def test_the_chain_is_checked(made: Path, tmp_path: Path) -> None:
    """It follows this one, and no other."""
    a_snapshot(made / "a.db", tmp_path / "next", previous=made / "out")
    assert [] == bad(told(tmp_path / "next", previous=made / "out"))
    assert bad(told(made / "out", previous=tmp_path / "next"))
    (said,) = bad(told(tmp_path / "next", previous=tmp_path))
    assert "no manifest.json" in said


def test_what_is_no_snapshot_is_told(tmp_path: Path) -> None:
    """Nothing there, no folder, an empty one."""
    assert ["is not a folder"] == [s[-15:] for s in bad(told(tmp_path / "none"))]
    assert bad(told(tmp_path))
    (tmp_path / SUMS).write_text("")
    assert bad(told(tmp_path))
