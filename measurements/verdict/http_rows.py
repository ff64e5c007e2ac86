"""How rows of the HTTP tables are made: one function a status."""

from collections.abc import Callable

from measurements.schema.words import Layer, Locus, Mechanism, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.view_http import HTTPView

HOST = ("http_host",)
PACE = ("throttling",)
REFUSALS = frozenset({401, 403, 407, 409, 429, 451})


def _page_mechanism(v: HTTPView) -> Mechanism | None:
    """The word for interference with a plain request, by what came back."""
    if v.status == 0:
        return v.mechanism
    return Mechanism.REDIRECT if v.is_redirect else Mechanism.BLOCKPAGE


def host_trigger(v: HTTPView) -> Trigger | None:
    if v.other_path_passes:
        return Trigger.HTTP_URL
    if v.host_keyed or v.escaped is not None:
        return Trigger.HTTP_HOST
    return Trigger.HTTP_HOST if v.other_name_passes and v.status == 0 else None


def pace_trigger(v: HTTPView) -> Trigger | None:
    if v.slower_than in {"c_sni", "c_split", "c_records", "c_none"}:
        return Trigger.SNI
    if v.slower_than == "c_host":
        return Trigger.HTTP_HOST
    return Trigger.IP_PORT if v.slower_than == "c_twin" else Trigger.IP


def throttled(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {
        "status": Status.THROTTLED,
        "mechanism": Mechanism.THROTTLING,
        "locus": Locus.NETWORK,
    } | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def blocked(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {
        "status": Status.BLOCKED,
        "mechanism": _page_mechanism,
        "trigger": host_trigger,
        "locus": Locus.NETWORK,
    } | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def server(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.SERVER_SIDE, "locus": Locus.SERVER} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def opened(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.ACCESSIBLE} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def unsure(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.INCONCLUSIVE} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]
