"""The gate before a run: what is wrong with this computer or its network, so that it is never mistaken
for censorship of a target (methods.md §1.21). Nobody is asked but resolvers and the control."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from measurements.schema.measurement import Finding
from probe.control.client import ControlClient, Hello, NoHello
from probe.experiments.kit import INNOCENT, Elsewhere, Kit
from probe.net.resolvers import Endpoint
from probe.net.trace import Notebook, Trace
from probe.steps import dns

MAX_CLOCK_SKEW = 300.0
_TUNNELS = ("tun", "tap", "wg", "ppp", "utun", "nordlynx", "proton", "tailscale", "zt")
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
# A documentation prefix (RFC 3849) has no host: a UDP socket "connected" to it sends nothing, and
# tells whether the computer has a route for IPv6 at all.
_V6_ROUTE_TEST = "2606:4700::1111"


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What wiring reads off this computer: no packet is needed for it."""

    environ: Mapping[str, str]
    default_interface: str | None
    hosts: Mapping[str, str]  # name -> address, of the hosts file
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


async def check(
    trace: Trace, kit: Kit, client: ControlClient | None, local: Local, hosts: tuple[str, ...]
) -> Checked:
    """Ask resolvers and the control, and look at what wiring read. `hosts`: of the first targets."""
    async with asyncio.TaskGroup() as group:
        greeting = group.create_task(_greet(client))
        answers = [
            group.create_task(_alive(trace, resolver, role))
            for role, resolvers in (("configured", kit.configured), ("public", kit.public))
            for resolver in resolvers
        ]
        encrypted = [
            group.create_task(server.query(trace, INNOCENT, "A", "public")) for server in kit.doh[:1]
        ]
        v6 = group.create_task(_ipv6(trace))
    hello = greeting.result()
    alive = dict(t.result() for t in answers)
    doh_ok = any(t.result().failure is None or t.result().rcode is not None for t in encrypted)
    findings = [*_resolver_findings(kit, alive), *_local_findings(local, hosts)]
    findings += _control_findings(trace, client, hello)
    portal = isinstance(hello, NoHello) and hello.portal
    online = isinstance(hello, Hello) or any(alive.values()) or doh_ok or portal
    if client is None and not alive and not kit.doh:
        online = True  # nobody to ask: the targets will tell
    return Checked(
        findings=tuple(findings),
        online=online,
        portal=portal and not any(isinstance(hello, Hello) for _ in (0,)),
        hello=hello if isinstance(hello, Hello) else None,
        ipv6=v6.result(),
        elsewhere=await _elsewhere(trace, client),
    )


async def _greet(client: ControlClient | None) -> Hello | NoHello | None:
    return await client.hello() if client is not None else None


async def _alive(trace: Trace, resolver: Endpoint, role: str) -> tuple[str, bool]:
    """Whether the resolver answers anything at all: the innocent name, or who serves the root."""
    for name, kind in ((INNOCENT, "A"), (".", "NS")):
        question = dns.Question(hostname=name, query_type=kind, resolver=resolver, role=role)
        record = await dns.udp_query(trace, question)
        if record.rcode is not None:
            return str(resolver), True
    return str(resolver), False


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
    trace: Trace, client: ControlClient | None, hello: Hello | NoHello | None
) -> list[Finding]:
    if client is None or hello is None:
        return []
    if isinstance(hello, NoHello):
        if hello.portal:
            says = "Something else answers in the control's place: a captive portal, or an interception."
            return [Finding(kind="captive_portal", says=says)]
        says = f"No control answers ({hello.failure}): more verdicts will be inconclusive."
        return [Finding(kind="control_unreachable", says=says)]
    if hello.utc is None:
        return []
    then = trace.clock.utc() - (trace.clock.monotonic() - hello.half)
    skew = then - hello.utc
    if abs(skew) <= MAX_CLOCK_SKEW:
        return []
    says = f"This computer's clock is {abs(skew) / 60:.0f} minutes {'ahead' if skew > 0 else 'behind'}."
    return [Finding(kind="clock_skew", says=says)]


def _local_findings(local: Local, hosts: tuple[str, ...]) -> list[Finding]:
    if not local.check:
        return []
    found = []
    interface = local.default_interface
    if interface is not None and interface.startswith(_TUNNELS):
        says = f"Traffic leaves through {interface}, which looks like a VPN: its network is what is measured."
        found.append(Finding(kind="vpn", says=says))
    if any(local.environ.get(name) or local.environ.get(name.upper()) for name in _PROXY_VARIABLES):
        says = "A proxy is set for this computer's programs; measuring goes past it."
        found.append(Finding(kind="proxy", says=says))
    for host in hosts:
        if host in local.hosts:
            says = f"The hosts file sends {host} to an address of its own."
            found.append(Finding(kind="hosts_entry", says=says, subject=host))
    return found


def notebook_for_gate() -> Notebook:
    """The gate's own records are not kept: only what they come to."""
    return Notebook()
