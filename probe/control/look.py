"""What the control does for one question: look up, connect to every endpoint, fetch the page.

A failure of this machine (no IPv6, no file left, the guard's no) is no result: such an endpoint is
left out of the answer, as if it had not been asked for.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from measurements.schema.measurement import (
    IS_BOGON,
    RESOLVED_BY_CONTROL,
    RESOLVED_BY_PROBE,
    VALID_FOR_DOMAIN,
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
)
from probe.control.dial import BriefNotebook, is_address
from probe.control.guard import Guard, GuardedNetwork
from probe.control.protocol import ControlRequest, Target
from probe.control.resolver import Lookup, Resolver
from probe.control.visit import Sketcher, Visit
from probe.net.failure import LOCAL_FAILURES
from probe.net.network import Clock, Network, Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.net.trust import Trust
from probe.steps import http, tcp, tls

_ORDINARY_PORTS = frozenset({80, 443})
_CONNECT_TIMEOUT, _TLS_TIMEOUT = 7.0, 5.0  # SYNs at 0, 1, 3 s
_OWN_PER_FAMILY = 8
_AT_ONCE = 32  # connections of one request
_V6_PROOF = 600.0
_ALIVE = frozenset({None, "connection_refused", "connection_reset"})


class CannotSeeError(Exception):
    """No resolver answers: this machine has no network, so it must not speak of the target's."""


@dataclass(slots=True)
class Eye:
    """Everything that looking needs; one for the life of the server."""

    network: Network
    clock: Clock
    trust: Trust
    guard: Guard
    resolver: Resolver
    outgoing: asyncio.Semaphore
    sketcher: Sketcher | None = None
    request_time: float = 18.0
    sketching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    v6_seen: float | None = field(default=None)  # when an IPv6 host last answered

    async def look(self, request: ControlRequest) -> ControlAnswered:
        """Measure. Raises CannotSeeError."""
        zero = self.clock.monotonic()
        target = request.target
        ports = _ORDINARY_PORTS | {target.port}
        trace = Trace(
            network=GuardedNetwork(self.network, self.guard, ports),
            clock=self.clock,
            trust=self.trust,
            zero=zero,
            notebook=BriefNotebook(),
        )
        lookups: dict[str, Lookup] = {}

        async def resolve(host: str) -> Lookup:
            if host not in lookups:
                lookups[host] = await self._resolve(host)
            return lookups[host]

        lookup = await resolve(target.host)
        if not lookup.reached:
            raise CannotSeeError
        visit = Visit(
            trace=trace,
            guard=self.guard,
            resolve=resolve,
            ports=ports,
            v6_works=self.v6_works,
            headers=request.headers or http.BROWSER_HEADERS,
            sketcher=self.sketcher,
            sketching=self.sketching,
        )
        until = self.request_time
        todo = [
            e for e in _endpoints(request, lookup) if e.port in ports and self.guard.allows(e.ip)
        ]
        async with asyncio.TaskGroup() as group:
            page = group.create_task(visit.fetch(target, lookup, until=until))
            seen = group.create_task(self._connect_all(trace, target, todo, until))
        endpoints = seen.result()
        return ControlAnswered(
            depth=0,
            url=target.url,
            address="",
            dns=ControlDNS(
                failure=lookup.failure,
                addresses=() if target.literal else lookup.addresses,
                ttls=lookup.ttls,
            ),
            http=page.result(),
            endpoints=endpoints,
            ip_flags=_flags(request, lookup, endpoints, self.guard.allows),
            runtime=trace.now(),
        )

    async def _resolve(self, host: str) -> Lookup:
        if is_address(host):
            return Lookup(addresses=(host,))
        return await self.resolver.lookup(host)

    async def _connect_all(
        self, trace: Trace, target: Target, todo: list[Endpoint], until: float
    ) -> tuple[ControlEndpoint, ...]:
        """What was seen of each before `until` (trace time), in the order of `todo`."""
        gate = asyncio.Semaphore(_AT_ONCE)
        seen: dict[Endpoint, ControlEndpoint] = {}

        async def one(endpoint: Endpoint) -> None:
            async with gate, self.outgoing:
                seen[endpoint] = await self._connect(trace, target, endpoint)

        try:
            async with asyncio.timeout(until - trace.now()), asyncio.TaskGroup() as group:
                for endpoint in todo:
                    group.create_task(one(endpoint))
        except TimeoutError:
            pass
        return tuple(seen[e] for e in todo if e in seen and self._is_result(seen[e]))

    async def _connect(self, trace: Trace, target: Target, endpoint: Endpoint) -> ControlEndpoint:
        tid = trace.transaction()
        connect, stream = await tcp.connect(
            trace, endpoint.ip, endpoint.port, transaction_id=tid, timeout=_CONNECT_TIMEOUT
        )
        if ":" in endpoint.ip and connect.failure in _ALIVE:
            self.v6_seen = self.clock.monotonic()
        if stream is None:
            return ControlEndpoint(
                ip=endpoint.ip, port=endpoint.port, tcp_failure=connect.failure or "unknown_failure"
            )
        try:
            return await self._handshake(trace, target, endpoint, stream, tid)
        finally:
            stream.close()

    async def _handshake(
        self, trace: Trace, target: Target, endpoint: Endpoint, stream: Stream, tid: int
    ) -> ControlEndpoint:
        secure = endpoint.port == 443 or (  # noqa: PLR2004 - https
            target.scheme == "https" and endpoint.port == target.port
        )
        if not secure:
            return ControlEndpoint(ip=endpoint.ip, port=endpoint.port)
        record, _ = await tls.handshake(
            trace,
            stream,
            endpoint.ip,
            endpoint.port,
            transaction_id=tid,
            server_name=target.server_name,
            verify_name=target.host,
            timeout=_TLS_TIMEOUT,
        )
        return ControlEndpoint(
            ip=endpoint.ip,
            port=endpoint.port,
            tls_done=True,
            tls_failure=record.failure,
            server_name=target.host,
            chain_sha256=tuple(hashlib.sha256(der).hexdigest() for der in record.peer_certificates),
        )

    def _is_result(self, endpoint: ControlEndpoint) -> bool:
        """A failure over IPv6 counts only on a machine whose IPv6 was seen to work."""
        failure = endpoint.tcp_failure
        if failure is None:
            return True
        if failure in LOCAL_FAILURES or failure.startswith("unknown_failure"):
            return False
        if ":" not in endpoint.ip:
            return failure != "network_unreachable"
        return self.v6_works()

    def v6_works(self) -> bool:
        """Has an IPv6 host answered this machine lately?"""
        return self.v6_seen is not None and self.clock.monotonic() - self.v6_seen < _V6_PROOF


def _endpoints(request: ControlRequest, lookup: Lookup) -> list[Endpoint]:
    """The probe's, then ours: 443, and for http the URL's own port (oohelperd ipinfo.go)."""
    target = request.target
    ports = (target.port,) if target.scheme == "https" else (443, target.port)
    v4 = [ip for ip in lookup.addresses if ":" not in ip][:_OWN_PER_FAMILY]
    v6 = [ip for ip in lookup.addresses if ":" in ip][:_OWN_PER_FAMILY]
    own = [Endpoint(ip, port) for ip in (*v4, *v6) for port in ports]
    return list(dict.fromkeys((*request.endpoints, *own)))


def _flags(
    request: ControlRequest,
    lookup: Lookup,
    endpoints: tuple[ControlEndpoint, ...],
    allows: Callable[[str], bool],
) -> tuple[tuple[str, int], ...]:
    """oohelperd's ip_info flags (measure.go)."""
    flags: dict[str, int] = {}
    for endpoint in request.endpoints:
        flags[endpoint.ip] = flags.get(endpoint.ip, 0) | RESOLVED_BY_PROBE
    if not request.target.literal:
        for ip in lookup.addresses:
            flags[ip] = flags.get(ip, 0) | RESOLVED_BY_CONTROL
    for ip in flags:
        if not allows(ip):
            flags[ip] |= IS_BOGON
    for seen in endpoints:
        if seen.tls_done and seen.tls_failure is None and seen.ip in flags:
            flags[seen.ip] |= VALID_FOR_DOMAIN
    return tuple(flags.items())
