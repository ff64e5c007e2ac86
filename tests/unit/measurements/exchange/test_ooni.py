"""Files of others: read line by line, bad lines named and skipped, nothing twice, nothing half."""

import gzip
import json
import os
import threading
from pathlib import Path

import pytest

from measurements.exchange import ooni
from measurements.exchange.ooni import BadLine, ExchangeError, Imported
from measurements.schema.codec import to_document
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.schema.words import Status
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict


def document(uid: str = "u1", **more: object) -> dict[str, object]:
    """A document of a measurement that its sender judged."""
    return to_document(a_measurement(uid, **more))


def judge(m: Measurement) -> Verdict:
    """Our own judgement."""
    return a_verdict(Status.INCONCLUSIVE)


class Import:
    """An import and what it told."""

    def __init__(self, folder: Path, *paths: Path) -> None:
        self.new: list[Measurement] = []
        self.bad: list[BadLine] = []
        with Store.open(folder / "a.db") as store:
            self.done = ooni.import_files(
                paths, store, judge, on_new=self.new.append, on_bad=self.bad.append
            )


def write(path: Path, *lines: object) -> Path:
    """A JSONL file; texts stand as they are."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8", errors="surrogatepass")
    return path


def test_lines_are_judged_and_stored(tmp_path: Path) -> None:
    """The sender's verdict does not count."""
    done = Import(tmp_path, write(tmp_path / "a.jsonl", document("u1"), "", document("u2")))
    assert Imported(new=2) == done.done
    assert ["u1", "u2"] == [m.measurement_uid for m in done.new]
    with Store.open(tmp_path / "a.db") as store:
        assert a_verdict(Status.INCONCLUSIVE) == store.load("u1").verdict


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("squeeze", [False, True])
def test_one_document_in_any_dress(tmp_path: Path, indent: int | None, squeeze: bool) -> None:
    """Pretty-printed or not, gzipped or not: told by what is in it, not by its name."""
    text = "\ufeff" + json.dumps(document(), indent=indent)
    path = tmp_path / "m.dat"
    path.write_bytes(gzip.compress(text.encode()) if squeeze else text.encode())
    assert Imported(new=1) == Import(tmp_path, path).done


def test_bad_lines_are_named_and_skipped(tmp_path: Path) -> None:
    """With file, number and reason."""
    path = write(
        tmp_path / "a.jsonl",
        "{not json",
        "[]",
        {"test_keys": {}, "test_name": "dnscheck"},
        document("good"),
        document("huge") | {"test_runtime": 1e400},
        "[" * 100_000,
        "9" * 10_000,
        document("\ud800"),
    )
    done = Import(tmp_path, path)
    assert ["good"] == [m.measurement_uid for m in done.new]
    assert [1, 2, 3, 5, 6, 7, 8] == sorted(bad.line for bad in done.bad)
    assert {str(path)} == {bad.file for bad in done.bad}
    reasons = {bad.line: bad.reason for bad in done.bad}
    assert "not JSON" in reasons[1]
    assert "dnscheck" in reasons[3]
    assert "nested" in reasons[6]
    assert Imported(new=1, bad=7) == done.done


def test_a_number_that_no_column_holds(tmp_path: Path) -> None:
    """Is that line's fault only."""
    bad = document("bad")
    keys = bad["test_keys"]
    assert isinstance(keys, dict)
    keys["tcp_connect"][0]["transaction_id"] = 2**80
    done = Import(tmp_path, write(tmp_path / "a", document("u1"), bad, document("u2")))
    assert Imported(new=2, bad=1) == done.done
    assert [(2, "it holds a number of more than 64 bits")] == [(b.line, b.reason) for b in done.bad]


def test_nothing_is_imported_twice(tmp_path: Path) -> None:
    """In a file, over files, over imports; documents without a uid are known by their content."""
    nameless = document() | {"measurement_uid": None}
    a = write(tmp_path / "a", document("u1"), document("u1"), nameless)
    b = write(tmp_path / "b", document("u1"), nameless)
    assert Imported(new=2, known=3) == Import(tmp_path, a, b).done
    assert Imported(known=5) == Import(tmp_path, a, b).done


def test_more_than_a_batch(tmp_path: Path) -> None:
    """All are stored."""
    path = write(tmp_path / "a", *(document(f"u{i}") for i in range(250)))
    assert Imported(new=250) == Import(tmp_path, path).done


def test_a_line_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is skipped without being held; the next one is read."""
    monkeypatch.setattr(ooni, "MAX_LINE", 100_000)
    path = write(tmp_path / "a", document("u1"), "x" * 300_000, document("u2"))
    done = Import(tmp_path, path)
    assert Imported(new=2, bad=1) == done.done
    assert 2 == done.bad[0].line
    monkeypatch.setattr(ooni, "MAX_LINE", 1000)
    pretty = tmp_path / "p"
    pretty.write_text(json.dumps(document("u3"), indent=2))
    assert Imported(bad=1) == Import(tmp_path, pretty).done


def test_damaged_gzip_gives_what_came_before(tmp_path: Path) -> None:
    """And says so."""
    whole = gzip.compress(
        "".join(json.dumps(document(f"u{i}")) + "\n" for i in range(500)).encode(), 1
    )
    path = tmp_path / "a.gz"
    path.write_bytes(whole[: len(whole) // 2])
    done = Import(tmp_path, path)
    assert done.done.new > 10
    assert "gzip" in done.bad[-1].reason


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """Plainly."""
    with pytest.raises(ExchangeError, match="No such file"):
        Import(tmp_path, tmp_path / "none")


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_export_is_what_import_reads(tmp_path: Path, name: str) -> None:
    """And the same every time."""
    saved = [a_measurement(f"u{i}") for i in range(3)]
    assert 3 == ooni.export(saved, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    read = [m for _, m in ooni.read_documents(tmp_path / name)]
    assert saved == read
    ooni.export(saved, tmp_path / name)
    assert first == (tmp_path / name).read_bytes()


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    """Whole, and nothing beside it."""
    path = tmp_path / "out.jsonl"
    path.write_text("before")

    def failing() -> object:
        yield a_measurement()
        raise OSError(28, "No space left on device")

    with pytest.raises(ExchangeError, match="No space left"):
        ooni.export(failing(), path)  # type: ignore[arg-type]
    assert "before" == path.read_text()
    assert [path] == list(tmp_path.iterdir())
    with pytest.raises(ExchangeError, match="cannot write"):
        ooni.export([], tmp_path / "none" / "out.jsonl")


def test_what_is_no_file_is_written_to_and_stays(tmp_path: Path) -> None:
    """A pipe (or /dev/stdout, /dev/null) is never replaced by a file."""
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    assert 1 == ooni.export([a_measurement()], pipe)
    reader.join(10)
    assert pipe.is_fifo()
    assert 1 == len(got[0].splitlines())
    assert [pipe] == list(tmp_path.iterdir())
