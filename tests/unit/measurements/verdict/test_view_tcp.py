"""What the TCP table looks at."""

from measurements.schema.words import Mechanism
from measurements.verdict.standing import Standing
from measurements.verdict.symbols import Decision
from measurements.verdict.view_tcp import TCPView, ids, is_v6, relevant_addresses
from tests.fakes.measurements import (
    BOGON,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    C,
    D,
    L,
    Story,
    X,
    a_measurement,
    endpoint,
)

HTTPS = "https://t.example/"


def view(story: Story) -> TCPView:
    """The first hop's."""
    return story.assessed().judged[0].tcp


def site(*ips: str) -> Story:
    """The control reaches all of these, and the system is told them."""
    return a_measurement(HTTPS).control(*ips).system(*ips)


def test_addresses_that_cannot_be_the_sites_do_not_count() -> None:
    """Bogons and strangers; where nothing is left, none."""
    also = [endpoint(STRANGER, tls=X)]
    story = a_measurement(HTTPS).control(IP, also=also).system(IP, BOGON, STRANGER)

    assert (IP,) == view(story).addresses
    assert () == view(a_measurement(HTTPS).control(IP).system(BOGON)).addresses


def test_where_the_system_was_told_nothing_others_addresses_count() -> None:
    """Those that were tried, and are proved."""
    told = a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error").opens(IP)
    hop = told.assessed().judged[0].hop

    assert (IP,) == relevant_addresses(hop, {IP: Standing.GENUINE, OTHER_IP: Standing.GENUINE})
    assert () == relevant_addresses(hop, {IP: Standing.UNKNOWN})


def test_broken_ipv6_and_our_own_failures_are_not_counted() -> None:
    """One at least must be left."""
    broken = site(IP, IP6).found("ipv6_broken").tcp(IP, D).tcp(IP6, D)
    local = site(IP).tcp(why=L)

    assert [IP] == [c.ip for c in view(broken).counted]
    assert () == view(local).counted
    assert [False, True] == [
        view(s).no_ipv6 for s in (broken, site(IP6).found("ipv6_broken").tcp(why=D))
    ]


def test_the_commonest_way_of_failing_is_the_word() -> None:
    """Of two timeouts and a refusal, silence."""
    third = "93.184.216.50"
    story = site(IP, OTHER_IP, third).tcp(IP, D).tcp(OTHER_IP, C).tcp(third, D)

    assert Mechanism.TIMEOUT is view(story).mechanism
    assert view(site(IP).tcp()).mechanism is None


def test_what_the_control_says_of_the_same_endpoints() -> None:
    """It reaches them, fails as well, or was not asked."""
    ok, silent = site(IP).tcp(why=D), a_measurement(HTTPS).no_control().system(IP).tcp(why=D)
    fails = a_measurement(HTTPS).control(IP, tcp=D, http=D).system(IP).tcp(why=D)
    dead = a_measurement(HTTPS).control(IP, tcp=D).system(IP).tcp(why=D)

    assert [True, False, False] == [view(s).control_ok for s in (ok, fails, silent)]
    assert [False, True, False] == [view(s).control_fails for s in (ok, fails, silent)]
    assert [False, False, True] == [view(s).control_silent for s in (ok, fails, silent)]
    assert [False, False, True] == [view(s).dead_address for s in (ok, fails, dead)]


def test_repetitions_decide_with_the_base_visit_as_the_first() -> None:
    """Three more failures are enough."""
    decisions = [view(site(IP).tcp(why=D).again(t=t)).decision for t in ("DDD", "DD", "SSSSSSS")]

    assert [Decision.BROKEN, Decision.OPEN, Decision.CLEAN] == decisions


def test_the_line_is_judged_by_the_control_arm() -> None:
    """All of its connects failed, or some did."""
    dead, fine = (view(site(IP).tcp(why=D).again(t="D", c=c)) for c in ("DD", "DS"))

    assert (True, False) == (dead.line_dead, dead.line_ok)
    assert (False, True) == (fine.line_dead, fine.line_ok)


def test_ids_are_told_once_and_not_too_many() -> None:
    """Evidence is for people."""
    story = site(IP).tcp(why=D).again(t="D" * 40)

    assert 24 == len(view(story).transactions)
    assert (2,) == ids([story.told().records.tcp_connects[0]] * 3)
    assert [True, False] == [is_v6(IP6), is_v6(IP)]
