"""Visits, hops, and which control speaks of which."""

from measurements.schema.measurement import ControlHop
from measurements.verdict.observe import MAX_REDIRECTS, arm_records, last_visit, visits
from tests.fakes.measurements import IP, OTHER_IP, D, R, Story, a_measurement

HTTP, HTTPS, NEXT = "http://t.example/", "https://t.example/", "https://u.example/"


def redirected() -> Story:
    """From one host to another."""
    return a_measurement(HTTP).control(IP).system(IP).tcp().redirects(NEXT).hop(NEXT)


def test_hops_follow_the_redirects() -> None:
    """Each with its own records, and its name's lookups whichever hop made them."""
    visit = visits(redirected().system(OTHER_IP).opens(OTHER_IP).told())[0]

    assert [HTTP, NEXT] == [hop.url for hop in visit.hops]
    assert [(IP,), (OTHER_IP,)] == [hop.system_addresses for hop in visit.hops]
    assert [1, 1] == [len(hop.transactions) for hop in visit.hops]


def test_a_redirect_that_was_not_followed_is_no_hop() -> None:
    """Nothing was tried there."""
    assert [HTTP] == [hop.url for hop in visits(redirected().told())[0].hops]


def test_a_measurement_without_records_has_a_visit() -> None:
    """Even of what is no URL."""
    (visit,) = visits(a_measurement("mailto:t@example").told())

    assert [("", "")] == [(hop.scheme, hop.host) for hop in visit.hops]
    assert visit.last.fetch is None


def test_the_page_is_the_last_that_was_asked_for() -> None:
    """By time, not by place in the list."""
    story = a_measurement(HTTP).system(IP).tcp().fails(R).tcp().get()
    story.parts["http_transactions"].reverse()

    fetch = visits(story.told())[0].last.fetch

    assert fetch is not None
    assert 200 == fetch.status_code


def test_what_a_visit_left_behind_is_no_visit_of_its_own() -> None:
    """A censor that remembers the name refuses the address afterwards: the first visit counts."""
    story = a_measurement(HTTPS).system(IP).tcp().tls(R)
    story.arm("revisit", "visit", 1).system(IP).tcp(why=D)

    visit = last_visit(story.told())

    assert 1 == visit.number
    assert [True] == [c.failure is None for c in visit.last.connects]
    assert visit.last.handshakes


def test_a_later_visit_counts_where_nothing_was_left_behind() -> None:
    """The twins: the name was not sent before, or the connection stands again."""
    never = a_measurement(HTTPS).system(IP).tcp(why=D)
    never.arm("revisit", "visit", 1).system(IP).tcp(why=D)
    stands = a_measurement(HTTPS).system(IP).tcp().tls(R)
    stands.arm("revisit", "visit", 1).system(IP).opens()
    elsewhere = a_measurement(HTTPS).system(IP).tcp().tls(R)
    elsewhere.arm("revisit", "visit", 1).system(OTHER_IP).tcp(ip=OTHER_IP, why=D)

    assert [False] == [c.failure is None for c in last_visit(never.told()).last.connects]
    assert last_visit(stands.told()).last.fetch is not None
    assert [OTHER_IP] == [c.ip for c in last_visit(elsewhere.told()).last.connects]


def test_the_look_at_port_443_beside_http_left_nothing_behind() -> None:
    """Its hello died; the page on port 80 came. That port 80 is shut afterwards is news."""
    story = a_measurement(HTTP).system(IP).tcp().get().tcp(port=443).tls(R)
    story.arm("revisit", "visit", 1).system(IP).tcp(why=D)

    assert [False] == [c.failure is None for c in last_visit(story.told()).last.connects]


def test_revisits_come_after_the_base_visit() -> None:
    """In their order; other experiments are no visits."""
    story = a_measurement(HTTPS).system(IP).tcp().tls(D).matrix(s1="DDD")
    story.arm("revisit", "visit", 2).system(IP).opens().arm("revisit", "visit", 1).system(IP).tcp(
        why=D
    )

    found = visits(story.told())

    assert [0, 1, 2] == [v.number for v in found]
    assert [False, False, True] == [v.last.fetch is not None for v in found]


def test_a_control_speaks_of_its_own_hop_and_of_the_same_host_later() -> None:
    """Not of another host's."""
    story = a_measurement(HTTP).control(IP).system(IP).tcp().redirects(HTTPS).hop(HTTPS).tcp()
    story.tls().redirects(NEXT).hop(NEXT).system(OTHER_IP)

    first, same, other = visits(story.told())[0].hops

    assert first.answered is same.answered is not None
    assert other.answered is None
    assert [True, True, False] == [hop.up_outside for hop in (first, same, other)]


def test_a_control_that_failed_for_a_hop_is_not_replaced() -> None:
    """It was asked, and did not answer."""
    story = (
        a_measurement(HTTP).control(IP).system(IP).tcp().redirects(HTTPS).hop(HTTPS).no_control()
    )

    assert visits(story.tcp().told())[0].last.answered is None


def test_what_the_control_passed_on_its_way_passed() -> None:
    """Where it tells its way; where it cannot, a page at the end has to do."""
    led = [ControlHop(url=HTTP, status_code=302, location=NEXT)]
    astray = [ControlHop(url=HTTP, status_code=302, location="https://v.example/")]

    def passed(*, told: bool = True, hops: list[ControlHop] | None = None) -> bool:
        story = a_measurement(HTTP).control(IP, told=told, hops=hops or []).system(IP).tcp()
        story.redirects(NEXT).hop(NEXT).system(OTHER_IP)
        return visits(story.told())[0].last.passed_outside

    assert [True, False, True] == [passed(hops=led), passed(hops=astray), passed(told=False)]


def test_redirects_have_an_end() -> None:
    """Ten are followed; the eleventh is too many."""
    story = a_measurement(HTTPS).system(IP)
    for _ in range(MAX_REDIRECTS + 5):
        story.tcp().tls().redirects(HTTPS).hop(HTTPS)

    visit = visits(story.told())[0]

    assert MAX_REDIRECTS + 1 == len(visit.hops)
    assert visit.too_many_redirects


def test_an_address_in_the_url_is_its_own_answer() -> None:
    """And is sent in no hello."""
    hops = [
        visits(a_measurement(f"https://{h}/").told())[0].last
        for h in ("192.0.2.1", "[2001:db8::1]", "t.example")
    ]

    assert [True, True, False] == [hop.is_literal for hop in hops]
    assert ["", "", "t.example"] == [hop.sni for hop in hops]
    assert ("192.0.2.1",) == hops[0].system_addresses


def test_arms_are_sorted_by_repetition() -> None:
    """Whatever the list's order."""
    story = a_measurement(HTTPS).system(IP).tcp(why=D).again(t="DS", c="S")
    story.parts["tcp_connects"].reverse()

    found = arm_records(story.told().records.tcp_connects, "ip_port", 0)

    assert {"c": [None], "t": ["generic_timeout_error", None]} == {
        name: [c.failure for c in connects] for name, connects in found.items()
    }
