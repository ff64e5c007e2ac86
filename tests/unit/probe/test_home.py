"""The home folder: whose it is, where it is, and what cannot be done to it (jobs: cli tests)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from probe import home as homes
from probe.home import HomeError

ROOT = Path(__file__).parents[3]


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


def test_what_it_lies_in_is_private_too(tmp_path: Path) -> None:
    """Whichever is made first: a crash report, the demonstration's database, the consent."""
    homes.write_crash(tmp_path / "a" / "home", "")
    with homes.open_store(tmp_path / "b" / "home" / "demo"):
        pass
    homes.give_consent(tmp_path / "c" / "deep" / "home")
    made = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert len(made) >= 8
    assert {0o700} == {path.stat().st_mode & 0o777 for path in made}


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


def test_a_home_that_could_never_be(tmp_path: Path) -> None:
    """A file; ~ of nobody: named, with what to do. One that is not there yet is fine."""
    (tmp_path / "file").touch()
    with pytest.raises(homes.HomeError, match=r"is no folder\. Name another"):
        homes.folder(tmp_path / "file")
    with pytest.raises(homes.HomeError, match="nobody's folder"):
        homes.folder(Path("~nobody-of-this-name/x"))
    assert tmp_path / "new" == homes.folder(tmp_path / "new")
    assert tmp_path / "file" / "below" == homes.folder(tmp_path / "file" / "below")


AS_NOBODY = """
import os, sys
from pathlib import Path
from probe import home as homes
os.setgid(65534)
os.setuid(65534)
for name in sys.argv[1:]:
    try:
        homes.folder(Path(name))
    except homes.HomeError as exc:
        print(exc)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed, whom modes bind")
def test_a_home_of_somebody_else() -> None:
    """Plain words, whether it is there or not: no bug of ours."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # pytest's own are for root only
        (Path(place) / "home").mkdir(mode=0o700)
        Path(place).chmod(0o755)
        closed = Path(place) / "closed"
        closed.mkdir(mode=0o700)
        done = subprocess.run(
            (sys.executable, "-c", AS_NOBODY, f"{place}/home", f"{closed}/home", f"{place}/new"),
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    first, second = done.stdout.splitlines()
    assert "/home is somebody else's: you may not look into it." in first
    assert "/closed/home cannot be looked into: Permission denied." in second
