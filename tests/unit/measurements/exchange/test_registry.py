"""The registry as it answers and as it was archived; bad rows are told, good ones kept."""

import gzip
import json
from pathlib import Path

import pytest

from measurements.exchange.ooni import BadLine, ExchangeError
from measurements.exchange.registry import (
    MAX_LINE,
    day_of,
    entry_of,
    import_registry,
    read_registry,
)
from measurements.store.connect import connect
from measurements.store.context import RegistryEntry
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement

TOR = {
    "id": "3771",
    "name": "torproject.org",
    "urladdress": "https://www.torproject.org/",
    "categoryname": "анонимайзеры",
    "courtname": "МКИ",
    "courtdate": "27.11.2024",
    "documentname": "№ 1",
}
ENTRY = RegistryEntry(
    entry="3771",
    host="torproject.org",
    name="torproject.org",
    url="https://www.torproject.org/",
    category="анонимайзеры",
    court="МКИ",
    decided_on="2024-11-27",
    document="№ 1",
)
OTHER = {"id": 7, "name": "пример.рф"}
BAD: list[object] = [5, {}, {"id": True}, {"id": "9", "name": "нет"}, {"id": [1], "name": "a.kz"}]


def read(path: Path) -> tuple[list[str], list[BadLine]]:
    """Entries' hosts, and bad rows."""
    rows = list(read_registry(path))
    hosts = [row.host for row in rows if isinstance(row, RegistryEntry)]
    return hosts, [row for row in rows if isinstance(row, BadLine)]


@pytest.mark.parametrize("form", ["array", "pretty", "lines", "arrays", "gzip", "bom"])
def test_every_form_is_read(tmp_path: Path, form: str) -> None:
    """An answer, a dump of objects or of answers, with and without gzip."""
    rows = [TOR, OTHER]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"
    text = {
        "array": json.dumps(rows),
        "pretty": json.dumps(rows, indent=2),
        "arrays": "\n".join(json.dumps([row]) for row in rows),
        "bom": "\ufeff" + lines,
    }.get(form, lines)
    path = tmp_path / "r"
    path.write_bytes(gzip.compress(text.encode()) if form == "gzip" else text.encode())
    assert (["torproject.org", "xn--e1afmkfd.xn--p1ai"], []) == read(path)


def test_an_entry_is_read_whole() -> None:
    """Dates as ISO 8601; the document's field by the beginning of its name."""
    assert ENTRY == entry_of(TOR)


@pytest.mark.parametrize(
    ("row", "host"),
    [
        ({"urladdress": "https://a.kz/x, https://b.kz"}, "a.kz"),
        ({"urladdress": "*.a.kz"}, "a.kz"),
        ({"urladdress": "см. решение", "name": "сайт a.kz"}, "a.kz"),
        ({"urladdress": "https://a.kz/x;y=1"}, "a.kz"),
    ],
)
def test_the_first_host_of_a_field_counts(row: dict[str, str], host: str) -> None:
    """Fields hold what clerks write."""
    assert host == entry_of({"id": "1", **row}).host


def test_bad_rows_are_told_and_skipped(tmp_path: Path) -> None:
    """With their line; the rest is kept."""
    path = tmp_path / "r.jsonl"
    rows = [json.dumps(row) for row in [*BAD, TOR]]
    path.write_text("\n".join([*rows, "{", "x" * (MAX_LINE + 5)]) + "\n")
    hosts, bad = read(path)
    assert ["torproject.org"] == hosts
    assert [1, 2, 3, 4, 5, 7, 8] == [row.line for row in bad]
    assert "no host" in bad[3].reason


def test_hostile_text_is_stored_as_text(tmp_path: Path) -> None:
    """Lone surrogates and NUL are in no column; what is too long is cut."""
    name = "a.kz \ud800\x00" + "x" * 9000
    entry = entry_of({"id": "1", "urladdress": "a.kz", "name": name, "courtdate": "32.13.2024"})
    assert entry.name is not None
    assert entry.name.encode()
    assert (4000, None) == (len(entry.name), entry.decided_on)
    assert "\x00" not in entry.name


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("27.11.2024", "2024-11-27"),
        ("2024-11-27", "2024-11-27"),
        ("31.02.2024", None),
        (None, None),
        ("вчера", None),
    ],
)
def test_days(text: str | None, day: str | None) -> None:
    """What is no day is null."""
    assert day == day_of(text)


def test_an_import_joins_targets_and_says_what_it_skipped(tmp_path: Path) -> None:
    """By host, as a claim with its date."""
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(TOR) + "\n{}\n")
    with Store.open(tmp_path / "a.db") as store:
        store.save(a_measurement(input="https://bridges.torproject.org/"))
    conn = connect(tmp_path / "a.db", read_only=False)
    bad: list[BadLine] = []
    done = import_registry(conn, path, day="2025-03-17", whole=True, on_bad=bad.append)
    assert (1, [2]) == (done.new, [row.line for row in bad])
    found = conn.execute("SELECT url, relation, entry, decided_on, listed_from FROM registry_view")
    row = ("https://bridges.torproject.org/", "parent", "3771", "2024-11-27", "2025-03-17")
    assert [row] == found.fetchall()
    conn.close()


def test_damaged_gzip_changes_nothing(tmp_path: Path) -> None:
    """The import is whole or not at all."""
    path = tmp_path / "r.gz"
    path.write_bytes(gzip.compress((json.dumps(TOR) + "\n").encode() * 9000)[:-9])
    conn = connect(tmp_path / "a.db", read_only=False)
    with pytest.raises(ExchangeError, match="damaged"):
        import_registry(conn, path, day="2025-03-17", whole=False, on_bad=lambda _: None)
    assert (0,) == conn.execute("SELECT count(*) FROM registry_entries").fetchone()
    conn.close()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """In words."""
    with pytest.raises(ExchangeError, match="cannot read"):
        list(read_registry(tmp_path / "none"))
