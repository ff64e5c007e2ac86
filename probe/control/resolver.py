"""The control's own resolver: plain, DoT or DoH. A name is asked for once per question.

Encrypted by default, so that the machine's provider cannot answer instead. A resolver that filters
(or a broken one) says NXDOMAIN of names that exist: a negative answer needs a second one.
"""

import asyncio
import base64
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from measurements.schema.records import DNSQuery
from probe.control.dial import BriefNotebook, dial
from probe.net.network import Clock, Network, Stream
from probe.net.resolvers import Endpoint, parse_endpoint
from probe.net.trace import Trace
from probe.net.trust import Trust
from probe.steps import dns, http, tcp

# None of these filters: 9.9.9.10 is Quad9's without its list. Quad9's DoH speaks HTTP/2 only since
# December 2025, hence DoT.
DEFAULT_RESOLVERS = (
    "https://1.1.1.1/dns-query",
    "https://8.8.8.8/dns-query",
    "tls://9.9.9.10",
)
SERVER_TIMEOUT = 3.0  # of one server, for both types
LOOKUP_TIMEOUT = 6.5
_TYPES = ("A", "AAAA")
_NEGATIVE = frozenset({"dns_nxdomain_error", "dns_no_answer"})
_TRUNCATED = 0x02  # TC in the third byte of a message (RFC 1035 §4.1.1)
_OK = 200
_FRESH = 60.0  # a resolver that answered this recently is there: silence is about the name


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One resolver. `kind`: udp (with TCP where an answer is cut), dot, doh."""

    kind: str
    host: str
    port: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What became of a name. `reached`: a resolver answered something, or did so a moment ago."""

    failure: str | None = None
    addresses: tuple[str, ...] = ()
    ttls: tuple[int, ...] = ()
    reached: bool = True


def parse_server(text: str) -> Server:
    """`IP[:PORT]`, `tls://HOST[:PORT]` or `https://HOST[:PORT]/path`. Raises ValueError."""
    if "://" not in text:
        plain = parse_endpoint(text, 53)
        return Server(kind="udp", host=plain.ip, port=plain.port)
    parts = urlsplit(text)
    if parts.scheme not in {"tls", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{text!r} is no resolver: IP[:PORT], tls://HOST or https://HOST/path")
    if parts.scheme == "tls":
        return Server(kind="dot", host=parts.hostname, port=parts.port or 853)
    return Server(kind="doh", host=parts.hostname, port=parts.port or 443, url=text)


class Resolver:
    """Asks the servers in order, beginning with the one that answered last."""

    def __init__(
        self, servers: tuple[Server, ...], network: Network, clock: Clock, trust: Trust
    ) -> None:
        self._servers = list(servers)
        self._network, self._clock, self._trust = network, clock, trust
        self._answered: float | None = None

    async def lookup(self, host: str) -> Lookup:
        """The addresses of `host`, A before AAAA. A failure is a result."""
        found = Lookup(failure="generic_timeout_error")
        negative: Lookup | None = None
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT):
                for server in tuple(self._servers):
                    found = _merge(await self._ask(server, host))
                    if found.addresses:
                        self._prefer(server)
                        return found
                    if found.failure in _NEGATIVE:
                        if negative is not None:
                            return negative
                        negative = found
        except TimeoutError:
            pass
        now = self._clock.monotonic()
        reached = self._answered is not None and now - self._answered < _FRESH
        return negative or replace(found, reached=reached)

    def _prefer(self, server: Server) -> None:
        self._servers.remove(server)
        self._servers.insert(0, server)

    async def _ask(self, server: Server, host: str) -> tuple[DNSQuery, ...]:
        trace = Trace(
            network=self._network,
            clock=self._clock,
            trust=self._trust,
            zero=self._clock.monotonic(),
            notebook=BriefNotebook(),
        )
        try:
            async with asyncio.timeout(SERVER_TIMEOUT):
                endpoint = await self._endpoint(server)
                questions = tuple(
                    dns.Question(hostname=host, query_type=t, resolver=endpoint, role="other")
                    for t in _TYPES
                )
                if server.kind == "dot":
                    return await _over_dot(trace, server, questions)
                over = _over_doh if server.kind == "doh" else _over_udp
                return tuple(await asyncio.gather(*(over(trace, server, q) for q in questions)))
        except OSError:  # its name has no address, or it was too slow for both
            return trace.notebook.records().queries
        finally:
            records = trace.notebook.records()
            if records.tls_handshakes or any(q.rcode is not None for q in records.queries):
                self._answered = self._clock.monotonic()

    async def _endpoint(self, server: Server) -> Endpoint:
        try:
            return parse_endpoint(server.host, server.port)
        except ValueError:
            return Endpoint((await self._network.getaddrinfo(server.host))[0], server.port)


def _merge(queries: tuple[DNSQuery, ...]) -> Lookup:
    """One server's answers as a Lookup."""
    answers = [
        (a.value, a.ttl or 0) for q in queries for a in q.answers if a.answer_type == q.query_type
    ]
    if answers:
        unique = dict(reversed(answers))
        order = tuple(dict.fromkeys(value for value, _ in answers))
        return Lookup(addresses=order, ttls=tuple(unique[ip] for ip in order))
    failures = [q.failure for q in queries]
    if len(failures) < len(_TYPES):
        failures.append("generic_timeout_error")
    doubtful = [f for f in failures if f and f not in _NEGATIVE]
    if doubtful:
        return Lookup(failure=doubtful[0])
    failure = "dns_nxdomain_error" if "dns_nxdomain_error" in failures else "dns_no_answer"
    return Lookup(failure=failure)


async def _over_udp(trace: Trace, server: Server, question: dns.Question) -> DNSQuery:
    record = await dns.udp_query(trace, question)
    if not (record.raw_response and record.raw_response[2] & _TRUNCATED):
        return record
    resolver = question.resolver
    _, stream = await tcp.connect(
        trace, resolver.ip, resolver.port, transaction_id=trace.transaction()
    )
    if stream is None:
        return record
    try:
        return await dns.exchange_stream(trace, question, stream, "tcp")
    finally:
        stream.close()


async def _secured(trace: Trace, server: Server, question: dns.Question) -> Stream | str:
    """A verified TLS stream to the server, or the failure."""
    return await dial(trace, question.resolver, name=server.host)


async def _over_dot(
    trace: Trace, server: Server, questions: tuple[dns.Question, ...]
) -> tuple[DNSQuery, ...]:
    """Both questions over one connection (RFC 7858)."""
    secure = await _secured(trace, server, questions[0])
    if isinstance(secure, str):
        return tuple(_failed(trace, server, question, secure) for question in questions)
    try:
        return tuple(
            [await dns.exchange_stream(trace, question, secure, "dot") for question in questions]
        )
    finally:
        secure.close()


async def _over_doh(trace: Trace, server: Server, question: dns.Question) -> DNSQuery:
    """RFC 8484, by GET."""
    t0 = trace.now()
    secure = await _secured(trace, server, question)
    if isinstance(secure, str):
        return _failed(trace, server, question, secure)
    message = dns.ask(question)
    encoded = base64.urlsafe_b64encode(message.to_wire()).rstrip(b"=").decode("ascii")
    try:
        answer = await http.fetch(
            trace,
            secure,
            http.Request(
                url=f"{server.url}{'&' if '?' in server.url else '?'}dns={encoded}",
                host=urlsplit(server.url).netloc,
                ip=question.resolver.ip,
                port=question.resolver.port,
                headers=(("Accept", "application/dns-message"),),
                max_body=65536,
            ),
            transaction_id=trace.transaction(),
        )
    finally:
        secure.close()
    if answer.failure or answer.status_code != _OK:
        return _failed(trace, server, question, answer.failure or "dns_server_misbehaving")
    return dns.doh_record(
        trace, question, url=server.url, t0=t0, query=message, body=answer.body or b""
    )


def _failed(trace: Trace, server: Server, question: dns.Question, failure: str) -> DNSQuery:
    address = server.url or f"{server.host}:{server.port}"
    return dns.failed_query(
        trace, question, engine=server.kind, address=address, failure=failure, t0=trace.now()
    )
