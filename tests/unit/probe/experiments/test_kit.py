"""The kit holds what a run shares."""

from probe.experiments.kit import INNOCENT
from tests.fakes.network import FakeNetwork
from tests.fakes.stage import make_stage


def test_the_innocent_name_is_reserved() -> None:
    """RFC 2606: nobody's site is named in a hello that has to be innocent."""
    assert "example.com" == INNOCENT


def test_no_address_is_inside_unless_wiring_says_so() -> None:
    """And no resolver is dead before it was asked."""
    kit = make_stage(FakeNetwork()).kit
    assert not kit.inside("93.184.216.34")
    assert set() == kit.dead_resolvers
