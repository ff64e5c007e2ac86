"""measurements/collector/invites.py: what a token is good for, and what is none."""

from pathlib import Path

import pytest

from measurements.collector.identity import Identity
from measurements.collector.invites import BadInvite, Invite, check, mint

INVITE = Invite(id=b"123456789", most=5, until="2026-11-30")


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """A collector's."""
    return Identity.load_or_make(tmp_path / "key")


def test_there_and_back(identity: Identity) -> None:
    """Until the end of its last day; it fits into a header."""
    token = mint(identity, INVITE)
    assert check(token, collector=identity.public, day="2026-11-30") == INVITE
    assert token.isascii()
    assert len(token) < 400
    with pytest.raises(BadInvite, match="until 2026-11-30"):
        check(token, collector=identity.public, day="2026-12-01")


def test_what_is_none(identity: Identity, tmp_path: Path) -> None:
    """Cut, changed, another's, nonsense."""
    token = mint(identity, INVITE)
    other = mint(Identity.load_or_make(tmp_path / "other"), INVITE)
    for bad in ("", ".", "x", token[:-9], "A" + token[1:], other, token * 9, "é.é", f"{token}.x"):
        with pytest.raises(BadInvite):
            check(bad, collector=identity.public, day="2026-11-25")


@pytest.mark.parametrize(
    "bad",
    [
        Invite(id=b"", most=1, until="2026-11-30"),
        Invite(id=b"x", most=0, until="2026-11-30"),
        Invite(id=b"x", most=1, until="soon"),
    ],
)
def test_what_cannot_be_given(identity: Identity, bad: Invite) -> None:
    """The command that makes them is told."""
    with pytest.raises(ValueError, match="an invitation needs"):
        mint(identity, bad)
