"""One HTTP/1.1 request (df-001) over a connected stream, through h11. Never follows redirects."""

import asyncio
import hashlib
import zlib
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

import h11

from measurements.schema.codec_records import join_endpoint, title_of
from measurements.schema.records import Headers, HTTPTransaction, NetworkEvent
from probe.net.failure import EndOfStream, classify
from probe.net.network import Stream
from probe.net.trace import Trace

MAX_BODY = 512 * 1024  # OONI's cap (dd-007): 1 << 19
HEADERS_TIMEOUT = 10.0  # to the end of the headers
STALL_TIMEOUT = 5.0  # without a byte of the body
BODY_TIMEOUT = (
    10.0  # for the whole body: what is slower than the cap allows is a pace, not a failure
)
_SAMPLE_GAP = 0.05
_MAX_SAMPLES = 120
_MAX_HEADER_BYTES = 64 * 1024
# What may stand in a target as it is, "%" too: what is escaped already stays so.
_TARGET_SAFE = "!#$%&'()*+,/:;=?@[]~|^`{}\\<>\""

# A common browser's, so that sites answer as they answer users (Firefox 140 ESR). No
# Accept-Encoding: bodies then come as they are.
BROWSER_HEADERS: Headers = (
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send. `host` stands in the Host header, whatever the URL and the address say."""

    url: str
    host: str
    ip: str
    port: int
    headers: Headers = BROWSER_HEADERS
    split_at: int | None = None  # cut the request in two segments after so many bytes
    max_body: int = MAX_BODY
    stall_timeout: float = STALL_TIMEOUT
    body_timeout: float = BODY_TIMEOUT
    headers_timeout: float = HEADERS_TIMEOUT


@dataclass(slots=True)
class _Answer:
    """What has come so far."""

    status: int | None = None
    headers: Headers = ()
    body: bytearray = field(default_factory=bytearray)
    truncated: bool = False
    ended: bool = False  # the stream has
    samples: list[tuple[float, int]] = field(default_factory=list)


def target_of(url: str) -> str:
    """The request target: path and query (RFC 9112 §3.2.1), escaped as browsers escape them."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(target, safe=_TARGET_SAFE, errors="replace")


async def fetch(
    trace: Trace, stream: Stream, request: Request, *, transaction_id: int, alpn: str = ""
) -> HTTPTransaction:
    """GET and record it, with samples of the pace. The caller closes the stream."""
    t0 = trace.now()
    answer = _Answer()
    failure: str | None = None
    headers = (("Host", request.host), *request.headers, ("Connection", "close"))
    try:
        await _exchange(trace, stream, request, headers, answer)
    except OSError as exc:
        failure = classify(exc)
    except h11.RemoteProtocolError:
        failure = "http_invalid_response"
    except (h11.LocalProtocolError, ValueError):
        failure = "invalid_argument"  # a name or header that no request can carry
    for t, total in answer.samples:
        trace.add(
            NetworkEvent(
                transaction_id=transaction_id,
                operation="bytes_received_cumulative",
                t=t,
                t0=t0,
                address=join_endpoint(request.ip, request.port),
                num_bytes=total,
                depth=trace.depth,
                arm=trace.arm,
            )
        )
    record = replace(
        _record(trace, request, answer, headers, failure),
        transaction_id=transaction_id,
        t0=t0,
        t=trace.now(),
        alpn=alpn,
    )
    trace.add(record)
    return record


def _record(
    trace: Trace, request: Request, answer: _Answer, headers: Headers, failure: str | None
) -> HTTPTransaction:
    body, cut = decode_body(bytes(answer.body), answer.headers, request.max_body)
    return HTTPTransaction(
        transaction_id=0,
        url=request.url,
        ip=request.ip,
        port=request.port,
        t0=0.0,
        t=0.0,
        failure=failure,
        request_headers=headers,
        status_code=answer.status,
        headers=answer.headers,
        body=body if answer.status is not None else None,
        body_length=len(body),
        body_is_truncated=answer.truncated
        or cut
        or (failure is not None and answer.status is not None),
        body_sha256=hashlib.sha256(body).hexdigest() if answer.status is not None else None,
        title=title_of(body),
        depth=trace.depth,
        arm=trace.arm,
    )


async def _exchange(
    trace: Trace, stream: Stream, request: Request, headers: Headers, answer: _Answer
) -> None:
    """Send, then read until the end, the cap or a deadline."""
    conn = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEADER_BYTES)
    head = (
        conn.send(h11.Request(method="GET", target=target_of(request.url), headers=list(headers)))
        or b""
    )
    conn.send(h11.EndOfMessage())
    async with asyncio.timeout(request.headers_timeout) as deadline:
        await _send(stream, head, request.split_at)
        while answer.status is None:
            await _receive(trace, stream, conn, answer)
            _take(conn, answer, request.max_body)
        deadline.reschedule(None)
    started = trace.now()
    while conn.their_state is h11.SEND_BODY and not answer.truncated:
        left = request.body_timeout - (trace.now() - started)
        if left <= 0:
            answer.truncated = True
            return
        try:
            async with asyncio.timeout(min(left, request.stall_timeout)):
                await _receive(trace, stream, conn, answer)
        except TimeoutError:
            if (
                left < request.stall_timeout
                and answer.samples
                and (trace.now() - answer.samples[-1][0] < request.stall_timeout / 2)
            ):
                answer.truncated = True  # it still moved: slow, not dead
                return
            raise
        _take(conn, answer, request.max_body)


async def _send(stream: Stream, head: bytes, split_at: int | None) -> None:
    if split_at is None or not 0 < split_at < len(head):
        await stream.write(head)
        return
    await stream.write(head[:split_at])
    await asyncio.sleep(0.05)  # lets each segment leave on its own
    await stream.write(head[split_at:])


async def _receive(trace: Trace, stream: Stream, conn: h11.Connection, answer: _Answer) -> None:
    """One read into h11. An end of stream before a whole answer is an EndOfStream."""
    data = await stream.read(65536)
    now, total = trace.now(), len(data) + (answer.samples[-1][1] if answer.samples else 0)
    if not answer.samples or now - answer.samples[-1][0] >= _SAMPLE_GAP:
        if len(answer.samples) < _MAX_SAMPLES:
            answer.samples.append((now, total))
        else:
            answer.samples[-1] = (now, total)
    else:
        answer.samples[-1] = (answer.samples[-1][0], total)
    answer.ended = not data
    conn.receive_data(data)
    if answer.ended and answer.status is None:
        if _is_no_http(conn.trailing_data[0]):
            raise h11.RemoteProtocolError("no status line")
        raise EndOfStream


def _is_no_http(start: bytes) -> bool:
    """Do these bytes, on which h11 still waits, begin with something else than a status line?"""
    return bool(start) and start[:5] != b"HTTP/"[: len(start)]


def _take(conn: h11.Connection, answer: _Answer, max_body: int) -> None:
    """Move what h11 has understood into the answer."""
    while True:
        try:
            event = conn.next_event()
        except h11.RemoteProtocolError:
            if answer.ended and answer.status is not None:  # less came than was announced
                raise EndOfStream from None
            raise
        if event is h11.NEED_DATA or event is h11.PAUSED:
            return
        if isinstance(event, h11.Response):
            answer.status = event.status_code
            answer.headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in event.headers.raw_items()
            )
        elif isinstance(event, h11.Data):
            room = max_body - len(answer.body)
            answer.body += event.data[:room]
            if len(event.data) > room:
                answer.truncated = True
                return
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return


def decode_body(body: bytes, headers: Headers, cap: int) -> tuple[bytes, bool]:
    """Undo gzip and deflate, at most `cap` bytes of it, and whether there was more.

    What cannot be decoded stays as it came.
    """
    encoding = next((v.lower().strip() for k, v in headers if k.lower() == "content-encoding"), "")
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return body, False
    for window in (47, -15):  # gzip or zlib by its header, then raw deflate
        decoder = zlib.decompressobj(window)
        try:
            return decoder.decompress(body, cap), bool(decoder.unconsumed_tail)
        except zlib.error:
            continue
    return body, False
