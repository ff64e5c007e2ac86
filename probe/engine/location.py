"""Where an address is: its network and country, from a file that ships with the probe.

The file is mapped into memory, never read whole; a look-up is a bisection in it. Nobody is asked,
so nobody learns the address; keeping the address itself in memory only is the caller's duty. How
the file is made, and from what: probe/data/README.md.
"""

import ipaddress
import json
import mmap
import sys
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

_BUNDLED = Path(__file__).parent.parent / "data" / "location.bin"
_MAGIC = b"AQLOC1\0\0"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TYPES: dict[str, Literal["B", "H", "I", "Q"]] = {
    "v4_starts": "I",
    "v4_places": "I",
    "v6_starts": "Q",
    "v6_places": "I",
    "place_asn": "I",
    "place_cc": "H",
    "place_name": "I",
    "name_ends": "I",
    "names": "B",
}


class LocationError(Exception):
    """The location file is missing or is not one."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the file knows of an address. None: it does not know."""

    asn: int | None
    as_org_name: str | None
    cc: str | None


UNKNOWN = Place(asn=None, as_org_name=None, cc=None)


class LocationDB:
    """The opened file. Safe to share between tasks; close it, or use it in a `with`."""

    def __init__(self, mapped: mmap.mmap, views: dict[str, memoryview], header: "_Header") -> None:
        self._mapped = mapped
        self._views = views
        self.freshness = header.date
        self.source = header.source

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """Map the file at `path`, or the bundled one."""
        path = path or _BUNDLED
        if sys.byteorder != "little":
            message = "the location file is little-endian, as this computer is not"
            raise LocationError(message)
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as exc:  # ValueError: the file is empty
            message = f"cannot read the location file {path}: {exc}"
            raise LocationError(message) from exc
        try:
            header = _read_header(mapped)
            return cls(mapped, _views(mapped, header), header)
        except (ValueError, KeyError, TypeError) as exc:
            message = f"{path} is not a location file, or a damaged one: {exc}"
            raise LocationError(message) from exc

    def lookup(self, ip: str) -> Place:
        """The place of an address; what is not an address, or not a public one, is nowhere."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return UNKNOWN
        if isinstance(address, ipaddress.IPv6Address):
            address = _embedded(address) or address
        if not address.is_global:  # registries' tables do list a private range here and there
            return UNKNOWN
        if isinstance(address, ipaddress.IPv4Address):
            return self._place("v4", int(address))
        return self._place("v6", int(address) >> 64)

    def _place(self, family: str, key: int) -> Place:
        row = bisect_right(self._views[f"{family}_starts"], key) - 1
        number = self._views[f"{family}_places"][row]
        if number == 0:
            return UNKNOWN
        letters = self._views["place_cc"][number]
        return Place(
            asn=self._views["place_asn"][number] or None,
            as_org_name=self._name(self._views["place_name"][number]) or None,
            cc=letters.to_bytes(2, "big").decode("ascii") if letters else None,
        )

    def _name(self, number: int) -> str:
        ends = self._views["name_ends"]
        start = ends[number - 1] if number else 0
        return bytes(self._views["names"][start : ends[number]]).decode()

    def close(self) -> None:
        """Unmap the file. Closing twice is fine."""
        for view in self._views.values():
            view.release()
        self._views = {}
        self._mapped.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Header:
    date: date
    source: str
    sections: dict[str, tuple[int, int]]


def _read_header(mapped: mmap.mmap) -> _Header:
    if mapped[: len(_MAGIC)] != _MAGIC:
        message = "it does not begin as one"
        raise ValueError(message)
    size = int.from_bytes(mapped[8:12], "little")
    raw = json.loads(mapped[12 : 12 + size])
    return _Header(
        date=date.fromisoformat(raw["date"]),
        source=str(raw["source"]),
        sections={name: (int(at), int(length)) for name, (at, length) in raw["sections"].items()},
    )


def _views(mapped: mmap.mmap, header: _Header) -> dict[str, memoryview]:
    whole = memoryview(mapped)
    views: dict[str, memoryview] = {}
    for name, kind in _TYPES.items():
        at, length = header.sections[name]
        if at + length > len(whole):
            message = "it is cut short"
            raise ValueError(message)
        views[name] = whole[at : at + length].cast(kind)
    return views


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped or a NAT64 address, which is the one that is somewhere."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped
