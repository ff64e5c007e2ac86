"""`anyqta snapshot`, `registry` and .ci/snapshot as people and CI run them: real processes and keys."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import SIGNERS, files_in
from tests.unit.measurements.analysis.collected import Sent, World
from tests.unit.measurements.snapshots.published import a_file, a_key, a_published, a_snapshot

ROOT = Path(__file__).parents[2]
ANYQTA = (sys.executable, "-W", "error::ResourceWarning", "-m", "probe.cli")
WORKFLOW = ROOT / ".github" / "workflows" / "snapshot.yml"
MANY = [a_published(i) for i in range(60)]


def anyqta(*words: object, home: Path) -> "subprocess.CompletedProcess[str]":
    """The command, in a home of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANYQTA_")}
    return subprocess.run(
        (*ANYQTA, *map(str, words)),
        env={**kept, "ANYQTA_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_made_verified_damaged_refused(tmp_path: Path) -> None:
    """With words and exit statuses."""
    source, key = a_file(tmp_path / "a.db", MANY), a_key(tmp_path)
    out = tmp_path / "out"
    made = anyqta("snapshot", out, "--db", source, "--key", key, home=tmp_path)
    assert 0 == made.returncode, made.stderr
    assert "60 measurements" in made.stderr
    good = anyqta("snapshot", "verify", out, "--signers", out / SIGNERS, home=tmp_path)
    assert (0, {"good"}) == (good.returncode, {line[:4] for line in good.stdout.splitlines()})
    again = anyqta("snapshot", "make", out, "--db", source, home=tmp_path)
    assert (1, True) == (again.returncode, "never overwritten" in again.stderr)
    (out / "csv/tcp.csv").write_bytes((out / "csv/tcp.csv").read_bytes() + b" ")
    bad = anyqta("snapshot", "verify", out, home=tmp_path)
    assert (1, True) == (bad.returncode, "BAD   csv/tcp.csv has another size than" in bad.stdout)
    assert "NOT what its maker published" in bad.stderr
    later = anyqta("snapshot", tmp_path / "2", "--db", source, "--since", out, home=tmp_path)
    assert (1, True) == (later.returncode, "does not hold" in later.stderr)
    assert not (tmp_path / "2").exists()
    for run in (made, good, again, bad, later):
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize("words", [["make"], ["verify"], ["o", "--date", "yesterday"]])
def test_wrong_usage_is_told(tmp_path: Path, words: list[str]) -> None:
    """Status 2, nothing made."""
    run = anyqta("snapshot", *words, home=tmp_path)
    assert (2, []) == (run.returncode, list(tmp_path.iterdir()))


def test_a_registry_is_imported_and_joined(tmp_path: Path) -> None:
    """Twice is once; what is bad is told; it comes into the snapshot as a claim."""
    source = a_file(tmp_path / "a.db", MANY)
    rows = [
        {"id": "1", "urladdress": "http://www.T1.example/x", "courtdate": "27.11.2024"},
        {"id": 2},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ("registry", tmp_path / "r.jsonl", "--db", source, "--date", "2025-03-17", "--whole")
    first, second = (anyqta(*words, home=tmp_path) for _ in range(2))
    assert (0, 0) == (first.returncode, second.returncode), first.stderr
    assert "r.jsonl:2: entry 2: no host in its urladdress or name; skipped" in first.stderr
    assert "1 entries are new" in first.stderr
    assert "0 entries are new, 0 changed, 1 were here already" in second.stderr
    made = anyqta("snapshot", tmp_path / "out", "--db", source, home=tmp_path)
    assert 0 == made.returncode, made.stderr
    text = (tmp_path / "out/csv/registry_entries.csv").read_text()
    assert '"t1.example"' in text
    assert '"2024-11-27"' in text


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_snapshot_is_not_there(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C leaves nothing; kill -9 nothing that could be taken for a snapshot."""
    source = a_file(tmp_path / "a.db", [a_published(i) for i in range(1500)])
    folder = tmp_path / "folder"
    folder.mkdir()
    process = subprocess.Popen(
        (*ANYQTA, "snapshot", str(folder / "out"), "--db", str(source)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(folder.glob(".out.*.partial/anyqta.db")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(how)
    _, says = process.communicate(timeout=60)
    assert 0 != process.returncode
    assert b"Traceback" not in says
    assert not (folder / "out").exists()
    if how is signal.SIGINT:
        assert [] == list(folder.iterdir())


def test_from_a_collectors_file_to_the_same_snapshot(tmp_path: Path) -> None:
    """A day's in any order, published in one pass or daily: the same bytes. Raw: refused."""
    sent = [
        Sent(n=10 * s + d, sender=s, day=f"2026-10-{d:02d}") for s in range(3) for d in range(1, 9)
    ]
    made = []
    for passes in (1, 4):
        folder = tmp_path / str(passes)
        folder.mkdir()
        world = World(folder)
        random.Random(passes).shuffle(sent)
        step = 8 // passes
        for first in range(1, 9, step):
            world.collect(*(s for s in sent if first <= int(s.day[8:]) < first + step))
            world.publish(f"2026-10-{first + step:02d}")
        with pytest.raises(SnapshotError, match="not a published file"):
            a_snapshot(world.source, folder / "raw")
        a_snapshot(world.target, folder / "out")
        made.append(
            {name: (folder / "out" / name).read_bytes() for name in files_in(folder / "out")}
        )
    assert made[0] == made[1]
    assert b'"https://selftanu.kz/",,9198,"KZ"' in made[0]["csv/latest.csv"]
    assert b"kz-2024-02-11-selftanu" in made[0]["csv/legal_events.csv"]
    conn = sqlite3.connect(tmp_path / "1/out/anyqta.db")
    assert [] == conn.execute("PRAGMA foreign_key_check").fetchall()
    assert [("ok",)] == conn.execute("PRAGMA integrity_check").fetchall()
    sql = "SELECT event_id, url FROM legal_view WHERE url IS NOT NULL ORDER BY 1"
    assert ("kz-2024-02-11-selftanu", "https://selftanu.kz/") in conn.execute(sql).fetchall()
    conn.close()


def ci(*words: object) -> "subprocess.CompletedProcess[str]":
    """The script as the workflow calls it."""
    return subprocess.run(
        (str(ROOT / ".ci" / "snapshot"), *map(str, words)),
        env={**os.environ, "ANYQTA": str(Path(sys.executable).with_name("anyqta"))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_workflows_steps_run_here(tmp_path: Path) -> None:
    """Two days in a row, a key pinned; the same again is the same archive."""
    if not Path(sys.executable).with_name("anyqta").exists():
        pytest.skip("anyqta is not installed beside this Python")
    key = a_key(tmp_path)
    (tmp_path / "signers").write_text(
        f'anyqta namespaces="anyqta-snapshot" {(tmp_path / "key.pub").read_text()}'
    )
    common = ("--key", key, "--signers", tmp_path / "signers")
    one = a_file(tmp_path / "1.db", MANY[:50])
    first = ci("--db", one, "--out", tmp_path / "1", "--date", "2026-11-24", *common)
    assert 0 == first.returncode, first.stderr
    two = a_file(tmp_path / "2.db", MANY)
    for name in ("2", "3"):
        words = ("--db", two, "--out", tmp_path / name, "--previous", tmp_path / "1/snapshot")
        run = ci(*words, "--date", "2026-11-25", *common)
        assert 0 == run.returncode, run.stderr
        assert "is the snapshot that it follows" in run.stdout
        secret = key.read_text().splitlines()[1]
        assert secret not in run.stdout + run.stderr
    assert "10 measurements are new" in (tmp_path / "2/notes.md").read_text()
    names = files_in(tmp_path / "2")
    assert [n for n in names if n.startswith("snapshot.tar.")]
    assert {"site.tar.gz", "site/index.html", "site/en/index.html"} <= {*names}
    assert "snapshot-2026-11-25\n" == (tmp_path / "2/tag").read_text()
    assert {n: (tmp_path / "2" / n).read_bytes() for n in names} == {
        n: (tmp_path / "3" / n).read_bytes() for n in files_in(tmp_path / "3")
    }
    words = ("--db", two, "--out", tmp_path / "4", "--previous", tmp_path / "2/snapshot")
    same = ci(*words, "--date", "2026-11-26", *common)
    assert (0, True) == (same.returncode, "Nothing is new" in same.stderr), same.stderr
    assert not (tmp_path / "4").exists()
    (tmp_path / "2/snapshot/manifest.json").write_text("{}")
    assert 0 != ci(*words, "--date", "2026-11-27", *common).returncode
    assert not (tmp_path / "4").exists()


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """Signed with another key than the pinned one: not published."""
    source, key = a_file(tmp_path / "a.db", MANY[:3]), a_key(tmp_path)
    other = a_key(tmp_path, "other").with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f'anyqta namespaces="anyqta-snapshot" {other}')
    words = ("--db", source, "--key", key, "--signers", tmp_path / "signers")
    before = {path.name for path in tmp_path.iterdir()}
    run = ci(*words, "--out", tmp_path / "out")
    assert 0 != run.returncode
    after = {path.name for path in tmp_path.iterdir()}
    assert {"a.db-shm", "a.db-wal"} >= after - before  # SQLite's, for whoever reads
    assert 2 == ci("--out", tmp_path / "out").returncode
    assert 2 == ci("--db", source, "--out", tmp_path / "out", "--nonsense", "x").returncode


def test_the_workflow_is_pinned_and_calls_the_script() -> None:
    """Each action by its commit; a secret reaches one step, in a job that may write nothing."""
    text = WORKFLOW.read_text()
    jobs = yaml.safe_load(text)["jobs"]
    holders = [name for name, job in jobs.items() if "secrets." in json.dumps(job)]
    assert ["snapshot"] == holders
    assert {"contents": "read"} == jobs["snapshot"]["permissions"]
    assert {"contents": "write"} == jobs["release"]["permissions"]
    assert {"pages": "write", "id-token": "write"} == jobs["pages"]["permissions"]
    for name in ("release", "pages"):  # what may write runs nothing of ours
        assert "checkout" not in json.dumps(jobs[name])
        assert "outputs.new == 'true'" in jobs[name]["if"]
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [u for u in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", u)] == []
    assert ".ci/snapshot" in text
    assert 'python-version: "3.11"' in text
    assert 1 == len(re.findall(r"\$\{\{ *secrets\.", text))
    runs = re.findall(r"run: \|\n((?: {10}.*\n)+)|run: (.*)\n", text)
    assert not [block for block in runs if "${{" in "".join(block)]
    assert "pull_request" not in text


def test_datapackage_is_valid(tmp_path: Path) -> None:
    """By Frictionless' own program, where it is installed."""
    program = shutil.which("frictionless")
    if program is None:
        pytest.skip("frictionless is not installed (41 packages; docs/snapshots.md)")
    source = a_file(tmp_path / "a.db", MANY)
    made = anyqta("snapshot", tmp_path / "out", "--db", source, "--no-parquet", home=tmp_path)
    assert 0 == made.returncode, made.stderr
    run = subprocess.run(
        (program, "validate", "datapackage.json"),
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == run.returncode, run.stdout
