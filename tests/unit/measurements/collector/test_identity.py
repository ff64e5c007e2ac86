"""measurements/collector/identity.py: a key of its own, made once, read by nobody else."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from measurements.collector.identity import Identity, IdentityError
from measurements.schema.submission import holds


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    """The same after a restart; 0600; nothing left beside it."""
    path = tmp_path / "c.db.key"
    first, second = Identity.load_or_make(path), Identity.load_or_make(path)
    assert (first.public, first.report_secret) == (second.public, second.report_secret)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert holds(first.public, "what", b"message", second.sign("what", b"message"))
    assert first.report_secret not in path.read_bytes()


def test_it_shows_itself_nowhere(tmp_path: Path) -> None:
    """Not in a log by mistake."""
    assert "Ed25519" not in repr(Identity.load_or_make(tmp_path / "key"))


def test_what_is_no_key_is_left_as_it_is(tmp_path: Path) -> None:
    """A sentence, and no new key over it."""
    rsa = generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for text in (b"", b"nonsense", rsa):
        path = tmp_path / "key"
        path.write_bytes(text)
        path.chmod(0o600)
        with pytest.raises(IdentityError, match="not a key that this program wrote"):
            Identity.load_or_make(path)
        assert path.read_bytes() == text


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Until the operator has seen to it."""
    path = tmp_path / "key"
    Identity.load_or_make(path)
    path.chmod(0o640)
    with pytest.raises(IdentityError, match="chmod 600"):
        Identity.load_or_make(path)
    path.chmod(0o600)
    Identity.load_or_make(path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """In words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityError, match="cannot be opened"):
        Identity.load_or_make(tmp_path / "file" / "key")
