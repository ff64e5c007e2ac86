"""ssh-keygen signs and verifies; who is allowed is whoever is pinned, for this one purpose."""

import subprocess
from pathlib import Path

import pytest

from measurements.snapshots import signing
from measurements.snapshots.errors import SnapshotError
from tests.unit.measurements.snapshots.published import a_key


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A file, its signature, and who may sign."""
    key = a_key(tmp_path)
    path = tmp_path / "sums"
    path.write_bytes(b"something\n")
    signing.sign(path, key)
    allowed = signing.allowed_signers(signing.public_key(key))
    (tmp_path / "allowed").write_text(allowed)
    return path


def test_a_signature_holds(signed: Path) -> None:
    """And its key is named as OpenSSH names it."""
    allowed = signed.with_name("allowed")
    assert signing.is_signed(signed, allowed)
    public = signing.key_in(allowed.read_text())
    assert public is not None
    command = ["ssh-keygen", "-l", "-f", str(signed.with_name("key.pub"))]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told[1] == signing.fingerprint(public)


def test_every_byte_of_file_and_signature_counts(signed: Path) -> None:
    """Where ssh-keygen itself looks away, the form is checked."""
    allowed, signature = signed.with_name("allowed"), signed.with_name("sums.sig")
    good = signature.read_bytes()
    assert signing.is_canonical(good)
    overlooked = []
    for i in range(len(good)):
        bad = bytearray(good)
        bad[i] ^= 1
        if signing.is_canonical(bytes(bad)):
            signature.write_bytes(bad)
            overlooked += [i] if signing.is_signed(signed, allowed) else []
    assert [] == overlooked
    assert not signing.is_canonical(good + b"\n")
    assert not signing.is_canonical(b"")
    signature.write_bytes(good)
    signed.write_bytes(b"Something\n")
    assert not signing.is_signed(signed, allowed)


def test_another_key_or_another_purpose_is_not_allowed(signed: Path, tmp_path: Path) -> None:
    """A signature made for something else is none."""
    stranger = signing.allowed_signers(signing.public_key(a_key(tmp_path, "other")))
    (tmp_path / "strangers").write_text(stranger)
    assert not signing.is_signed(signed, tmp_path / "strangers")
    signed.with_name("sums.sig").unlink()
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(tmp_path / "key")]
    subprocess.run([*command, str(signed)], check=True, capture_output=True)
    assert not signing.is_signed(signed, signed.with_name("allowed"))


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    """With how to make one."""
    (tmp_path / "key").write_text("nonsense")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(SnapshotError, match="ssh-keygen -t ed25519"):
        signing.public_key(tmp_path / "key")
    with pytest.raises(SnapshotError, match="failed"):
        signing.sign(tmp_path / "key", tmp_path / "key")


def test_without_ssh_keygen_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SnapshotError, match="openssh-client"):
        signing.public_key(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "anyqta", "a ssh-rsa A\nb ssh-rsa B\n", "x y z"])
def test_not_exactly_one_key_is_none(text: str) -> None:
    """Then nobody is named."""
    assert signing.key_in(text) is None


def test_a_fingerprint_of_nonsense_is_no_error() -> None:
    """It came from a stranger's folder."""
    assert "not a key" == signing.fingerprint("ssh-ed25519 %%%")
    assert "not a key" == signing.fingerprint("")
