"""The composition root: the one module that picks the real network, clock, chance and store."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from measurements.schema.measurement import Place
from measurements.store.store import PlannedTarget, RunRow
from measurements.verdict.sketch import shingles
from probe import home as homes
from probe.control.client import ControlClient
from probe.control.server import ControlConfig, serve
from probe.engine import environment, progress
from probe.engine.gate import Gate
from probe.engine.learned import Learned
from probe.engine.location import LocationDB
from probe.engine.request import DemoRequest, RunReport, RunRequest, ServeControlRequest
from probe.engine.runner import Doors, Run, Runner
from probe.engine.schedule import Schedule
from probe.engine.targets import Target
from probe.experiments.kit import Kit
from probe.experiments.locations import locate
from probe.net import resolvers as resolv
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint, parse_endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps.doh import DoHServer

SOFTWARE_NAME = "anyqta"
DEFAULT_CONCURRENCY = 48
# In the clear, two operators; encrypted, by address, over a connection whose certificate names it.
PUBLIC_RESOLVERS = ("8.8.8.8", "1.1.1.1")
DOH = ("https://1.1.1.1/dns-query", "https://8.8.8.8/dns-query")
HOSTS = Path("/etc/hosts")
ROUTES = Path("/proc/net/route")
EXIT_MEASURED, EXIT_FAILED, EXIT_OFFLINE = 0, 1, 3


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
    own_place: Place | None
    local: environment.Local
    source: str


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
    network = SystemNetwork()
    try:
        return _run_in_loop(lambda: _measure_really(request, network, listener))
    finally:
        network.close()


async def _measure_really(
    request: RunRequest, network: SystemNetwork, listener: progress.Listener
) -> RunReport:
    trust = Trust(request.ca_file)
    with contextlib.ExitStack() as stack:
        location = stack.enter_context(LocationDB.open())
        world = World(
            network=network,
            clock=SystemClock(),
            trust=trust,
            configured=resolv.configured(),
            public=tuple(parse_endpoint(r, 53) for r in request.resolvers or PUBLIC_RESOLVERS),
            doh=request.doh or DOH,
            controls=request.controls,
            place_of=location.lookup,
            own_place=_own_place(location),
            local=environment.Local(
                environ=os.environ, default_interface=_default_interface(), hosts=_hosts_file()
            ),
            source="run",
        )
        return await _run(request, world, listener)


def demo(request: DemoRequest, listener: progress.Listener) -> RunReport:
    """Measure the pretend Internet into the home's database. Nothing leaves this computer."""
    return _run_in_loop(lambda: _demo(request, listener))


async def _demo(request: DemoRequest, listener: progress.Listener) -> RunReport:
    from probe.demo.world import DemoWorld  # noqa: PLC0415 - only here is it needed

    clock = SystemClock()
    async with DemoWorld(clock, sketcher=shingles) as pretend:
        world = World(
            network=pretend.network,
            clock=clock,
            trust=pretend.trust,
            configured=pretend.configured_resolvers,
            public=pretend.resolvers,
            doh=pretend.doh,
            controls=(pretend.control_url,),
            place_of=pretend.place_of,
            own_place=pretend.place,
            local=environment.Local(environ={}, default_interface=None, hosts={}, check=False),
            source="demo",
        )
        targets = tuple(Target(url=url, source="demo") for url in pretend.targets)
        return await _run(RunRequest(home=request.home, targets=targets), world, listener)


def serve_control(request: ServeControlRequest) -> None:
    """Serve the control until SIGINT or SIGTERM."""
    ca_file = os.environ.get("SSL_CERT_FILE")
    config = ControlConfig(
        host=request.host,
        port=request.port,
        tls_cert=request.tls_cert,
        tls_key=request.tls_key,
        http_port=request.http_port,
        **({"resolvers": (*request.doh, *request.resolvers)} if request.doh or request.resolvers else {}),  # type: ignore[arg-type]
        allow_private=request.allow_private,
        sketcher=shingles,
    )

    def ready(endpoints: tuple[Endpoint, ...]) -> None:
        says = ", ".join(str(e) for e in endpoints)
        sys.stderr.write(f"The control listens on {says}. Ctrl-C stops it.\n")
        sys.stderr.flush()

    async def run() -> None:
        network = SystemNetwork()
        with LocationDB.open() as location:

            trust = Trust(Path(ca_file) if ca_file else None)
            await serve(config, network, SystemClock(), trust, location.lookup, ready=ready)
        network.close()

    asyncio.run(run())


def _run_in_loop(job: Callable[[], object]) -> RunReport:
    """asyncio.run, in which the first Ctrl-C asks for an end and the second insists."""

    async def main() -> RunReport:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            with contextlib.suppress(NotImplementedError):
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, _interrupted, task, loop)
        return await job()  # type: ignore[misc, no-any-return]

    return asyncio.run(main())


def _interrupted(task: "asyncio.Task[object]", loop: asyncio.AbstractEventLoop) -> None:
    task.cancel()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def _run(request: RunRequest, world: World, listener: progress.Listener) -> RunReport:
    """The gate, then the targets."""
    chance = random.SystemRandom()
    started = datetime.now(UTC)
    run_id = request.resume_run_id or f"{started:%Y%m%dT%H%M%SZ}_{chance.getrandbits(48):012x}"
    total = len(request.targets)
    listener(progress.RunStarted(run_id=run_id, total=total))
    doh = tuple(_doh_server(url, world) for url in world.doh)
    client = _client(world) if world.controls else None
    try:
        kit = Kit(
            configured=world.configured,
            public=tuple(r for r in world.public if r not in world.configured[:1]),
            doh=tuple(s for s in doh if s is not None),
            control=client.ask if client is not None else None,
            elsewhere=lambda _: None,
            page=lambda _: None,
        )
        trace = Trace(world.network, world.clock, world.trust, world.clock.monotonic(), Notebook())
        hosts = _hosts_of(request.targets, world.local)
        checked = await environment.check(trace, kit, client, world.local, hosts)
        probe, resolver = _places(world, checked)
        listener(
            progress.EnvironmentChecked(
                findings=checked.findings,
                place=probe,
                resolver=resolver,
                usable=checked.online and not checked.portal,
            )
        )
        if not checked.online or checked.portal:
            return _not_usable(run_id, checked)
        learned = Learned(ipv6=checked.ipv6, control=checked.elsewhere)
        kit.elsewhere = learned.elsewhere
        kit.page = learned.page
        kit.quic_page = learned.quic_page
        run = Run(
            run_id=run_id,
            test_start_time=f"{started:%Y-%m-%dT%H:%M:%SZ}",
            software_name=SOFTWARE_NAME,
            software_version=version(),
            probe=probe,
            resolver=resolver,
            resolver_ip=_public_only(world.configured),
            findings=checked.findings,
            diagnose=request.diagnose,
            concurrency=request.concurrency or DEFAULT_CONCURRENCY,
        )
        return await _measure_targets(request, world, (run, kit, learned), chance, listener)
    finally:
        if client is not None:
            client.close()
        for server in kit.doh if "kit" in locals() else ():
            server.close()


async def _measure_targets(
    request: RunRequest,
    world: World,
    parts: tuple[Run, Kit, Learned],
    chance: random.Random,
    listener: progress.Listener,
) -> RunReport:
    run, kit, learned = parts
    began = world.clock.monotonic()

    def new_uid(start: str, cc: str) -> str:
        stamp = start.replace("-", "").replace(":", "").replace("T", "").rstrip("Z")
        return f"{stamp}_{cc}_webconnectivity_{chance.getrandbits(64):016x}"

    with homes.open_store(request.home) as store:
        if request.resume_run_id is None:
            row = RunRow(
                run_id=run.run_id,
                started_at=run.test_start_time,
                software_version=run.software_version,
                source=world.source,
            )
            store.begin_run(row, [_planned(t) for t in request.targets])
        doors = Doors(
            network=world.network,
            clock=world.clock,
            trust=world.trust,
            place_of=world.place_of,
            new_uid=new_uid,
            save=store.save,
            listener=listener,
        )
        gate = Gate(Schedule(), world.clock)
        runner = Runner(doors=doors, run=run, kit=kit, gate=gate, learned=learned)
        targets = _until(request, world.clock, began)
        interrupted = False
        try:
            await runner.measure_all(targets, len(request.targets))
        except asyncio.CancelledError:
            interrupted = True
        runtime = world.clock.monotonic() - began
        tally = runner.tally
        left = len(request.targets) - tally.done
        store.finish_run(
            run.run_id,
            finished_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            measured=tally.measured,
            failed=tally.failed,
            interrupted=interrupted or left > 0,
        )
    listener(
        progress.RunFinished(
            run_id=run.run_id,
            measured=tally.measured,
            failed=tally.failed,
            interrupted=interrupted,
            runtime=runtime,
        )
    )
    everything_failed = tally.failed and not tally.measured
    return RunReport(
        run_id=run.run_id,
        measured=tally.measured,
        failed=tally.failed,
        interrupted=interrupted,
        exit_code=EXIT_FAILED if everything_failed else EXIT_MEASURED,
        message=f"{left} targets are left; go on with: anyqta run --resume" if left else "",
    )


def _until(request: RunRequest, clock: Clock, began: float) -> Iterator[Target]:
    """The targets, until the time is up."""
    for target in request.targets:
        if request.max_runtime is not None and clock.monotonic() - began >= request.max_runtime:
            return
        yield target


def _planned(target: Target) -> PlannedTarget:
    return target.input, target.category_code


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


def _client(world: World) -> ControlClient:
    chance = random.SystemRandom()
    return ControlClient(
        world.controls,
        world.network,
        world.clock,
        world.trust,
        resolvers=world.doh,
        randbytes=chance.randbytes,
    )


def _doh_server(url: str, world: World) -> DoHServer | None:
    """A DoH server that goes by an address; one that goes by a name cannot be asked without asking."""
    here = locate(url)
    if here is None or not here.is_literal:
        return None
    return DoHServer(url, world.network, world.clock, world.trust)


def _hosts_of(targets: tuple[Target, ...], local: environment.Local) -> tuple[str, ...]:
    """The targets' hosts that the hosts file knows."""
    if not local.hosts:
        return ()
    found = (locate(t.url) for t in targets)
    return tuple({here.host for here in found if here is not None and here.host in local.hosts})


def _places(world: World, checked: environment.Checked) -> tuple[Place, Place]:
    """The probe's network and its resolver's; the control's word where the computer has none."""
    probe = world.own_place or Place()
    if checked.hello is not None and probe.asn is None:
        probe = Place(asn=checked.hello.asn, cc=checked.hello.cc)
    resolver = world.place_of(world.configured[0].ip) if world.configured else Place()
    return probe, resolver


def _public_only(configured: tuple[Endpoint, ...]) -> str | None:
    """The resolver's address, where it is not one of this home's own."""
    import ipaddress  # noqa: PLC0415

    if configured and ipaddress.ip_address(configured[0].ip).is_global:
        return configured[0].ip
    return None


def _own_place(location: LocationDB) -> Place | None:
    """From the address of the interface that leads outside, where that is a public one: no packet."""
    import socket  # noqa: PLC0415 - asks the kernel's routing table only

    for family, there in ((socket.AF_INET, "8.8.8.8"), (socket.AF_INET6, "2001:4860:4860::8888")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((there, 53))
            place = location.lookup(str(sock.getsockname()[0]))
            if place.asn is not None:
                return replace(place)
    return None


def _default_interface() -> str | None:
    """Linux: the interface of the default route."""
    with contextlib.suppress(OSError):
        for line in ROUTES.read_text().splitlines()[1:]:
            words = line.split("\t")
            if len(words) > 2 and words[1] == "00000000":  # noqa: PLR2004
                return words[0]
    return None


def _hosts_file() -> dict[str, str]:
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in HOSTS.read_text("utf-8", "replace").splitlines():
            words = line.split("#")[0].split()
            for name in words[1:]:
                found.setdefault(name.lower(), words[0])
    return found
