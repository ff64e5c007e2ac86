"""Whole measurements as OONI's documents, and documents of others."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements.schema.codec import fingerprint, from_document, to_document
from measurements.schema.codec_records import BadDocument, Json
from measurements.schema.measurement import Measurement
from measurements.schema.records import Records
from tests.fakes import records as any_

calm = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def in_stored_order(r: Records) -> Records:
    """The base visit before the arms, first answers before late ones: as a document has them."""
    queries = sorted(r.queries, key=lambda q: (q.arm is not None, q.arm is None and q.late))
    parts = {name: getattr(r, name) for name in Records.__slots__} | {"queries": queries}
    return Records(
        **{
            name: tuple(sorted(items, key=lambda item: item.arm is not None))
            for name, items in parts.items()
        }
    )


@calm
@given(any_.measurements)
def test_there_and_back(measurement: Measurement) -> None:
    """Nothing is lost; OONI's accessible and blocking need a verdict beside them."""
    document = json.loads(json.dumps(to_document(measurement), allow_nan=False))
    expected = replace(measurement, records=in_stored_order(measurement.records))
    assert from_document(document) == expected


@calm
@given(any_.measurements)
def test_oonis_readers_see_an_ordinary_measurement(measurement: Measurement) -> None:
    """The experiments' records are not among the visit's; no address of the probe is there."""
    document = to_document(measurement)
    keys = document["test_keys"]
    assert document["probe_ip"] == "127.0.0.1"
    assert document["probe_asn"].startswith("AS")
    for name in ("queries", "tcp_connect", "tls_handshakes", "requests"):
        assert not [i for i in keys[name] if any(t.startswith("arm=") for t in i["tags"])]
    urls = [h.url for h in measurement.records.http_transactions if h.arm is None]
    assert [r["request"]["url"] for r in keys["requests"]] == urls[::-1]


SAMPLE: Json = {
    "annotations": {"a": "b"},
    "input": "https://site.example/",
    "measurement_start_time": "2026-11-23 06:17:26",
    "probe_asn": "AS9198",
    "probe_cc": "KZ",
    "report_id": "r",
    "test_name": "web_connectivity",
    "test_keys": {
        "accessible": False,
        "blocking": "dns",
        "control": {"http_request": {"status_code": 200}, "dns": {"addrs": ["192.0.2.1"]}},
        "queries": [{"answers": [{"answer_type": "A", "ipv4": "192.0.2.1"}], "tags": ["depth=0"]}],
        "tcp_connect": [{"ip": "192.0.2.1", "port": 443, "status": {"failure": None}}],
        "tls_handshakes": [{"address": "192.0.2.1:443", "peer_certificates": [
            {"format": "base64", "data": "AAAA"}]}],
        "requests": [{"request": {"url": "u"}, "response": {"code": 200, "body": "x"}}],
        "network_events": [{"operation": "read", "t": 1.0}],
        "x_verdict": {"status": "blocked", "rules_version": 1,
                      "layers": {"dns": {"outcome": "ok"}}},
        "x_environment": [{"kind": "vpn", "says": "x"}],
        "x_controls": [{"depth": 0, "url": "u",
                        "answer": {"ip_info": {"192.0.2.1": {"flags": 1}}}}],
    },
}  # fmt: skip


def test_ooni_document() -> None:
    """Without our keys: a uid from its content, places, OONI's times as ISO 8601."""
    document = copy.deepcopy(SAMPLE)
    for key in [k for k in document["test_keys"] if k.startswith("x_")]:
        del document["test_keys"][key]
    found = from_document(document)
    assert found.measurement_start_time == found.test_start_time == "2026-11-23T06:17:26Z"
    assert (found.probe.asn, found.probe.cc, found.resolver.asn) == (9198, "KZ", None)
    assert (found.run_id, found.verdict) == ("r", None)
    assert found.measurement_uid == fingerprint(document) == from_document(document).measurement_uid
    assert found.measurement_uid != from_document(document | {"input": "x"}).measurement_uid


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"test_keys": None}, "no test_keys"),
        ({"test_name": "dnscheck"}, "dnscheck"),
        ({"input": ""}, "input"),
        ({"input": 5}, "input"),
        ({"annotations": []}, "annotations"),
        ({"test_runtime": "x"}, "test_runtime"),
    ],
)
def test_refused(change: Json, says: str) -> None:
    """With the reason."""
    with pytest.raises(BadDocument, match=says):
        from_document(SAMPLE | change)


@pytest.mark.parametrize("document", [None, 1, "x", [], [{}]])
def test_not_even_an_object(document: object) -> None:
    """Whatever JSON can hold."""
    with pytest.raises(BadDocument):
        from_document(document)


@pytest.mark.parametrize("asn", ["AS", "ASx", "AS" + "9" * 5000, "AS-1", "AS0", "AS\u0665"])
def test_asn_that_is_none(asn: str) -> None:
    """An unknown network, not an exception."""
    assert from_document(SAMPLE | {"probe_asn": asn}).probe.asn is None


def places_in(value: Json | list[Any], path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    out = []
    for key, item in inside:
        out.append((*path, key))
        if isinstance(item, dict | list):
            out += places_in(item, (*path, key))
    return out


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([]), st.just({}),
    st.just([1]), st.just({"a": 1}), st.just(["x"]), st.integers(10**17, 10**40),
    st.sampled_from(["\ud800", "9" * 5000, "ä", {"format": "base64", "data": "ä"}]),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_any_document_is_read_or_refused(data: st.DataObject) -> None:
    """Junk anywhere in a document is a BadDocument or is left out: no other exception."""
    document = copy.deepcopy(SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places_in(document)))
        inside: Any = document
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = copy.deepcopy(data.draw(junk))
    try:
        found = from_document(document)
    except BadDocument:
        return
    json.dumps(to_document(found))
