"""Out of a stored measurement goes what differs from run to run and judges nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from measurements.schema.codec import from_document, to_document
from measurements.schema.measurement import Measurement
from measurements.verdict.judge import judge
from tests.golden.cases import Json, as_json, pretty

MAX_BODY = 2048
_DIGITS = 3  # of times, in seconds
_TIMES = frozenset({"t", "t0", "x_runtime", "test_runtime"})
# The pace of a download is judged; the other events only tell the story.
_EVENTS = frozenset({"bytes_received_cumulative"})
# Said again by the list beside it.
_TWICE = {"headers": ("headers_list", "x_headers_list")}
_HEADERS = frozenset({"Date", "User-Agent", "Accept", "Accept-Language", "Connection"})


def scrubbed(m: Measurement, name: str) -> Json:
    """The document to keep. Bodies are cut short where the verdict is the same without them."""
    document: Json = json.loads(json.dumps(to_document(m)))
    document = _rounded(document)
    document |= {
        "measurement_uid": f"golden-{name}",
        "x_run_id": "golden",
        "report_id": "",
        "measurement_start_time": _day(document["measurement_start_time"]),
        "test_start_time": _day(document["test_start_time"]),
    }
    keys = document["test_keys"]
    for key in ("accessible", "blocking", "x_verdict"):
        keys.pop(key, None)
    if keys.get("x_controls"):
        keys.pop("control", None)  # the first of x_controls says the same
    for records in (keys, keys["x_experiments"]):
        records["network_events"] = [
            e for e in records["network_events"] if e["operation"] in _EVENTS
        ]
        for query in (*records["queries"], *records.get("x_dns_duplicate_responses", ())):
            query.pop("raw_response", None)
    return _smallest(document)


def _day(time: str) -> str:
    return f"{time[:10]} 00:00:00"


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Times to the millisecond; nulls and what is said elsewhere left out, as any reader allows."""
    if isinstance(value, dict):
        return {
            k: round(v, _DIGITS) if k in _TIMES and isinstance(v, float) else _rounded(v)
            for k, v in value.items()
            if v is not None and not any(other in value for other in _TWICE.get(k, ()))
        }
    if isinstance(value, list):
        return [_rounded(item) for item in value if not _browser(item)]
    return value


def _browser(item: object) -> bool:
    """A header that every request has, or that tells the server's time."""
    return isinstance(item, list) and len(item) == 2 and item[0] in _HEADERS


def _smallest(document: Json) -> Json:
    """With all bodies cut, else with those of the arms cut, else whole: the first that keeps it."""
    text = json.dumps(document)
    meant = _verdict(document)

    def base(copy: Json) -> list[Json]:
        return list(copy["test_keys"]["requests"])

    def arms(copy: Json) -> list[Json]:
        return list(copy["test_keys"]["x_experiments"]["requests"])

    ways: tuple[Callable[[Json], list[Json]], ...] = (lambda c: base(c) + arms(c), arms, base)
    for requests in ways:
        copy: Json = json.loads(text)
        for transaction in requests(copy):
            _cut(transaction["response"])
        if _verdict(copy) == meant:
            return copy
    return document


def _verdict(document: Json) -> str:
    return pretty(as_json(judge(from_document(document))))


def _cut(response: Json) -> None:
    body = response.get("body")
    if isinstance(body, str) and len(body) > MAX_BODY:
        response["body"] = body[:MAX_BODY]
    elif isinstance(body, dict):
        response["body"] = {"format": "base64", "data": body["data"][:MAX_BODY]}
