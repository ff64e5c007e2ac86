"""DNS questions (df-002): getaddrinfo, UDP, TCP, DoT, DoH. Messages are dnspython's."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from measurements.schema.records import DNSAnswer, DNSQuery
from probe.net.failure import EndOfStream, classify, from_rcode
from probe.net.network import Datagrams, Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace

# A question is asked again from a new source port (OS/techniques tq-007), sooner than the C
# library's 5 s, so that at 5% loss each way all are lost once in a thousand.
UDP_RETRIES = (0.0, 1.0, 2.5)
UDP_TIMEOUT = 4.5
STREAM_TIMEOUT = 5.0
# glibc asks each server twice, 5 s apart: within this it has given up, or has been answered at last.
SYSTEM_TIMEOUT = 12.0


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
    t0, failure, found = trace.now(), None, ()
    tid = trace.transaction()
    try:
        async with asyncio.timeout(timeout):
            found = await trace.network.getaddrinfo(hostname)
    except (OSError, UnicodeError) as exc:
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
    """The message for a question, with a fresh random id."""
    return dns.message.make_query(question.hostname, question.query_type, use_edns=0, payload=1232)


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
        failure=from_rcode(rcode, has_addresses=has),
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
    """The message in `wire` if it answers `query`; None for anything else."""
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True, one_rr_per_rrset=False)
    except (dns.exception.DNSException, ValueError, IndexError):
        return None
    if message.id != query.id or not message.flags & dns.flags.QR:
        return None
    if message.question and message.question != query.question:
        return None
    return message


async def udp_query(
    trace: Trace, question: Question, *, keep_listening: Callable[[], float] | None = None
) -> DNSQuery:
    """Ask over UDP, up to three times from new ports; record the first answer, and any later one.

    `keep_listening` gives the seconds (trace time) until which to listen on after the first answer;
    it is asked again each time that the moment has come. Late answers get records with `late`.
    """
    record = _blank(trace, question, "udp", str(question.resolver))
    query = ask(question)
    async with _Sockets(trace, question, query) as sockets:
        first = await sockets.first()
        if first is None:
            final = replace(record, t=trace.now(), failure=sockets.failure)
            trace.add(final)
            return final
        wire, message, t = first
        final = answered(record, message, wire, t)
        trace.add(final)
        if keep_listening is not None:
            await _listen_on(trace, record, sockets, wire, keep_listening)
    return final


async def _listen_on(
    trace: Trace,
    record: DNSQuery,
    sockets: "_Sockets",
    first: bytes,
    until: Callable[[], float],
) -> None:
    """Record each later answer that is not a copy of one already seen, at most four."""
    seen = {first}
    while len(seen) < 5 and (left := until() - trace.now()) > 0:
        found = await sockets.next(min(left, 0.25))
        if found is None or found[0] in seen:
            continue
        wire, message, t = found
        seen.add(wire)
        trace.add(replace(answered(record, message, wire, t), late=True))


class _Sockets:
    """The sockets of one UDP question: one for each try, all listened to at once."""

    def __init__(self, trace: Trace, question: Question, query: dns.message.QueryMessage) -> None:
        self._trace, self._question, self._query = trace, question, query
        self._wire = query.to_wire()
        self._found: asyncio.Queue[tuple[bytes, dns.message.Message, float]] = asyncio.Queue()
        self._tasks = contextlib.AsyncExitStack()
        self._group: list[asyncio.Task[None]] = []
        self._open: list[Datagrams] = []
        self.failure = "generic_timeout_error"

    async def __aenter__(self) -> "_Sockets":
        group = await self._tasks.enter_async_context(asyncio.TaskGroup())
        self._group = [group.create_task(self._try(delay)) for delay in UDP_RETRIES]
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._group:
            task.cancel()
        for sock in self._open:
            sock.close()
        await self._tasks.aclose()

    async def _try(self, delay: float) -> None:
        await asyncio.sleep(delay)
        if delay and not self._found.empty():
            return
        try:
            sock = await self._trace.network.connect_udp(
                self._question.resolver.ip, self._question.resolver.port
            )
            self._open.append(sock)
            await sock.send(self._wire)
            while True:
                wire = await sock.receive()
                message = _parse(self._query, wire)
                if message is not None:
                    self._stop_retries()
                    self._found.put_nowait((wire, message, self._trace.now()))
        except OSError as exc:
            self.failure = classify(exc)

    def _stop_retries(self) -> None:
        """An answer is here: tries that have not begun never begin."""
        for task in self._group[len(self._open) :]:
            task.cancel()

    async def first(self) -> tuple[bytes, dns.message.Message, float] | None:
        """The first answer; None when the time is up."""
        found = await self.next(UDP_TIMEOUT)
        return found

    async def next(self, timeout: float) -> tuple[bytes, dns.message.Message, float] | None:
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
    query = ask(question)
    try:
        async with asyncio.timeout(timeout):
            wire = query.to_wire()
            await stream.write(len(wire).to_bytes(2, "big") + wire)
            size = int.from_bytes(await read_exactly(stream, 2), "big")
            wire = await read_exactly(stream, size)
        message = _parse(query, wire)
        if message is None:
            record = replace(record, t=trace.now(), failure="dns_reply_with_wrong_query_id")
        else:
            record = answered(record, message, wire, trace.now())
    except OSError as exc:
        record = replace(record, t=trace.now(), failure=classify(exc))
    trace.add(record)
    return record


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
    record = replace(
        _blank(trace, question, engine, address), t0=t0, t=trace.now(), failure=failure
    )
    trace.add(record)
    return record


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
    message = _parse(query, body)
    if message is None:
        record = replace(record, t=trace.now(), failure="dns_reply_with_wrong_query_id")
    else:
        record = answered(record, message, body, trace.now())
    trace.add(record)
    return record
