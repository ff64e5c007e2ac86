"""What the DNS table looks at."""

import pytest

from measurements.verdict.view_dns import DNSView, kind_of
from tests.fakes.measurements import IP, IP6, STRANGER, D, Story, a_measurement
from tests.fakes.pages import BLOCKPAGE, OTHER, SITE

HTTP, HTTPS = "http://t.example/", "https://t.example/"
NX, EMPTY, SERVFAIL = "dns_nxdomain_error", "dns_no_answer", "dns_servfail_error"
FAR = "151.101.1.1"


def view(story: Story) -> DNSView:
    """The first hop's."""
    return story.assessed().judged[0].dns


def site() -> Story:
    """The control is told IP."""
    return a_measurement(HTTPS).control(IP)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (NX, "nxdomain"),
        ("dns_name_error", "nxdomain"),
        ("android_dns_cache_no_data", "nxdomain"),
        ("dns_server_misbehaving", "servfail"),
        ("connection_refused", "refused"),
        ("unknown_failure", None),
        (None, None),
    ],
)
def test_a_failure_has_a_word(failure: str | None, kind: str | None) -> None:
    """In everybody's dialect."""
    assert kind == kind_of(failure)


@pytest.mark.parametrize(
    ("story", "kind"),
    [
        (site().system(IP), None),
        (site().system(why=NX), "nxdomain"),
        (site().system(why="dns_temporary_failure").configured(why="dns_refused_error"), "refused"),
        (site().system(why="dns_temporary_failure").configured(why=EMPTY), "no_answer"),
        (site().system(why="dns_temporary_failure", seconds=9), "timeout"),
        (site().system(why="dns_temporary_failure"), "servfail"),
        (site().system(why="unknown_failure").configured(why=NX), "nxdomain"),
    ],
)
def test_a_vague_word_gives_way_to_the_resolvers_own(story: Story, kind: str | None) -> None:
    """The C library hides what the resolver said."""
    assert kind == view(story).kind


def test_two_answers_conflict_where_they_share_nothing() -> None:
    """To one question, of one resolver."""
    forged = site().system(FAR).configured(FAR).configured(IP, late=True)
    dealt = site().system(FAR).configured(FAR).configured(FAR, IP, late=True)
    denied = site().system(why=NX).configured(why=NX).configured(IP, late=True)
    public = site().system(IP).public(FAR).public(IP, late=True)

    assert [True, False, True, False] == [view(s).conflict for s in (forged, dealt, denied, public)]
    assert view(public).public_conflict


def test_without_ids_a_late_answer_is_of_its_own_question() -> None:
    """Documents before 2022 give all of them 0."""
    story = site().system(IP).public(IP)
    story.tid = -1
    story.ask("public", "udp", [IP6], same=True).ask("public", "udp", [IP], late=True)

    assert not view(story).public_conflict


@pytest.mark.parametrize(
    ("story", "contrast"),
    [
        (site().system(why=NX), True),
        (a_measurement(HTTPS).no_control().system(why=NX), False),
        (a_measurement(HTTPS).no_control().system(why=NX).doh(IP), True),
        (a_measurement(HTTPS).no_control().system(why=NX).public(IP), False),
        (a_measurement(HTTPS).no_control().system(why=NX).public(IP).tcp(IP).tls(), True),
        (a_measurement(HTTPS).no_control().system(why=NX).transports("doh_t", [IP]), False),
    ],
    ids=[
        "the control",
        "nobody",
        "DoH",
        "in the clear",
        "in the clear, and proved",
        "DoH, afterwards",
    ],
)
def test_who_else_resolves_it(story: Story, contrast: bool) -> None:
    """An answer in the clear needs the site's certificate."""
    assert contrast is view(story).contrast


def test_the_experiments_arms() -> None:
    """Alive for other names; the same lie each time; an answer where no resolver is."""
    story = site().system(why=NX).transports("udp_c", NX).transports("udp_t", NX, NX, NX)
    dead = site().system(why=D).transports("udp_c", D, D)
    dark = site().system(FAR).transports("dark_t", [FAR]).transports("dark_c", D)

    assert (True, True, False) == (
        view(story).alive,
        view(story).repeated,
        view(story).silent_for_all,
    )
    assert (False, True) == (view(dead).alive, view(dead).silent_for_all)
    assert (True, False) == (view(dark).dark_answered, view(dark).dark_answers_all)
    assert view(site().system(IP)).alive is None


def test_a_public_resolver_lies_where_all_its_answers_are_strangers() -> None:
    """One that may be the site's is enough to believe it."""
    lies = site().system(IP).public(why=NX)
    honest = site().system(IP).public(FAR)

    assert [True, False] == [view(s).public_lies for s in (lies, honest)]


def in_the_clear(body: bytes) -> DNSView:
    """An unproven address with that page; others here are told what outsiders are told."""
    story = a_measurement(HTTP).control(IP).system(STRANGER).doh(IP)
    return view(story.opens(STRANGER, body=body))


def test_a_page_from_an_unproven_address() -> None:
    """The site's own vouches for it; a block page refutes it; another page where there is no geo-DNS."""
    assert [True, False, False] == [in_the_clear(p).genuine for p in (SITE, OTHER, BLOCKPAGE)]
    assert [False, True, True] == [in_the_clear(p).strange_page for p in (SITE, OTHER, BLOCKPAGE)]
    assert [False, False, True] == [
        in_the_clear(p).blockpage_known for p in (SITE, OTHER, BLOCKPAGE)
    ]


def test_another_page_is_not_strange_where_each_place_is_told_otherwise() -> None:
    """It may be this country's."""
    story = a_measurement(HTTP).control(IP).system(STRANGER).doh(FAR).opens(STRANGER, body=OTHER)

    assert not view(story).strange_page


def test_the_gates_findings_are_for_all_or_for_one() -> None:
    """A hosts entry is of a name."""
    found = view(site().found("resolver_dead").found("hosts_entry", "u.example").system(IP))

    assert [True, False] == [found.found("resolver_dead"), found.found("hosts_entry")]


def test_no_ipv6_here() -> None:
    """Unless one was reached."""
    only = a_measurement(HTTPS).control(IP6).system(why=NX)
    reached = a_measurement(HTTPS).control(IP6).system(why=NX).tcp(IP6)

    assert [True, False, False] == [view(s).no_ipv6 for s in (only, reached, site().system(why=NX))]


def test_words_and_transactions_are_told() -> None:
    """At most two dozen ids, each once."""
    story = site().system(IP).transports("udp_t", *([[IP]] * 40))
    found = view(story)

    assert {"host": "t.example", "addresses": IP, "kind": "failed", "outside": IP} == found.words
    assert 24 == len(set(found.transactions)) == len(found.transactions)
