"""The test helper's messages: a request in, a question that is safe to measure out, or a 400.

Source: ooni/probe-cli internal/model/ooapi.go (THRequest, THResponse) and internal/oohelperd. Pure.
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import idna

from measurements.schema.codec_records import BadDocument
from measurements.schema.codec_verdict import decode_control
from measurements.schema.measurement import ControlAnswered
from measurements.schema.records import Headers
from probe.net.resolvers import Endpoint, parse_endpoint

MAX_URL = 4096
# www.youtube.com has 32 addresses (research/ooni_probe.md), each with :80 and :443.
MAX_ENDPOINTS = 64
MAX_REQUEST = 64 * 1024
MAX_NONCE = 128
MAX_DOWNLOAD = 1024 * 1024
# What oohelperd says to a GET; the key beside it tells ours apart.
MESSAGE = {"message": "Hello OONItarian!", "x_anyqta": "control"}
MARK = ("x-anyqta", "control")
YOUR_ADDRESS = "Anyqta-Your-Address"  # of an answer: from where it was asked, for the asker only
SENT_HEADERS = ("Accept", "Accept-Language", "User-Agent")  # all others are dropped (oohelperd)

_MAX_HEADER = 512
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = "!$%&'()*+,-./:;=?@[]_~"
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")


def told_address(value: str | None) -> str | None:
    """The address in such a header; None where it is none."""
    try:
        return str(ipaddress.ip_address(value.strip())) if value else None
    except ValueError:
        return None


class BadRequest(ValueError):  # noqa: N818 - it is HTTP's name for it
    """The question cannot be measured; the message says why and goes into the 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One http(s) URL, taken apart; `host` is in lower case, ASCII, without brackets."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> bool:
        """The host is an address."""
        return ":" in self.host or bool(_NUMERIC_END.search(self.host))

    @property
    def server_name(self) -> str:
        """What a client sends as SNI: nothing for an address (RFC 6066 §3)."""
        return "" if self.literal else self.host

    @property
    def authority(self) -> str:
        """The Host header (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """What a probe asks."""

    target: Target
    endpoints: tuple[Endpoint, ...] = ()
    headers: Headers = ()


def parse_url(text: str) -> Target:
    """`text` as a Target, without its fragment. Raises BadRequest."""
    if len(text) > MAX_URL:
        raise BadRequest(f"the URL is longer than {MAX_URL} characters")
    if any(char <= " " or char in "\\\x7f" for char in text):
        raise BadRequest("the URL holds a space, a backslash or a control character")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise BadRequest(f"the URL cannot be read: {exc}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadRequest("only http and https URLs are measured")
    if "@" in parts.netloc:
        raise BadRequest("the URL holds a user name or password")
    if port == 0:
        raise BadRequest("the URL's port is 0")
    host = _host(host)
    path = quote(parts.path or "/", safe=_SAFE) + (
        f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    )
    target = Target(
        url="", scheme=parts.scheme, host=host, port=port or _DEFAULT_PORTS[parts.scheme]
    )
    url = f"{target.scheme}://{target.authority}{path}"
    return Target(url=url, scheme=target.scheme, host=host, port=target.port)


def _host(host: str) -> str:
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host)
            if address.scope_id is not None:  # names one of this machine's interfaces
                raise BadRequest("the URL's host has a zone")
            return str(address)
        except ipaddress.AddressValueError:
            raise BadRequest("the URL's host is not an IPv6 address") from None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise BadRequest("the URL's host is not a name that a registry could hold") from None
    host = host.lower().removesuffix(".")
    if _NUMERIC_END.search(host):
        try:  # also refuses 127.1, 0x7f.1, 2130706433, which some resolvers read as addresses
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadRequest("the URL's host is neither a name nor an IPv4 address") from None
    if not _NAME.fullmatch(host):
        raise BadRequest("the URL names no host")
    return host


def follow(target: Target, location: str) -> Target:
    """Where a Location header leads. Raises BadRequest.

    Header values are latin-1 here; sites write UTF-8 into them.
    """
    raw = location.strip().encode("latin-1", "replace").decode("utf-8", "replace")
    raw = raw.replace(" ", "%20").replace("\\", "/")
    try:
        joined = urljoin(target.url, raw)
    except ValueError as exc:
        raise BadRequest(f"the Location cannot be read: {exc}") from None
    return parse_url(joined)


def echo(nonce: str) -> str:
    """What /x/hello makes of a nonce: a portal that answers everything does not know it."""
    return hashlib.sha256(b"anyqta control " + nonce.encode("utf-8", "replace")).hexdigest()


def encode_request(url: str, endpoints: Sequence[Endpoint], headers: Headers) -> bytes:
    """The body of a POST to a test helper."""
    document = {
        "http_request": url,
        "http_request_headers": {k: [v] for k, v in headers if k in SENT_HEADERS},
        "tcp_connect": [str(endpoint) for endpoint in endpoints[:MAX_ENDPOINTS]],
        "x_quic_enabled": False,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def decode_json(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadRequest."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequest("the body is not a JSON object")
    return document


def decode_request(data: bytes) -> ControlRequest:
    """A probe's question, ours or OONI's. Raises BadRequest."""
    document = decode_json(data)
    url = document.get("http_request")
    if not isinstance(url, str) or not url:
        raise BadRequest("http_request: a URL is needed")
    return ControlRequest(
        target=parse_url(url),
        endpoints=_endpoints(document.get("tcp_connect")),
        headers=_headers(document.get("http_request_headers")),
    )


def _endpoints(raw: object) -> tuple[Endpoint, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > MAX_ENDPOINTS:
        raise BadRequest(f"tcp_connect: a list of at most {MAX_ENDPOINTS} endpoints is needed")
    out = []
    for item in raw:
        try:
            out.append(parse_endpoint(item, 0) if isinstance(item, str) else Endpoint("", 0))
        except ValueError:
            raise BadRequest("tcp_connect: an entry is not IP:PORT") from None
        if not out[-1].port:
            raise BadRequest("tcp_connect: an entry is not IP:PORT")
    return tuple(dict.fromkeys(out))


def _headers(raw: object) -> Headers:
    """The three headers that may be sent on, the first value of each."""
    if raw is None:
        return ()
    if not isinstance(raw, dict):
        raise BadRequest("http_request_headers: an object is needed")
    names = {name.lower(): name for name in SENT_HEADERS}
    out: dict[str, str] = {}
    for name, values in raw.items():
        wanted = names.get(name.lower())
        if wanted is None or wanted in out:
            continue
        value = values[0] if isinstance(values, list) and values else values
        if not isinstance(value, str) or len(value) > _MAX_HEADER:
            raise BadRequest(f"http_request_headers: {wanted} is not a short text")
        if not (value.isascii() and value.isprintable()):
            raise BadRequest(f"http_request_headers: {wanted} holds characters that no header may")
        if value.strip():
            out[wanted] = value.strip()
    return tuple(out.items())


def decode_answer(data: bytes, *, depth: int, url: str, address: str) -> ControlAnswered:
    """A test helper's answer, ours or OONI's. Raises BadDocument.

    A page that answers everything with some JSON is no test helper: the two keys must be there.
    """
    try:
        document = decode_json(data)
    except BadRequest as exc:
        raise BadDocument(str(exc)) from None
    if not isinstance(document.get("http_request"), dict) or not isinstance(
        document.get("dns"), dict
    ):
        raise BadDocument("not a test helper's answer")
    return decode_control(document, depth=depth, url=url, address=address)
