"""probe/control/protocol.py: OONI's messages, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.codec_records import BadDocument
from measurements.schema.codec_verdict import encode_control
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHop,
    ControlHTTP,
)
from probe.control.protocol import (
    MAX_ENDPOINTS,
    BadRequest,
    decode_answer,
    decode_request,
    encode_request,
    follow,
    parse_url,
    told_address,
)
from probe.net.resolvers import Endpoint
from probe.steps.http import BROWSER_HEADERS

OONI = Path("/work/shared/data/ooni/measurements")


@pytest.mark.parametrize(
    ("text", "url", "host", "port"),
    [
        ("http://Example.COM", "http://example.com/", "example.com", 80),
        ("https://e.kz:443/a?b=c#d", "https://e.kz/a?b=c", "e.kz", 443),
        ("https://e.kz:8443/", "https://e.kz:8443/", "e.kz", 8443),
        ("http://[2606:4700:0::1]:81/x", "http://[2606:4700::1]:81/x", "2606:4700::1", 81),
        ("https://қаз.kz/ә", "https://xn--80ao21a.kz/%D3%99", "xn--80ao21a.kz", 443),
        ("http://e.kz./", "http://e.kz/", "e.kz", 80),
        ("http://1.2.3.4/", "http://1.2.3.4/", "1.2.3.4", 80),
    ],
)
def test_urls(text: str, url: str, host: str, port: int) -> None:
    """One spelling, taken apart."""
    target = parse_url(text)
    assert (target.url, target.host, target.port) == (url, host, port)


@pytest.mark.parametrize(
    "text",
    [
        "", "ftp://e.kz/", "file:///etc/passwd", "gopher://e.kz/", "//e.kz/", "e.kz", "http://",
        "http://u:p@e.kz/", "http://u@e.kz/", "http://e.kz:0/", "http://e.kz:99999/",
        "http://e.kz:x/", "http://[::1/", "http://[fe80::1%25eth0]/", "http://e kz/",
        "http://e.kz/\r\nHost: x", "http://e.kz\\@127.0.0.1/", "http://127.1/", "http://0x7f.1/",
        "http://2130706433/", "http://0177.0.0.1/", "http://e..kz/", "http://" + "a" * 64 + ".kz/",
        "http://e.kz/" + "a" * 5000, "http://\ud800.kz/", "http://①②⑦.⓪.⓪.①:x/",
    ],
)  # fmt: skip
def test_bad_urls(text: str) -> None:
    """What is no web address, or could be read in two ways, is a BadRequest."""
    with pytest.raises(BadRequest):
        parse_url(text)


@given(st.text(max_size=80))
def test_any_text_is_a_target_or_a_bad_request(text: str) -> None:
    """No other exception: it would be a 500."""
    for start in ("", "http://", "https://e.kz/"):
        try:
            target = parse_url(start + text)
        except BadRequest:
            continue
        assert target.url.isascii()
        assert parse_url(target.url) == target


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/a", "https://e.kz/a"),
        ("//f.kz/", "https://f.kz/"),
        ("http://f.kz:8080/x y", "http://f.kz:8080/x%20y"),
        ("қ".encode().decode("latin-1"), "https://e.kz/b/%D2%9B"),
        ("?q", "https://e.kz/b/c?q"),
    ],
)
def test_locations(location: str, url: str) -> None:
    """As browsers read them."""
    assert follow(parse_url("https://e.kz/b/c"), location).url == url


@pytest.mark.parametrize("location", ["intent://x", "http://", "http://[", "javascript:1"])
def test_bad_locations(location: str) -> None:
    """Not followed."""
    with pytest.raises(BadRequest):
        follow(parse_url("https://e.kz/"), location)


def test_our_request_is_ours_to_read() -> None:
    """What the client writes the server reads, with the three headers only."""
    endpoints = [Endpoint("1.1.1.1", 443), Endpoint("2606:4700::1", 80)]
    data = encode_request("https://e.kz/", endpoints, (*BROWSER_HEADERS, ("Cookie", "a")))
    request = decode_request(data)
    assert request.target.url == "https://e.kz/"
    assert request.endpoints == tuple(endpoints)
    assert request.headers == BROWSER_HEADERS
    assert json.loads(data)["x_quic_enabled"] is False


@pytest.mark.parametrize(
    "document",
    [
        [], "x", {}, {"http_request": 1}, {"http_request": ""},
        {"http_request": "http://e.kz/", "tcp_connect": "1.1.1.1:80"},
        {"http_request": "http://e.kz/", "tcp_connect": [1]},
        {"http_request": "http://e.kz/", "tcp_connect": ["1.1.1.1"]},
        {"http_request": "http://e.kz/", "tcp_connect": ["e.kz:80"]},
        {"http_request": "http://e.kz/", "tcp_connect": ["1.1.1.1:80"] * (MAX_ENDPOINTS + 1)},
        {"http_request": "http://e.kz/", "http_request_headers": []},
        {"http_request": "http://e.kz/", "http_request_headers": {"Accept": ["a\r\nX: y"]}},
        {"http_request": "http://e.kz/", "http_request_headers": {"Accept": ["a" * 600]}},
        {"http_request": "http://e.kz/", "http_request_headers": {"Accept": [1]}},
    ],
)  # fmt: skip
def test_bad_requests(document: object) -> None:
    """Each has a message that says why."""
    with pytest.raises(BadRequest) as caught:
        decode_request(json.dumps(document).encode())
    assert str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 60_000, b"1" * 5000, b"{"])
def test_what_is_no_json(data: bytes) -> None:
    """Not even a deep nesting hurts."""
    with pytest.raises(BadRequest):
        decode_request(data)


def test_foreign_headers_are_dropped() -> None:
    """As oohelperd does; an empty list sends nothing."""
    raw = {"accept": ["a", "b"], "X-Forwarded-For": ["1.1.1.1"], "User-Agent": [""]}
    request = decode_request(
        json.dumps({"http_request": "http://e.kz/", "http_request_headers": raw}).encode()
    )
    assert request.headers == (("Accept", "a"),)


def ooni_documents() -> list[dict[str, Any]]:
    """OONI's measurements that asked a helper."""
    documents = [json.loads(path.read_text()) for path in sorted(OONI.glob("*.json"))]
    return [d["test_keys"] for d in documents if d.get("test_keys", {}).get("x_control_request")]


@pytest.mark.skipif(not OONI.is_dir(), reason="OONI's documents are not here")
def test_ooni_requests() -> None:
    """Every request that OONI's probe sent is one that we answer."""
    for keys in ooni_documents():
        asked = keys["x_control_request"]
        request = decode_request(json.dumps(asked).encode())
        assert request.target.url == parse_url(asked["http_request"]).url
        assert sorted(map(str, request.endpoints)) == sorted(asked["tcp_connect"] or [])
        assert len(request.headers) == 3


@pytest.mark.skipif(not OONI.is_dir(), reason="OONI's documents are not here")
def test_ooni_answers() -> None:
    """Every answer of OONI's helper is read, and written again with the same words."""
    answers = [keys["control"] for keys in ooni_documents() if keys.get("control")]
    assert answers
    for theirs in answers:
        data = json.dumps(theirs).encode()
        read = decode_answer(data, depth=0, url="http://e.kz/", address="https://th.example/")
        ours = encode_control(read)
        for name, result in (theirs["tcp_connect"] or {}).items():
            assert ours["tcp_connect"][name]["failure"] == result["failure"]
            assert ours["tcp_connect"][name]["status"] == result["status"]
        assert ours["dns"]["failure"] == theirs["dns"]["failure"]
        assert ours["dns"]["addrs"] == (theirs["dns"]["addrs"] or [])
        for key in ("failure", "status_code", "body_length", "title", "headers"):
            assert ours["http_request"][key] == theirs["http_request"][key]
        assert {k: v["flags"] for k, v in ours["ip_info"].items()} == {
            k: v["flags"] for k, v in (theirs.get("ip_info") or {}).items()
        }


def test_our_answer_comes_back_whole() -> None:
    """Modern failures, all headers, both lengths and hops survive the wire; the old words stand."""
    answer = ControlAnswered(
        depth=0,
        url="http://e.kz/",
        address="a",
        dns=ControlDNS(failure="dns_no_answer", addresses=("1.1.1.1",), ttls=(60,)),
        http=ControlHTTP(
            failure="dns_servfail_error",
            status_code=200,
            headers=(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
            body_length=524288,
            body_total=900000,
            body_sha256="00",
            shingles=(1, 2),
            stable=False,
            runtime=0.5,
            hops=(ControlHop(url="http://e.kz/", status_code=301, location="/a"),),
        ),
        endpoints=(
            ControlEndpoint(ip="1.1.1.1", port=80, tcp_failure="host_unreachable"),
            ControlEndpoint(ip="1.1.1.1", port=443, tls_done=True, chain_sha256=("aa",)),
        ),
        ip_flags=(("1.1.1.1", 3),),
        runtime=1.0,
    )
    document = encode_control(answer)
    assert document["dns"]["failure"] is None
    assert document["http_request"]["failure"] == "dns_lookup_error"
    assert document["http_request"]["body_length"] == 900000
    assert document["http_request"]["headers"] == {"Set-Cookie": "a=1"}
    assert document["tcp_connect"]["1.1.1.1:80"]["failure"] == "connect_error"
    data = json.dumps(document).encode()
    assert decode_answer(data, depth=0, url="http://e.kz/", address="a") == answer


@pytest.mark.parametrize(
    "data", [b"<html>Log in</html>", b"{}", b"[]", b'{"http_request": {}, "dns": []}', b'{"a":' * 9]
)
def test_what_is_no_answer(data: bytes) -> None:
    """A portal's page is not taken for a control's."""
    with pytest.raises(BadDocument):
        decode_answer(data, depth=0, url="http://e.kz/", address="a")


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("92.46.10.77", "92.46.10.77"),
        (" 2A00::1 ", "2a00::1"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_a_told_address(told: str | None, address: str | None) -> None:
    """Only an address is one."""
    assert told_address(told) == address
