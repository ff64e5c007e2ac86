"""DNS: the same question again, over other transports, for an innocent name, to an address where no
resolver is; and what the doubtful addresses serve (methods.md §1.1, §1.3, §1.4)."""

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

from measurements.schema.records import DNSQuery
from probe.experiments.addresses import usable
from probe.experiments.arms import ARM_CONNECT, ARM_HANDSHAKE, Bench, together
from probe.experiments.kit import INNOCENT
from probe.net.failure import classify
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import dns, http, tcp, tls

NAME = "dns_transports"
QUESTION = "Is it the resolver that lies, or the way to it?"
LISTEN = 1.5


async def run(bench: Bench) -> None:
    """All arms; what they show is in the notebook."""
    host, kit = bench.subject.host, bench.kit
    other = bench.elsewhere()
    names_c = _innocent_names(other.name if other is not None else INNOCENT)
    trials: list[Coroutine[Any, Any, object]] = []
    for resolver in kit.configured[:1]:
        for name in names_c:
            await _udp(bench, "udp_c", resolver, name, listen=0.0)
        trials += [_udp(bench, "udp_t", resolver, host) for _ in range(3)]
        trials.append(_stream(bench, "tcp_t", resolver, host))
    for resolver in kit.public[:1]:
        trials += [_udp(bench, "public_udp_t", resolver, host) for _ in range(2)]
        trials.append(_stream(bench, "public_tcp_t", resolver, host))
        trials.append(_stream(bench, "dot_t", Endpoint(resolver.ip, 853), host))
    for server in kit.doh:
        trials.append(server.query(bench.arm("doh_t"), host, "A", "other"))
    if other is not None and other.is_control and (place := other.tls or other.http):
        dark = Endpoint(place.ip, 53)
        trials.append(_udp(bench, "dark_t", dark, host, listen=0.0))
        trials.append(_udp(bench, "dark_c", dark, names_c[0], listen=0.0))
    trials += [_page(bench, ip) for ip in usable(bench.subject.doubtful, kit.inside)[:3]]
    await together(*trials)
    for resolver in kit.configured[:1]:
        await _udp(bench, "udp_c", resolver, names_c[0], listen=0.0)


def _innocent_names(name: str) -> tuple[str, ...]:
    """Names that only the resolver is told: the control's own, a reserved one."""
    literal = name.replace(".", "").isdigit() or ":" in name
    return (INNOCENT,) if literal or name == INNOCENT else (name, INNOCENT)


async def _udp(
    bench: Bench, arm: str, resolver: Endpoint, name: str, *, listen: float = LISTEN
) -> DNSQuery:
    trace = bench.arm(arm)
    until = trace.now() + listen
    question = dns.Question(hostname=name, query_type="A", resolver=resolver, role=_role(arm))
    deadline = (lambda: until) if listen else None
    return await dns.udp_query(trace, question, keep_listening=deadline)


def _role(arm: str) -> str:
    return "configured" if arm in {"udp_t", "udp_c", "tcp_t"} else "other"


async def _stream(bench: Bench, arm: str, resolver: Endpoint, name: str) -> None:
    """Over TCP, or over TLS where the port is 853 and the certificate is good for the address."""
    trace = bench.arm(arm)
    question = dns.Question(hostname=name, query_type="A", resolver=resolver, role=_role(arm))
    engine, t0 = "dot" if arm.startswith("dot") else "tcp", trace.now()
    try:
        async with asyncio.timeout(ARM_CONNECT):
            stream = await trace.network.connect_tcp(resolver.ip, resolver.port)
    except OSError as exc:
        _failed(trace, question, engine, classify(exc), t0)
        return
    try:
        if engine == "tcp":
            await dns.exchange_stream(trace, question, stream, engine)
            return
        record, secure = await tls.handshake(
            trace,
            stream,
            resolver.ip,
            resolver.port,
            transaction_id=trace.transaction(),
            server_name="",
            verify_name=resolver.ip,
            alpn=(),
            timeout=ARM_HANDSHAKE,
        )
        if secure is None or record.failure is not None:
            _failed(trace, question, engine, record.failure or "ssl_failed_handshake", t0)
            return
        await dns.exchange_stream(trace, question, secure, engine)
    finally:
        stream.close()


def _failed(trace: Trace, question: dns.Question, engine: str, failure: str, t0: float) -> None:
    dns.failed_query(
        trace, question, engine=engine, address=str(question.resolver), failure=failure, t0=t0
    )


async def _page(bench: Bench, ip: str) -> None:
    """What a doubtful address serves under the site's name: over TLS, and in the clear."""
    subject = bench.subject
    trace = bench.arm("page")
    tid = trace.transaction()
    _, stream = await tcp.connect(trace, ip, 443, transaction_id=tid, timeout=ARM_CONNECT)
    if stream is not None:
        with closing(stream):
            await tls.handshake(
                trace,
                stream,
                ip,
                443,
                transaction_id=tid,
                server_name=subject.sni,
                verify_name=subject.host,
                timeout=ARM_HANDSHAKE,
            )
    request = http.Request(url=f"http://{subject.host}/", host=subject.host, ip=ip, port=80)
    await bench.get("page", Endpoint(ip, 80), request)
