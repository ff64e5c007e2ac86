"""What a collector lets in: real documents pass, each field has its limits, nothing else is raised."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.collector import validate
from measurements.collector.validate import Invalid, check, parse
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.judge import judge
from tests.golden.cases import FOLDER, unfolded

Json = dict[str, Any]
TODAY = "2026-11-25"
OONI = Path("/work/shared/data/ooni/measurements")
GOLDEN = sorted(FOLDER.glob("*/measurement.json"))


def document(name: str = "inject-race-odd") -> Json:
    whole: Json = unfolded(json.loads((FOLDER / name / "measurement.json").read_text()))
    return whole


def changed(pointer: str, value: object) -> Json:
    """The document with one value put in (its lists' ends may be named)."""
    whole = document()
    *path, last = pointer.strip("/").split("/")
    node: Any = whole
    for step in path:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = value
    return whole


def refusal(pointer: str, value: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(changed(pointer, value), today=TODAY)
    return caught.value


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.parent.name)
def test_every_golden_document_passes(path: Path) -> None:
    whole = unfolded(json.loads(path.read_text()))
    today = whole["measurement_start_time"][:10]
    assert check(parse(orjson.dumps(whole)), today=today).input == whole["input"]


@pytest.mark.skipif(not OONI.is_dir(), reason="OONI's documents are not here")
def test_every_real_document_of_oonis_passes() -> None:
    paths = sorted(OONI.glob("*.json"))
    assert paths
    for path in paths:
        assert check(parse(path.read_bytes()), today=TODAY).test_name == "web_connectivity"


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [b"", b"nope", b"{", b"[NaN]", b"[1e400]", b'["\\ud800"]', b"\xff", b"[" * 2000 + b"]" * 2000],
)
def test_bytes_that_are_no_json_are_refused(line: bytes) -> None:
    with pytest.raises(Invalid, match="it is not JSON"):
        parse(line)


def test_a_document_has_a_size() -> None:
    text = b'"%b"' % (b"a" * (validate.MAX_DOCUMENT - 2))
    assert parse(text)
    with pytest.raises(Invalid, match="more than 4194304 bytes"):
        parse(text + b" ")


@pytest.mark.parametrize(("part", "most"), [(b"[],", 299_999), (b'"",', 1_000_000)])
def test_a_document_has_so_many_parts(part: bytes, most: int) -> None:
    assert isinstance(parse(b"[%b0]" % (part * most)), list)
    with pytest.raises(Invalid, match="too many parts"):
        parse(b"[%b0]" % (part * (most + 1)))


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_what_is_unknown_may_be_nested_so_far() -> None:
    check(changed("/x_new", nested(7)), today=TODAY)
    assert "less nesting" in refusal("/x_new", nested(8)).says
    assert "less nesting" in refusal("/test_keys/x_new", nested(900)).says


# --- fields: the last value that is taken, and the first that is not -------------------------------

QUERY, CONNECT, TLS = (
    "/test_keys/queries/0",
    "/test_keys/tcp_connect/0",
    "/test_keys/tls_handshakes/0",
)
REQUEST, CONTROL = "/test_keys/requests/0", "/test_keys/x_controls/0/answer"
CERTIFICATE = {"format": "base64", "data": "AAAA"}
FEATURES: Json = {
    "shingles": [0, 2**32 - 1],
    "text_length": 2**21,
    "links": 0,
    "signs": ["a" * 120],
}

LIMITS: list[tuple[str, object, object]] = [
    ("/input", "https://example.com/" + "a" * 2028, "https://example.com/" + "a" * 2029),
    ("/input", "http://bücher.example/", "http://user:secret@example.com/"),
    ("/input", "http://1.1.1.1/", "http://192.168.1.1/"),
    ("/input", "http://[2606:4700::1111]/", "http://[fe80::1]/"),
    ("/input", "http://example.com:8080/", "http://example.com:80800/"),
    ("/input", "https://a.b/?q=http://localhost/", "http://localhost/"),
    ("/input", "https://lan.example.com/", "http://printer.lan/"),
    ("/input", "https://example.com/", "ftp://example.com/"),
    ("/input", "https://1.example/", "http://10.1/"),
    ("/measurement_uid", "a" * 120, "a" * 121),
    ("/measurement_uid", "A.b_c-1", "../etc"),
    ("/measurement_start_time", "2026-11-26 00:00:00", "2026-11-27 00:00:00"),
    ("/measurement_start_time", "2024-02-29T23:59:59Z", "2023-02-29 00:00:00"),
    ("/measurement_start_time", "2012-01-01 00:00:00.123456", "2011-12-31 00:00:00"),
    ("/test_start_time", "", "yesterday"),
    ("/test_runtime", 604800, 604801),
    ("/test_name", "web_connectivity", "ndt"),
    ("/probe_cc", "ZZ", "kz"),
    ("/probe_asn", "AS0", "AS12345678901"),
    ("/probe_asn", "AS4294967295", "9198"),
    ("/resolver_ip", "scrubbed", "my-router"),
    ("/resolver_ip", "2001:db8::1", "fe80::1%eth0"),
    ("/software_version", "a" * 64, "a" * 65),
    ("/software_name", "anyqta", "any\nqta"),
    ("/x_category_code", "NEWS", "NEWS;"),
    ("/x_run_id", "20261125T010203Z_webconnectivity_KZ_9198_n1_aaaaaaaaaaaaaaaa", "a b"),
    ("/annotations", {"a": "b"}, {"a": ["b"]}),
    ("/annotations", {str(i): "" for i in range(64)}, {str(i): "" for i in range(65)}),
    (f"{QUERY}/t", 0, -0.001),
    (f"{QUERY}/t", 604800.0, "1"),
    (f"{QUERY}/t0", None, True),
    (f"{QUERY}/failure", "unknown_failure: " + "a" * 2048, "unknown_failure: " + "a" * 2049),
    (f"{QUERY}/failure", "dns_nxdomain_error", "Not Found"),
    (f"{QUERY}/failure", "", "unknown_failure: \x1b[2J"),
    (f"{QUERY}/raw_response", "AAAA", "AA A"),
    (f"{QUERY}/rcode", 4095, 4096),
    (f"{QUERY}/answers", [{"answer_type": "A", "ipv4": "1.2.3.4"}], [{"answer_type": "A", "ipv4": "1.2.3"}]),
    (f"{QUERY}/answers", [{}] * 256, [{}] * 257),
    (f"{QUERY}/tags", ["depth=0"] * 32, ["depth=0"] * 33),
    (f"{QUERY}/transaction_id", 2**53, -1),
    (f"{CONNECT}/port", 65535, 65536),
    (f"{CONNECT}/ip", "::ffff:1.2.3.4", "example.com"),
    (f"{CONNECT}/ip", "[scrubbed]", ""),
    (f"{CONNECT}/status", {"failure": None}, None),
    (f"{TLS}/address", "[2001:db8::1]:443", "[2001:db8:::1]:443"),
    (f"{TLS}/address", "scrubbed:443", "example.com:443"),
    (f"{TLS}/address", "1.2.3.4:65535", "1.2.3.4:65536"),
    (f"{TLS}/peer_certificates", [CERTIFICATE] * 32, [CERTIFICATE] * 33),
    (f"{TLS}/peer_certificates", None, [{"format": "pem", "data": "AAAA"}]),
    (f"{TLS}/server_name", "a" * 512, "a" * 513),
    (f"{TLS}/no_tls_verify", False, 0),
    (f"{REQUEST}/request/url", "http://10.0.0.1/login", "javascript:1"),
    (f"{REQUEST}/request/method", "GET", "get"),
    (f"{REQUEST}/response/code", 999, 1000),
    (f"{REQUEST}/response/headers_list", [["a", "b"]] * 512, [["a", "b"]] * 513),
    (f"{REQUEST}/response/headers_list", [["a", CERTIFICATE]], [["a"]]),
    (f"{REQUEST}/response/body", "a" * 589824, "a" * 589825),
    (f"{REQUEST}/response/body", "é" * 294912, "é" * 294913),
    (f"{REQUEST}/response/x_body_sha256", "a" * 64, "A" * 64),
    (f"{REQUEST}/x_features", FEATURES, FEATURES | {"shingles": [2**32]}),
    (f"{REQUEST}/x_features", FEATURES, FEATURES | {"signs": ["a" * 121]}),
    (f"{REQUEST}/x_features", None, {"shingles": []}),
    (f"{CONTROL}/http_request/x_shingles", [2**64 - 1], [-1]),
    (f"{CONTROL}/http_request/status_code", -1, -2),
    (f"{CONTROL}/ip_info", {"::1": {"flags": 1}}, {"localhost": {"flags": 1}}),
    (f"{CONTROL}/tcp_connect", {"1.2.3.4:80": {}}, {"1.2.3.4": {}}),
    ("/test_keys/x_controls/0/depth", 64, 65),
    ("/test_keys/queries", [{"t": 0}] * 1000, [{"t": 0}] * 1001),
    ("/test_keys/blocking", "tcp_ip", "tcp ip"),
    ("/test_keys/x_environment", [{"kind": "vpn", "says": "x"}], [{"kind": "vpn"}]),
    ("/test_keys/x_experiments", {"queries": []}, {"queries": {}}),
    ("/test_keys/x_verdict", {"status": "down"}, {"status": "broken"}),
    ("/test_keys/x_verdict", {"status": "down", "confidence": 1}, {"status": "down", "confidence": 1.1}),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "good", "bad"), LIMITS)
def test_a_field_has_its_limits(pointer: str, good: object, bad: object) -> None:
    assert judge(check(changed(pointer, good), today=TODAY)).summary
    refused = refusal(pointer, bad)
    assert len(str(refused)) <= 300
    assert pointer.split("/")[1] in str(refused)


@pytest.mark.parametrize("name", ["input", "probe_cc", "probe_asn", "test_keys", "test_name"])
def test_some_fields_must_be_there(name: str) -> None:
    whole = document()
    del whole[name]
    with pytest.raises(Invalid, match=f"^/{name}: is missing$"):
        check(whole, today=TODAY)


def test_without_a_day_the_future_is_not_asked_for() -> None:
    check(changed("/measurement_start_time", "2099-01-01 00:00:00"))


def test_a_message_names_the_field_and_never_what_stood_there() -> None:
    secret = "203.0.113.77 and a long text " * 20
    for pointer in ("/input", f"{QUERY}/hostname", f"{CONNECT}/ip", "/probe_cc", "/resolver_ip"):
        refused = refusal(pointer, secret * 10)
        assert refused.where == pointer
        assert "203.0.113" not in str(refused)
    assert str(refusal(f"{QUERY}/t", -1)) == (
        "/test_keys/queries/0/t: expected seconds: a number from 0 to 604800, found another one"
    )
    assert str(refusal("/probe_cc", 5)).endswith("two capital letters, found a number")
    assert str(refusal("/probe_cc", "")).endswith("found empty text")
    assert str(refusal("/test_keys/queries", [{}] * 1001)).endswith("found a list of 1001")
    assert str(refusal("/test_keys/queries", {})).endswith("found an object")


def test_a_key_in_a_message_is_cut_and_printable() -> None:
    refused = refusal("/x\u202e" + "k" * 500, nested(9))
    assert str(refused).isprintable()
    assert len(refused.where) <= 121


@pytest.mark.parametrize(
    ("name", "words"),
    [("status", Status), ("layer", Layer), ("mechanism", Mechanism), ("trigger", Trigger), ("locus", Locus),
     ("outcome", Outcome)],
)  # fmt: skip
def test_the_schema_knows_the_contracts_words(name: str, words: type[Status]) -> None:
    assert validate.schema()["$defs"][name]["enum"] == [word.value for word in words]


# --- anything else ---------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_json_is_a_measurement_or_refused(value: object) -> None:
    with pytest.raises(Invalid):
        check(value, today=TODAY)


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    for key, inner in pairs:
        yield (*path, key)
        yield from _places(inner, (*path, key))


WHOLE = document()
PLACES = list(_places(WHOLE))


@settings(max_examples=400)
@given(st.sampled_from(PLACES), JSON | st.just(NotImplemented))
def test_what_passes_with_any_field_changed_can_be_judged(
    place: tuple[str | int, ...], value: object
) -> None:
    """`python -m tests.bench.mutations` does it twenty thousand times, and stores them."""
    whole = copy.deepcopy(WHOLE)
    node: Any = whole
    for step in place[:-1]:
        node = node[step]
    if value is NotImplemented:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    try:
        m = check(parse(orjson.dumps(whole)), today=TODAY)
    except Invalid:
        return
    assert judge(m).summary
