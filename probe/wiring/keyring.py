"""The folder `keys`: this month's key for each collector, and invitations. For its owner only."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from probe import home as homes
from probe.upload import keys

FOLDER = "keys"
_MOST = 4096


class Keyring:
    """Of one home."""

    def __init__(self, home: Path) -> None:
        """Makes nothing."""
        self.folder = home / FOLDER

    def key(self, url: str, now: datetime) -> Ed25519PrivateKey:
        """This month's key for this collector, made where there is none. Older ones are destroyed."""
        month = keys.month_of(now)
        self._destroy_old(month)
        found = self.key_if_made(url, now)
        if found is not None:
            return found
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        self._write(keys.name_of(url, month), raw)
        return keys.decode(self._read(keys.name_of(url, month)) or raw)

    def key_if_made(self, url: str, now: datetime) -> Ed25519PrivateKey | None:
        """The same, and nothing is made or destroyed."""
        name = keys.name_of(url, keys.month_of(now))
        raw = self._read(name)
        if raw is None:
            return None
        try:
            return keys.decode(raw)
        except keys.KeyFileError:  # torn by a full disk: a new one costs nothing
            self._destroy(self.folder / name)
            return None

    def invite(self, url: str) -> str | None:
        """The invitation that was given for this collector."""
        raw = self._read(keys.invite_name(url))
        return None if raw is None else keys.clean_invite(raw.decode("ascii", "replace"))

    def keep_invite(self, url: str, invite: str) -> None:
        """For all months to come; a new one takes the old one's place."""
        with suppress(FileNotFoundError):
            (self.folder / keys.invite_name(url)).unlink()
        self._write(keys.invite_name(url), invite.encode("ascii"))

    def _destroy_old(self, month: str) -> None:
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return
        except OSError as exc:
            raise _error(self.folder, exc) from exc
        for name in keys.outdated(names, month):
            self._destroy(self.folder / name)

    def _destroy(self, path: Path) -> None:
        """Overwritten, then unlinked: as much as a program can do. A disk that moves what is written
        over (SSD, snapshots) may keep it."""
        with suppress(OSError):
            with path.open("r+b") as file:
                file.write(b"\0" * path.stat().st_size)
                file.flush()
                os.fsync(file.fileno())
            path.unlink()

    def _read(self, name: str) -> bytes | None:
        try:
            with (self.folder / name).open("rb") as file:
                return file.read(_MOST)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise _error(self.folder / name, exc) from exc

    def _write(self, name: str, raw: bytes) -> None:
        """Whole or not at all, and never over what another process just wrote."""
        path = self.folder / name
        beside = self.folder / f".{name}.{secrets.token_hex(4)}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                with suppress(FileExistsError):
                    path.hardlink_to(beside)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as exc:
            raise _error(path, exc) from exc


def _error(path: Path, exc: OSError) -> homes.HomeError:
    return homes.HomeError(
        f"{path} cannot be used: {exc.strerror}. Check that the home folder is yours and its disk"
        " writable and not full; nothing was sent."
    )
