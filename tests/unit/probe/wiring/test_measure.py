"""The composition root: what it picks, what it keeps, how a run begins, ends and goes on."""

import asyncio
import dataclasses
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from measurements.schema.measurement import Place
from measurements.store.outbox import Outbox
from probe import home as homes
from probe.control.client import Hello
from probe.demo.world import DemoWorld
from probe.engine import environment
from probe.engine.progress import EnvironmentChecked, Event, RunFinished, RunStarted, TargetFinished
from probe.engine.request import DemoRequest, RunReport, RunRequest
from probe.engine.runner import NotKeptError
from probe.engine.targets import Target
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from probe.wiring import measure as wiring
from probe.wiring.keeping import saving
from tests.fakes.network import FakeNetwork
from tests.unit.probe.consent.planted import measurement

WEATHER, LIBRARY = "https://weather.example/", "http://library.example/"
NOTHING = environment.Local(environ={}, default_interface=None, hosts={})


@pytest.fixture
async def world() -> AsyncIterator[wiring.World]:
    """The demo's, as wiring would have it."""
    clock = SystemClock()
    async with DemoWorld(clock, rtt=0.001) as pretend:
        yield wiring.World(
            network=pretend.network,
            clock=clock,
            trust=pretend.trust,
            configured=pretend.configured_resolvers,
            public=pretend.resolvers,
            doh=pretend.doh,
            controls=(pretend.control_url,),
            place_of=pretend.place_of,
            own=(),
            local=NOTHING,
            source="run",
        )


def request(home: Path, *urls: str, **changed: object) -> RunRequest:
    """For these URLs."""
    targets = tuple(Target(url=url, source="test") for url in urls)
    return dataclasses.replace(RunRequest(home=home, targets=targets), **changed)  # type: ignore[arg-type]


class Ahead(SystemClock):
    """The machine's clock, and some."""

    by = 0

    def monotonic(self) -> float:
        """So many seconds later."""
        return super().monotonic() + self.by


async def run(
    world: wiring.World, wanted: RunRequest, told: list[Event] | None = None
) -> RunReport:
    """The run, inside of a loop that is there already."""
    events = told if told is not None else []
    return await wiring._run(wanted, world, events.append)


async def test_a_run_is_kept_and_told(tmp_path: Path, world: wiring.World) -> None:
    """In the database before it is told; the events in their order; status 0."""
    told: list[Event] = []
    report = await run(world, request(tmp_path, WEATHER, LIBRARY), told)
    assert (2, 0, False, 0, "") == (
        report.measured,
        report.failed,
        report.interrupted,
        report.exit_code,
        report.message,
    )
    assert isinstance(told[0], RunStarted)
    assert isinstance(told[1], EnvironmentChecked)
    assert isinstance(told[-1], RunFinished)
    with homes.open_store(tmp_path, read_only=True) as store:
        assert {WEATHER, LIBRARY} == store.measured_inputs(report.run_id)
        assert homes.unfinished(tmp_path) is None
        last = store.last_run()
    assert last is not None
    assert (2, False) == (last.measured, last.interrupted)


async def test_when_the_time_is_up_the_rest_is_owed(tmp_path: Path, world: wiring.World) -> None:
    """And `--resume` goes on with it, under the same run; then nothing is owed."""
    clock = Ahead()
    first = request(tmp_path, WEATHER, LIBRARY, concurrency=1, max_runtime=600)

    def listen(event: Event) -> None:
        clock.by += 3600 * isinstance(event, TargetFinished)

    report = await wiring._run(first, dataclasses.replace(world, clock=clock), listen)
    assert 1 == report.measured
    assert (1, "The time is up; 1 targets are left.") == (report.left, report.message)
    owed = homes.unfinished(tmp_path)
    assert owed is not None
    assert (report.run_id, [(LIBRARY, None)]) == owed

    again = await run(world, request(tmp_path, LIBRARY, resume_run_id=report.run_id))
    assert (report.run_id, 1, "") == (again.run_id, again.measured, again.message)
    assert homes.unfinished(tmp_path) is None
    with homes.open_store(tmp_path, read_only=True) as store:
        last = store.last_run()
    assert last is not None
    assert 2 == last.measured


async def test_interrupted_it_keeps_what_is_whole(tmp_path: Path, world: wiring.World) -> None:
    """The first target's end is the moment of Ctrl-C; the other is owed."""
    job: list[asyncio.Task[RunReport]] = []

    def stop(event: Event) -> None:
        if isinstance(event, TargetFinished):
            job[0].cancel()

    wanted = request(tmp_path, WEATHER, "https://pretend-selftanu.example/")
    async with asyncio.TaskGroup() as group:
        job.append(group.create_task(wiring._run(wanted, world, stop)))
    report = job[0].result()
    assert (1, True, 0) == (report.measured, report.interrupted, report.exit_code)
    owed = homes.unfinished(tmp_path)
    assert owed is not None
    assert ["https://pretend-selftanu.example/"] == [url for url, _ in owed[1]]


async def test_offline_nothing_is_measured(tmp_path: Path, world: wiring.World) -> None:
    """Status 3, a sentence, no run in the database, no name of a target on the wire."""
    network = FakeNetwork()
    report = await run(
        dataclasses.replace(world, network=network), request(tmp_path, WEATHER, LIBRARY)
    )
    assert (3, 0) == (report.exit_code, report.measured)
    assert "offline" in report.message
    assert not homes.database(tmp_path).exists()
    assert "weather.example" not in network.looked_up
    sent = b"".join(s for d in network.datagrams for s in d.sent)
    assert b"weather" not in sent


async def test_without_a_control(tmp_path: Path, world: wiring.World) -> None:
    """A good certificate is proof enough that a page is the site's."""
    report = await run(dataclasses.replace(world, controls=()), request(tmp_path, WEATHER))
    assert 1 == report.measured
    with homes.open_store(tmp_path, read_only=True) as store:
        (row,) = store.results()
    assert "accessible" == row.status


async def test_nothing_of_this_home_is_kept(tmp_path: Path, world: wiring.World) -> None:
    """Neither the computer's address nor its resolver's, also where that is a public one."""
    home = world.configured[0].ip
    report = await run(dataclasses.replace(world, own=(home,)), request(tmp_path, WEATHER))
    assert 1 == report.measured
    with homes.open_store(tmp_path, read_only=True) as store:
        m = store.load(store.results()[0].measurement_uid)
    assert m.resolver_ip is None
    assert home not in repr((m.records.queries, m.findings, m.annotations))
    assert ("ZZ", 64500) == (m.probe.cc, m.probe.asn)  # the network is known all the same


def test_the_resolvers_address_is_told_where_it_is_no_homes(world: wiring.World) -> None:
    """Google's is everybody's."""
    for ip, kept in {"8.8.8.8": "8.8.8.8", "192.168.1.1": None, "127.0.0.53": None}.items():
        there = dataclasses.replace(world, configured=(Endpoint(ip, 53),))
        assert kept == wiring._outside_only(there)
    assert wiring._outside_only(dataclasses.replace(world, configured=())) is None
    v6 = dataclasses.replace(
        world, configured=(Endpoint("2a00:5da0:1:1::1", 53),), own=("2a00:5da0:1:1::2",)
    )
    assert wiring._outside_only(v6) is None


def test_the_place_is_the_controls_word_where_there_is_no_other(world: wiring.World) -> None:
    """Behind a home router only the control sees the network."""
    hello = Hello(url="", genuine=True, utc=None, half=0.0, round_trip=0.0, asn=9198, cc="KZ")
    checked = environment.Checked(
        findings=(), online=True, portal=False, hello=hello, ipv6=None, elsewhere=None
    )
    assert Place(asn=9198, cc="KZ") == wiring._places(world, checked)[0]
    own = dataclasses.replace(world, own=("102.195.0.1",))
    assert 64503 == wiring._places(own, checked)[0].asn


def test_a_certificate_file_that_is_none(tmp_path: Path) -> None:
    """A sentence, not a traceback."""
    with pytest.raises(homes.HomeError, match="SSL_CERT_FILE"):
        wiring.trust_in(tmp_path / "none.pem")


def test_doh_by_name_is_asked(world: wiring.World) -> None:
    """None of the servers that were given is left out in silence."""
    named = dataclasses.replace(world, doh=("https://dns.example/dns-query", *world.doh))
    assert 3 == len(wiring._kit(named, None).doh)


def clocked(clock: SystemClock, bounds: wiring.Bounds = wiring.Bounds()) -> wiring.World:  # noqa: B008
    """Of which only the clock and the bounds are asked."""
    return SimpleNamespace(clock=clock, bounds=bounds)  # type: ignore[return-value]


def test_targets_end_when_the_time_is_up() -> None:
    """A generator: the list is never copied."""

    class Ticking(SystemClock):
        now = 0.0

        def monotonic(self) -> float:
            self.now += 1.0
            return self.now

    targets = tuple(Target(url=f"https://{i}.example/", source="t") for i in range(10))
    wanted = RunRequest(home=Path("/x"), targets=targets, max_runtime=3.5)
    assert 3 == len(list(wiring._until(wanted, clocked(Ticking()), 0.0)))
    whole = dataclasses.replace(wanted, max_runtime=None)
    assert 10 == len(list(wiring._until(whole, clocked(Ticking()), 0.0)))
    going = iter((True, True, False))
    bounds = wiring.Bounds(go_on=lambda: next(going))
    assert 2 == len(list(wiring._until(whole, clocked(Ticking(), bounds), 0.0)))


def test_ctrl_c_in_the_gate_is_a_keyboard_interrupt(tmp_path: Path) -> None:
    """Nothing has begun: the command ends as the shell expects."""

    def press(event: Event) -> None:
        if isinstance(event, RunStarted):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        wiring.demo(DemoRequest(home=tmp_path), press)
    assert not homes.database(tmp_path).exists()


async def test_a_measurement_twice_is_told(tmp_path: Path, world: wiring.World) -> None:
    """It concerns that one only: the run goes on."""
    await run(world, request(tmp_path, WEATHER))
    with homes.open_store(tmp_path) as store:
        m = store.load(store.results()[0].measurement_uid)
        with pytest.raises(NotKeptError, match="already stored"):
            saving(store, ())(m)


async def test_own_addresses_are_blanked_and_times_are_to_the_minute(
    world: wiring.World, tmp_path: Path
) -> None:
    """The file holds neither; where no control told the public address, that is noted."""
    own = dataclasses.replace(world, own=("192.168.77.5",))
    report = await run(own, request(tmp_path, WEATHER))
    assert re.fullmatch(r"[0-9]{8}T[0-9]{4}00Z_[0-9a-f]{12}", report.run_id)
    with homes.open_store(tmp_path, read_only=True) as store:
        (uid,) = store.iter_uids(homes.Filter())
        found = store.load(uid)
    assert re.fullmatch(r"[0-9]{12}00_[A-Z]{2}_webconnectivity_[0-9a-f]{16}", uid)
    assert dict(found.annotations)["own_address"] in {"known", "unknown"}


def test_the_demonstration_is_not_blanked(world: wiring.World) -> None:
    """It has no address of anybody's."""
    blank = wiring._blanking(dataclasses.replace(world, source="demo"), None)
    assert blank(measurement()) == measurement()


async def test_what_is_shared_is_owed_when_it_is_stored(
    tmp_path: Path, world: wiring.World
) -> None:
    """To each collector by itself, in the same transaction; what the demo measures to nobody."""
    collectors = ("https://C.example/", "http://other.example#key=" + "A" * 43)
    wanted = request(tmp_path, WEATHER, share_with=collectors)
    await run(world, wanted)
    await run(dataclasses.replace(world, source="demo"), wanted)
    with homes.open_store(tmp_path, read_only=True) as store:
        found = [(row.upload, Outbox(store).states(row.measurement_uid)) for row in store.results()]
    (_, nothing), (word, states) = found
    assert [] == nothing
    assert "waiting" == word
    assert ["https://c.example", "http://other.example"] == [state.url for state in states]
