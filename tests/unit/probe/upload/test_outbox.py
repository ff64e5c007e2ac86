"""States and pauses: no state is ever lost, nothing that was answered is owed again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from probe.upload import outbox
from probe.upload.outbox import ANSWERS, LONGEST_PAUSE, OWED, SHORTEST_PAUSE, State, after

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STATES = st.sampled_from(State)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(STATES, st.lists(STATES, max_size=30))
def test_no_news_takes_an_answer_back(first: State, news: list[State]) -> None:
    """Whatever comes, in whatever order: an answered one is only ever withdrawn, a withdrawn one
    stays, and what waits ends in an answer or still waits."""
    state = first
    for wanted in news:
        before, state = state, after(state, wanted)
        assert state in State
        assert state in {before, wanted}
        if before is State.WITHDRAWN or before is State.REJECTED:
            assert state == before
        if before in ANSWERS:
            assert state in {before, State.WITHDRAWN}
        if outbox.arrived(before):
            assert outbox.arrived(state) or state is State.WITHDRAWN


@given(st.lists(STATES, max_size=30))
def test_nothing_arrives_that_was_not_sent(news: list[State]) -> None:
    """accepted and duplicate come after sent only."""
    state, sent = State.WAITING, False
    for wanted in news:
        state = after(state, wanted)
        sent = sent or state is State.SENT
        assert sent or not outbox.arrived(state)


def test_every_state_can_be_left_or_is_final() -> None:
    """Owed ones can be answered; each word is the database's."""
    from measurements.store.outbox import STATES as STORED  # noqa: PLC0415

    assert set(STORED) == {str(state) for state in State}
    for state in OWED:
        assert State.REJECTED is after(state, State.REJECTED)
        assert State.WITHDRAWN is after(state, State.WITHDRAWN)
    assert State.ACCEPTED is after(State.SENT, State.ACCEPTED)


@given(st.integers(-3, 10**9), st.floats(0, 1))
def test_a_pause_is_a_quarter_of_an_hour_to_a_day(attempts: int, chance: float) -> None:
    """Whatever the count, and whatever chance says."""
    assert SHORTEST_PAUSE <= outbox.pause(attempts, chance) <= LONGEST_PAUSE


@given(st.integers(1, 100), st.floats(0, 1), st.floats(0, 1))
def test_pauses_grow(attempts: int, one: float, other: float) -> None:
    """With jitter over the upper half of each: never shorter two attempts later."""
    assert outbox.pause(attempts, one) <= outbox.pause(attempts + 1, other) or (
        outbox.pause(attempts + 1, 1) == LONGEST_PAUSE
    )


@given(st.floats(allow_nan=False), st.booleans())
def test_a_retry_after_is_a_day_at_most(seconds: float, signed: bool) -> None:
    """An hour, where anybody in between may have said it."""
    most = LONGEST_PAUSE if signed else timedelta(hours=1)
    assert timedelta(0) <= outbox.asked_pause(seconds, signed=signed) <= most


@given(MOMENTS, MOMENTS)
def test_a_clock_that_jumps_holds_nothing_back(tried: datetime, now: datetime) -> None:
    """Whenever it was tried: a day later by any clock, or earlier than that try, it is due."""
    at = outbox.written(tried + timedelta(hours=2))
    last = outbox.written(tried)
    due = outbox.is_due(at, last, now)
    assert due or timedelta(0) <= now - tried.replace(microsecond=0) <= timedelta(hours=2)
    assert outbox.is_due(outbox.written(now + timedelta(days=3)), None, now)


def test_due() -> None:
    """And the twin that is not."""
    assert outbox.is_due(None, None, NOW)
    assert outbox.is_due("nonsense", None, NOW)
    assert outbox.is_due("2026-11-25T12:00:00Z", "2026-11-25T11:00:00Z", NOW)
    assert not outbox.is_due("2026-11-25T12:00:01Z", "2026-11-25T11:00:00Z", NOW)
    assert outbox.asked_to_wait(f"{outbox.ASKED_TO_WAIT}: busy")
    assert not outbox.asked_to_wait("busy")
    assert not outbox.asked_to_wait(None)


@given(MOMENTS)
def test_a_time_survives_the_database(at: datetime) -> None:
    """To the second."""
    assert at.replace(microsecond=0) == outbox.moment(outbox.written(at))
