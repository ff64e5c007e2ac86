"""DNS questions (df-002): getaddrinfo, UDP, TCP, DoT, DoH. Messages are dnspython's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from measurements.schema.records import DNSAnswer, DNSQuery
from probe.net.failure import EndOfStream, classify, from_rcode
from probe.net.network import Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace

# A question is asked again from a new source port (OS/techniques tq-007), sooner than the C
# library's 5 s, so that at 5% loss each way all are lost once in a thousand.
UDP_RETRIES = (0.0, 1.0, 2.5)
UDP_TIMEOUT = 4.5
STREAM_TIMEOUT = 5.0
# glibc asks each server twice, 5 s apart: within this it has given up, or been answered at last.
SYSTEM_TIMEOUT = 12.0
# Not in df-007: the answer did not fit a datagram. It says nothing about the name.
TRUNCATED = "unknown_failure: dns_truncated"
_MAX_ANSWERS = 5  # to one question: more are a flood, not evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, of whom, and as which of our resolvers it counts."""

    hostname: str
    query_type: str  # A or AAAA
    resolver: Endpoint
    role: str


async def system_lookup(
    trace: Trace, hostname: str, *, timeout: float = SYSTEM_TIMEOUT
) -> DNSQuery:
    """What applications on this computer get, A and AAAA together."""
    t0, tid = trace.now(), trace.transaction()
    failure: str | None = None
    found: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(timeout):
            found = await trace.network.getaddrinfo(hostname)
    except (OSError, ValueError) as exc:
        failure = classify(exc)
    record = DNSQuery(
        transaction_id=tid,
        engine="getaddrinfo",
        role="system",
        resolver_address="",
        hostname=hostname,
        query_type="ANY",
        t0=t0,
        t=trace.now(),
        failure=failure or (None if found else "dns_no_answer"),
        answers=tuple(
            DNSAnswer(answer_type="AAAA" if ":" in ip else "A", value=ip) for ip in found
        ),
        depth=trace.depth,
        arm=trace.arm,
    )
    trace.add(record)
    return record


def ask(question: Question) -> dns.message.QueryMessage:
    """The message for a question, with a fresh random id. Raises ValueError for a bad name."""
    try:
        return dns.message.make_query(
            question.hostname, question.query_type, use_edns=0, payload=1232
        )
    except dns.exception.DNSException as exc:
        raise ValueError(f"{question.hostname!r} is no name that DNS can carry") from exc


def _blank(trace: Trace, question: Question, engine: str, address: str) -> DNSQuery:
    now = trace.now()
    return DNSQuery(
        transaction_id=trace.transaction(),
        engine=engine,
        role=question.role,
        resolver_address=address,
        hostname=question.hostname,
        query_type=question.query_type,
        t0=now,
        t=now,
        depth=trace.depth,
        arm=trace.arm,
    )


def answered(record: DNSQuery, message: dns.message.Message, wire: bytes, t: float) -> DNSQuery:
    """`record` with what `message` says."""
    answers = tuple(_answers(message))
    rcode = int(message.rcode())
    # The record of a question for one type holds addresses of that type only.
    has = any(a.answer_type == record.query_type for a in answers)
    return replace(
        record,
        t=t,
        failure=_failure_of(message, rcode, has_addresses=has),
        rcode=rcode,
        answers=answers,
        raw_response=wire,
    )


def _answers(message: dns.message.Message) -> list[DNSAnswer]:
    out = []
    for rrset in message.answer[:64]:
        kind = dns.rdatatype.to_text(rrset.rdtype)
        if kind not in {"A", "AAAA", "CNAME", "SOA"}:
            continue
        for item in list(rrset)[:64]:
            value = item.to_text().split(" ")[0].rstrip(".")
            out.append(DNSAnswer(answer_type=kind, value=value, ttl=rrset.ttl))
    return out


def _parse(query: dns.message.QueryMessage, wire: bytes) -> dns.message.Message | None:
    """The message in `wire`, as far as it can be read, if it answers `query`.

    A broken answer to our question is an answer: it is what a program would have been given.
    """
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True, continue_on_error=True)
    except (dns.exception.DNSException, ValueError, IndexError):
        return None
    if message.id != query.id or not message.flags & dns.flags.QR:
        return None
    if message.question and message.question != query.question:
        return None
    return message


def _failure_of(message: dns.message.Message, rcode: int, *, has_addresses: bool) -> str | None:
    if rcode == 0 and not has_addresses:
        if message.flags & dns.flags.TC:
            return TRUNCATED
        if isinstance(message, dns.message.QueryMessage) and message.errors:
            return "dns_server_misbehaving"
    return from_rcode(rcode, has_addresses=has_addresses)


async def udp_query(
    trace: Trace,
    question: Question,
    *,
    keep_listening: Callable[[], float] | None = None,
    on_first: Callable[[DNSQuery], None] | None = None,
) -> DNSQuery:
    """Ask over UDP, up to three times from new ports; record the first answer, and any later one.

    `keep_listening` gives the seconds (trace time) until which to listen on after the first answer;
    it is asked again each time that the moment has come. Late answers get records with `late`; they
    are answers to the same datagram, as the answer to a repetition may rightly differ. `on_first`
    is told the first answer before the listening on.

    An answer that says it is too long for UDP, and holds no address, is recorded as TRUNCATED, and
    the question asked again over TCP (RFC 7766 §5): that record is then the one returned.
    """
    record = _blank(trace, question, "udp", str(question.resolver))
    try:
        query = ask(question)
    except ValueError as exc:
        return _record(trace, replace(record, t=trace.now(), failure=classify(exc)))
    async with _Sockets(trace, question, query) as sockets:
        first = await sockets.next(UDP_TIMEOUT)
        if first is None:
            return _record(trace, replace(record, t=trace.now(), failure=sockets.failure))
        final = _record(trace, answered(record, first.message, first.wire, first.t))
        if on_first is not None and final.failure != TRUNCATED:
            on_first(final)
        if keep_listening is not None:
            await _listen_on(trace, record, sockets, first.wire, keep_listening)
    return await _over_tcp(trace, question) if final.failure == TRUNCATED else final


def _record(trace: Trace, record: DNSQuery) -> DNSQuery:
    trace.add(record)
    return record


async def _over_tcp(trace: Trace, question: Question) -> DNSQuery:
    t0 = trace.now()
    try:
        async with asyncio.timeout(STREAM_TIMEOUT):
            stream = await trace.network.connect_tcp(question.resolver.ip, question.resolver.port)
    except OSError as exc:
        return failed_query(
            trace,
            question,
            engine="tcp",
            address=str(question.resolver),
            failure=classify(exc),
            t0=t0,
        )
    try:
        return await exchange_stream(trace, question, stream, "tcp")
    finally:
        stream.close()


async def _listen_on(
    trace: Trace,
    record: DNSQuery,
    sockets: "_Sockets",
    first: bytes,
    until: Callable[[], float],
) -> None:
    """Record each later answer that is not a copy of one already seen."""
    seen = {first}
    while len(seen) < _MAX_ANSWERS and (left := until() - trace.now()) > 0:
        found = await sockets.next(min(left, 0.25))
        if found is None or found.wire in seen:
            continue
        seen.add(found.wire)
        trace.add(replace(answered(record, found.message, found.wire, found.t), late=True))


@dataclass(frozen=True, slots=True)
class _Answer:
    """A datagram that answers the question, and when it came."""

    wire: bytes
    message: dns.message.Message
    t: float


class _Sockets:
    """The sockets of one UDP question: one for each try, all listened to until one is answered."""

    def __init__(self, trace: Trace, question: Question, query: dns.message.QueryMessage) -> None:
        self._trace, self._question, self._query = trace, question, query
        self._wire = query.to_wire()
        self._found: asyncio.Queue[_Answer | None] = asyncio.Queue()
        self._group = asyncio.TaskGroup()
        self._tries: list[asyncio.Task[None]] = []
        self._failed = 0
        self.failure = "generic_timeout_error"

    async def __aenter__(self) -> "_Sockets":
        await self._group.__aenter__()
        self._tries = [
            self._group.create_task(self._try(number, delay))
            for number, delay in enumerate(UDP_RETRIES)
        ]
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tries:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    async def _try(self, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            sock = await self._trace.network.connect_udp(
                self._question.resolver.ip, self._question.resolver.port
            )
            try:
                await sock.send(self._wire)
                while True:
                    wire = await sock.receive()
                    message = _parse(self._query, wire)
                    if message is not None:
                        self._stop_others(number)
                        self._found.put_nowait(_Answer(wire, message, self._trace.now()))
            finally:
                sock.close()  # by the task that reads it, and after that
        except OSError as exc:
            self.failure = classify(exc)
            self._failed += 1
            if self._failed == len(self._tries):  # nothing is left to wait for
                self._found.put_nowait(None)

    def _stop_others(self, number: int) -> None:
        for other, task in enumerate(self._tries):
            if other != number:
                task.cancel()

    async def next(self, timeout: float) -> _Answer | None:
        """The next answer within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await self._found.get()
        except TimeoutError:
            return None


async def exchange_stream(
    trace: Trace,
    question: Question,
    stream: Stream,
    engine: str,
    *,
    timeout: float = STREAM_TIMEOUT,
) -> DNSQuery:
    """Ask over a connected TCP or TLS stream (RFC 1035 §4.2.2, RFC 7858)."""
    record = _blank(trace, question, engine, str(question.resolver))
    try:
        query = ask(question)
        async with asyncio.timeout(timeout):
            wire = query.to_wire()
            await stream.write(len(wire).to_bytes(2, "big") + wire)
            size = int.from_bytes(await read_exactly(stream, 2), "big")
            wire = await read_exactly(stream, size)
        record = _judged(record, query, wire, trace.now())
    except (OSError, ValueError) as exc:
        record = replace(record, t=trace.now(), failure=classify(exc))
    return _record(trace, record)


def _judged(record: DNSQuery, query: dns.message.QueryMessage, wire: bytes, t: float) -> DNSQuery:
    """`record` with the one message that came over a stream."""
    message = _parse(query, wire)
    if message is None:
        return replace(record, t=t, failure="dns_reply_with_wrong_query_id", raw_response=wire)
    return answered(record, message, wire, t)


async def read_exactly(stream: Stream, size: int) -> bytes:
    """`size` bytes, or EndOfStream."""
    data = b""
    while len(data) < size:
        chunk = await stream.read(size - len(data))
        if not chunk:
            raise EndOfStream
        data += chunk
    return data


def failed_query(
    trace: Trace, question: Question, *, engine: str, address: str, failure: str, t0: float
) -> DNSQuery:
    """Record a question that could not even be asked: its connection failed."""
    blank = _blank(trace, question, engine, address)
    return _record(trace, replace(blank, t0=t0, t=trace.now(), failure=failure))


def doh_record(
    trace: Trace,
    question: Question,
    *,
    url: str,
    t0: float,
    query: dns.message.QueryMessage,
    body: bytes,
) -> DNSQuery:
    """Record the answer of a DoH server (RFC 8484) to `query`."""
    record = replace(_blank(trace, question, "doh", url), t0=t0)
    return _record(trace, _judged(record, query, body, trace.now()))
