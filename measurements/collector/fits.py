"""What texts of a document may be, by measurement.schema.json's patterns: for swift.py. Pure.

Each check gives the text back, or raises UnfitError; what it said is remembered, as the same few texts
come again and again. Bounded: as many as are remembered, and a text has as many characters as
shape.py lets through.
"""

import binascii
import re
from collections.abc import Callable
from functools import lru_cache

from measurements.collector.validate import SCRUBBED, is_ip
from measurements.schema.codec_values import split_endpoint

_REMEMBERED, _CHAINS = 8192, 64
_HIDDEN = frozenset({SCRUBBED, f"[{SCRUBBED}]"})


class UnfitError(ValueError):
    """Not for here."""


def _only(pattern: str, *, remember: int = 2048) -> Callable[[str], str]:
    """The text itself, where it is such a one."""
    fits = re.compile(pattern).fullmatch

    def check(value: str) -> str:
        if fits(value) is None:
            raise UnfitError
        return value

    return lru_cache(remember)(check) if remember else check


word = _only(r"[^\x00-\x1f\x7f]{0,64}")
failure = _only(r"([a-z][a-z0-9_]{0,63}(: [^\x00-\x08\x0b-\x1f\x7f]{0,2048})?)?")
digest = _only(r"([0-9a-f]{64})?", remember=0)
url = _only(r"([hH][tT][tT][pP][sS]?://.*|)")
uid = _only(r"[0-9A-Za-z._-]{0,120}", remember=0)
kind = _only(r"[0-9A-Za-z_-]{0,16}")
method = _only(r"[A-Z]{0,16}")
asn = _only(r"(AS[0-9]{1,10})?")
cc = _only(r"([A-Z]{2})?")
category = _only(r"[0-9A-Za-z_ -]{0,32}")
blocking = _only(r"[0-9A-Za-z_-]{1,32}")
time = _only(
    r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T]([01][0-9]|2[0-3]):[0-5][0-9]"
    r":[0-5][0-9](\.[0-9]{1,9})?Z?"
)
target = _only(r"[hH][tT][tT][pP][sS]?://[^\s/?#@\\]+([/?#][^\x00-\x20\x7f]*)?")
_ENDPOINT = re.compile(
    r"(\[?scrubbed\]?|[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:]{2,39}(\.[0-9]{1,3}){0,3}\]):[0-9]{1,5}"
)
_MAX_PORT = 65_535


@lru_cache(_REMEMBERED)
def endpoint(value: str) -> tuple[str, int]:
    """Address and port of `address:port`."""
    if not value:
        return "", 0
    if _ENDPOINT.fullmatch(value) is None:
        raise UnfitError
    host, port = split_endpoint(value)
    written = value.rpartition(":")[2]
    if not is_ip(host) or port > _MAX_PORT or str(port) != written:
        raise UnfitError
    return host, port


@lru_cache(_REMEMBERED)
def ip(value: str) -> str:
    """An address, or nothing, or the word in the place of the sender's own."""
    if value and value not in _HIDDEN and not is_ip(value):
        raise UnfitError
    return value


@lru_cache(_REMEMBERED)
def named(value: str) -> str:
    """An address that is one."""
    if not is_ip(value):
        raise UnfitError
    return value


@lru_cache(_CHAINS)
def chain(encoded: tuple[str, ...]) -> tuple[bytes, ...]:
    """Certificates: a site's addresses mostly show the same ones."""
    return tuple([base64(one) for one in encoded])


def base64(value: str) -> bytes:
    """Its bytes."""
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        raise UnfitError from None
