"""How an arm is run: connect, shake hands or ask, record it all under the arm's name."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from measurements.schema.records import Headers, HTTPTransaction, TLSHandshake
from probe.experiments.kit import Elsewhere, Kit, Permits
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import http, tcp, tls

# A control arm that passes takes two round trips; six seconds hold five retransmissions of a hello.
ARM_CONNECT, ARM_HANDSHAKE = 5.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is under suspicion: one URL's host at one address."""

    url: str
    scheme: str
    host: str
    authority: str  # the Host header
    ip: str
    port: int
    is_literal: bool = False
    addresses: tuple[str, ...] = ()  # of which `ip` is the first
    doubtful: tuple[str, ...] = ()  # addresses that nothing proves to be the site's
    headers: Headers = http.BROWSER_HEADERS

    @property
    def sni(self) -> str:
        """The name that a hello carries."""
        return "" if self.is_literal else self.host


@dataclass(slots=True)
class Bench:
    """One experiment on one subject. Repetitions are counted for each arm."""

    experiment: str
    trace: Trace
    kit: Kit
    permits: Permits
    subject: Subject
    counts: dict[str, int] = field(default_factory=dict)

    def arm(self, name: str) -> Trace:
        """The trace for the next trial of an arm."""
        number = self.counts.get(name, 0)
        self.counts[name] = number + 1
        return self.trace.for_arm(self.experiment, name, number)

    def elsewhere(self) -> Elsewhere | None:
        """Address C."""
        return self.kit.elsewhere(self.subject.host)

    async def shake(
        self, arm: str, to: Endpoint, sni: str, *, hello: str = "whole", verify: str | None = None
    ) -> TLSHandshake | None:
        """One handshake on a fresh port; None where not even the connection stood."""
        trace = self.arm(arm)
        tid = trace.transaction()
        _, stream = await tcp.connect(
            trace, to.ip, to.port, transaction_id=tid, timeout=ARM_CONNECT
        )
        if stream is None:
            return None
        with closing(stream):
            record, _ = await tls.handshake(
                trace,
                stream,
                to.ip,
                to.port,
                transaction_id=tid,
                server_name=sni,
                verify_name=verify,
                hello=hello,
                timeout=ARM_HANDSHAKE,
            )
        return record

    async def get(
        self,
        arm: str,
        to: Endpoint,
        request: http.Request,
        *,
        sni: str | None = None,
        hello: str = "whole",
        verify: str | None = None,
    ) -> HTTPTransaction | None:
        """One request on a fresh port; over TLS where `sni` is given ("" for no name)."""
        trace = self.arm(arm)
        tid = trace.transaction()
        _, stream = await tcp.connect(
            trace, to.ip, to.port, transaction_id=tid, timeout=ARM_CONNECT
        )
        if stream is None:
            return None
        with closing(stream):
            if sni is None:
                return await http.fetch(trace, stream, request, transaction_id=tid)
            _, carrier = await tls.handshake(
                trace,
                stream,
                to.ip,
                to.port,
                transaction_id=tid,
                server_name=sni,
                verify_name=verify,
                hello=hello,
                timeout=ARM_HANDSHAKE,
            )
            if carrier is None:
                return None
            return await http.fetch(trace, carrier, request, transaction_id=tid, alpn="http/1.1")


async def together(*trials: Coroutine[Any, Any, object]) -> None:
    """Several trials at once."""
    async with asyncio.TaskGroup() as group:
        for trial in trials:
            group.create_task(trial)


async def until_decided(
    failed: list[bool],
    once: Callable[[], Awaitable[bool]],
    decided: Callable[[list[bool]], bool],
    *,
    most: int = 8,
) -> None:
    """Add trials one by one until they have decided. True stands for a failure."""
    while not decided(failed) and len(failed) < most:
        failed.append(await once())
