"""Is a snapshot what its maker signed? Told in plain words; every byte counts."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from measurements.snapshots import signing
from measurements.snapshots.database import logical_sha256
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import (
    DATABASE,
    MANIFEST,
    SIGNATURE,
    SIGNERS,
    SUMS,
    Manifest,
    files_in,
    is_plain,
    read,
    read_manifest,
    read_sums,
    sha256_of,
)
from measurements.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Finding:
    """What holds (True), what does not (False), what cannot be told (None)."""

    holds: bool | None
    says: str


def verify(
    folder: Path, *, signers: Path | None = None, previous: Path | None = None
) -> Iterator[Finding]:
    """Everything that was looked at. `signers` pins whose signature is believed."""
    if not folder.is_dir():
        yield Finding(False, f"{folder} is not a folder")
        return
    try:
        sums = read_sums(folder)
        manifest = read_manifest(folder)
    except SnapshotError as exc:
        yield Finding(False, str(exc))
        return
    yield from _files(folder, sums, {file.path: file.bytes for file in manifest.files})
    yield from _manifest(folder, manifest, sums)
    yield from _signature(folder, manifest, signers)
    yield from _chain(manifest, previous)


def _files(folder: Path, sums: dict[str, str], sizes: dict[str, int]) -> Iterator[Finding]:
    there = set(files_in(folder))
    bad = 0
    for name in sorted(there - set(sums) - {SUMS, SIGNATURE}) + _folders(folder, sums):
        bad += 1
        yield Finding(False, f"{name!r} lies there and is not part of the snapshot")
    for name, digest in sorted(sums.items()):
        path = folder / name
        if name not in there:
            bad += 1
            yield Finding(False, f"{name} is missing")
        elif not is_plain(path):
            bad += 1
            yield Finding(False, f"{name} is not a file of its own")
        elif name in sizes and path.stat().st_size != sizes[name]:  # however long: it is not read
            bad += 1
            yield Finding(False, f"{name} has another size than {MANIFEST} says: it was changed")
        elif sha256_of(path) != digest:
            bad += 1
            yield Finding(False, f"{name} is not what {SUMS} says: it was changed or damaged")
    if not bad:
        yield Finding(True, f"all {len(sums)} files are what {SUMS} says, and there are no others")


def _folders(folder: Path, sums: dict[str, str]) -> list[str]:
    """Those in which no file of the snapshot is."""
    ours = {parent for name in sums for parent in PurePosixPath(name).parents}
    found = (p for p in folder.rglob("*") if p.is_dir() and not p.is_symlink())
    names = (PurePosixPath(p.relative_to(folder).as_posix()) for p in found)
    return sorted(f"{name}/" for name in names if name not in ours)


def _manifest(folder: Path, manifest: Manifest, sums: dict[str, str]) -> Iterator[Finding]:
    named = {file.path: file.sha256 for file in manifest.files}
    rest = {name: digest for name, digest in sums.items() if name != MANIFEST}
    sizes = all(
        is_plain(folder / f.path) and (folder / f.path).stat().st_size == f.bytes
        for f in manifest.files
        if f.path in rest
    )
    if named == rest and sizes:
        yield Finding(True, f"{MANIFEST} names the same files, with the same sizes and hashes")
    else:
        yield Finding(False, f"{MANIFEST} and {SUMS} do not name the same files")
    try:
        plain = is_plain(folder / DATABASE)
        fits = plain and logical_sha256(folder / DATABASE) == manifest.logical_sha256
    except (StoreError, OSError):
        fits = False
    says = f"the rows of {DATABASE} {'are' if fits else 'are not'} those that the manifest's hash names"
    yield Finding(fits, says)


def _signature(folder: Path, manifest: Manifest, signers: Path | None) -> Iterator[Finding]:
    path = folder / SIGNATURE
    if manifest.signed_by is None and not path.exists() and signers is None:
        yield Finding(
            None, "it is not signed: that these files belong together is all that is known"
        )
        return
    if not path.exists() or not (folder / SIGNERS).exists():
        yield Finding(False, "its signature is missing")
        return
    try:
        if not signing.is_canonical(read(path)):
            yield Finding(False, f"{SIGNATURE} was changed or damaged")
            return
        public = signing.key_in(read(folder / SIGNERS).decode("ascii", "replace"))
        own = signing.is_signed(folder / SUMS, folder / SIGNERS)
        known = None if signers is None else signing.is_signed(folder / SUMS, signers)
    except (OSError, SnapshotError) as exc:
        yield Finding(False, f"the signature cannot be checked: {exc}")
        return
    name = "an unknown key" if public is None else signing.fingerprint(public)
    if public is None or name != manifest.signed_by:
        says = f"{SIGNERS} has another key ({name}) than {MANIFEST} names ({manifest.signed_by})"
        yield Finding(False, says)
    elif not own:
        says = f"the key {name} did not sign this: {SUMS} was changed, or another key signed it"
        yield Finding(False, says)
    elif known is None:
        yield Finding(True, f"it is signed with the key {name}")
        yield Finding(
            None,
            "whose key that is was not checked. Compare it with one that you have from elsewhere,"
            " or name a file of such keys with --signers",
        )
    if known is not None:
        whose = f" ({name})" if own else ""
        says = "with a key" if known else "NOT with a key"
        yield Finding(known, f"it is signed {says} that {signers} allows today{whose}")


def _chain(manifest: Manifest, previous: Path | None) -> Iterator[Finding]:
    if previous is None:
        return
    before = manifest.previous
    try:
        digest = hashlib.sha256(read(previous / MANIFEST)).hexdigest()
    except SnapshotError as exc:
        yield Finding(False, f"{previous} has no {MANIFEST} that can be read: {exc}")
        return
    fits = before is not None and before.get("manifest_sha256") == digest
    yield Finding(fits, f"{previous} is {'' if fits else 'not '}the snapshot that it follows")
