"""Key files: private, one a month, older ones gone, whole or not there."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probe.home import HomeError
from probe.wiring.keyring import Keyring

NOVEMBER = datetime(2026, 11, 30, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
URL, OTHER = "https://a.example", "https://b.example"


def raw(ring: Keyring, url: str, now: datetime) -> bytes:
    """The public half."""
    return ring.key(url, now).public_key().public_bytes_raw()


def test_one_for_each_collector_and_month(tmp_path: Path) -> None:
    """The same again within the month; then another, and the old file is gone."""
    ring = Keyring(tmp_path)
    assert ring.key_if_made(URL, NOVEMBER) is None
    assert not ring.folder.exists()
    first = raw(ring, URL, NOVEMBER)
    assert first == raw(Keyring(tmp_path), URL, NOVEMBER)
    assert first != raw(ring, OTHER, NOVEMBER)
    assert 2 == len(list(ring.folder.iterdir()))
    assert first != raw(ring, URL, DECEMBER)
    assert 1 == len(list(ring.folder.iterdir()))


def test_private(tmp_path: Path) -> None:
    """Folder and files, whatever the umask; nothing is left beside them."""
    ring = Keyring(tmp_path)
    ring.key(URL, NOVEMBER)
    ring.keep_invite(URL, "abcdefgh")
    assert 0o700 == stat.S_IMODE(ring.folder.stat().st_mode)
    assert [0o600] * 2 == [stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()]


def test_an_old_key_is_overwritten(tmp_path: Path) -> None:
    """Not only unlinked: its bytes are zero where they can be."""
    ring = Keyring(tmp_path)
    ring.key(URL, NOVEMBER)
    (path,) = ring.folder.iterdir()
    another_name = tmp_path / "linked"
    another_name.hardlink_to(path)
    ring.key(URL, DECEMBER)
    assert b"\0" * 32 == another_name.read_bytes()


def test_a_torn_key_is_made_anew(tmp_path: Path) -> None:
    """A key that cannot be read signs nothing."""
    ring = Keyring(tmp_path)
    ring.key(URL, NOVEMBER)
    (path,) = ring.folder.iterdir()
    path.write_bytes(b"torn")
    assert 32 == len(raw(ring, URL, NOVEMBER))


def test_two_at_once_have_one_key(tmp_path: Path) -> None:
    """Whoever is first makes it; the other takes it."""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: raw(Keyring(tmp_path), URL, NOVEMBER), range(24)))
    assert 1 == len(found)


def test_invitations(tmp_path: Path) -> None:
    """Kept for one collector; a new one takes the old one's place."""
    ring = Keyring(tmp_path)
    assert ring.invite(URL) is None
    ring.keep_invite(URL, "abcdefgh")
    ring.keep_invite(URL, "ijklmnop")
    assert ("ijklmnop", None) == (ring.invite(URL), ring.invite(OTHER))
    ring.key(URL, DECEMBER)
    assert "ijklmnop" == ring.invite(URL)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A sentence."""
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(HomeError, match="nothing was sent"):
        Keyring(tmp_path).key(URL, NOVEMBER)
