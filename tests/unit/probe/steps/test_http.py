"""HTTP/1.1 requests: every way in which a server can answer, well or badly."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.schema.records import HTTPTransaction
from probe.net.trace import Trace
from probe.steps.http import MAX_BODY, Request, decode_body, fetch, target_of
from tests.fakes.loopback import V4, new_trace, tcp_peer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, Action, Peer, answers, silent

HEAD_END = b"\r\n\r\n"
PAGE = b"<html><title>A  page</title></html>"


async def get(peer: Peer, url: str = "http://site.example/", **how: object) -> HTTPTransaction:
    """One request over a real connection."""
    record, _, _ = await get_all(peer, url, **how)
    return record


async def get_all(
    peer: Peer, url: str = "http://site.example/", **how: object
) -> tuple[HTTPTransaction, Trace, list[bytes]]:
    """The record, the trace, and what the server read."""
    trace, seen = new_trace(), list[bytes]()
    options = {"headers_timeout": 0.3, "stall_timeout": 0.1, "body_timeout": 0.5} | how
    options.setdefault("host", "site.example")
    async with tcp_peer(peer, seen=seen) as port:
        stream = await trace.network.connect_tcp(V4, port)
        request = Request(url=url, ip=V4, port=port, **options)  # type: ignore[arg-type]
        try:
            record = await fetch(trace, stream, request, transaction_id=9)
        finally:
            stream.close()
            await asyncio.sleep(0)
    assert trace.notebook.records().http_transactions == (record,)
    return record, trace, seen


def says(*actions: Action) -> Peer:
    """Answers a whole request."""
    return answers(*actions, after=HEAD_END)


async def test_success() -> None:
    """Status, headers in order and case, body, title, hash; the request as a browser sends it."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 35\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n"
    record, trace, seen = await get_all(says(answer + PAGE), "http://site.example/a?b=c#d")
    assert record.failure is None
    assert (record.status_code, record.body, record.title) == (200, PAGE, "A page")
    assert record.headers == (
        ("Content-Length", "35"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
    )
    assert (record.body_length, record.body_is_truncated) == (35, False)
    assert record.body_sha256 is not None
    lines = b"".join(seen).split(b"\r\n")
    assert lines[:2] == [b"GET /a?b=c HTTP/1.1", b"Host: site.example"]
    assert lines[2].startswith(b"User-Agent: Mozilla/5.0")
    assert b"Connection: close" in lines
    (sample,) = trace.notebook.records().network_events
    assert (sample.num_bytes, sample.operation) == (len(answer) + 35, "bytes_received_cumulative")


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nhi", 200, b"hi"),
        (b"HTTP/1.0 404\r\n\r\n", 404, b""),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b""),
        (b"HTTP/1.1 302 Found\nLocation: http://b.example/\n\n", 302, b""),
        (b"HTTP/1.1 403 Verboten \xfc\r\nContent-Length: 0\r\n\r\n", 403, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
         b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n ho\r\n"
         b"0\r\nTrailer: x\r\n\r\n", 200, b"hi ho"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi, and more than that", 200, b"hi"),
    ],
)  # fmt: skip
async def test_good_answers(answer: bytes, status: int, body: bytes) -> None:
    """Old, short, odd and interim answers are understood."""
    record = await get(says(answer, END))
    assert (record.failure, record.status_code, record.body) == (None, status, body)
    assert not record.body_is_truncated


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"<html>no status line</html>", "http_invalid_response"),
        (b"\x16\x03\x01\x00\x02\x01\x01 garbage\r\n\r\n", "http_invalid_response"),
        (b"HTTP/1.1 abc\r\n\r\n", "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000, "http_invalid_response"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "eof_error"),
        (b"HTTP/1.1 200 OK\r\nX: ", "eof_error"),
        (b"HTTP/1.1 2", "eof_error"),
        (b"", "eof_error"),
    ],
)
async def test_bad_answers(answer: bytes, failure: str) -> None:
    """What is no answer, or ends before its headers do."""
    record = await get(says(*([answer] if answer else []), END))
    assert (record.failure, record.status_code, record.body) == (failure, None, None)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((OK + b"Content-Length: 99\r\n\r\nhi", END), "eof_error"),
        ((OK + b"Content-Length: 99\r\n\r\nhi",), "generic_timeout_error"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", END), "eof_error"),
        (
            (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n", END),
            "http_invalid_response",
        ),
    ],
)
async def test_truncated_bodies(answer: Sequence[Action], failure: str) -> None:
    """What came is kept, and marked as not all."""
    record = await get(says(*answer))
    assert (record.failure, record.status_code, record.body) == (failure, 200, b"hi")
    assert record.body_is_truncated


@pytest.mark.parametrize(
    ("peer", "failure"),
    [
        (silent, "generic_timeout_error"),
        (says(RESET), "connection_reset"),
        (says(END), "eof_error"),
        (says(b"HTTP/1.1 200 O"), "generic_timeout_error"),
    ],
)
async def test_no_answer(peer: Peer, failure: str) -> None:
    """Silence, reset and end after the request."""
    record = await get(peer)
    assert (record.failure, record.status_code) == (failure, None)


async def test_endless_interim_answers() -> None:
    """They count as no headers: the deadline holds, though bytes come all the time."""
    network = FakeNetwork(tcp={(V4, 80): silent})
    stream = await network.connect_tcp(V4, 80)

    async def drip(_: int) -> bytes:
        await asyncio.sleep(0.001)
        return b"HTTP/1.1 100 Continue\r\n\r\n"

    stream.read = drip  # type: ignore[method-assign, assignment]
    request = Request(url="http://a/", host="a", ip=V4, port=80, headers_timeout=0.03)
    record = await fetch(new_trace(network), stream, request, transaction_id=1)
    assert record.failure == "generic_timeout_error"


async def test_slow_is_not_dead() -> None:
    """Bytes that still come when the time is up: a short body, no failure, and the pace."""
    network = FakeNetwork(tcp={(V4, 80): says(OK + b"Content-Length: 99999\r\n\r\n")})
    stream = await network.connect_tcp(V4, 80)
    first = stream.read

    async def drip(size: int) -> bytes:
        if stream._pending:
            return await first(size)
        await asyncio.sleep(0.01)
        return b"."

    stream.read = drip  # type: ignore[method-assign, assignment]
    trace = new_trace(network)
    request = Request(
        url="http://a/", host="a", ip=V4, port=80, stall_timeout=0.3, body_timeout=0.15
    )
    record = await fetch(trace, stream, request, transaction_id=1)
    assert (record.failure, record.body_is_truncated) == (None, True)
    assert 2 < record.body_length < 20
    samples = [e.num_bytes or 0 for e in trace.notebook.records().network_events]
    assert len(samples) > 1
    assert samples == sorted(samples)


@pytest.mark.parametrize(("extra", "truncated"), [(-1, False), (0, False), (1, True)])
async def test_cap(extra: int, *, truncated: bool) -> None:
    """At most 512 KiB are kept; exactly so many are whole."""
    body = b"x" * (MAX_BODY + extra)
    for head in (b"Content-Length: %d\r\n\r\n" % len(body), b"\r\n"):
        record = await get(says(OK + head + body, END))
        assert (record.failure, record.body_is_truncated) == (None, truncated)
        assert record.body_length == min(len(body), MAX_BODY) == len(record.body or b"")


async def test_gzip_bomb_is_bounded() -> None:
    """40 MB in 40 kB: the cap is kept, and what is missing is said."""
    bomb = gzip.compress(bytes(40_000_000))
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    record = await get(says(OK + head + bomb))
    assert (record.failure, record.body_length, record.body_is_truncated) == (None, MAX_BODY, True)


@pytest.mark.parametrize(
    ("encoding", "encoded", "decoded"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0), PAGE),
        ("X-GZIP ", gzip.compress(PAGE, mtime=0), PAGE),
        ("deflate", zlib.compress(PAGE), PAGE),
        ("deflate", zlib.compress(PAGE, wbits=-15), PAGE),
        ("gzip", b"not gzip", b"not gzip"),
        ("gzip", b"", b""),
        ("br", b"\x0b", b"\x0b"),
        ("identity", PAGE, PAGE),
        ("gzip", gzip.compress(PAGE, mtime=0)[:-8], PAGE),
    ],
)
def test_decoding(encoding: str, encoded: bytes, decoded: bytes) -> None:
    """gzip and both deflates; what cannot be decoded stays as it came."""
    assert decode_body(encoded, (("content-encoding", encoding),), 1000) == (decoded, False)


async def test_split_request() -> None:
    """Cut in two segments where it was asked for, for example inside the Host header."""
    at = len(b"GET / HTTP/1.1\r\nHost: site.")
    record, _, seen = await get_all(says(OK + b"Content-Length: 0\r\n\r\n"), split_at=at)
    assert record.failure is None
    assert len(seen) == 2
    assert seen[0].endswith(b"Host: site.")
    record, _, seen = await get_all(says(OK + b"Content-Length: 0\r\n\r\n"), split_at=99999)
    assert (record.failure, len(seen)) == (None, 1)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.example", "/"),
        ("http://a.example?q=1", "/?q=1"),
        (
            "http://a.example/\u0431 \u0430/%D0%B0?q=\u04d9&r=a+b%20c#x",
            "/%D0%B1%20%D0%B0/%D0%B0?q=%D3%99&r=a+b%20c",
        ),
        ("http://a.example/~a;b=(c)|d", "/~a;b=(c)|d"),
        ("http://a.example/\udc80", "/?"),
    ],
)
def test_target(url: str, target: str) -> None:
    """Escaped as browsers do; what is escaped stays."""
    assert target_of(url) == target


@pytest.mark.parametrize("host", ["a\r\nX: y", "ü.example", "a\0b"])
async def test_host_that_no_header_can_carry(host: str) -> None:
    """A failure of this computer; nothing was sent."""
    record, _, seen = await get_all(silent, host=host)
    assert (record.failure, seen) == ("invalid_argument", [])


async def test_ipv6_address_is_bracketed() -> None:
    """In the samples, as df-008 has it."""
    peer = says(OK + b"Content-Length: 0\r\n\r\n")
    network = FakeNetwork(tcp={("2001:db8::1", 80): peer})
    trace = new_trace(network)
    stream = await network.connect_tcp("2001:db8::1", 80)
    request = Request(url="http://a/", host="a", ip="2001:db8::1", port=80)
    record = await fetch(trace, stream, request, transaction_id=1, alpn="http/1.1")
    assert (record.failure, record.alpn) == (None, "http/1.1")
    assert trace.notebook.records().network_events[0].address == "[2001:db8::1]:80"


async def test_cancelled() -> None:
    """The caller's deadline gets through, with no record and no task left."""
    network = FakeNetwork(tcp={(V4, 80): silent})
    trace = new_trace(network)
    stream = await network.connect_tcp(V4, 80)
    request = Request(url="http://a/", host="a", ip=V4, port=80)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await fetch(trace, stream, request, transaction_id=1)
    assert trace.notebook.records().http_transactions == ()
    assert len(asyncio.all_tasks()) == 1


LINES = st.sampled_from(
    [
        OK,
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n",
        b"5\r\nhello\r\n",
        b"Content-Encoding: gzip\r\n",
        b"HTTP/1.1 101 Switch\r\n",
        b"0\r\n\r\n",
        b"\xff: \0\r\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(LINES, st.binary(max_size=30)), max_size=8), st.sampled_from([END, RESET])
)
def test_random_bytes_never_raise(pieces: list[bytes], last: Action) -> None:
    """Whatever comes is a record."""

    async def run() -> HTTPTransaction:
        network = FakeNetwork(tcp={(V4, 80): says(*pieces, last)})
        stream = await network.connect_tcp(V4, 80)
        request = Request(url="http://a/", host="a", ip=V4, port=80)
        return await fetch(new_trace(network), stream, request, transaction_id=1)

    record = asyncio.run(run())
    assert record.failure is not None or record.status_code is not None
    assert (record.status_code is None) == (record.body is None)
