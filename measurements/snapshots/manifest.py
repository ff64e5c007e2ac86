"""What is in a snapshot: each file's size and hash, and which snapshot came before."""

import hashlib
import json
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from measurements.snapshots.errors import SnapshotError

FORMAT = "anyqta-snapshot/1"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = f"{SUMS}.sig"
SIGNERS = "allowed_signers"
DATABASE = "anyqta.db"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,80})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_MAX = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All but the manifest itself, SHA256SUMS and its signature."""

    format: str
    made_on: str
    software: Mapping[str, str | None]
    schema_version: int
    logical_sha256: str
    counts: Mapping[str, int]
    previous: Mapping[str, str] | None
    signed_by: str | None
    files: Sequence[Listed]

    def encode(self) -> bytes:
        """The file's bytes."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


def sha256_of(path: Path) -> str:
    """Of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def listed(folder: Path, name: str) -> Listed:
    """A file as it lies there."""
    path = folder / name
    return Listed(path=name, bytes=path.stat().st_size, sha256=sha256_of(path))


def files_in(folder: Path) -> list[str]:
    """Everything below that is not a folder of its own, by name."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


def write_sums(folder: Path) -> None:
    """SHA256SUMS over everything that lies there, for `sha256sum -c`."""
    names = [name for name in files_in(folder) if name not in {SUMS, SIGNATURE}]
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines), "ascii")


def read_sums(folder: Path) -> dict[str, str]:
    """Name and hash of each. Raises SnapshotError where it is not as we write it."""
    found: dict[str, str] = {}
    for line in read(folder / SUMS).decode("ascii", "replace").splitlines(keepends=True):
        digest, gap, name = line[:64], line[64:66], line[66:-1]
        good = _SHA256.fullmatch(digest) and gap == "  " and NAME.fullmatch(name)
        if not good or name in found or not line.endswith("\n"):
            raise SnapshotError(f"{SUMS} has a line that does not belong there: {line[:100]!r}")
        found[name] = digest
    return found


def read_manifest(folder: Path) -> Manifest:
    """Raises SnapshotError where it is none of ours."""
    try:
        found = json.loads(read(folder / MANIFEST))
        if found["format"] != FORMAT:
            raise SnapshotError(f"{MANIFEST} has the format {found['format']!r}, not {FORMAT}")
        rows = [Listed(**row) for row in found["files"]]
        manifest = Manifest(**{f.name: found[f.name] for f in fields(Manifest)} | {"files": rows})
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise SnapshotError(f"{folder / MANIFEST} is no manifest of a snapshot") from exc
    return manifest


def is_plain(path: Path) -> bool:
    """A file of its own: no link, and nothing that reading would wait for."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read(path: Path) -> bytes:
    """A small file of a snapshot, whoever made it. Raises SnapshotError."""
    try:
        if path.exists() and not is_plain(path):
            raise SnapshotError(f"{path} is not a file of its own")
        with path.open("rb") as file:
            data = file.read(_MAX + 1)
    except OSError as exc:
        raise SnapshotError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    if len(data) > _MAX:
        raise SnapshotError(f"{path} is longer than any that we write")
    return data
