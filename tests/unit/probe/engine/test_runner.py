"""A list is measured side by side; a bug, a full disk, a Ctrl-C take no other target with them."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from measurements.schema.measurement import Measurement, Place
from measurements.schema.records import Records
from measurements.schema.words import Status
from measurements.verdict.judge import judge
from probe.demo.world import DemoWorld
from probe.engine.budget import Allowance
from probe.engine.gate import Gate
from probe.engine.learned import Learned
from probe.engine.plan import MAX_NAMED, named
from probe.engine.progress import Event, TargetCouldNotRun, TargetFinished, TargetStarted
from probe.engine.runner import Doors, NotKeptError, Run, Runner, Tally
from probe.engine.schedule import Schedule
from probe.engine.targets import Target
from probe.net.network import Network
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import silent
from tests.fakes.resolver import says
from tests.fakes.stage import make_stage

IP = "93.184.216.34"


@dataclass
class Told:
    """What came out of a run."""

    saved: list[Measurement] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of this kind."""
        return [e for e in self.events if isinstance(e, kind)]


def a_runner(
    network: Network,
    told: Told,
    *,
    world: DemoWorld | None = None,
    concurrency: int = 8,
    place_of: Callable[[str], Place] = lambda _: Place(),
    save: Callable[[Measurement], None] | None = None,
    diagnose: bool = True,
) -> Runner:
    """On this network."""
    stage, clock = make_stage(network, world), SystemClock()
    number = iter(range(10**6))
    doors = Doors(
        network=network,
        clock=clock,
        trust=stage.trace.trust,
        place_of=place_of,
        new_uid=lambda start, cc: f"{start}_{cc}_{next(number)}",
        save=save or told.saved.append,
        listener=told.events.append,
    )
    run = Run(
        run_id="r",
        test_start_time="2026-11-23T00:00:00Z",
        software_name="anyqta",
        software_version="0",
        probe=Place(cc="KZ"),
        resolver=Place(),
        resolver_ip=None,
        findings=(),
        diagnose=diagnose,
        concurrency=concurrency,
    )
    learned = Learned(ipv6=True, control=None)
    stage.kit.elsewhere, stage.kit.page = stage.kit.elsewhere, learned.page
    gate = Gate(Schedule(), clock)
    return Runner(doors=doors, run=run, kit=stage.kit, gate=gate, learned=learned)


def targets(*urls: str) -> list[Target]:
    """To be measured."""
    return [Target(url=url, source="test") for url in urls]


async def measure(runner: Runner, *urls: str) -> Tally:
    """All of them."""
    return await runner.measure_all(iter(targets(*urls)), len(urls))


@pytest.fixture
async def world() -> AsyncIterator[DemoWorld]:
    """The pretend Internet."""
    async with DemoWorld(SystemClock(), rtt=0.001) as made:
        yield made


async def test_a_list_is_measured_and_judged(world: DemoWorld) -> None:
    """Started, saved, then told; the same host over http and https, and twice the same URL."""
    told = Told()
    runner = a_runner(world.network, told, world=world)
    urls = (
        "https://weather.example/",
        "http://weather.example/",
        "https://weather.example/",
        "https://pretend-radio.example/",
    )
    async with asyncio.timeout(60):
        tally = await measure(runner, *urls)
    assert (4, 0, 4) == (tally.measured, tally.failed, tally.done)
    status = {m.input: m.verdict.status for m in told.saved if m.verdict}
    assert {
        urls[0]: Status.ACCESSIBLE,
        urls[1]: Status.ACCESSIBLE,
        urls[3]: Status.BLOCKED,
    } == status
    assert sorted(urls) == sorted(e.input for e in told.events if isinstance(e, TargetStarted))
    assert [1, 2, 3, 4] == [e.done for e in told.events if isinstance(e, TargetFinished)]
    assert {} == runner.gate.schedule._held
    radio = next(m for m in told.saved if "radio" in m.input)
    assert named(radio.records, {"pretend-radio.example"}).total <= MAX_NAMED
    for server in runner.kit.doh:
        server.close()


async def test_only_what_is_allowed_is_tried(world: DemoWorld) -> None:
    """No experiment beyond it; the measurement says so, and what it was for is not guessed."""
    told = Told()
    runner = a_runner(world.network, told, world=world)
    allowance = Allowance(frozenset({"revisit"}))
    runner.run = replace(runner.run, allowance=allowance)
    async with asyncio.timeout(60):
        await measure(runner, "https://pretend-radio.example/", "https://weather.example/")
    radio, weather = sorted(told.saved, key=lambda m: m.input)
    naming = [h for h in radio.records.tls_handshakes if "radio" in h.server_name]
    assert {h.arm.experiment for h in naming if h.arm is not None} == {"revisit"}
    assert ["tries_left_out"] == [f.kind for f in radio.findings]
    assert radio.verdict is not None
    assert radio.verdict.trigger is None
    assert weather.verdict is not None
    assert Status.ACCESSIBLE is weather.verdict.status
    assert (
        named(radio.records, {"pretend-radio.example"}).total
        == allowance.named["pretend-radio.example"]
    )
    for server in runner.kit.doh:
        server.close()


async def test_a_day_that_is_used_up_leaves_one_visit(world: DemoWorld) -> None:
    """And an untouched one all tries."""
    told = Told()
    runner = a_runner(world.network, told, world=world)
    radio = "pretend-radio.example"
    runner.run = replace(runner.run, allowance=Allowance(most_a_day=60, named={radio: 31}))
    async with asyncio.timeout(60):
        await measure(runner, f"https://{radio}/")
    (found,) = told.saved
    assert {None} == {h.arm for h in found.records.tls_handshakes}
    assert "often enough" in found.findings[0].says
    for server in runner.kit.doh:
        server.close()


async def test_a_bug_concerns_one_target_only() -> None:
    """It is told with its place in the code, and nothing of whom it happened to."""
    told = Told()

    def place_of(ip: str) -> Place:
        if ip == IP:
            raise ZeroDivisionError(f"secret {ip}")
        return Place()

    network = FakeNetwork(names={"a.example": (IP,), "b.example": ("93.184.216.99",)})
    runner = a_runner(network, told, place_of=place_of, diagnose=False)
    tally = await measure(runner, "https://a.example/", "https://b.example/")
    assert (1, 1) == (tally.measured, tally.failed)
    (event,) = told.of(TargetCouldNotRun)
    assert isinstance(event, TargetCouldNotRun)
    assert "https://a.example/" == event.input
    assert "ZeroDivisionError" in event.says
    assert "secret" not in event.says


async def test_a_bug_inside_a_task_group_is_told_by_its_own_name() -> None:
    """Not as an ExceptionGroup."""

    class Broken(FakeNetwork):
        async def getaddrinfo(self, host: str) -> tuple[str, ...]:
            raise KeyError(host)

    told = Told()
    await measure(a_runner(Broken(), told, diagnose=False), "https://a.example/")
    (event,) = told.of(TargetCouldNotRun)
    assert isinstance(event, TargetCouldNotRun)
    assert "KeyError" in event.says


async def test_it_is_blanked_before_it_is_judged(world: DemoWorld) -> None:
    """What is stored is what was judged: others, judging again, come to the same."""
    told = Told()
    runner = a_runner(world.network, told, world=world, diagnose=False)
    nothing = Records()
    runner.doors = replace(runner.doors, blank=lambda m: replace(m, records=nothing, controls=()))
    await measure(runner, "https://weather.example/")
    assert told.saved[0].records == nothing
    assert told.saved[0].verdict == judge(told.saved[0])


async def test_what_the_store_refuses_is_told() -> None:
    """And the next one is saved."""
    told = Told()

    def save(m: Measurement) -> None:
        if "a.example" in m.input:
            raise NotKeptError("it is there already")
        told.saved.append(m)

    runner = a_runner(FakeNetwork(), told, save=save, diagnose=False, concurrency=1)
    tally = await measure(runner, "https://a.example/", "https://b.example/")
    assert (1, 1) == (tally.measured, tally.failed)


async def test_a_full_disk_ends_the_run() -> None:
    """Measuring on would name sites on the wire for nothing."""
    told = Told()

    def save(_: Measurement) -> None:
        raise OSError(28, "No space left on device")

    network = FakeNetwork()
    runner = a_runner(network, told, save=save, diagnose=False, concurrency=2)
    with pytest.raises(ExceptionGroup):
        await measure(runner, *(f"https://{i}.example/" for i in range(50)))
    assert len(network.looked_up) <= 4


async def test_cancelled_in_the_midst() -> None:
    """What is whole is kept; no task, no stream, no claim stays behind."""
    told = Told()
    network = FakeNetwork(
        tcp={(IP, 443): silent}, names={"slow.example": (IP,), "too.example": (IP,)}
    )
    runner = a_runner(network, told, diagnose=False, concurrency=4)
    before = asyncio.all_tasks()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await measure(
                runner, "https://quick.example/", "https://slow.example/", "https://too.example/"
            )
    assert ["https://quick.example/"] == [m.input for m in told.saved]
    assert (1, 0) == (runner.tally.measured, runner.tally.failed)
    assert before == asyncio.all_tasks()
    assert 0 == network.still_open()
    assert {} == runner.gate.schedule._held


def measurements_alive() -> int:
    """Measurements that something still holds."""
    gc.collect()
    return sum(isinstance(o, Measurement) for o in gc.get_objects())


async def test_memory_does_not_grow_with_the_list() -> None:
    """A measurement is handed on and forgotten: of 200, those in hand are far fewer."""
    before = measurements_alive()
    alive: list[int] = []
    saved: list[str] = []

    def save(measurement: Measurement) -> None:
        saved.append(measurement.input)
        if len(saved) % 50 == 0:
            alive.append(measurements_alive() - before)

    told = Told()
    runner = a_runner(FakeNetwork(), told, save=save, diagnose=False, concurrency=4)
    runner.doors = replace(runner.doors, save=save, listener=lambda _: None)
    await runner.measure_all(
        (Target(url=f"https://{i}.example/", source="test") for i in range(200)), 200
    )
    assert 200 == len(saved)
    assert max(alive) < 100


async def test_where_the_resolver_is_in_this_home_is_not_kept() -> None:
    """192.168.1.1 is no use to anyone, and a hint at the home."""
    told = Told()
    home = Endpoint("192.168.1.1", 53)
    network = FakeNetwork(udp={(home.ip, 53): says(rcode=3)})
    runner = a_runner(network, told, diagnose=False)
    runner.kit.configured = (home,)
    await measure(runner, "https://a.example/")
    (m,) = told.saved
    assert m.resolver_ip is None
    assert {"configured", "system"} == {q.role for q in m.records.queries}
    assert {""} == {q.resolver_address for q in m.records.queries}
    assert "192.168" not in repr(m.records.queries)
