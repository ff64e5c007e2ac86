"""Measuring: in the real world, or in the demonstration's."""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from measurements.schema.measurement import Measurement, Place
from measurements.verdict.sketch import shingles
from probe import home as homes
from probe.control.client import ControlClient
from probe.control.guard import is_public
from probe.engine import environment, progress
from probe.engine.gate import Gate
from probe.engine.interrupts import run_in_loop, while_heard
from probe.engine.learned import Learned
from probe.engine.location import LocationDB
from probe.engine.location import Place as Located
from probe.engine.request import DemoRequest, RunReport, RunRequest
from probe.engine.runner import Doors, Run, Runner
from probe.engine.schedule import Schedule
from probe.engine.targets import Target
from probe.experiments.kit import Kit
from probe.experiments.locations import locate
from probe.net import machine
from probe.net import resolvers as resolv
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint, parse_endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps.doh import DoHServer
from probe.wiring.keeping import begin, saving
from probe.wiring.lock import RUN, together
from probe.wiring.own import Own

Blank = Callable[[Measurement], Measurement]
SOFTWARE_NAME = "anyqta"
DEFAULT_CONCURRENCY = 48
# In the clear, two operators; encrypted, by address, over a connection whose certificate names it.
PUBLIC_RESOLVERS = ("8.8.8.8", "1.1.1.1")
DOH = ("https://1.1.1.1/dns-query", "https://8.8.8.8/dns-query")
_GOING_AWAY = "{} is being wiped now. Name another folder with --home, or wait until it is done."
EXIT_MEASURED, EXIT_FAILED, EXIT_OFFLINE = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a watcher adds: it counts, stops beginning targets, and measures on some networks only."""

    network: Callable[[Network], Network] = lambda network: network
    go_on: Callable[[], bool] = lambda: True
    networks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where a run takes place: the real one, or the demonstration's."""

    network: Network
    clock: Clock
    trust: Trust
    configured: tuple[Endpoint, ...]
    public: tuple[Endpoint, ...]
    doh: tuple[str, ...]
    controls: tuple[str, ...]
    place_of: Callable[[str], Place]
    own: tuple[str, ...]  # this computer's addresses: in memory only, never kept, never sent
    local: environment.Local
    source: str
    bounds: Bounds = Bounds()


def version() -> str:
    """The installed version."""
    from importlib.metadata import PackageNotFoundError  # noqa: PLC0415 - rarely asked
    from importlib.metadata import version as installed  # noqa: PLC0415

    try:
        return installed("anyqta")
    except PackageNotFoundError:
        return "0"


def measure(request: RunRequest, listener: progress.Listener) -> RunReport:
    """Measure the targets into the home's database. Blocks; Ctrl-C ends it cleanly."""
    return run_in_loop(lambda stop: measure_within(request, while_heard(listener, stop), Bounds()))


async def measure_within(
    request: RunRequest, listener: progress.Listener, bounds: Bounds
) -> RunReport:
    """The same in a loop that runs. KeyboardInterrupt: it was cancelled before it began."""
    trust, own = trust_in(request.ca_file), machine.own_addresses()
    with (
        together(request.home, RUN, _GOING_AWAY.format(request.home)),
        LocationDB.open() as location,
    ):
        world = World(
            network=bounds.network(SystemNetwork()),
            clock=SystemClock(),
            trust=trust,
            configured=resolv.configured(),
            public=tuple(parse_endpoint(r, 53) for r in request.resolvers or PUBLIC_RESOLVERS),
            doh=request.doh or DOH,
            controls=request.controls,
            place_of=lambda ip: _place(location.lookup(ip)),
            own=own,
            local=environment.Local(
                environ=os.environ,
                default_interface=machine.default_interface(own),
                hosts=machine.hosts_file(),
                bypass=machine.bypass_tools(),
            ),
            source="run",
            bounds=bounds,
        )
        return await _run(request, world, listener)


def demo(request: DemoRequest, listener: progress.Listener) -> RunReport:
    """Measure the pretend Internet into the home's database. Nothing leaves this computer."""
    return run_in_loop(lambda stop: _demo(request, while_heard(listener, stop)))


async def _demo(request: DemoRequest, listener: progress.Listener) -> RunReport:
    from probe.demo.world import DemoWorld  # noqa: PLC0415 - only here is it needed

    clock = SystemClock()
    homes.make(request.home)
    async with DemoWorld(clock, sketcher=shingles, folder=request.home) as pretend:
        world = World(
            network=pretend.network,
            clock=clock,
            trust=pretend.trust,
            configured=pretend.configured_resolvers,
            public=pretend.resolvers,
            doh=pretend.doh,
            controls=(pretend.control_url,),
            place_of=pretend.place_of,
            own=(pretend.configured_resolvers[0].ip,),
            local=environment.Local(environ={}, default_interface=None, hosts={}, check=False),
            source="demo",
        )
        targets = tuple(Target(url=url, source="demo") for url in pretend.targets)
        return await _run(RunRequest(home=request.home, targets=targets), world, listener)


def trust_in(ca_file: Path | None) -> Trust:
    """The bundled trust store, with what `ca_file` adds. Raises HomeError."""
    try:
        return Trust(ca_file)
    except (OSError, ValueError) as exc:
        raise homes.HomeError(f"the certificates of SSL_CERT_FILE cannot be used: {exc}") from exc


async def _run(request: RunRequest, world: World, listener: progress.Listener) -> RunReport:
    """The gate, then the targets."""
    chance = random.SystemRandom()
    started = datetime.now(UTC)
    run_id = request.resume_run_id or f"{started:%Y%m%dT%H%M}00Z_{chance.getrandbits(48):012x}"
    listener(progress.RunStarted(run_id=run_id, total=len(request.targets)))
    with contextlib.ExitStack() as stack:
        client = _client(world)
        if client is not None:
            stack.callback(client.close)
        kit = _kit(world, client)
        for server in kit.doh:
            stack.callback(server.close)
        trace = Trace(world.network, world.clock, world.trust, world.clock.monotonic(), Notebook())
        hosts = _hosts_of(request.targets, world.local)
        try:
            checked = await environment.check(trace, kit, client, world.local, hosts)
        except asyncio.CancelledError:  # nothing has begun: there is nothing to go on with
            raise KeyboardInterrupt from None
        probe, resolver = _places(world, checked)
        usable = checked.online and not checked.portal
        listener(
            progress.EnvironmentChecked(
                findings=checked.findings, place=probe, resolver=resolver, usable=usable
            )
        )
        if not usable:
            return _not_usable(run_id, checked)
        if world.bounds.networks and probe.asn not in world.bounds.networks:
            return _elsewhere(run_id, probe)
        learned = Learned(
            ipv6=checked.ipv6,
            control=checked.elsewhere,
            resolver_answered=checked.resolver_answers,
        )
        kit.elsewhere, kit.page = learned.elsewhere, learned.page
        kit.quic_page = learned.quic_page
        run = Run(
            run_id=run_id,
            test_start_time=f"{started:%Y-%m-%dT%H:%M:%SZ}",
            software_name=SOFTWARE_NAME,
            software_version=version(),
            probe=probe,
            resolver=resolver,
            resolver_ip=_outside_only(world),
            findings=checked.findings,
            diagnose=request.diagnose,
            concurrency=request.concurrency or DEFAULT_CONCURRENCY,
        )
        blank = _blanking(world, client)
        return await _measure_targets(request, world, (run, kit, learned, blank), chance, listener)


def _kit(world: World, client: ControlClient | None) -> Kit:
    return Kit(
        configured=world.configured,
        public=tuple(r for r in world.public if r not in world.configured[:1]),
        doh=tuple(DoHServer(url, world.network, world.clock, world.trust) for url in world.doh),
        control=client.ask if client is not None else None,
        elsewhere=lambda _: None,
        page=lambda _: None,
        inside=lambda ip: machine.is_inside(ip, world.own),
    )


def _blanking(world: World, client: ControlClient | None) -> Blank:
    """Own addresses out of each measurement before it is judged; the demonstration has none."""
    if world.source != "run":
        return lambda m: m

    def told() -> frozenset[str]:
        return client.asked_from() if client is not None else frozenset()

    return Own(world.own, told=told, names=machine.own_names()).blank


def _uids(chance: random.Random) -> Callable[[str, str], str]:
    """New ones, given when it begins and the country."""

    def new_uid(start: str, cc: str) -> str:
        minute = start[:16].replace("-", "").replace(":", "").replace("T", "")
        return f"{minute}00_{cc}_webconnectivity_{chance.getrandbits(64):016x}"

    return new_uid


async def _measure_targets(
    request: RunRequest,
    world: World,
    parts: tuple[Run, Kit, Learned, Blank],
    chance: random.Random,
    listener: progress.Listener,
) -> RunReport:
    run, kit, learned, blank = parts
    began = world.clock.monotonic()
    with homes.open_store(request.home) as store:
        run, already = begin(store, request, run, world.source, datetime.now(UTC))
        doors = Doors(
            network=world.network,
            clock=world.clock,
            trust=world.trust,
            place_of=world.place_of,
            new_uid=_uids(chance),
            save=saving(store, request.share_with if world.source == "run" else ()),
            listener=listener,
            blank=blank,
        )
        gate = Gate(Schedule(), world.clock)
        runner = Runner(doors=doors, run=run, kit=kit, gate=gate, learned=learned)
        interrupted = False
        try:
            await runner.measure_all(_until(request, world, began), len(request.targets))
        except asyncio.CancelledError:
            interrupted = True
        tally = runner.tally
        left = len(request.targets) - tally.done
        store.finish_run(
            run.run_id,
            finished_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            measured=already + tally.measured,
            failed=tally.failed,
            interrupted=interrupted or left > 0,
        )
    listener(
        progress.RunFinished(
            run_id=run.run_id,
            measured=tally.measured,
            failed=tally.failed,
            interrupted=interrupted,
            runtime=world.clock.monotonic() - began,
        )
    )
    says = f"The time is up; {left} targets are left."
    return RunReport(
        run_id=run.run_id,
        measured=tally.measured,
        failed=tally.failed,
        interrupted=interrupted,
        exit_code=EXIT_FAILED if tally.failed and not tally.measured else EXIT_MEASURED,
        message=says if left and not interrupted else "",
        left=left,
    )


def _until(request: RunRequest, world: World, began: float) -> Iterator[Target]:
    """The targets, until the time is up."""
    most, clock = request.max_runtime, world.clock
    for target in request.targets:
        if not world.bounds.go_on() or (most is not None and clock.monotonic() - began >= most):
            return
        yield target


def _not_usable(run_id: str, checked: environment.Checked) -> RunReport:
    says = (
        "A captive portal or something like it answers in the place of the Internet. Log in to the"
        " network (open any page in a browser), then measure again."
        if checked.portal
        else "This computer is offline: no resolver and no control answers. Nothing was measured."
    )
    return RunReport(
        run_id=run_id, measured=0, failed=0, interrupted=False, exit_code=EXIT_OFFLINE, message=says
    )


def _elsewhere(run_id: str, probe: Place) -> RunReport:
    where = "an unknown network" if probe.asn is None else f"AS{probe.asn}"
    says = f"This is {where}, and measuring was asked for on other networks only."
    return RunReport(
        run_id=run_id, measured=0, failed=0, interrupted=False, exit_code=EXIT_OFFLINE, message=says
    )


def _client(world: World) -> ControlClient | None:
    if not world.controls:
        return None
    chance = random.SystemRandom()
    return ControlClient(
        world.controls,
        world.network,
        world.clock,
        world.trust,
        resolvers=world.doh,
        randbytes=chance.randbytes,
    )


def _hosts_of(targets: tuple[Target, ...], local: environment.Local) -> tuple[str, ...]:
    """The targets' hosts that the hosts file knows."""
    if not local.hosts:
        return ()
    found = (locate(t.url) for t in targets)
    return tuple({here.host for here in found if here is not None and here.host in local.hosts})


def _places(world: World, checked: environment.Checked) -> tuple[Place, Place]:
    """The probe's network and its resolver's; the control's word where the computer has none."""
    known = (world.place_of(ip) for ip in world.own)
    probe = next((place for place in known if place.asn is not None), Place())
    if checked.hello is not None and probe.asn is None:
        probe = Place(asn=checked.hello.asn, cc=checked.hello.cc)
    resolver = world.place_of(world.configured[0].ip) if world.configured else Place()
    return probe, resolver


def _place(found: Located) -> Place:
    return Place(asn=found.asn, as_org_name=found.as_org_name, cc=found.cc)


def _outside_only(world: World) -> str | None:
    """The resolver's address, where it is not one of this home's own."""
    ip = world.configured[0].ip if world.configured else ""
    return ip if is_public(ip) and not machine.is_inside(ip, world.own) else None
