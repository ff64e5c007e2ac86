"""What answered and what did not, in words; each check fires, and its twin does not."""

from dataclasses import replace

from measurements.schema.measurement import Finding
from probe.control.client import Hello, NoHello
from probe.engine import doctor_network as network
from probe.engine.doctor import Check, State
from probe.engine.environment import Checked

HELLO = Hello(url="https://c/", genuine=True, utc=1.0, half=0.0, round_trip=0.12)
GOOD = Checked(
    findings=(), online=True, portal=False, hello=HELLO, ipv6=True, elsewhere=None, proved=True
)
LOST = NoHello(failure="generic_timeout_error", portal=False)


def states(checks: list[Check]) -> dict[str, str]:
    """By name."""
    assert all(check.network for check in checks)
    return {check.name: str(check.state) for check in checks}


def test_all_is_well() -> None:
    """Nothing to tell."""
    assert {"ok"} == set(states(network.network(GOOD, clock_known=True)).values())


def test_offline() -> None:
    """The Internet is what is broken; what follows from it is not told of each."""
    gone = replace(GOOD, online=False, hello=None, proved=False, ipv6=False)
    found = states(network.network(gone, clock_known=False))
    assert "broken" == found["Internet"]
    assert "not checked" == found["Captive portal"] == found["Clock"]
    assert {"not checked"} == set(states(network.offline()).values())


def test_a_portal() -> None:
    """Both lines say to log in."""
    finding = Finding(kind="captive_portal", says="Something else answers.")
    held = replace(GOOD, portal=True, findings=(finding,), hello=None)
    found = network.network(held, clock_known=False)
    assert ["Internet", "Captive portal"] == [c.name for c in found if c.state is State.BROKEN]
    assert {network.PORTAL} == {c.todo for c in found if c.state is State.BROKEN}


def test_the_clock() -> None:
    """Wrong, right, or nobody to tell."""
    finding = Finding(kind="clock_skew", says="It is 9 minutes behind.")
    wrong = replace(GOOD, findings=(finding,))
    assert "broken" == states(network.network(wrong, clock_known=True))["Clock"]
    assert "not checked" == states(network.network(GOOD, clock_known=False))["Clock"]


def test_ipv6() -> None:
    """None is no fault; a way that is not proved is not said to work."""
    says = [network.network(replace(GOOD, ipv6=v), clock_known=True)[3].says for v in (True, False, None)]  # fmt: skip
    assert 3 == len(set(says))


def test_resolvers() -> None:
    """Own, others, encrypted."""
    checked = replace(
        GOOD, resolvers={"10.0.0.1:53": False, "8.8.8.8:53": True, "1.1.1.1:53": False}
    )
    doh = {"https://a/": None, "https://b/": "connection_reset"}
    found = states(network.resolvers(checked, ("10.0.0.1:53",), doh))
    assert {
        "Resolver 10.0.0.1:53 (this computer's)": "warning",
        "Resolver 8.8.8.8:53": "ok",
        "Resolver 1.1.1.1:53": "warning",
        "Resolver https://a/": "ok",
        "Resolver https://b/": "warning",
    } == found
    assert {"Resolver": "warning"} == states(network.resolvers(GOOD, (), {}))


def test_controls() -> None:
    """Broken only where none answers; none set is a warning."""
    assert {"Controls": "warning"} == states(network.controls({}))
    both = network.controls({"https://c/": HELLO, "https://d/": LOST})
    assert ["ok", "warning"] == [str(c.state) for c in both]
    portal = replace(LOST, portal=True)
    none = network.controls({"https://c/": portal, "https://d/": LOST})
    assert ["broken", "broken"] == [str(c.state) for c in none]
    assert "somebody else" in none[0].says
    assert "OONI's" in network.controls({"https://c/": replace(HELLO, genuine=False)})[0].says


def test_collectors() -> None:
    """Another key is no small matter; silence is."""
    ok = network.collector("u", trouble=None, other_key=False, pinned=True)
    new = network.collector("u", trouble=None, other_key=False, pinned=False)
    mute = network.collector("u", trouble="It is not there.", other_key=False, pinned=True)
    other = network.collector("u", trouble="another key", other_key=True, pinned=True)
    assert ["ok", "ok", "warning", "broken"] == [str(c.state) for c in (ok, new, mute, other)]
    assert "not known yet" in new.says
    assert "it is not there. What waits" in mute.says


def test_none_asked() -> None:
    """None is set; or sharing was not agreed to; or they are asked."""
    assert {"Collectors": "ok"} == states(network.no_collectors(named=0, agreed=False))
    assert {"Collectors": "not checked"} == states(network.no_collectors(named=1, agreed=False))
    assert [] == network.no_collectors(named=1, agreed=True)


def test_left_out() -> None:
    """Seven lines with one reason."""
    found = network.unchecked("no leave", "give it")
    assert 7 == len(found)
    assert {("no leave", "give it", State.UNCHECKED)} == {(c.says, c.todo, c.state) for c in found}
