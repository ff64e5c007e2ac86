"""Builds location.bin from two tables of address ranges. A tool for us, run by hand:

    python -m probe.data.refresh_location --asn DIR --country DIR --date 2026-06-17 --source "…"

Each folder holds one CSV for IPv4 and one for IPv6 (`*-ipv4.csv`, `*-ipv6.csv`) as ip-location-db
publishes them: `first,last,asn,organisation` and `first,last,country`. Where they come from, and
their licences: README.md beside this.

The file (little-endian; every section starts at a multiple of eight):

    magic "AQLOC1\\0\\0" · u32 length of the JSON header
    JSON {date, source, sections: {name: [offset, bytes]}}
    v4_starts u32[] · v4_places u32[] · v6_starts u64[] (the upper half) · v6_places u32[]
    place_asn u32[] · place_cc u16[] (two ASCII letters, 0: unknown) · place_name u32[]
    name_ends u32[] · names (UTF-8, end to end)

A range reaches to the next start; place 0 is "unknown".
"""

import argparse
import csv
import heapq
import ipaddress
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

MAGIC = b"AQLOC1\0\0"
V = TypeVar("V")
Range = tuple[int, int, V]
Network = tuple[int, str]

# Kazakh networks whose addresses came through a Czech registry member: the delegation files say CZ
# for them. Every one is a Kazakh legal entity (LLP, TOO), or was seen in Kazakhstan by OONI's 2024
# report or by Raman et al. (IMC 2020).
KAZAKH_THOUGH_DELEGATED_TO_CZ = frozenset(
    {8200, 48716, 61367, 201179, 203087, 203481, 212999, 213662}
)


@dataclass(slots=True)
class Tables:
    """The distinct places and names, each numbered in the order of its first use."""

    places: dict[tuple[int, str], int] = field(default_factory=lambda: {(0, ""): 0})
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    name_of_place: list[int] = field(default_factory=lambda: [0])

    def place(self, network: Network | None, cc: str | None) -> int:
        """The number of this pair of network and country."""
        asn, name = network or (0, "")
        key = (asn, cc or "")
        if key not in self.places:
            self.places[key] = len(self.places)
            self.name_of_place.append(self.names.setdefault(name, len(self.names)))
        return self.places[key]


def change_points(ranges: Iterable[Range[V]]) -> Iterator[tuple[int, V | None]]:
    """Where the value changes, in ascending order.

    Of ranges that overlap, the one that starts later, or is shorter, wins while it lasts.
    """
    enclosing: list[tuple[int, V]] = []
    for first, last, value in sorted(ranges, key=lambda r: (r[0], -r[1])):
        yield from _leave(enclosing, before=first)
        yield first, value
        enclosing.append((last, value))
    yield from _leave(enclosing, before=None)


def _leave(enclosing: list[tuple[int, V]], *, before: int | None) -> Iterator[tuple[int, V | None]]:
    while enclosing and (before is None or enclosing[-1][0] < before):
        last, _ = enclosing.pop()
        while enclosing and enclosing[-1][0] <= last:
            enclosing.pop()
        yield last + 1, enclosing[-1][1] if enclosing else None


def merge(
    networks: Iterable[Range[Network]],
    countries: Iterable[Range[str]],
    tables: Tables,
    *,
    bits: int,
) -> tuple[list[int], list[int]]:
    """The starts and the places of the two tables laid over each other."""
    tagged = heapq.merge(
        ((at, 0, value) for at, value in change_points(networks)),
        ((at, 1, value) for at, value in change_points(countries)),
        key=lambda point: point[0],
    )
    starts, places = [0], [0]
    network: Network | None = None
    cc: str | None = None
    for at, table, value in tagged:
        if at >> bits:  # the end of a range that reaches the last address
            break
        if table == 0:
            network = cast("Network | None", value)
        else:
            cc = cast("str | None", value)
        place = tables.place(network, corrected(network, cc))
        if starts[-1] == at:
            places[-1] = place
        elif places[-1] != place:
            starts.append(at)
            places.append(place)
    return starts, places


def corrected(network: Network | None, cc: str | None) -> str | None:
    """The country, with the few known errors of the source put right."""
    if cc == "CZ" and network is not None and network[0] in KAZAKH_THOUGH_DELEGATED_TO_CZ:
        return "KZ"
    return cc


def encode(
    networks: dict[int, list[Range[Network]]],
    countries: dict[int, list[Range[str]]],
    *,
    date: str,
    source: str,
) -> bytes:
    """The whole file. Both arguments are keyed by the IP version."""
    tables = Tables()
    v4_starts, v4_places = merge(networks[4], countries[4], tables, bits=32)
    v6_starts, v6_places = merge(_upper(networks[6]), _upper(countries[6]), tables, bits=64)
    names = [name.encode() for name in tables.names]
    ends: list[int] = []
    for name in names:
        ends.append((ends[-1] if ends else 0) + len(name))
    sections = {
        "v4_starts": array("I", v4_starts),
        "v4_places": array("I", v4_places),
        "v6_starts": array("Q", v6_starts),
        "v6_places": array("I", v6_places),
        "place_asn": array("I", (asn for asn, _ in tables.places)),
        "place_cc": array("H", (_letters(cc) for _, cc in tables.places)),
        "place_name": array("I", tables.name_of_place),
        "name_ends": array("I", ends),
        "names": array("B", b"".join(names)),
    }
    return _pack({name: data.tobytes() for name, data in sections.items()}, date, source)


def _pack(sections: dict[str, bytes], date: str, source: str) -> bytes:
    header_size = 1024  # fixed, so that the offsets inside the header do not depend on its length
    at = header_size
    index: dict[str, list[int]] = {}
    for name, data in sections.items():
        index[name] = [at, len(data)]
        at += len(data) + -len(data) % 8
    header = json.dumps({"date": date, "source": source, "sections": index}).encode()
    start = MAGIC + len(header).to_bytes(4, "little") + header
    if len(start) > header_size:
        message = "the header is too long; shorten --source"
        raise ValueError(message)
    body = b"".join(data + bytes(-len(data) % 8) for data in sections.values())
    return start.ljust(header_size, b"\0") + body


def _letters(cc: str) -> int:
    return int.from_bytes(cc.encode("ascii"), "big")


def _upper(ranges: Sequence[Range[V]]) -> list[Range[V]]:
    """Ranges of IPv6 by their upper 64 bits: nobody is routed more finely."""
    return [(first >> 64, last >> 64, value) for first, last, value in ranges]


def read_networks(path: Path) -> list[Range[Network]]:
    """`first,last,asn,organisation`. A name that only repeats the number is none."""
    found: list[Range[Network]] = []
    for row in _rows(path):
        asn, name = int(row[2]), "".join(row[3:4]).strip()
        found.append((*_span(row), (asn, "" if name in {f"AS{asn}", "-"} else name)))
    return found


def read_countries(path: Path) -> list[Range[str]]:
    """`first,last,country`."""
    return [(*_span(row), row[2]) for row in _rows(path) if len(row[2]) == len("KZ")]


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def _span(row: list[str]) -> tuple[int, int]:
    return int(ipaddress.ip_address(row[0])), int(ipaddress.ip_address(row[1]))


def _csv_of(folder: Path, version: int) -> Path:
    (path,) = folder.glob(f"*-ipv{version}.csv")
    return path


def main() -> None:
    """Read both folders, write the file, print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--asn", type=Path, required=True)
    parser.add_argument("--country", type=Path, required=True)
    parser.add_argument("--date", required=True, help="of the tables, YYYY-MM-DD")
    parser.add_argument("--source", required=True, help="whom to name, in one line")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("location.bin"))
    options = parser.parse_args()
    data = encode(
        {v: read_networks(_csv_of(options.asn, v)) for v in (4, 6)},
        {v: read_countries(_csv_of(options.country, v)) for v in (4, 6)},
        date=options.date,
        source=options.source,
    )
    options.out.write_bytes(data)
    print(f"{options.out}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
