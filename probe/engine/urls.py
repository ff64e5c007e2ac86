"""One address as a person writes it to the one spelling that is measured, or the reason why not.

Refused is what is not http or https, what carries a password, what points into the volunteer's own
network, and what two programs could read differently: a number for an address, a backslash for a
slash.
"""

import ipaddress
import re
from urllib.parse import quote

import idna

MAX_URL = 2048
_MAX_SHOWN = 120
_MAX_HOST = 253
_MAX_LABEL = 63
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?=//)")
_OPAQUE = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?![0-9]*(?:[/?#]|$))")
_PARTS = re.compile(r"([^/?#]*)([^#]*)")
_LABELS = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_SAFE = "!$%&'()*+,-./:;=?@[]_~"
_CLEAN_REST = re.compile(r"[A-Za-z0-9!$%&'()*+,\-./:;=?@\[\]_~]*")
_LOCAL_NAME = re.compile(r"(?:^|\.)(?:localhost|local|localdomain|home\.arpa|internal|lan)$")


class RefusedError(ValueError):
    """This text is not a URL that we measure; the message is the reason."""


def normalise(text: str, *, allow_private: bool = False) -> str:
    """The one spelling of an http(s) URL: `EXAMPLE.org` is `https://example.org/`.

    Raises RefusedError with the reason. `allow_private` is for tests and the demonstration.
    """
    text = text.strip().strip(_INVISIBLE).strip()
    _refuse_characters(text)
    scheme, rest = _split_scheme(text)
    if scheme not in _DEFAULT_PORTS:
        raise RefusedError(f"only http and https are measured, not {shown(scheme)}")
    authority, path = _authority_and_path(rest)
    if "@" in authority:
        raise RefusedError("it holds a user name or password, which everyone on the way would see")
    host, port = _host_and_port(authority)
    host = _host(host, allow_private=allow_private)
    if port == _DEFAULT_PORTS[scheme]:
        port = None
    if not _CLEAN_REST.fullmatch(path):
        path = quote(path, safe=_SAFE)
    url = f"{scheme}://{host}{'' if port is None else f':{port}'}{path}"
    if len(url) > MAX_URL:
        raise RefusedError(f"it is longer than {MAX_URL} characters")
    return url


def _refuse_characters(text: str) -> None:
    if not text:
        raise RefusedError("it is empty")
    if len(text) > MAX_URL:
        raise RefusedError(f"it is longer than {MAX_URL} characters")
    if text.isascii() and text.isprintable() and " " not in text and "\\" not in text:
        return
    for char in text:
        if "\ud800" <= char <= "\udfff":
            raise RefusedError("it is not UTF-8")
        if char < " " or "\x7f" <= char <= "\x9f":
            raise RefusedError(f"it holds a control character (U+{ord(char):04X})")
        if char.isspace():
            raise RefusedError("there is a space inside it")
        if char == "\\":
            raise RefusedError("it holds a backslash, which programs read differently")


def _split_scheme(text: str) -> tuple[str, str]:
    if found := _SCHEME.match(text):
        return found[1].lower(), text[found.end() + 2 :]
    if text.startswith("//"):
        return "https", text[2:]
    if _bare_ipv6(text):
        return "https", f"[{text}]"
    if found := _OPAQUE.match(text):
        return found[1].lower(), text[found.end() :]
    return "https", text


def _bare_ipv6(text: str) -> bool:
    try:
        return text.count(":") > 1 and ipaddress.ip_address(text).version == 6  # noqa: PLR2004
    except ValueError:
        return False


def _authority_and_path(rest: str) -> tuple[str, str]:
    found = _PARTS.match(rest)
    authority, path = found.groups() if found else ("", "")
    return authority, path if path.startswith("/") else f"/{path}"


def _host_and_port(authority: str) -> tuple[str, int | None]:
    host, colon, digits = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return authority, None
    if not digits:
        return host, None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 2**16):
        raise RefusedError(f"{shown(digits)} is not a port")
    return host, int(digits)


def _host(host: str, *, allow_private: bool) -> str:
    if host.startswith("["):
        return _ipv6_literal(host, allow_private=allow_private)
    if not host.isascii():
        host = _to_ascii(host)
    host = host.lower().removesuffix(".")
    if not host:
        raise RefusedError("it names no host")
    if _NUMERIC_END.search(host):
        return _ipv4_literal(host, allow_private=allow_private)
    if not _LABELS.fullmatch(host):
        raise RefusedError(f"{shown(host)} is not a host name")
    if len(host) > _MAX_HOST or max(map(len, host.split("."))) > _MAX_LABEL:
        raise RefusedError("its host name is longer than DNS allows")
    if host.endswith(".onion"):
        raise RefusedError("an onion address is reached only through Tor")
    if not allow_private and ("." not in host or _LOCAL_NAME.search(host)):
        raise RefusedError(f"{shown(host)} is a name of this computer or its own network")
    return host


def _to_ascii(host: str) -> str:
    """UTS 46, non-transitional, as browsers do: `straße.de` is not `strasse.de`."""
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as exc:
        raise RefusedError(f"{shown(host)} is not a name that a registry could hold") from exc


def _ipv4_literal(host: str, *, allow_private: bool) -> str:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        raise RefusedError(f"{shown(host)} is neither a name nor an IPv4 address") from None
    if not allow_private:
        _refuse_private(address)
    return str(address)


def _ipv6_literal(host: str, *, allow_private: bool) -> str:
    if not host.endswith("]") or "%" in host:
        raise RefusedError(f"{shown(host)} is not an IPv6 address")
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        raise RefusedError(f"{shown(host)} is not an IPv6 address") from None
    if not allow_private:
        _refuse_private(address.ipv4_mapped or address)
    return f"[{address}]"


def _refuse_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        raise RefusedError(f"{address} is not a public address")


def shown(text: str) -> str:
    """The text as it may be put on a terminal: short, and nothing in it that a terminal obeys."""
    text = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
