"""The gate before a run: what is wrong with this computer or its network, so that it is never
mistaken for censorship of a target (methods.md §1.21). Only resolvers and the control are asked."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from measurements.schema.measurement import Finding
from probe.control.client import ControlClient, Hello, NoHello
from probe.experiments.kit import INNOCENT, Elsewhere, Kit
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import dns

MAX_CLOCK_SKEW = 300.0
_TUNNELS = ("tun", "tap", "wg", "ppp", "utun", "nordlynx", "proton", "tailscale", "zt")
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
# A public IPv6 address. A UDP socket is connected to it and nothing is sent: that tells whether the
# computer has a route for IPv6 at all.
_V6_ROUTE_TEST = "2606:4700::1111"
# A resolver lives when it answers one of these, with an answer or that there is none. (SERVFAIL and
# REFUSED are what a stub on this computer says while it is offline.)
_QUESTIONS = ((INNOCENT, "A"), (".", "NS"))
_ANSWERED = frozenset({0, 3})
_MORE_PATIENCE = 2.5  # seconds for the other resolvers, since the last one answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What wiring reads off this computer: no packet is needed for it."""

    environ: Mapping[str, str]
    default_interface: str | None
    hosts: Mapping[str, str]  # name -> address, of the hosts file
    bypass: tuple[str, ...] = ()  # programs that change everybody's packets
    check: bool = True  # False in the demonstration: its network is not this computer's


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the gate found. `online` False: nothing answered at all."""

    findings: tuple[Finding, ...]
    online: bool
    portal: bool
    hello: Hello | None
    ipv6: bool | None
    elsewhere: Elsewhere | None
    resolver_answers: bool = False  # this computer's own
    resolvers: Mapping[str, bool] = field(default_factory=dict)  # in the clear: does it answer?
    proved: bool = False  # an encrypted resolver showed its certificate


async def check(
    trace: Trace, kit: Kit, client: ControlClient | None, local: Local, hosts: tuple[str, ...]
) -> Checked:
    """Ask resolvers and the control, and look at what wiring read. `hosts`: of the targets."""
    async with asyncio.TaskGroup() as group:
        greeting = group.create_task(_greet(client))
        living = group.create_task(_living(trace, kit))
        encrypted = [
            group.create_task(server.query(trace, INNOCENT, "A", "public"))
            for server in kit.doh[:1]
        ]
        v6 = group.create_task(_ipv6(trace))
    hello, alive = greeting.result(), living.result()
    proved = any(q.result().rcode in _ANSWERED for q in encrypted)  # over a good certificate
    # Where an encrypted resolver proves itself the Internet is there: what answers in the control's
    # place is then no captive portal, but somebody who wants to hide it.
    portal = isinstance(hello, NoHello) and hello.portal and not proved
    elsewhere = await _elsewhere(trace, client)
    heard = [q.result().failure for q in encrypted]
    heard += [hello.failure] if isinstance(hello, NoHello) else []
    online = isinstance(hello, Hello) or any(alive.values()) or proved or portal
    nobody_asked = client is None and not alive and not kit.doh  # the targets will tell
    return Checked(
        findings=(
            *_resolver_findings(kit, alive),
            *local_findings(local, hosts),
            *_control_findings(trace, hello, portal=portal),
        ),
        online=online or nobody_asked or any(_was_answered(failure) for failure in heard),
        portal=portal,
        hello=hello if isinstance(hello, Hello) else None,
        ipv6=True if elsewhere is not None and _over_v6(elsewhere) else v6.result(),
        elsewhere=elsewhere,
        resolver_answers=any(alive[str(r)] for r in kit.configured),
        resolvers=alive,
        proved=proved,
    )


def _was_answered(failure: str | None) -> bool:
    """Somebody out there did something, if nothing good. (A refusal may be the home router's.)"""
    return failure is None or failure.startswith(
        ("connection_reset", "eof_error", "ssl_", "http_", "json_")
    )


def _over_v6(elsewhere: Elsewhere) -> bool:
    place = elsewhere.tls or elsewhere.http
    return place is not None and ":" in place.ip


async def _greet(client: ControlClient | None) -> Hello | NoHello | None:
    return await client.hello() if client is not None else None


async def _living(trace: Trace, kit: Kit) -> dict[str, bool]:
    """Which resolvers answer. When one has, the others are not waited for to the end."""
    roles = (("configured", kit.configured), ("public", kit.public))
    alive: dict[str, bool] = {}
    async with asyncio.TaskGroup() as group:
        asking = {
            group.create_task(_alive(trace, resolver, role)): str(resolver)
            for role, resolvers in roles
            for resolver in resolvers
        }
        waiting, patience = set(asking), None
        while waiting:
            done, waiting = await asyncio.wait(
                waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            alive |= {asking[task]: task.result() for task in done}
            if not done:
                break
            patience = _MORE_PATIENCE if any(alive.values()) else None
        for task in waiting:
            task.cancel()
    return dict.fromkeys(asking.values(), False) | alive


async def _alive(trace: Trace, resolver: Endpoint, role: str) -> bool:
    """Whether the resolver answers at all: the innocent name, or who serves the root."""

    async def ask(name: str, kind: str) -> bool:
        question = dns.Question(hostname=name, query_type=kind, resolver=resolver, role=role)
        return (await dns.udp_query(trace, question)).rcode in _ANSWERED

    async with asyncio.TaskGroup() as group:
        waiting = {group.create_task(ask(*question)) for question in _QUESTIONS}
        lives = False
        while waiting and not lives:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            lives = any(task.result() for task in done)
        for task in waiting:
            task.cancel()
    return lives


async def _ipv6(trace: Trace) -> bool | None:
    """False without a route; None with one, which is no proof that it leads anywhere."""
    try:
        sock = await trace.network.connect_udp(_V6_ROUTE_TEST, 443)
    except OSError:
        return False
    sock.close()
    return None


async def _elsewhere(trace: Trace, client: ControlClient | None) -> Elsewhere | None:
    """The control as address C: with its TLS port, and port 80 where that answers."""
    reached = client.reached() if client is not None else None
    if reached is None:
        return None
    secure = reached.url.startswith("https:")
    plain = None if secure else reached.endpoint
    if secure:
        candidate = Endpoint(reached.endpoint.ip, 80)
        with contextlib.suppress(OSError):
            async with asyncio.timeout(3.0):
                stream = await trace.network.connect_tcp(candidate.ip, candidate.port)
            stream.close()
            plain = candidate
    return Elsewhere(
        name=reached.name, tls=reached.endpoint if secure else None, http=plain, is_control=True
    )


def _resolver_findings(kit: Kit, alive: dict[str, bool]) -> list[Finding]:
    found = []
    mine = [str(r) for r in kit.configured]
    if mine and not any(alive[r] for r in mine):
        says = "This computer's resolver answers no question at all."
        found.append(Finding(kind="resolver_dead", says=says))
    public = [str(r) for r in kit.public]
    if public and not any(alive[r] for r in public):
        says = "Other resolvers cannot be asked in the clear from here (UDP port 53)."
        found.append(Finding(kind="udp53_blocked", says=says))
    kit.dead_resolvers |= {r for r in public if not alive[r]}
    return found


def _control_findings(
    trace: Trace, hello: Hello | NoHello | None, *, portal: bool
) -> list[Finding]:
    if hello is None:
        return []
    if portal:
        says = (
            "Something else answers in the control's place: a captive portal, or an interception."
        )
        return [Finding(kind="captive_portal", says=says)]
    if isinstance(hello, NoHello):
        says = f"No control answers ({hello.failure}): more verdicts will be inconclusive."
        if hello.portal:
            says = f"Somebody else answers in the control's place ({hello.failure})."
        return [Finding(kind="control_unreachable", says=says)]
    if hello.utc is None:
        return []
    then = trace.clock.utc() - (trace.clock.monotonic() - hello.half)
    skew = then - hello.utc
    if abs(skew) <= MAX_CLOCK_SKEW:
        return []
    minutes = f"{abs(skew) / 60:.0f}"
    says = (
        f"This computer's clock is {minutes} minutes ahead."
        if skew > 0
        else f"This computer's clock is {minutes} minutes behind."
    )
    return [Finding(kind="clock_skew", says=says)]


def local_findings(local: Local, hosts: tuple[str, ...]) -> list[Finding]:
    """What is seen without a packet."""
    if not local.check:
        return []
    found = []
    interface = local.default_interface
    if interface is not None and interface.startswith(_TUNNELS):
        says = (
            f"Traffic leaves through {interface}, which looks like a VPN: that is what is measured."
        )
        found.append(Finding(kind="vpn", says=says))
    if any(local.environ.get(name) or local.environ.get(name.upper()) for name in _PROXY_VARIABLES):
        says = "A proxy is set for this computer's programs; measuring goes past it."
        found.append(Finding(kind="proxy", says=says))
    if local.bypass:
        says = (
            f"{', '.join(local.bypass)} is at work here, which gets around blocking: what is found"
            " is not what your network does."
        )
        found.append(Finding(kind="bypass_tool", says=says))
    for host in hosts:
        if host in local.hosts:
            says = f"The hosts file sends {host} to an address of its own."
            found.append(Finding(kind="hosts_entry", says=says, subject=host))
    return found
