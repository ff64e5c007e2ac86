"""How rows of the HTTP tables are made: one function a status."""

from collections.abc import Callable
from typing import TypeAlias, TypedDict, Unpack

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.view_http import HTTPView

HOST = ("http_host",)
PACE = ("throttling",)
REFUSALS = frozenset({401, 403, 407, 409, 429, 451})

When: TypeAlias = Callable[[HTTPView], bool]
Row: TypeAlias = Rule[HTTPView]


class More(TypedDict, total=False):
    """What a row may say beside what its status implies."""

    mechanism: Mechanism | Callable[[HTTPView], Mechanism | None] | None
    trigger: Trigger | Callable[[HTTPView], Trigger | None] | None
    locus: Locus
    wants: tuple[str, ...]
    outcome: Outcome


def page_mechanism(v: HTTPView) -> Mechanism | None:
    """The word for interference with a plain request, by what came back."""
    if v.status == 0:
        return v.mechanism
    return Mechanism.REDIRECT if v.is_redirect else Mechanism.BLOCKPAGE


def host_trigger(v: HTTPView) -> Trigger | None:
    """What the interference with a plain request keys on."""
    if v.other_path_passes:
        return Trigger.HTTP_URL
    if v.host_keyed or v.escaped is not None:
        return Trigger.HTTP_HOST
    return Trigger.HTTP_HOST if v.other_name_passes and v.status == 0 else None


def pace_trigger(v: HTTPView) -> Trigger | None:
    """What the slowness keys on: the factor whose change brings the pace back."""
    if v.slower_than in {"c_sni", "c_split", "c_records", "c_none"}:
        return Trigger.SNI
    if v.slower_than == "c_host":
        return Trigger.HTTP_HOST
    return Trigger.IP_PORT if v.slower_than == "c_twin" else Trigger.IP


def _row(  # noqa: PLR0913 - a row's columns
    status: Status, id_: str, when: When, why: str, confidence: float, implied: More, more: More
) -> Row:
    said = implied | more
    return Rule(
        id=id_, layer=Layer.HTTP, when=when, status=status, why=why, confidence=confidence, **said
    )


def throttled(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """The network imposes a pace."""
    implied: More = {
        "mechanism": Mechanism.THROTTLING,
        "trigger": pace_trigger,
        "locus": Locus.NETWORK,
    }
    return _row(Status.THROTTLED, id_, when, why, confidence, implied, more)


def blocked(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """Someone on the way interferes."""
    implied: More = {
        "mechanism": page_mechanism,
        "trigger": host_trigger,
        "locus": Locus.NETWORK,
    }
    return _row(Status.BLOCKED, id_, when, why, confidence, implied, more)


def server(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """The site itself refuses."""
    return _row(Status.SERVER_SIDE, id_, when, why, confidence, {"locus": Locus.SERVER}, more)


def down(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """It fails from outside too."""
    return _row(Status.DOWN, id_, when, why, confidence, {"locus": Locus.SERVER}, more)


def opened(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """A user gets the page."""
    return _row(Status.ACCESSIBLE, id_, when, why, confidence, {}, more)


def unsure(id_: str, when: When, why: str, confidence: float, **more: Unpack[More]) -> Row:
    """It cannot be told, for the reason that `why` gives."""
    return _row(Status.INCONCLUSIVE, id_, when, why, confidence, {}, more)
