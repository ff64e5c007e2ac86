"""The doors of a run and an upload, each asked by itself, on loopback. (All of it: tests/e2e.)"""

from pathlib import Path

import pytest

from measurements.schema.submission import encode_key
from measurements.store.outbox import Outbox
from probe import home as homes
from probe.engine.doctor import Check
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trust import Trust
from probe.upload.collectors import parse_collector
from probe.wiring import doctor
from probe.wiring.doctor import DoctorRequest, Doors
from tests.e2e.test_run import resolver
from tests.fakes.collector import FakeCollector, collecting

NOBODY = "https://127.0.0.1:9/dns-query"


def request(home: Path, **more: object) -> DoctorRequest:
    """On loopback, and with leave."""
    usual: dict[str, object] = {"leave": None, "doh": (NOBODY,), "resolvers": ("127.0.0.1:9",)}
    return DoctorRequest(home=home, **usual | more)  # type: ignore[arg-type]


def doors(*configured: str) -> Doors:
    """The real network; this computer's resolvers are these."""
    ends = tuple(Endpoint(text.split(":")[0], int(text.split(":")[1])) for text in configured)
    return Doors(network=SystemNetwork(), clock=SystemClock(), trust=Trust(), configured=ends)


def states(checks: list[Check]) -> dict[str, str]:
    """By name."""
    return {check.name: str(check.state) for check in checks}


async def test_a_resolver_that_answers(tmp_path: Path) -> None:
    """So the computer is online; there is no control to tell the time."""
    with resolver() as (at, asked):
        checks, offline = await doctor.ask(request(tmp_path), doors(at))
    found = states(checks)
    assert not offline
    assert asked
    assert ("ok", "not checked") == (found["Internet"], found["Clock"])
    assert "ok" == found[f"Resolver {at} (this computer's)"]
    assert "warning" == found["Resolver 127.0.0.1:9"] == found["Controls"]


async def test_nobody_answers(tmp_path: Path) -> None:
    """Offline; what follows from it is not told of each."""
    checks, offline = await doctor.ask(request(tmp_path), doors("127.0.0.1:9"))
    found = states(checks)
    assert offline
    assert "broken" == found["Internet"]
    assert "not checked" == found["Resolvers"] == found["Controls"] == found["Collectors"]


def test_without_leave_nothing_is_asked(tmp_path: Path) -> None:
    """This computer is looked at, the rest is named."""
    with resolver() as (at, asked):
        wanted = request(tmp_path, leave=("no leave", "give it"), resolvers=(at,))
        found = doctor.examine(wanted)
        assert [] == asked
    assert 7 == [check.says for check in found.checks].count("no leave")
    assert 0 == found.status


@pytest.mark.parametrize("known", ["nothing", "pinned", "in the address", "another"])
async def test_a_collector(tmp_path: Path, known: str) -> None:
    """Its key is compared with the one that is known; nothing is noted."""
    collector = FakeCollector()
    with collecting(collector) as url:
        place, text = parse_collector(url).url, url
        if known in {"pinned", "another"}:
            with homes.open_store(tmp_path) as store:
                outbox = Outbox(store)
                key = collector.public if known == "pinned" else b"x" * 32
                outbox.pin(outbox.collector(place).id, key, "2026-11-25")
        if known == "in the address":
            text = f"{url}#key={encode_key(collector.public)}"
        check = await doctor._meet(text, request(tmp_path))
    assert ("broken" if known == "another" else "ok") == str(check.state)
    assert ("not known yet" in check.says) == (known == "nothing")
    assert (known in {"nothing", "in the address"}) == (not homes.database(tmp_path).exists())
    assert [] == collector.took


async def test_a_collector_that_is_not_there(tmp_path: Path) -> None:
    """A warning: what waits is kept."""
    check = await doctor._meet("http://127.0.0.1:9/", request(tmp_path))
    assert "warning" == str(check.state)
    assert "is kept" in check.says
