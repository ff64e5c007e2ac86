"""probe/control/dial.py: one connection, or why not."""

from measurements.schema.records import HTTPTransaction, NetworkEvent, TCPConnect
from probe.control.dial import BriefNotebook, dial, is_address
from probe.net.trace import Trace
from tests.unit.probe.control.outside import SITE, Outside, endpoint, page


def trace(world: Outside) -> Trace:
    """A trace that keeps little."""
    return Trace(world.network, world.clock, world.trust, 0.0, BriefNotebook())


async def test_plain_and_secure(world: Outside) -> None:
    """A stream where the chain holds for the name."""
    await world.site(page("x"), (SITE, 80))
    await world.site(page("x"), (SITE, 443), tls=world.authority.context("e.kz"))
    for port, name in ((80, None), (443, "e.kz")):
        stream = await dial(trace(world), endpoint(SITE, port), name=name)
        assert not isinstance(stream, str)
        stream.close()


async def test_failures_are_words(world: Outside) -> None:
    """Refused, no TLS there, another's certificate, silence."""
    await world.site(page("x"), (SITE, 80))
    await world.site(page("x"), (SITE, 443), tls=world.authority.context("e.kz"))
    world.network.silent.add("1.1.1.1")
    assert await dial(trace(world), endpoint(SITE, 81), name=None) == "connection_refused"
    assert await dial(trace(world), endpoint(SITE, 443), name="f.kz") == "ssl_invalid_hostname"
    silent = await dial(trace(world), endpoint("1.1.1.1", 80), name=None, patience=0.05)
    assert silent == "generic_timeout_error"
    plain = await dial(trace(world), endpoint(SITE, 80), name="e.kz")
    assert isinstance(plain, str)


def test_the_notebook_keeps_no_bodies() -> None:
    """Memory stays bounded whatever sites send."""
    notebook = BriefNotebook()
    at = {"transaction_id": 1, "t": 0.0}
    notebook.add(HTTPTransaction(url="", ip="", port=80, t0=0.0, **at))  # type: ignore[arg-type]
    notebook.add(NetworkEvent(operation="", **at))  # type: ignore[arg-type]
    notebook.add(TCPConnect(ip="", port=80, t0=0.0, **at))  # type: ignore[arg-type]
    records = notebook.records()
    assert (len(records.http_transactions), len(records.network_events)) == (0, 0)
    assert len(records.tcp_connects) == 1


def test_addresses() -> None:
    """Not names."""
    assert is_address("1.1.1.1")
    assert is_address("::1")
    assert not is_address("e.kz")
