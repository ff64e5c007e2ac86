"""What is installed is whole: the wheel holds the code, its data and its licences, nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_WHEEL = 12 * 2**20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `.ci/setup` builds it: with what the lock installed, nothing fetched."""
    pytest.importorskip("hatchling", exc_type=ModuleNotFoundError)
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    (path,) = folder.glob("anyqta-*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Lists, SQL, texts: whatever lies beside the code is read at run time."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(path.relative_to(ROOT))
        for package in ("probe", "measurements")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert expected - inside == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """A top-level `datasette` would hide the real one; `tests` would be everybody's."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"probe", "measurements"}


def test_the_wheel_is_small_and_carries_its_licences(wheel: Path) -> None:
    """It is fetched over slow and watched lines."""
    assert wheel.stat().st_size <= MAX_WHEEL
    names = zipfile.ZipFile(wheel).namelist()
    for licence in ("/LICENSE", "/LICENCES.md"):
        assert any(".dist-info/" in name and name.endswith(licence) for name in names), licence
