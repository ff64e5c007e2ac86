"""The base visit: whom it connects to, what it sends along, what it leaves behind."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from measurements.schema.measurement import Control, ControlAnswered, ControlDNS, ControlHTTP
from probe.demo.world import DemoWorld
from probe.experiments import web_connectivity
from probe.net.resolvers import Endpoint
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, Action, Peer, silent
from tests.fakes.stage import Stage, make_stage

A, B, MORE = "93.184.216.34", "93.184.216.99", "93.184.216.50"


def page(*headers: str, status: str = "200 OK", body: str = "ok") -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


@dataclass
class Site:
    """A server that answers by path, and keeps what it was asked."""

    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    otherwise: bytes = page()

    def peer(self) -> Peer:
        """For FakeNetwork."""

        def act(received: bytes) -> Sequence[Action]:
            if not received.endswith(b"\r\n\r\n"):
                return ()
            self.asked.append(received.decode())
            return self.answers.get(received.split()[1].decode(), self.otherwise), END

        return act


def a_stage(
    tcp: Mapping[tuple[str, int], Peer], names: Mapping[str, tuple[str, ...]]
) -> tuple[Stage, FakeNetwork]:
    """Where only getaddrinfo is asked."""
    network = FakeNetwork(tcp=tcp, names=names)
    return make_stage(network), network


async def visit(stage: Stage, url: str) -> tuple[Control, ...]:
    """The base visit."""
    return await web_connectivity.visit(stage.trace, stage.kit, url, stage.permits)


async def test_an_answer_that_points_into_the_home_is_recorded_and_left_alone() -> None:
    """Bogons and the LAN are evidence; nobody knocks there."""
    site = Site()
    forged = ("127.0.0.1", "192.168.1.1", "10.10.34.34", "::1", "fe80::1", "224.0.0.1", A)
    stage, network = a_stage({(A, 80): site.peer()}, {"a.example": forged})
    await visit(stage, "http://a.example/")
    assert {A} == {ip for _, ip, _ in network.connected}
    assert forged == stage.records.queries[0].addresses


@pytest.mark.parametrize("url", ["http://192.168.1.1/", "https://[::1]/", "http://127.0.0.1:8080/"])
async def test_an_address_of_the_home_is_no_target(url: str) -> None:
    """Even where a list got past the check."""
    stage, network = a_stage({}, {})
    await visit(stage, url)
    assert [] == network.connected


@pytest.mark.parametrize(
    "there", ["http://192.168.1.1/", "http://router.example/", "http://b.example:25/"]
)
async def test_a_redirect_into_the_home_is_not_followed(there: str) -> None:
    """By address, by a name that leads there, or to a port of another protocol."""
    site = Site(otherwise=page(f"Location: {there}", status="302 Found"))
    names = {"a.example": (A,), "router.example": ("192.168.1.1",), "b.example": (B,)}
    stage, network = a_stage({(A, 80): site.peer()}, names)
    await visit(stage, "http://a.example/")
    assert {A} == {ip for _, ip, _ in network.connected}
    assert 1 == len(stage.records.http_transactions)


async def test_cookies_come_back_and_go_to_nobody_else() -> None:
    """The next request to the same host carries them, the next host is told nothing."""
    first = page("Set-Cookie: id=7; Domain=.example", "Location: /again", status="302 Found")
    second = page("Location: http://b.example/", status="307 Temporary Redirect")
    a, b = Site({"/": first, "/again": second}), Site()
    stage, _ = a_stage(
        {(A, 80): a.peer(), (B, 80): b.peer()}, {"a.example": (A,), "b.example": (B,)}
    )
    await visit(stage, "http://a.example/")
    assert [False, True] == ["Cookie: id=7" in asked for asked in a.asked]
    assert ["Cookie" in asked for asked in b.asked] == [False]
    assert [0, 1, 2] == [t.depth for t in stage.records.http_transactions]


async def test_a_site_that_redirects_in_circles_is_named_no_more_than_it_must() -> None:
    """Eleven requests; every address once, and the one that answered for each further hop."""
    addresses = tuple(f"93.184.216.{i}" for i in range(20, 32))
    site = Site(otherwise=page("Location: /", status="302 Found"))
    stage, network = a_stage({(ip, 80): site.peer() for ip in addresses}, {"a.example": addresses})
    await visit(stage, "http://a.example/")
    assert 11 == len(site.asked)
    assert 8 + 10 == sum(port == 80 for _, _, port in network.connected)
    assert ["a.example"] == network.looked_up
    assert 0 == network.still_open()


async def test_what_may_have_woken_a_censor_is_told() -> None:
    """A reset after the request: before the addresses are given back."""
    stage, network = a_stage(
        {(A, 80): lambda received: (RESET,) if received else ()}, {"a.example": (A,)}
    )
    await visit(stage, "http://a.example/")
    claimed = frozenset({Endpoint(A, 80), Endpoint(A, 443)})
    assert [
        ("claim", claimed),
        ("suspect", Endpoint(A, 80)),
        ("release", claimed),
    ] == stage.permits.told
    assert 0 == network.still_open()


@pytest.mark.parametrize("url", ["http://a.example/", "https://a.example/"])
async def test_cancelled_in_the_midst(url: str) -> None:
    """Ctrl-C: no stream stays open, and every claim is given back."""
    peers = {(ip, port): silent for ip in (A, B) for port in (80, 443)}
    stage, network = a_stage(peers, {"a.example": (A, B)})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await visit(stage, url)
    assert len(network.streams) >= 2
    assert 0 == network.still_open()
    assert stage.permits.those("claim") == stage.permits.those("release")


def told(*addresses: str) -> Callable[..., object]:
    """A control that knows these addresses."""

    async def ask(url: str, endpoints: tuple[Endpoint, ...], depth: int) -> Control:
        return ControlAnswered(
            depth=depth,
            url=url,
            address="https://control.example/",
            dns=ControlDNS(addresses=addresses),
            http=ControlHTTP(),
        )

    return ask


async def test_addresses_that_only_the_control_knows_are_tried() -> None:
    """Two of them at most, and public ones only: a control is not trusted with the home either."""
    stage, network = a_stage({(MORE, 80): silent}, {"a.example": (A,)})
    stage.kit.control = told("10.0.0.1", A, MORE, B, "93.184.216.77")  # type: ignore[assignment]
    controls = await visit(stage, "http://a.example/")
    assert {A, MORE, B} == {ip for _, ip, _ in network.connected}
    assert 1 == len(controls)
    assert 0 == network.still_open()


async def test_no_name_no_connection() -> None:
    """A name that nobody knows leaves its record."""
    stage, network = a_stage({}, {})
    await visit(stage, "https://a.example/")
    assert [] == network.connected
    assert ["dns_nxdomain_error"] == [q.failure for q in stage.records.queries]


async def test_what_is_no_url_is_not_visited() -> None:
    """Nothing is asked for."""
    stage, network = a_stage({}, {})
    assert () == await visit(stage, "https://a.example:99999/")
    assert ([], []) == (network.connected, network.looked_up)


async def test_a_page_over_https(stage: Stage, world: DemoWorld) -> None:
    """In the pretend Internet: both families tried, one page, a good chain."""
    await visit(stage, "https://weather.example/")
    assert {"102.195.0.1", "2d00:195::1"} == {c.ip for c in stage.records.tcp_connects}
    assert None in {h.failure for h in stage.records.tls_handshakes}
    (got,) = stage.records.http_transactions
    assert (200, "http/1.1", "Weather") == (got.status_code, got.alpn, got.title)
    assert world.place.asn == 64500


async def test_http_leads_to_https_and_is_proved(stage: Stage) -> None:
    """Port 80's address shows the name's certificate; the redirect is gone along."""
    await visit(stage, "http://weather.example/")
    assert [0, 1] == [t.depth for t in stage.records.http_transactions]
    assert [True, False] == [t.status_code in {301, 302} for t in stage.records.http_transactions]
    assert None in {h.failure for h in stage.records.tls_handshakes if h.depth == 0}
