"""What becomes of a measurement that a collector is owed: its states, and when to try again. Pure.

Each pair of a measurement and a collector has a state of its own. What left this computer without an
answer stays `sent`: it may have arrived, so it is sent again and answered `duplicate`.
"""

from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE = timedelta(minutes=30)  # its lower half is jitter: at least a quarter of an hour
LONGEST_PAUSE = timedelta(days=1)
SHORTEST_PAUSE = FIRST_PAUSE / 2
MOST_UNSIGNED = timedelta(hours=1)  # whoever sits in between cannot silence us for longer at once
KEPT_AT_HOME = "kept at home: "
ASKED_TO_WAIT = "the collector asked to wait"
_DOUBLINGS = 16


class State(StrEnum):
    """The words that the database knows."""

    WAITING = "waiting"
    SENT = "sent"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OWED = frozenset({State.WAITING, State.SENT})
ANSWERS = frozenset({State.ACCEPTED, State.DUPLICATE, State.REJECTED})
_ARRIVED = frozenset({State.ACCEPTED, State.DUPLICATE})
_MOVES: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.SENT, State.REJECTED, State.WITHDRAWN}),
    State.SENT: ANSWERS | {State.WITHDRAWN},
    State.ACCEPTED: frozenset({State.WITHDRAWN}),
    State.DUPLICATE: frozenset({State.WITHDRAWN}),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


def after(state: State, wanted: State) -> State:
    """The state after this news; news that do not fit change nothing."""
    return wanted if wanted in _MOVES[state] else state


def arrived(state: State) -> bool:
    """Whether the collector has said that it holds it."""
    return state in _ARRIVED


def pause(attempts: int, chance: float) -> timedelta:
    """How long to leave a collector alone after so many attempts without an answer.

    `chance` is from 0 to 1: a thousand probes that lost the same collector must not come back together.
    """
    doublings = min(max(attempts - 1, 0), _DOUBLINGS)
    longest = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return longest / 2 + longest / 2 * chance


def asked_pause(seconds: float, *, signed: bool) -> timedelta:
    """What a Retry-After is worth: a day at most, and less where it is not the collector's own word."""
    most = LONGEST_PAUSE if signed else MOST_UNSIGNED
    return min(timedelta(seconds=max(0.0, min(seconds, 1e9))), most)


def is_due(next_attempt_at: str | None, last_attempt_at: str | None, now: datetime) -> bool:
    """Whether it may be tried. Where the last try lies ahead, or the next further off than any pause,
    a clock jumped: it is due."""
    at, last = moment(next_attempt_at), moment(last_attempt_at)
    jumped = last is not None and last > now
    return at is None or at <= now or at > now + LONGEST_PAUSE or jumped


def asked_to_wait(last_answer: str | None) -> bool:
    """Whether it is the collector's own word that holds a parcel back: also from a person in a hurry."""
    return (last_answer or "").startswith(ASKED_TO_WAIT)


def moment(text: str | None) -> datetime | None:
    """A time as the database has it; None where it is none."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def written(at: datetime) -> str:
    """A time for the database."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
