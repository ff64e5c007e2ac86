"""`anyqta doctor`: this computer, then (with consent) the doors that a run and an upload go through."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measurements.store.outbox import Outbox
from probe import home as homes
from probe.control.client import ControlClient, Hello, NoHello
from probe.engine import doctor, doctor_network, environment
from probe.engine.doctor import Check
from probe.engine.interrupts import run_in_loop
from probe.experiments.kit import INNOCENT, Kit
from probe.net import machine
from probe.net import resolvers as resolv
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint, parse_endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps.doh import DoHServer
from probe.upload.answers import NoAnswer, OtherKey
from probe.upload.collectors import parse_collector
from probe.upload.line import Line, NotReached
from probe.upload.meeting import meet
from probe.upload.proxies import parse_proxy
from probe.wiring import doctor_here
from probe.wiring.measure import DOH, PUBLIC_RESOLVERS, trust_in
from probe.wiring.upload import NONCE_BYTES, tls_in

_IN_ALL = 40.0  # seconds for a collector


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRequest:
    """`leave`: None where something may be sent; otherwise why not, and what to do about that.
    `collectors` are asked where `agreed`."""

    home: Path
    leave: tuple[str, str] | None
    controls: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    collectors: tuple[str, ...] = ()
    agreed: bool = False
    proxy: str | None = None
    ca_file: Path | None = None
    trouble: str | None = None  # with the settings: then nothing is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Every line, and the exit status."""

    checks: tuple[Check, ...]
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the checks of the network need."""

    network: Network
    clock: Clock
    trust: Trust
    configured: tuple[Endpoint, ...]


def examine(request: DoctorRequest) -> Examined:
    """Blocks. Raises HomeError, KeyboardInterrupt."""
    checks = doctor_here.here(request.home, request.trouble)
    if request.leave is not None:
        checks += doctor_network.unchecked(*request.leave)
        return Examined(checks=tuple(checks), status=doctor.exit_status(checks, offline=False))
    doors = Doors(
        network=SystemNetwork(),
        clock=SystemClock(),
        trust=trust_in(request.ca_file),
        configured=resolv.configured(),
    )
    try:
        outside, offline = run_in_loop(lambda _: ask(request, doors))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    together = (*checks, *outside)
    return Examined(checks=together, status=doctor.exit_status(together, offline=offline))


async def ask(request: DoctorRequest, doors: Doors) -> tuple[list[Check], bool]:
    """The network's lines, and whether this computer is offline or behind a portal."""
    with contextlib.ExitStack() as stack:
        every = _client(request.controls, request, doors, stack)
        kit = _kit(request, doors, stack)
        trace = Trace(doors.network, doors.clock, doors.trust, doors.clock.monotonic(), Notebook())
        nothing = environment.Local(environ={}, default_interface=None, hosts={}, check=False)
        async with asyncio.TaskGroup() as group:
            gate = group.create_task(environment.check(trace, kit, every, nothing, ()))
            servers = {s.url: group.create_task(_proves(trace, s)) for s in kit.doh}
            greetings = {
                url: group.create_task(_greeting(_client((url,), request, doors, stack)))
                for url in request.controls
            }
            met = [group.create_task(_meet(url, request)) for url in _asked(request)]
    checked = gate.result()
    own = tuple(str(resolver) for resolver in doors.configured)
    checks = doctor_network.network(checked, clock_known=_told_the_time(checked.hello))
    if not checked.online:
        return checks + doctor_network.offline(), True
    checks += doctor_network.resolvers(
        checked, own, {url: task.result() for url, task in servers.items()}
    )
    checks += doctor_network.controls({url: task.result() for url, task in greetings.items()})
    checks += doctor_network.no_collectors(
        named=len(request.collectors), agreed=bool(request.agreed)
    )
    checks += [task.result() for task in met]
    return checks, checked.portal


def _told_the_time(hello: Hello | None) -> bool:
    return hello is not None and hello.utc is not None


def _client(
    urls: Sequence[str], request: DoctorRequest, doors: Doors, stack: contextlib.ExitStack
) -> ControlClient | None:
    if not urls:
        return None
    client = ControlClient(
        tuple(urls),
        doors.network,
        doors.clock,
        doors.trust,
        resolvers=request.doh or DOH,
        randbytes=random.SystemRandom().randbytes,
    )
    stack.callback(client.close)
    return client


def _kit(request: DoctorRequest, doors: Doors, stack: contextlib.ExitStack) -> Kit:
    public = tuple(parse_endpoint(r, 53) for r in request.resolvers or PUBLIC_RESOLVERS)
    kit = Kit(
        configured=doors.configured,
        public=tuple(r for r in public if r not in doors.configured),
        doh=tuple(
            DoHServer(url, doors.network, doors.clock, doors.trust) for url in request.doh or DOH
        ),
        control=None,
        elsewhere=lambda _: None,
        page=lambda _: None,
        inside=lambda ip: machine.is_inside(ip, ()),
    )
    for server in kit.doh:
        stack.callback(server.close)
    return kit


async def _proves(trace: Trace, server: DoHServer) -> str | None:
    """None where it answered; otherwise what failed."""
    found = await server.query(trace, INNOCENT, "A", "public")
    return None if found.rcode is not None else found.failure or "no answer"


async def _greeting(client: ControlClient | None) -> Hello | NoHello:
    assert client is not None
    return await client.hello()


def _asked(request: DoctorRequest) -> tuple[str, ...]:
    return request.collectors if request.agreed else ()


async def _meet(text: str, request: DoctorRequest) -> Check:
    """Who answers there: the same greeting with which an upload begins."""
    collector = parse_collector(text)
    known = collector.key or _pinned(request.home, collector.url)
    proxy = None if request.proxy is None else parse_proxy(request.proxy)
    line = Line(collector.url, proxy=proxy, tls=tls_in(request.ca_file), sleep=asyncio.sleep)
    trouble, other_key = None, False
    try:
        async with asyncio.timeout(_IN_ALL), line:
            await meet(line, nonce=secrets.token_urlsafe(NONCE_BYTES), expected=known)
    except OtherKey as exc:
        trouble, other_key = str(exc), True
    except (NotReached, NoAnswer) as exc:
        trouble = str(exc)
    except TimeoutError:
        trouble = "it does not answer in time"
    return doctor_network.collector(
        collector.url, trouble=trouble, other_key=other_key, pinned=known is not None
    )


def _pinned(home: Path, url: str) -> bytes | None:
    if not homes.database(home).exists():
        return None
    with (
        contextlib.suppress(homes.StoreError),
        homes.open_store(home, read_only=True) as store,
    ):
        return next((c.public_key for c in Outbox(store).collectors() if c.url == url), None)
    return None
