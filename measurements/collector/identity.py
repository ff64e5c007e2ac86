"""The collector's key: what its answers and invitations are signed with."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from measurements.schema import submission

_OTHERS = 0o077
_MAX_FILE = 4096


class IdentityError(Exception):
    """The key cannot be used; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An Ed25519 key. It shows itself nowhere."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """The key in this file, which is made where there is none. Raises IdentityError."""
        try:
            if not path.exists():
                _make(path)
            return cls.load(path)
        except OSError as exc:
            raise IdentityError(
                f"{path}, the collector's key, cannot be opened: {exc.strerror}."
                " The folder of the database must be yours to write in."
            ) from exc

    @classmethod
    def load(cls, path: Path) -> Self:
        """As above, and never made. Raises IdentityError, or OSError where it cannot be read."""
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & _OTHERS:
                raise IdentityError(
                    f"{path}, the collector's key, can be read by others. If nobody copied it:"
                    f" chmod 600 {path}"
                )
            pem = file.read(_MAX_FILE)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
            raise IdentityError(_not_a_key(path)) from exc
        if not isinstance(key, Ed25519PrivateKey):
            raise IdentityError(_not_a_key(path))
        return cls(key)

    @property
    def public(self) -> bytes:
        """What probes note and hold against it."""
        return self._key.public_key().public_bytes_raw()

    @property
    def report_secret(self) -> bytes:
        """For names of OONI's reports that nobody else can make; survives a restart."""
        return hashlib.blake2b(
            b"anyqta-reports/1", key=self._key.private_bytes_raw(), digest_size=32
        ).digest()

    def sign(self, what: str, message: bytes) -> str:
        """See submission.sign."""
        return submission.sign(self._key, what, message)


def _not_a_key(path: Path) -> str:
    return (
        f"{path} is not a key that this program wrote. Put the right file back from your backup."
        " (Without it: move the file away, and a new key is made; probes that knew the old one"
        " refuse the new one until their volunteers accept it.)"
    )


def _make(path: Path) -> None:
    """Written whole beside its place, then linked there: never half a key, never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            return  # another process was faster
    finally:
        beside.unlink(missing_ok=True)
