"""A snapshot is whole or not there, the same for the same rows, and holds every text."""

import csv
import dataclasses
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyarrow import parquet as pq

from measurements.exchange import ooni
from measurements.exchange.csv_table import plain, writable
from measurements.schema.measurement import Measurement
from measurements.schema.words import Status
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import files_in
from measurements.snapshots.snapshot import Wanted, make
from tests.unit.measurements.snapshots.published import (
    FORMATS,
    HOSTILE,
    a_file,
    a_key,
    a_published,
    a_snapshot,
)

MANY = [a_published(i) for i in range(120)]


def content(folder: Path) -> dict[str, bytes]:
    """Every file."""
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def test_the_same_rows_are_the_same_snapshot(tmp_path: Path) -> None:
    """Every file, the signature too, whatever the order in which rows came."""
    key = a_key(tmp_path)
    made = []
    for seed in (1, 2):
        source = a_file(tmp_path / f"{seed}.db", MANY, seed=seed)
        a_snapshot(source, tmp_path / f"out{seed}", key=key)
        made.append(content(tmp_path / f"out{seed}"))
    assert made[0] == made[1]
    assert 32 + 2 == len(made[0])


def test_hostile_text_goes_through_every_format_and_back(tmp_path: Path) -> None:
    """JSON Lines exactly; CSV but for what CSV cannot hold; Parquet but for what UTF-8 cannot."""
    many = [a_published(i, title=text) for i, text in enumerate(HOSTILE)]
    out = tmp_path / "out"
    a_snapshot(a_file(tmp_path / "a.db", many, seed=1), out)
    read = [m for _, m in ooni.read_documents(out / "measurements.jsonl.gz")]
    assert [text or None for text in HOSTILE] == [  # the codec has no empty title
        m.records.http_transactions[0].title for m in read if isinstance(m, Measurement)
    ]
    with (out / "csv/http.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert [writable(text) for text in HOSTILE] == [plain(row["title"]) for row in rows]
    assert not [row for row in rows if row["title"].startswith(("=", "+", "-", "@", "\t=", "\r="))]
    column = pq.read_table(out / "parquet/http.parquet")["title"].to_pylist()
    halves = str.maketrans(dict.fromkeys((0xD800, 0xDFFF), "\ufffd"))
    assert [text.translate(halves) for text in HOSTILE] == column


def test_what_is_new_is_told(tmp_path: Path) -> None:
    """And which snapshot came before."""
    first = a_snapshot(a_file(tmp_path / "1.db", MANY[:50]), tmp_path / "1")
    later = [a_published(0, status=Status.DOWN), *MANY[2:60]]
    made = a_snapshot(a_file(tmp_path / "2.db", later), tmp_path / "2", previous=tmp_path / "1")
    told = {key: made.counts[key] for key in ("new", "judged_otherwise", "gone")}
    assert {"new": 10, "judged_otherwise": 1, "gone": 1} == told
    assert made.previous is not None
    assert first.made_on == made.previous["made_on"]
    assert 12 == len((tmp_path / "2/csv/since_previous.csv").read_text().splitlines())


def failing(_: Iterable[Measurement], path: Path) -> int:
    """A disk that is full."""
    path.write_bytes(b"half")
    raise OSError(28, "No space left on device")


def test_a_snapshot_that_fails_is_not_there(tmp_path: Path) -> None:
    """No folder, no half of one, and a sentence."""
    source = a_file(tmp_path / "a.db", MANY[:3])
    folder = tmp_path / "folder"
    folder.mkdir()
    wanted = Wanted(source=source, out=folder / "out", made_on="2026-11-25")
    bad = dataclasses.replace(FORMATS, documents=failing)
    with pytest.raises(SnapshotError, match="No space left"):
        make(wanted, bad, say=lambda _: None)
    assert [] == list(folder.iterdir())
    make(wanted, FORMATS, say=lambda _: None)  # the twin
    assert ["out"] == [path.name for path in folder.iterdir()]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A dated copy stays what it was."""
    source = a_file(tmp_path / "a.db", MANY[:3])
    a_snapshot(source, tmp_path / "out")
    before = content(tmp_path / "out")
    with pytest.raises(SnapshotError, match="never overwritten"):
        a_snapshot(source, tmp_path / "out")
    assert before == content(tmp_path / "out")


def test_where_no_folder_can_be_made_it_is_told(tmp_path: Path) -> None:
    """In words."""
    source = a_file(tmp_path / "a.db", MANY[:3])
    with pytest.raises(SnapshotError, match="cannot be made"):
        a_snapshot(source, tmp_path / "none" / "out")


def test_the_source_is_left_as_it_is(tmp_path: Path) -> None:
    """It is only read."""
    source = a_file(tmp_path / "a.db", MANY[:9])
    before = source.read_bytes()
    a_snapshot(source, tmp_path / "out")
    assert before == source.read_bytes()


def test_without_parquet_everything_else_is_there(tmp_path: Path) -> None:
    """Who has no pyarrow can still publish."""
    wanted = Wanted(
        source=a_file(tmp_path / "a.db", MANY[:3]), out=tmp_path / "out", made_on="2026-11-25"
    )
    make(wanted, dataclasses.replace(FORMATS, parquet=None), say=lambda _: None)
    assert not (tmp_path / "out/parquet").exists()
    assert (tmp_path / "out/csv/http.csv").exists()


@pytest.mark.slow
def test_memory_is_flat(tmp_path: Path) -> None:
    """What grows are caches of texts, which are bounded: not a tenth of what the rows take."""
    peaks = []
    for n in (500, 2000):
        source = a_file(tmp_path / f"{n}.db", [a_published(i) for i in range(n)])
        tracemalloc.start()
        a_snapshot(source, tmp_path / f"out{n}")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1500 * 1024
