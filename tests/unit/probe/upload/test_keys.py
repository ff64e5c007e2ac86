"""Names of key files, and what is in them."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from probe.upload import keys

URL = "https://collector.example"


def test_one_for_each_collector_and_month() -> None:
    """The name does not tell the collector."""
    month = keys.month_of(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert "2026-11" == month
    names = {
        keys.name_of(url, m) for url in (URL, "https://other.example") for m in (month, "2026-12")
    }
    assert 4 == len(names)
    assert not any("collector" in name or "example" in name for name in names)


def test_what_is_outdated() -> None:
    """Keys of other months, earlier or later; nothing else in the folder."""
    now, before, later = (keys.name_of(URL, m) for m in ("2026-11", "2026-10", "2031-01"))
    others = [keys.invite_name(URL), "notes.txt"]
    torn = f".{before}.77"
    found = keys.outdated([now, before, later, torn, *others], "2026-11")
    assert [before, later, torn] == found


def test_a_key_from_its_file() -> None:
    """32 bytes, nothing else."""
    key = Ed25519PrivateKey.generate()
    again = keys.decode(key.private_bytes_raw())
    assert key.public_key() == again.public_key()
    for bad in (b"", b"x" * 31, b"x" * 33):
        with pytest.raises(keys.KeyFileError):
            keys.decode(bad)


@pytest.mark.parametrize(
    ("text", "invite"),
    [
        ("abcdefgh.ij_-=\n", "abcdefgh.ij_-="),
        (" abcd\r\n efgh ", "abcdefgh"),
        ("", None),
        ("short", None),
        ("<html>login</html>", None),
        ("a" * 2049, None),
    ],
)
def test_an_invitation_as_it_was_handed_on(text: str, invite: str | None) -> None:
    """With line breaks; nothing that could be something else."""
    assert invite == keys.clean_invite(text)
