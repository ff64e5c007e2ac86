"""`import`, `export`, `rescore` at the command line (the work: exchange, analysis)."""

import gzip
import json
from pathlib import Path

from measurements.schema.codec import to_document
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.probe.cli.conftest import Invoke


def documents(folder: Path) -> list[str]:
    """Six files of others, a document in each."""
    files = [folder / f"{i}.json" for i in range(6)]
    for i, file in enumerate(files):
        m = a_measurement(f"uid{i}", input=f"https://{i}.example/", verdict=None)
        file.write_text(json.dumps(to_document(m)))
    return [str(file) for file in files]


def test_there_and_back(anyqta: Invoke, tmp_path: Path) -> None:
    """Documents come in, go out, come in elsewhere; rescoring changes nothing."""
    files = documents(tmp_path)
    first = anyqta("import", *files, "--json")
    assert 0 == first.exit_code, first.stderr
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert 6 == len(lines)
    assert all(line["verdict"]["status"] for line in lines)
    assert "6 were here already" in anyqta("import", *files).stderr
    out = tmp_path / "out.jsonl.gz"
    assert 0 == anyqta("export", str(out)).exit_code
    assert 6 == len(anyqta("export", "-").stdout.splitlines())
    there = str(tmp_path / "there")
    second = anyqta("import", str(out), "--json", "--home", there)
    assert [line["verdict"] for line in lines] == [
        json.loads(line)["verdict"] for line in second.stdout.splitlines()
    ]
    done = json.loads(anyqta("rescore", "--json", "--home", there).stdout)
    assert {"judged": 6, "changed": 0, "moves": []} == done
    assert "6 judged again, 0 verdicts differ." in anyqta("rescore").stdout


def test_bad_files(anyqta: Invoke, tmp_path: Path) -> None:
    """Are told; status 1 if nothing was read, 2 for a folder."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{\nnonsense")
    result = anyqta("import", str(bad))
    assert 1 == result.exit_code
    assert "bad.jsonl:1:" in result.stderr
    assert 1 == anyqta("import", str(tmp_path / "none")).exit_code
    assert 2 == anyqta("import", str(tmp_path)).exit_code
    assert 1 == anyqta("export", "/none/such/file", "--home", str(tmp_path / "no")).exit_code


def test_what_is_no_text_is_one_error(anyqta: Invoke, tmp_path: Path) -> None:
    """A program, gzipped or not; the files beside it are read all the same."""
    binary = bytes(range(256)) * 80 + b"\n" * 40
    (tmp_path / "a.bin").write_bytes(binary)
    (tmp_path / "b.bin").write_bytes(gzip.compress(binary))
    good, *_ = documents(tmp_path)
    done = anyqta("import", str(tmp_path / "a.bin"), str(tmp_path / "b.bin"), good)
    assert 0 == done.exit_code
    *told, count = done.stderr.splitlines()
    assert "1 imported, 0 were here already, 2 skipped." == count
    assert [True] * 2 == ["it is no text" in line and ".bin: " in line for line in told]
    alone = anyqta("import", str(tmp_path / "a.bin"))
    assert (1, 2) == (alone.exit_code, len(alone.stderr.splitlines()))


def test_of_many_bad_lines_a_few_are_told(anyqta: Invoke, tmp_path: Path) -> None:
    """The others are counted."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("nonsense\n" * 500)
    done = anyqta("import", str(bad))
    assert 5 == len(done.stderr.splitlines())
    assert f"{bad}: 497 more lines are skipped" in done.stderr


def test_rescore_before_the_first_run(anyqta: Invoke, home: Path) -> None:
    """Says so, and makes nothing."""
    assert 1 == anyqta("rescore").exit_code
    assert not home.exists()
