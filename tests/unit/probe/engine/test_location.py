"""probe/engine/location.py, with tiny files made by the tool that makes the real one."""

import ipaddress
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.data.refresh_location import change_points, encode
from probe.engine.location import UNKNOWN, LocationDB, LocationError, Place


def span(cidr: str) -> tuple[int, int]:
    """The first and the last address of a network, as numbers."""
    network = ipaddress.ip_network(cidr)
    return int(network[0]), int(network[-1])


def tiny() -> bytes:
    """Two networks, three countries, and a gap between them."""
    return encode(
        {
            4: [(*span("1.0.0.0/24"), (64500, "Алма Net")), (*span("223.0.0.0/8"), (64501, ""))],
            6: [(*span("2a00:db8::/32"), (64500, "Алма Net"))],
        },
        {
            4: [
                (*span("1.0.0.0/25"), "KZ"),
                (*span("1.0.0.128/25"), "CZ"),
                (*span("2.0.0.0/8"), "RU"),
            ],
            6: [(*span("2a00:db8::/33"), "KZ")],
        },
        date="2026-06-17",
        source="made for this test",
    )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[LocationDB]:
    """The tiny file, opened."""
    path = tmp_path / "location.bin"
    path.write_bytes(tiny())
    with LocationDB.open(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("1.0.0.0", Place(64500, "Алма Net", "KZ")),
        ("1.0.0.127", Place(64500, "Алма Net", "KZ")),
        ("1.0.0.128", Place(64500, "Алма Net", "CZ")),
        ("1.0.1.0", UNKNOWN),
        ("0.255.255.255", UNKNOWN),
        ("2.9.9.9", Place(None, None, "RU")),
        ("223.255.255.255", Place(64501, None, None)),
        ("2a00:db8::1", Place(64500, "Алма Net", "KZ")),
        ("2a00:db8:ffff::1", Place(64500, "Алма Net", None)),
        ("2a00:db9::", UNKNOWN),
        ("::", UNKNOWN),
    ],
)
def test_an_address_is_where_its_range_says(db: LocationDB, ip: str, place: Place) -> None:
    """Ends of ranges belong to them; what lies between is unknown; each field stands alone."""
    assert place == db.lookup(ip)


@pytest.mark.parametrize("ip", ["::ffff:1.0.0.1", "64:ff9b::1.0.0.1"])
def test_an_address_inside_an_address_is_what_counts(db: LocationDB, ip: str) -> None:
    """A mobile network with NAT64 is not a network of its own."""
    assert db.lookup(ip).asn == 64500


@pytest.mark.parametrize("text", ["", "example.org", "1.0.0", "1.0.0.0/24", "fe80::1%eth0", "\0"])
def test_what_is_no_public_address_is_nowhere(db: LocationDB, text: str) -> None:
    """The place is a help, never a reason to stop measuring."""
    assert db.lookup(text) == UNKNOWN


def test_the_file_says_how_old_it_is_and_whose(db: LocationDB) -> None:
    """A measurement records with which data it was located."""
    assert (date(2026, 6, 17), "made for this test") == (db.freshness, db.source)


@pytest.mark.parametrize("damage", [b"", b"not one", tiny()[:1100], b"AQLOC1\0\0" + b"\xff" * 2000])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    """Not a traceback, and not silence."""
    path = tmp_path / "location.bin"
    path.write_bytes(damage)
    with pytest.raises(LocationError, match=r"location\.bin"):
        LocationDB.open(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The same for no file at all."""
    with pytest.raises(LocationError, match="nowhere"):
        LocationDB.open(tmp_path / "nowhere")


def test_closing_twice_is_fine(db: LocationDB) -> None:
    """`with` and an explicit close do not collide."""
    db.close()
    db.close()


RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from("abc")), max_size=8
)


@given(RANGES)
def test_overlapping_ranges_flatten_to_the_innermost(spans: list[tuple[int, int, str]]) -> None:
    """Against the slow way: every position asks for the latest-starting, shortest range over it."""
    ranges = [(first, first + length, value) for first, length, value in spans]
    points = list(change_points(ranges))

    assert [at for at, _ in points] == sorted(at for at, _ in points)
    for position in range(90):
        over = [r for r in ranges if r[0] <= position <= r[1]]
        innermost = max(over, key=lambda r: (r[0], -r[1]), default=None)
        values = [value for at, value in points if at <= position]
        found = values[-1] if values else None
        same = {r[2] for r in over if innermost and r[:2] == innermost[:2]}
        assert found in same if innermost else found is None


# --- the bundled file ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundled() -> Iterator[LocationDB]:
    """What ships."""
    with LocationDB.open() as opened:
        yield opened


@pytest.mark.parametrize(
    ("ip", "asn", "cc"),
    [
        ("2.132.0.1", 9198, "KZ"),  # Kazakhtelecom
        ("37.99.0.1", 21299, "KZ"),  # Kar-Tel
        ("176.64.1.1", 29555, "KZ"),  # Mobile Telecom-Service
        ("2a03:32c0::1", 29555, "KZ"),
        ("93.158.134.3", 13238, "RU"),
        ("9.9.9.9", 19281, "US"),
        ("193.0.6.139", 3333, "NL"),
    ],
)
def test_well_known_addresses(bundled: LocationDB, ip: str, asn: int, cc: str) -> None:
    """The networks that matter most to us are where they are."""
    place = bundled.lookup(ip)
    assert (asn, cc) == (place.asn, place.cc)
    assert place.as_org_name


@pytest.mark.parametrize("ip", ["10.0.0.1", "127.0.0.1", "192.168.1.1", "::1", "fd00::1"])
def test_private_addresses_are_nowhere(bundled: LocationDB, ip: str) -> None:
    """No table of public ranges knows them."""
    assert bundled.lookup(ip) == UNKNOWN


def test_the_bundled_file_names_its_makers(bundled: LocationDB) -> None:
    """CC BY asks for it."""
    assert bundled.freshness >= date(2026, 6, 17)
    for maker in ("Route Views", "DB-IP", "NRO"):
        assert maker in bundled.source


def test_opening_and_looking_up_cost_next_to_nothing() -> None:
    """Ten times the limits of the design note, so that a busy computer does not fail it."""
    start = time.perf_counter()
    with LocationDB.open() as opened:
        assert time.perf_counter() - start < 0.5
        start = time.perf_counter()
        for last in range(200):
            opened.lookup(f"2.132.0.{last}")
        assert time.perf_counter() - start < 200 * 0.0005
