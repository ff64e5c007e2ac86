"""The notebook of a measurement."""

from measurements.schema.records import Arm, NetworkEvent, TCPConnect
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from tests.fakes.clock import FakeClock
from tests.fakes.network import FakeNetwork


def new() -> tuple[Trace, FakeClock]:
    """A trace that begins at the fake clock's now."""
    clock = FakeClock()
    trace = Trace(FakeNetwork(), clock, Trust(), clock.monotonic(), Notebook())
    return trace, clock


def test_time_begins_at_zero() -> None:
    """now() counts from the measurement's start, to the microsecond."""
    trace, clock = new()
    assert trace.now() == 0.0
    clock.advance(1.23456789)
    assert trace.now() == 1.234568


def test_each_transaction_has_its_own_number() -> None:
    """Across hops and arms of one measurement, too."""
    trace, _ = new()
    others = [trace.at(1), trace.for_arm("sni", "blocked", 2)]
    assert [t.transaction() for t in (trace, *others, trace)] == [1, 2, 3, 4]


def test_hops_and_arms_share_the_notebook() -> None:
    """What is added through any of them is found in one place, in order and by kind."""
    trace, _ = new()
    arm = trace.at(2).for_arm("sni", "control", 3)
    assert arm.depth == 2
    assert arm.arm == Arm(experiment="sni", name="control", repetition=3)
    connect = TCPConnect(transaction_id=1, ip="192.0.2.1", port=1, t0=0, t=0)
    event = NetworkEvent(transaction_id=1, operation="x", t=0)
    trace.add(connect)
    arm.add(event)
    records = trace.notebook.records()
    assert records.tcp_connects == (connect,)
    assert records.network_events == (event,)
    assert records.queries == ()
