"""Whether a document that a stranger sent is a measurement: every field that is read is checked.

What can be said of a field by itself is in measurement.schema.json; what needs more is here. A
message names the field and what was wanted, never what stood there. Pure.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from measurements.schema.codec import from_document
from measurements.schema.codec_records import BadDocument
from measurements.schema.measurement import ControlAnswered, Measurement
from measurements.verdict.addresses import is_bogon
from measurements.verdict.urls import split_url

MAX_DOCUMENT = 4 * 2**20
MAX_BODY = 576 * 1024  # 512 KiB as read, and some more where an address in it was blanked
SCRUBBED = "scrubbed"  # in the place of the sender's own address; OONI's clients put it in brackets
FIRST_DAY = date(2012, 1, 1)  # OONI's first measurements
# Megabytes of `[[],[],…` would become a hundred times as many. Counted in texts too, so generous.
_LARGE = 256 * 1024
_MOST_LISTS, _MOST_PARTS = 300_000, 1_000_000
_MAX_SAYS = 300
_MAX_POINTER = 120
_MAX_NAME = 253
_LOCAL_NAMES = frozenset({"localhost", "local", "localdomain", "internal", "lan", "onion"})
_ADDRESS_END = frozenset("0123456789")


class Invalid(ValueError):  # noqa: N818 - it says what it is
    """The document is not a measurement. `where` is a JSON pointer, `says` what was wanted."""

    def __init__(self, says: str, where: str = "") -> None:
        """The message is for the sender: one sentence, and nothing of what they sent."""
        super().__init__(f"{where}: {says}"[:_MAX_SAYS] if where else says[:_MAX_SAYS])
        self.says, self.where = says, where


class TooEarly(Invalid):
    """It lies in the future, by our clock."""


def parse(line: bytes) -> object:
    """JSON: finite numbers, whole text, at most 1024 levels (`check` is stricter, at about 20).

    Raises Invalid.
    """
    if len(line) > MAX_DOCUMENT:
        raise Invalid(f"it has more than {MAX_DOCUMENT} bytes")
    if is_bulky(line):
        raise Invalid("it has too many parts")
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        # its messages are of its own words; the document's are in exc.doc
        raise Invalid(f"it is not JSON: {exc.msg}"[:_MAX_SAYS]) from None


def is_bulky(line: bytes) -> bool:
    """Whether it would take far more memory than it has bytes."""
    return len(line) > _LARGE and (
        line.count(b"[") + line.count(b"{") > _MOST_LISTS or line.count(b",") > _MOST_PARTS
    )


def check(document: object, *, today: str | None = None) -> Measurement:
    """The measurement, verdict and all. Raises Invalid.

    With `today` (2026-11-25) a time later than tomorrow is refused.
    """
    try:
        error = next(_validator().iter_errors(document), None)
    except ValueError:  # the library's own limit, about 250 levels
        raise Invalid("expected less nesting") from None
    if error is not None:
        raise _explained(error)
    assert isinstance(document, dict)
    sound(document["measurement_start_time"], document["input"], today)
    try:
        m = from_document(document)
    except BadDocument as exc:
        raise Invalid(f"it cannot be read: {str(exc)[:_MAX_POINTER]}") from None
    _check_records(m)
    return m


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema."""
    path = files("measurements.collector").joinpath("measurement.schema.json")
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


@cache
def _validator() -> Draft202012Validator:
    # RegexOptions: an engine whose time is linear in the text
    return Draft202012Validator(
        schema(), validate_formats=True, pattern_options=RegexOptions(), offline=True
    )


# --- what no schema can say --------------------------------------------------------------------


def sound(started: str, url: str, today: str | None) -> None:
    """Whether it can have been then, and may be measured. Raises Invalid."""
    _check_time(started, today)
    _check_input(url)


def _check_time(text: str, today: str | None) -> None:
    where = "/measurement_start_time"
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid("there is no such day", where) from None
    if day < FIRST_DAY:
        raise Invalid(f"expected a day from {FIRST_DAY} on", where)
    if today is not None and day > date.fromisoformat(today) + timedelta(days=1):
        raise TooEarly("it is in the future: is the clock right?", where)


@lru_cache(maxsize=2048)
def _check_input(url: str) -> None:
    """What is measured is public: another name or address may be somebody's home."""
    try:
        parts = urlsplit(url)
        whole = parts.username is None and parts.password is None and parts.port != 0
    except ValueError:
        whole = False
    host = split_url(url)[1] if whole else ""
    if not host:
        raise Invalid("expected an http or https URL that a browser opens", "/input")
    if not _is_public(host):
        raise Invalid("expected a public host, not one of a home or an office", "/input")


@lru_cache(maxsize=4096)
def _is_public(host: str) -> bool:
    if is_ip(host):
        return not is_bogon(host)
    last = host.rsplit(".", 1)[-1]
    return (
        "." in host
        and len(host) <= _MAX_NAME
        and last not in _LOCAL_NAMES
        and not host.endswith("home.arpa")
        and not set(last) <= _ADDRESS_END  # a browser reads 10.1 as 10.0.0.1
        and host.isprintable()
    )


@lru_cache(maxsize=65536)
def is_ip(text: str) -> bool:
    """An address, and not of one interface only."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a zone is the name of an interface


def _check_records(m: Measurement) -> None:
    for ip, where in _endpoints(m):
        if ip and ip != SCRUBBED and not is_ip(ip):
            raise Invalid("expected an IP address and a port", where)
    for h in m.records.http_transactions:
        if h.body is not None and len(h.body) > MAX_BODY:
            raise Invalid(f"a body has more than {MAX_BODY} bytes", "/test_keys/requests")


def _endpoints(m: Measurement) -> Iterator[tuple[str, str]]:
    r = m.records
    for parts, where in (
        (r.tls_handshakes, "tls_handshakes"),
        (r.quic_handshakes, "quic_handshakes"),
        (r.http_transactions, "requests"),
    ):
        for each in parts:
            yield each.ip, f"/test_keys/{where}"
    for control in m.controls:
        if isinstance(control, ControlAnswered):
            for endpoint in control.endpoints:
                yield endpoint.ip, "/test_keys/x_controls"


# --- words -------------------------------------------------------------------------------------


def _explained(error: ValidationError) -> Invalid:
    where = _pointer(error.instance_path)
    if error.kind.name == "required":
        return Invalid("is missing", f"{where}/{error.kind.value}")
    wanted = _wanted(error.schema_path)
    if error.kind.name == "propertyNames":
        return Invalid(f"each key must be {_wanted([*error.schema_path[:-1]])}", where or "/")
    found = _found(error.instance)
    if found == "a number" and "number" in wanted:
        found = "another one"
    return Invalid(f"expected {wanted}, found {found}", where or "/")


def _wanted(path: list[str | int]) -> str:
    """The description that stands nearest to the rule that was broken."""
    node: Any = schema()
    found = "a measurement in OONI's format"
    for step in path:
        if isinstance(node, dict) and isinstance(node.get("description"), str):
            found = node["description"]
        node = node[step]
    if isinstance(node, dict) and isinstance(node.get("description"), str):
        found = node["description"]
    return found


def _pointer(path: list[str | int]) -> str:
    """A JSON pointer. A key is a stranger's text: no control characters, and not much of it."""
    pointer = "".join(f"/{str(step)[:40]}" for step in path)
    pointer = "".join(c if c.isprintable() else "?" for c in pointer)
    return pointer if len(pointer) <= _MAX_POINTER else f"{pointer[:_MAX_POINTER]}…"


def _found(value: object) -> str:
    """What kind of thing it is: what it says may be somebody's."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return f"text of {len(value)} characters" if value else "empty text"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "an object"
