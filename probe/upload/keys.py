"""Keys to sign with: one for each collector and calendar month. Pure; the files are wiring's.

A collector sees the same sender for a month, two collectors never see the same one, and last
month's key is gone. So what one person sent cannot be put together, also not with their computer.
"""

import hashlib
import re
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX = ".key"
_NAME = re.compile(r"\.?([0-9a-f]{24})-(\d{4}-\d\d)\.key(\.[0-9a-f]+)?")  # also half-written ones
_INVITE = re.compile(r"[A-Za-z0-9_.=-]{8,2048}")


class KeyFileError(ValueError):
    """A key file is not one of ours."""


def month_of(now: datetime) -> str:
    """The month that a key lasts, UTC."""
    return f"{now:%Y-%m}"


def tag_of(url: str) -> str:
    """A collector in file names, which are not to name it."""
    return hashlib.sha256(b"anyqta-collector\n" + url.encode()).hexdigest()[:24]


def name_of(url: str, month: str) -> str:
    """The file of the key for this collector and month."""
    return f"{tag_of(url)}-{month}{SUFFIX}"


def invite_name(url: str) -> str:
    """The file of the invitation to this collector."""
    return f"{tag_of(url)}.invite"


def outdated(names: list[str], month: str) -> list[str]:
    """The files of keys that are not this month's: also those of a clock that once was wrong."""
    return [name for name in names if (found := _NAME.fullmatch(name)) and found[2] != month]


def decode(raw: bytes) -> Ed25519PrivateKey:
    """A key from its file. Raises KeyFileError."""
    try:
        return Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError:
        raise KeyFileError("it does not hold a key") from None


def clean_invite(text: str) -> str | None:
    """An invitation as it was handed on, maybe with line breaks in it; None where it is none."""
    together = "".join(text.split())
    return together if _INVITE.fullmatch(together) else None
