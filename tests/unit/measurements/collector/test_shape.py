"""What controls, the sender and the document as a whole say, as msgspec checks it: at each limit and beyond."""

from typing import Any

import msgspec
import orjson
import pytest

from measurements.collector import shape, validate
from measurements.collector.swift import parse
from measurements.schema.codec import to_document
from measurements.schema.submission import canonical
from tests.fakes.real_collector import measurements

EVIDENCE = {"rule_id": "r", "says": "s", "transactions": [1]}


def fits(kind: type[msgspec.Struct], value: object) -> bool:
    """Whether the shape takes it."""
    try:
        msgspec.json.decode(orjson.dumps(value), type=kind)
    except msgspec.ValidationError:
        return False
    return True


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """An ordinary one with a control that answered."""
    found: dict[str, Any] = to_document(measurements(1)[0])
    assert found["test_keys"]["x_controls"][0]["answer"]
    return found


@pytest.mark.parametrize(
    ("change", "beyond"),
    [
        ({"input": "http://a.kz/" + "x" * 2036}, {"input": "http://a.kz/" + "x" * 2037}),
        ({"measurement_uid": "x" * 120}, {"measurement_uid": "x" * 121}),
        ({"measurement_uid": "x"}, {"measurement_uid": ""}),
        ({"annotations": {"a" * 512: "b" * 1024}}, {"annotations": {"a" * 513: "b"}}),
        ({"annotations": {}}, {"annotations": {"a": "b" * 1025}}),
        ({"annotations": {str(n): "" for n in range(64)}}, {"annotations": {str(n): "" for n in range(65)}}),
        ({"annotations": None}, {"annotations": {"a": 5}}),  # a number is for the slow way
        ({"extensions": {"dnst": 2**32 - 1}}, {"extensions": {"dnst": -1}}),
        ({"test_runtime": 604_800}, {"test_runtime": 604_800.5}),
        ({"test_runtime": 0}, {"test_runtime": -1}),
        ({"probe_ip": "127.0.0.1"}, {"probe_ip": 5}),
        ({"x_category_code": "x" * 32}, {"x_category_code": "x" * 33}),
        ({"resolver_network_name": "x" * 512}, {"resolver_network_name": "x" * 513}),
        ({"report_id": None}, {"x_new_key": None}),
    ],
)  # fmt: skip
def test_the_whole(
    document: dict[str, Any], change: dict[str, Any], beyond: dict[str, Any]
) -> None:
    """What it takes, the schema takes; what is beyond it goes the slow way."""
    line = canonical({**document, **change})
    assert parse(line) is not None
    validate.check(validate.parse(line))
    assert parse(canonical({**document, **beyond})) is None


@pytest.mark.parametrize(
    "key",
    ["input", "measurement_start_time", "measurement_uid", "probe_asn", "probe_cc", "test_keys", "test_name"],
)  # fmt: skip
def test_what_may_not_be_missing(document: dict[str, Any], key: str) -> None:
    """Nothing is made up for it."""
    assert parse(canonical(document)) is not None
    assert parse(canonical({k: v for k, v in document.items() if k != key})) is None


@pytest.mark.parametrize(
    "key", ["dns", "http_request", "ip_info", "quic_handshake", "tcp_connect", "tls_handshake"]
)
def test_a_controls_answer_is_whole(document: dict[str, Any], key: str) -> None:
    """Where a part is missing, it is not one of ours; nor with a part too many, or QUIC in it."""
    answer = document["test_keys"]["x_controls"][0]["answer"]
    assert fits(shape.Helper, answer)
    assert not fits(shape.Helper, {k: v for k, v in answer.items() if k != key})
    assert not fits(shape.Helper, {**answer, "new": None})
    assert not fits(shape.Helper, {**answer, "quic_handshake": {"1.2.3.4:443": None}})
    assert not fits(shape.Helper, {**answer, key: None})


@pytest.mark.parametrize(
    ("kind", "within", "beyond"),
    [
        (shape.HelperHTTP, {"status_code": -1}, {"status_code": -2}),
        (shape.HelperHTTP, {"status_code": 999}, {"status_code": 1000}),
        (shape.HelperHTTP, {"body_length": -1, "x_body_length": 2**53}, {"body_length": -2}),
        (shape.HelperHTTP, {"x_shingles": [2**63 - 1] * 1024}, {"x_shingles": [1] * 1025}),
        (shape.HelperHTTP, {"x_shingles": [0]}, {"x_shingles": [-1]}),
        (shape.HelperHTTP, {"x_failure": None, "x_stable": True}, {"x_stable": 1}),
        (shape.HelperHTTP, {"x_hops": [{"status_code": 301, "url": None}]}, {"x_hops": [{"status_code": 301}]}),
        (shape.HelperDNS, {"addrs": ["x"] * 256, "x_ttls": [0] * 256}, {"addrs": ["x"] * 257}),
        (shape.HelperDNS, {"x_ttls": [2**32 - 1]}, {"x_ttls": [2**32]}),
        (shape.HelperTLS, {"x_chain_sha256": ["a" * 64] * 32}, {"x_chain_sha256": ["a"] * 33}),
        (shape.HelperTLS, {"status": False}, {"status": "false"}),
        (shape.HelperTCP, {"failure": "x", "x_failure": "y"}, {"x_failure": 5}),
        (shape.HelperInfo, {"asn": 0, "flags": 2**32 - 1}, {"flags": 2**32}),
        (shape.Said, {"depth": 64, "url": ""}, {"depth": 65, "url": ""}),
        (shape.Said, {"depth": 0, "url": ""}, {"depth": 0}),
        (shape.Said, {"depth": 0, "url": "x" * 8192}, {"depth": 0, "url": "x" * 8193}),
        (shape.Noticed, {"kind": "vpn", "says": None}, {"kind": "vpn"}),
        (shape.Claimed, {"status": "down", "confidence": 1}, {"status": "down", "confidence": 1.01}),
        (shape.Claimed, {"status": "down", "confidence": 0}, {"status": "down", "confidence": -0.01}),
        (shape.Claimed, {"status": "down"}, {"confidence": 1}),
        (shape.Claimed, {"status": "blocked", "layer": "tls"}, {"status": "blocked", "layer": "TLS"}),
        (shape.Claimed, {"status": "down", "evidence": [EVIDENCE] * 256}, {"status": "down", "evidence": [EVIDENCE] * 257}),
        (shape.Claimed, {"status": "down", "layers": {"dns": {"outcome": "ok"}}}, {"status": "down", "layers": {"dns": {}}}),
        (shape.Proof, {"transactions": [2**53] * 4096}, {"transactions": [1] * 4097}),
        (shape.InPart, {"layer": "tls", "mechanism": "eof"}, {"layer": "tls"}),
        (shape.Keys, {"x_controls": [], "blocking": "dns"}, {"x_controls": [], "blocking": ""}),
        (shape.Keys, {"x_controls": [], "blocking": False}, {"x_controls": [], "blocking": 0}),
        (shape.Keys, {"x_controls": [], "socksproxy": None}, {"x_controls": [], "socksproxy": "x"}),
        (shape.Keys, {"x_controls": []}, {}),
    ],
)  # fmt: skip
def test_limits_of_the_parts(
    kind: type[msgspec.Struct], within: dict[str, Any], beyond: dict[str, Any]
) -> None:
    """Both sides of each."""
    assert fits(kind, within)
    assert not fits(kind, beyond)


def test_a_missing_failure_of_ours_is_not_none() -> None:
    """OONI's controls have no x_failure: theirs counts then. null is our `it went well`."""
    missing = msgspec.json.decode(b"{}", type=shape.HelperTCP)
    told = msgspec.json.decode(b'{"x_failure":null}', type=shape.HelperTCP)
    assert (msgspec.UNSET, None) == (missing.x_failure, told.x_failure)
