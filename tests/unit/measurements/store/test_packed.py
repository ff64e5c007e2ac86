"""A blob gives back what was packed, and is as small on any machine."""

import pytest

from measurements.schema.measurement import ControlAnswered, ControlDNS, ControlHTTP
from measurements.schema.records import DNSQuery, Records
from measurements.store.packed import Unpacked, pack
from tests.unit.measurements.store.examples import a_measurement


def a_control(shingles: tuple[int, ...]) -> ControlAnswered:
    """A control's answer with these hashes."""
    http = ControlHTTP(shingles=shingles)
    return ControlAnswered(depth=0, url="u", address="a", dns=ControlDNS(), http=http)


def test_nothing_to_pack_is_no_blob() -> None:
    """Not even an empty one."""
    assert pack(a_measurement()) is None
    assert () == Unpacked(None).events()


@pytest.mark.parametrize(
    ("shingles", "size"), [(range(2**31, 2**31 + 96), 4), (range(2**63, 2**63 + 96), 8)]
)
def test_hashes_cost_their_bits(shingles: range, size: int) -> None:
    """Four or eight bytes each, before the deflated part."""
    blob = pack(a_measurement(controls=(a_control(tuple(shingles)),)))
    assert blob is not None
    assert 96 * size == int.from_bytes(blob[1:5], "big")
    assert tuple(shingles) == Unpacked(blob).control(0)["http"]["shingles"]


def test_raw_answers_keep_their_places() -> None:
    """None, empty and full are three things."""
    answers = (b"a\0b", None, b"", b"\xff" * 9)
    queries = tuple(
        DNSQuery(
            transaction_id=0,
            engine="udp",
            role="public",
            resolver_address="",
            hostname="",
            query_type="A",
            t0=0.0,
            t=0.0,
            raw_response=raw,
        )
        for raw in answers
    )
    blob = pack(a_measurement(records=Records(queries=queries)))
    assert list(answers) == Unpacked(blob).raw_responses(4)


def test_a_later_format_is_refused() -> None:
    """Not misread."""
    with pytest.raises(ValueError, match="format 9"):
        Unpacked(b"\x09....")
