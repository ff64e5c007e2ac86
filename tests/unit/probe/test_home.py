"""The home folder: whose it is, where it is, and what cannot be done to it (jobs: cli tests)."""

from pathlib import Path

import pytest

from probe import home as homes
from probe.home import HomeError


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option, then ANYQTA_HOME, then the platform's folder."""
    monkeypatch.setenv("ANYQTA_HOME", str(tmp_path / "named"))
    assert tmp_path / "option" == homes.folder(tmp_path / "option")
    assert tmp_path / "named" == homes.folder(None)
    monkeypatch.delenv("ANYQTA_HOME")
    assert "anyqta" == homes.folder(None).name
    assert homes.folder(Path("x")).is_absolute()


def test_it_is_private(tmp_path: Path) -> None:
    """From its first moment."""
    homes.give_consent(tmp_path / "home")
    assert 0o700 == (tmp_path / "home").stat().st_mode & 0o777
    assert 0o600 == (tmp_path / "home" / "consent.json").stat().st_mode & 0o777


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="--home or ANYQTA_HOME"):
        homes.make(tmp_path / "file" / "home")
    assert homes.consent(tmp_path / "file" / "home") is None


def test_settings_that_are_not_text(tmp_path: Path) -> None:
    """Are told."""
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(HomeError, match="not UTF-8"):
        homes.settings(tmp_path)


def test_a_run_that_ended_whole_leaves_nothing(tmp_path: Path) -> None:
    """Nor does a home without a run."""
    homes.open_store(tmp_path).close()
    assert homes.unfinished(tmp_path) is None
