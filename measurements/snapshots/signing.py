"""Signatures by OpenSSH's ssh-keygen: everywhere at hand, and kept well by others.

Whoever verifies needs nothing of ours: `ssh-keygen -Y verify`, with the signer's public key.
"""

import base64
import hashlib
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

from measurements.snapshots.errors import SnapshotError

NAMESPACE = "anyqta-snapshot"
IDENTITY = "anyqta"
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_WIDTH = 70
_TIMEOUT = 120  # a person may have to type a passphrase


def public_key(key: Path) -> str:
    """`ssh-ed25519 AAAA…` of a private key."""
    done = _run("-y", "-f", str(key))
    if done.returncode:
        raise SnapshotError(
            f"{key} cannot be used to sign: {_says(done)}. Make one with:"
            f" ssh-keygen -t ed25519 -f {key} -C ''"
        )
    return " ".join(done.stdout.decode("ascii", "replace").split()[:2])


def allowed_signers(public: str) -> str:
    """The file by which ssh-keygen knows who may sign what."""
    return f'{IDENTITY} namespaces="{NAMESPACE}" {public}\n'


def fingerprint(public: str) -> str:
    """As `ssh-keygen -l` prints it."""
    try:
        blob = base64.b64decode(public.split()[1], validate=True)
    except (IndexError, ValueError):
        return "not a key"
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def key_in(signers: str) -> str | None:
    """The only key of an allowed_signers file; None where there is not exactly one."""
    lines = [line for line in signers.splitlines() if line.strip() and not line.startswith("#")]
    words = lines[0].split() if len(lines) == 1 else []
    for kind, blob in pairwise(words):
        if kind.startswith(("ssh-", "sk-ssh-", "ecdsa-", "sk-ecdsa-")):
            return f"{kind} {blob}"
    return None


def sign(path: Path, key: Path) -> None:
    """Write `path`.sig."""
    done = _run("-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(path))
    if done.returncode or not path.with_name(f"{path.name}.sig").exists():
        raise SnapshotError(f"signing with {key} failed: {_says(done)}")


def is_signed(path: Path, signers: Path) -> bool:
    """Whether `path`.sig is a signature of `path` by a key that `signers` allows."""
    done = _run(
        *("-Y", "verify", "-f", str(signers), "-I", IDENTITY, "-n", NAMESPACE),
        *("-s", str(path.with_name(f"{path.name}.sig"))),
        stdin=path,
    )
    return done.returncode == 0


def is_canonical(signature: bytes) -> bool:
    """Whether every byte is as ssh-keygen writes it: its own check overlooks some."""
    lines = signature.split(b"\n")
    try:
        blob = base64.b64decode(b"".join(lines[1:-2]), validate=True)
    except ValueError:
        return False
    armoured = base64.b64encode(blob)
    body = [armoured[i : i + _WIDTH] for i in range(0, len(armoured), _WIDTH)]
    return lines == [_BEGIN, *body, _END, b""]


def _run(*arguments: str, stdin: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise SnapshotError(
            "ssh-keygen is not installed. On Debian and Ubuntu: sudo apt install openssh-client"
        )
    try:
        if stdin is None:
            return subprocess.run(  # noqa: S603 - a program that we found, our own arguments
                (program, *arguments), capture_output=True, check=False, timeout=_TIMEOUT
            )
        with stdin.open("rb") as file:
            return subprocess.run(  # noqa: S603 - as above
                (program, *arguments),
                stdin=file,
                capture_output=True,
                check=False,
                timeout=_TIMEOUT,
            )
    except subprocess.TimeoutExpired as exc:
        raise SnapshotError(
            "ssh-keygen did not answer: does the key ask for a passphrase?"
        ) from exc


def _says(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"ssh-keygen ended with status {done.returncode}"
