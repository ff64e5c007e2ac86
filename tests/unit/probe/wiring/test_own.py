"""Own addresses, all through a run."""

from probe.wiring.own import Own
from tests.unit.probe.consent.planted import OWN, measurement


def test_it_grows_and_forgets_nothing() -> None:
    """A hotspot in the middle of a run; a control that tells later."""
    now, told = ["192.168.1.5"], set[str]()
    own = Own(["192.168.1.5"], told=lambda: told, names=("zhanibekov",), look=lambda: now)
    first = own.needles()
    assert own.needles() is first
    assert not first.knows_public
    now[:] = ["10.42.0.2"]
    told.add(OWN[0])
    later = own.needles()
    assert later.knows_public
    assert all(later.covers(ip) for ip in ("192.168.1.5", "10.42.0.2", OWN[0]))


def test_it_blanks() -> None:
    """And notes that it knew the address."""
    own = Own([], told=lambda: [OWN[0]], look=list)
    found = own.blank(measurement(annotations=(), findings=()))
    assert dict(found.annotations) == {"own_address": "known"}


def test_the_real_interfaces() -> None:
    """Whatever they are: no packet, no error."""
    Own([], told=list).needles()
