"""How rows of the HTTP tables are made."""

import pytest

from measurements.schema.words import Locus, Mechanism, Status, Trigger
from measurements.verdict import http_rows
from tests.fakes.http_stories import plain
from tests.fakes.measurements import R, Story
from tests.fakes.pages import NEUTRAL, OTHER, SITE


def test_a_row_has_its_statuss_columns() -> None:
    """And those that it names itself."""
    made = [
        make("http.x", lambda _: True, "It is so.", 0.5, wants=http_rows.HOST)
        for make in (
            http_rows.throttled,
            http_rows.blocked,
            http_rows.server,
            http_rows.down,
            http_rows.opened,
            http_rows.unsure,
        )
    ]

    assert [
        Status.THROTTLED,
        Status.BLOCKED,
        Status.SERVER_SIDE,
        Status.DOWN,
        Status.ACCESSIBLE,
        Status.INCONCLUSIVE,
    ] == [row.status for row in made]
    assert {("http_host",)} == {row.wants for row in made}
    assert [Locus.NETWORK] * 2 + [Locus.SERVER] * 2 == [row.locus for row in made[:4]]


def test_what_a_row_names_beats_what_its_status_implies() -> None:
    """A tampered page is not a block page."""
    row = http_rows.blocked("http.x", lambda _: True, "So.", 0.5, mechanism=Mechanism.TAMPERED)

    assert Mechanism.TAMPERED is row.mechanism


@pytest.mark.parametrize(
    ("story", "mechanism"),
    [
        (plain().fails(R), Mechanism.RESET),
        (plain().redirects("https://u.example/"), Mechanism.REDIRECT),
        (plain().get(body=OTHER), Mechanism.BLOCKPAGE),
    ],
)
def test_the_word_is_by_what_came_back(story: Story, mechanism: Mechanism) -> None:
    """Nothing, a redirect, a page."""
    assert mechanism is http_rows.page_mechanism(story.assessed().judged[0].http)


@pytest.mark.parametrize(
    ("arms", "trigger"),
    [
        ({"h1": [R] * 3, "h6": [SITE]}, Trigger.HTTP_HOST),
        ({"h1": [R] * 3, "h2": [NEUTRAL]}, Trigger.HTTP_HOST),
        ({"h1": [R] * 3, "h7": [NEUTRAL]}, Trigger.HTTP_URL),
        ({"h1": [R] * 3}, None),
    ],
)
def test_what_it_keys_on(arms: dict[str, list[str | bytes]], trigger: Trigger | None) -> None:
    """As far as an arm has shown it."""
    view = plain().fails(R).hosts(**arms).assessed().judged[0].http

    assert trigger is http_rows.host_trigger(view)


def test_what_a_pace_keys_on() -> None:
    """The address, where no arm at the same server is quicker."""
    view = plain().get().paces(t=[20.0] * 6, c_host=[400.0] * 6).assessed().judged[0].http

    assert Trigger.HTTP_HOST is http_rows.pace_trigger(view)
    assert Trigger.IP is http_rows.pace_trigger(plain().get().assessed().judged[0].http)
