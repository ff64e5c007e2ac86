"""The gate: offline, a portal, an interception, a dead resolver, a wrong clock are told apart."""

from dataclasses import dataclass
from typing import cast

import pytest

from measurements.schema.records import DNSQuery
from probe.control.client import ControlClient, Hello, NoHello, Reached
from probe.engine import environment
from probe.engine.environment import Checked, Local
from probe.experiments.kit import Kit
from probe.net.resolvers import Endpoint
from probe.steps.doh import DoHServer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import Peer, silent
from tests.fakes.resolver import says
from tests.fakes.stage import Stage, make_stage

HOME, ONE, TWO = (Endpoint(ip, 53) for ip in ("192.168.1.1", "8.8.8.8", "1.1.1.1"))
HERE = Local(environ={}, default_interface="eth0", hosts={})
GOOD = says("example.com. 60 A 93.184.216.34")
TIMEOUT = "generic_timeout_error"


@dataclass
class Control:
    """A control client that says this."""

    answer: Hello | NoHello
    at: Endpoint | None = None
    url: str = "https://control.example/"

    async def hello(self) -> Hello | NoHello:
        """See ControlClient."""
        return self.answer

    def reached(self) -> Reached | None:
        """See ControlClient."""
        if self.at is None:
            return None
        return Reached(url=self.url, name="control.example", endpoint=self.at)


class DoH:
    """A DoH server that answers, or fails like this."""

    def __init__(self, failure: str | None) -> None:
        self.failure = failure

    async def query(self, trace: object, hostname: str, kind: str, role: str) -> DNSQuery:
        """See DoHServer."""
        return DNSQuery(
            transaction_id=1,
            engine="doh",
            role=role,
            resolver_address="https://1.1.1.1/dns-query",
            hostname=hostname,
            query_type=kind,
            t0=0.0,
            t=0.0,
            failure=self.failure,
            rcode=0 if self.failure is None else None,
        )


def hello(stage: Stage, *, ahead: float = 0.0) -> Hello:
    """A control's, whose clock is right while ours is so many seconds ahead."""
    return Hello(
        url="https://control.example/",
        genuine=True,
        utc=stage.trace.clock.utc() - ahead,
        half=stage.trace.clock.monotonic(),
        round_trip=0.01,
        asn=9198,
        cc="KZ",
    )


def a_stage(
    answers: dict[Endpoint, Peer] | None = None, doh: str | None = TIMEOUT, **tcp: Peer
) -> Stage:
    """Three resolvers, of which these answer."""
    udp: dict[tuple[str, int], Peer] = {(e.ip, e.port): silent for e in (HOME, ONE, TWO)}
    udp |= {(e.ip, e.port): peer for e, peer in (answers or {}).items()}
    stage = make_stage(FakeNetwork(udp=udp, tcp={(ip, 80): peer for ip, peer in tcp.items()}))
    stage.kit = Kit(
        configured=(HOME,),
        public=(ONE, TWO),
        doh=(cast(DoHServer, DoH(doh)),),
        control=None,
        elsewhere=lambda _: None,
        page=lambda _: None,
    )
    return stage


async def check(
    stage: Stage,
    control: Hello | NoHello | Control | None = None,
    local: Local = HERE,
    hosts: tuple[str, ...] = (),
) -> Checked:
    """The gate."""
    if isinstance(control, Hello | NoHello):
        control = Control(control)
    client = cast("ControlClient | None", control)
    return await environment.check(stage.trace, stage.kit, client, local, hosts)


def kinds(checked: Checked) -> list[str]:
    """What it found."""
    return sorted(f.kind for f in checked.findings)


LOST = NoHello(failure=TIMEOUT, portal=False)


async def test_all_is_well() -> None:
    """Nothing to tell, and quickly."""
    stage = a_stage({HOME: GOOD, ONE: GOOD, TWO: GOOD}, doh=None)
    checked = await check(stage, hello(stage))
    assert (True, False, []) == (checked.online, checked.portal, kinds(checked))
    assert checked.resolver_answers
    assert stage.trace.now() < 1.0


async def test_offline() -> None:
    """Nobody answers at all."""
    checked = await check(a_stage(), LOST)
    assert not checked.online
    assert not checked.portal


@pytest.mark.parametrize("rcode", [2, 5])
async def test_a_stub_that_fails_is_no_internet(rcode: int) -> None:
    """SERVFAIL and REFUSED are what systemd-resolved and routers say while they are offline."""
    checked = await check(a_stage({HOME: says(rcode=rcode)}), LOST)
    assert not checked.online
    assert "resolver_dead" in kinds(checked)


@pytest.mark.parametrize("failure", ["connection_reset", "ssl_unknown_authority", "eof_error"])
async def test_a_bad_answer_is_an_internet(failure: str) -> None:
    """A censor that resets the only two encrypted connections has not unplugged the cable."""
    assert (await check(a_stage(doh=failure), LOST)).online


async def test_a_dead_resolver_is_told() -> None:
    """The others answer: the run goes on, and knows."""
    stage = a_stage({ONE: GOOD, TWO: GOOD})
    checked = await check(stage, hello(stage))
    assert checked.online
    assert not checked.resolver_answers
    assert ["resolver_dead"] == kinds(checked)


async def test_port_53_is_blocked() -> None:
    """The home's own answers, no other does: they are not asked again, nor waited for long."""
    stage = a_stage({HOME: GOOD})
    checked = await check(stage, hello(stage))
    assert ["udp53_blocked"] == kinds(checked)
    assert {str(ONE), str(TWO)} == stage.kit.dead_resolvers
    assert stage.trace.now() < 4.0


async def test_a_captive_portal() -> None:
    """Something else in the control's place, and nothing that proves itself."""
    stage = a_stage({HOME: GOOD})
    checked = await check(stage, NoHello(failure="ssl_invalid_hostname", portal=True))
    assert (True, True) == (checked.online, checked.portal)
    assert "captive_portal" in kinds(checked)


async def test_an_interception_of_the_control_is_no_portal() -> None:
    """An encrypted resolver proves itself: the run goes on without a control."""
    stage = a_stage({HOME: GOOD}, doh=None)
    checked = await check(stage, NoHello(failure="ssl_unknown_authority", portal=True))
    assert (True, False) == (checked.online, checked.portal)
    assert "control_unreachable" in kinds(checked)


async def test_without_a_control() -> None:
    """--no-control: resolvers say whether there is an Internet; with none, the targets will."""
    stage = a_stage({HOME: GOOD, ONE: GOOD, TWO: GOOD})
    checked = await check(stage)
    assert (True, None, None, []) == (
        checked.online,
        checked.hello,
        checked.elsewhere,
        kinds(checked),
    )
    stage = a_stage()
    stage.kit.configured, stage.kit.public, stage.kit.doh = (), (), ()
    assert (await check(stage)).online


@pytest.mark.parametrize(
    ("ahead", "says_"),
    [
        (0, None),
        (299, None),
        (-290, None),
        (3600, "60 minutes ahead"),
        (-900, "15 minutes behind"),
    ],
)
async def test_the_clock(ahead: float, says_: str | None) -> None:
    """More than five minutes is told, and to which side."""
    stage = a_stage({HOME: GOOD, ONE: GOOD, TWO: GOOD})
    checked = await check(stage, hello(stage, ahead=ahead))
    told = [f.says.rpartition("clock is ")[2].rstrip(".") for f in checked.findings]
    assert ([] if says_ is None else [says_]) == told


async def test_the_control_is_elsewhere() -> None:
    """With port 80 where that is open; reached over IPv6, it proves IPv6."""
    stage = a_stage({HOME: GOOD}, doh=None, **{"1.2.3.4": silent})
    found = await check(stage, Control(hello(stage), Endpoint("1.2.3.4", 443)))
    assert found.elsewhere is not None
    assert (Endpoint("1.2.3.4", 443), Endpoint("1.2.3.4", 80)) == (
        found.elsewhere.tls,
        found.elsewhere.http,
    )
    assert found.ipv6 is None

    stage = a_stage({HOME: GOOD}, doh=None)
    found = await check(stage, Control(hello(stage), Endpoint("2606:4700::9", 443)))
    assert found.elsewhere is not None
    assert (None, True) == (found.elsewhere.http, found.ipv6)
    assert isinstance(stage.network, FakeNetwork)
    assert 0 == stage.network.still_open()


async def test_what_is_read_off_the_computer() -> None:
    """A VPN, a proxy, a hosts-file entry of a target; and none of it in the demonstration."""
    local = Local(
        environ={"HTTPS_PROXY": "http://127.0.0.1:1"},
        default_interface="wg0",
        hosts={"a.example": "10.0.0.1"},
    )
    stage = a_stage({HOME: GOOD, ONE: GOOD, TWO: GOOD})
    checked = await check(stage, local=local, hosts=("a.example", "b.example"))
    assert ["hosts_entry", "proxy", "vpn"] == kinds(checked)
    assert ["a.example"] == [f.subject for f in checked.findings if f.subject]
    quiet = Local(environ=local.environ, default_interface="wg0", hosts=local.hosts, check=False)
    assert [] == kinds(await check(stage, local=quiet, hosts=("a.example",)))
