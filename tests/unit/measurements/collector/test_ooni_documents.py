"""OONI's collector protocol: names of reports that prove themselves, and documents without addresses."""

import contextlib
import gzip
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.collector import ooni_documents
from measurements.collector.ooni_documents import (
    BadRequest,
    Report,
    check_opening,
    content_of,
    decompressed,
    document_of,
    name_report,
    read_report_id,
    without_address,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SECRET = b"s" * 32
REPORT = Report("webconnectivity", "KZ", "9198")
NAME = name_report(REPORT, now="20261125T010203Z", secret=SECRET, random=b"12345678")
OPENING = {
    "data_format_version": "0.2.0",
    "format": "json",
    "probe_asn": "AS9198",
    "probe_cc": "KZ",
    "software_name": "miniooni",
    "software_version": "3.22.0-alpha",
    "test_name": "web_connectivity",
    "test_start_time": "2026-11-25 01:02:03",
    "test_version": "0.5.28",
}
CONTENT: dict[str, Any] = {
    "measurement_start_time": "2026-11-25 01:02:03",
    "probe_asn": "AS9198",
    "probe_cc": "KZ",
    "probe_ip": "127.0.0.1",
    "report_id": NAME,
    "resolver_ip": "8.8.8.8",
    "test_keys": {},
    "test_name": "web_connectivity",
}


def test_an_opening_says_what_the_report_is_of() -> None:
    assert check_opening(OPENING) == REPORT
    assert check_opening(OPENING | {"probe_cc": "ZZ", "probe_asn": "AS0"}).asn == "0"
    assert check_opening({k: v for k, v in OPENING.items() if k != "test_start_time"}) == REPORT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_format_version", "0.3.0"), ("format", "yaml"), ("probe_asn", "9198"), ("probe_asn", "AS9198\n"),
        ("probe_cc", "kz"), ("software_name", "a b"), ("software_version", ""), ("test_name", "dash"),
        ("test_name", None), ("test_version", 5), ("test_start_time", "now"), ("content", "x"),
    ],
)  # fmt: skip
def test_an_opening_is_checked(name: str, value: object) -> None:
    with pytest.raises(BadRequest, match=f"^{name}: "):
        check_opening(OPENING | {name: value})


@pytest.mark.parametrize("fields", [[], None, "x", {}])
def test_an_opening_is_an_object_with_fields(fields: object) -> None:
    with pytest.raises(BadRequest):
        check_opening(fields)


def test_a_reports_name_has_oonis_six_parts_and_proves_itself() -> None:
    assert re.fullmatch(r"20261125T010203Z_webconnectivity_KZ_9198_n1_[0-9A-Za-z]{16}", NAME)
    assert read_report_id(NAME, secret=SECRET) == REPORT
    assert NAME != name_report(REPORT, now="20261125T010203Z", secret=SECRET, random=b"x" * 8)


@pytest.mark.parametrize(
    "forged",
    [
        NAME.replace("KZ", "KG"), NAME.replace("9198", "9199"), NAME.replace("2026", "2027"), NAME[:-1] + "_",
        NAME[:-1] + ("a" if NAME[-1] != "a" else "b"), NAME[:-16] + "a" * 16, NAME + "a", "", "x",
        "20231130T175605Z_webconnectivity_IT_30722_n1_2vIxoAAAAAAAAAAA",
    ],
)  # fmt: skip
def test_a_name_that_we_did_not_give_is_refused(forged: str) -> None:
    with pytest.raises(BadRequest, match="has not opened such a report"):
        read_report_id(forged, secret=SECRET)


def test_another_collectors_name_is_refused() -> None:
    with pytest.raises(BadRequest):
        read_report_id(NAME, secret=b"t" * 32)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_a_body_is_unpacked_as_far_as_is_allowed(encoding: str) -> None:
    text = b"a" * 10_000
    if encoding == "identity":
        assert decompressed(text, encoding, most=1) == text
        return
    data = gzip.compress(text) if encoding == "gzip" else zstd.compress(text)
    assert decompressed(data, encoding, most=10_000) == text
    with pytest.raises(BadRequest, match="more than 9999 bytes") as caught:
        decompressed(data, encoding, most=9_999)
    assert caught.value.code == "too_large"
    for damaged in (data[:-1], data + b"x", b"", b"{}"):
        with pytest.raises(BadRequest):
            decompressed(damaged, encoding, most=10_000)


def test_an_update_is_of_its_report() -> None:
    update = {"format": "json", "content": CONTENT}
    assert content_of(update, NAME, REPORT) == CONTENT
    assert content_of(update | {"content": CONTENT | {"report_id": ""}}, NAME, REPORT)
    wrong: list[object] = [
        None, [], {}, {"format": "yaml", "content": CONTENT}, {"format": "json", "content": "x"},
        update | {"content": CONTENT | {"report_id": "other"}}, update | {"content": CONTENT | {"report_id": []}},
        update | {"content": CONTENT | {"probe_cc": "KG"}}, update | {"content": CONTENT | {"probe_asn": "AS1"}},
        update | {"content": CONTENT | {"probe_asn": None}}, update | {"content": CONTENT | {"test_name": "dash"}},
    ]  # fmt: skip
    for bad in wrong:
        with pytest.raises(BadRequest):
            content_of(bad, NAME, REPORT)


def test_a_document_gets_an_id_of_its_content_whatever_its_report() -> None:
    first = json.loads(document_of(CONTENT, NAME))
    assert re.fullmatch(
        r"20261125010203\.000000_KZ_webconnectivity_[0-9a-f]{16}", first["measurement_uid"]
    )
    again = json.loads(document_of(CONTENT | {"report_id": "other"}, "other"))
    assert again["measurement_uid"] == first["measurement_uid"]
    other = json.loads(document_of(CONTENT | {"test_keys": {"x": 1}}, NAME))
    assert other["measurement_uid"] != first["measurement_uid"]
    assert json.loads(document_of(CONTENT | {"measurement_uid": "mine"}, NAME))[
        "measurement_uid"
    ] == ("mine")


def test_a_document_says_nothing_of_the_home() -> None:
    assert "probe_ip" not in json.loads(document_of(CONTENT | {"probe_ip": "95.56.1.2"}, NAME))
    assert json.loads(document_of(CONTENT, NAME))["resolver_ip"] == "8.8.8.8"
    for home in ("192.168.1.1", "10.0.0.1", "fe80::1", "127.0.0.53", "100.64.1.1"):
        assert json.loads(document_of(CONTENT | {"resolver_ip": home}, NAME))["resolver_ip"] == ""
    odd = json.loads(document_of(CONTENT | {"resolver_ip": "[scrubbed]"}, NAME))
    assert odd["resolver_ip"] == "[scrubbed]"


def test_a_document_that_is_nested_too_deeply_is_refused() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(BadRequest, match="nested"):
        document_of(CONTENT | {"x": deep}, NAME)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("95.56.1.2", b'"your address is 95.56.1.2."'),
        ("95.56.1.2", b'"95.56.1.2:443"'),
        ("95.56.1.2", b'"x=95.56.1.2&y"'),
        ("95.56.1.2", b'"95.56.1.2.nip.io"'),
        ("::ffff:95.56.1.2", b'"95.56.1.2"'),
        ("2a00:1450::5", b'"[2A00:1450::5]:443"'),
        ("2a00:1450:0:0:0:0:0:5", b'"2a00:1450::5"'),
        ("2a00:1450::5", b'"2a00:1450:0:0:0:0:0:5"'),
        ("2a00:1450::5", b'"2a00:1450:0000:0000:0000:0000:0000:0005"'),
    ],
)
def test_the_senders_address_is_taken_out(address: str, text: bytes) -> None:
    clean = without_address(b'{"a":%b,"b":1}' % text, address)
    assert b"scrubbed" in clean
    assert b"56.1.2" not in clean
    assert b"1450" not in clean
    assert json.loads(clean)["b"] == 1


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("95.56.1.2", b"95.56.1.20 195.56.1.2 1.95.56.1.2 95.56.1.2.3 95,56,1,2"),
        ("2a00:1450::5", b"2a00:1450::51 2a00:1450::5:1"),
        ("127.0.0.1", b"127.0.0.1"),
        ("10.0.0.1", b"10.0.0.1"),
        ("", b"anything"),
        ("unix", b"unix"),
    ],
)
def test_other_addresses_stay(address: str, text: bytes) -> None:
    assert without_address(text, address) == text


def test_a_large_document_is_searched_quickly() -> None:
    text = b"95.56.1." * 500_000
    assert without_address(text, "95.56.1.2") == text
    assert ooni_documents.without_address(text + b" 95.56.1.2", "95.56.1.2").endswith(b" scrubbed")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300)
@given(st.sampled_from([*OPENING, *CONTENT, "content", "measurement_uid", "format"]), JSON)
def test_whatever_is_sent_is_read_or_refused(name: str, value: object) -> None:
    calls: list[Callable[[], object]] = [
        lambda: check_opening(OPENING | {name: value}),
        lambda: content_of({"format": "json", "content": CONTENT} | {name: value}, NAME, REPORT),
        lambda: content_of({"format": "json", "content": CONTENT | {name: value}}, NAME, REPORT),
        lambda: document_of(CONTENT | {name: value}, NAME),
        lambda: read_report_id(str(value), secret=SECRET),
        lambda: decompressed(str(value).encode(), "zstd", most=9),
    ]
    for call in calls:
        with contextlib.suppress(BadRequest):
            call()
