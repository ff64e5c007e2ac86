"""`demo` asks the wiring for a home of its own."""

from pathlib import Path

from probe.engine.request import DemoRequest
from tests.unit.probe.cli.conftest import FakeWiring, Invoke


def test_it_is_apart_from_ones_own_results(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """And needs no consent: nothing leaves the computer."""
    assert 0 == anyqta("demo", "--no-explore").exit_code
    assert [DemoRequest(home=home / "demo")] == wiring.requests
