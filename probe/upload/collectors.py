"""The address of a collector, as a person gives it. Pure."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from measurements.schema.submission import KEY_BYTES, decode_key
from probe.upload.proxies import is_here, needs_proxy

EXAMPLE = "https://collector.example/"


class BadCollector(ValueError):  # noqa: N818 - it says what it is
    """Not the address of a collector; the message is for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """`url` names it in the database: no fragment, no slash at its end. `key` stood in the fragment."""

    url: str
    key: bytes | None = None

    @property
    def in_the_clear(self) -> bool:
        """Whether those who watch the network can read what goes there."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        return parts.scheme == "http" and not needs_proxy(host) and not is_here(host)


def parse_collector(text: str) -> Collector:
    """https://collector.example/, maybe with #key=… Raises BadCollector."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or parts.query:
        raise BadCollector(f"this is not a collector's address; give one as {EXAMPLE}")
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    where = shown if port in {None, usual} else f"{shown}:{port}"
    return Collector(
        url=f"{parts.scheme}://{where}{parts.path.rstrip('/')}", key=_key(parts.fragment)
    )


def _key(fragment: str) -> bytes | None:
    if not fragment:
        return None
    found = parse_qs(fragment).get("key", [""])
    try:
        key = decode_key(found[0])
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadCollector("the part after # is not a collector's key: copy the whole of it")
    return key
