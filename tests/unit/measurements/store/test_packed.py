"""A blob gives back what was packed, and is as small on any machine."""

import pytest

from measurements.schema.measurement import ControlAnswered, ControlDNS, ControlHTTP
from measurements.schema.records import BodyFeatures, DNSQuery, HTTPTransaction, Records
from measurements.store.packed import Unpacked, pack
from tests.unit.measurements.store.examples import a_measurement

# made before features were: one HTTP transaction
OLDER_BLOB = bytes.fromhex("010000000078bbef3d3e97ab861805322b3636b69601002a1e04eb")


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


def a_transaction(features: BodyFeatures | None) -> HTTPTransaction:
    """An answer whose body is elsewhere."""
    return HTTPTransaction(
        transaction_id=0, url="", ip="", port=0, t0=0.0, t=0.0, features=features
    )


def test_features_are_read_in_any_order() -> None:
    """Beside the controls' sketches, which are read one after another."""
    features = [
        None,
        BodyFeatures(shingles=(1, 2, 3), text_length=4, links=5, signs=("act", "inside:x")),
        BodyFeatures(),
        BodyFeatures(shingles=tuple(range(2**31, 2**31 + 96))),
    ]
    records = Records(http_transactions=tuple(map(a_transaction, features)))
    controls = (a_control((7, 8)), a_control((9,)))
    blob = pack(a_measurement(records=records, controls=controls))
    opened = Unpacked(blob)
    assert features == [opened.features(i) for i in range(4)]
    assert opened.control(0)["http"]["shingles"] == (7, 8)
    assert features[3] == opened.features(3)
    assert opened.control(1)["http"]["shingles"] == (9,)


def test_a_blob_of_before_features() -> None:
    """There were none."""
    assert Unpacked(OLDER_BLOB).headers(0) == ((), ())
    assert Unpacked(OLDER_BLOB).features(0) is None


def test_a_later_format_is_refused() -> None:
    """Not misread."""
    with pytest.raises(ValueError, match="format 9"):
        Unpacked(b"\x09....")
