"""The single file: it runs with Python alone, says where it cannot, and leaves nothing behind."""

import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from tests.fakes.homes import consent

ROOT = Path(__file__).parents[2]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
TAG = HERE.replace(".", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it is made for Linux"),
]


def the_maker() -> ModuleType:
    """packaging/make_zipapp.py, which is in no package."""
    spec = importlib.util.spec_from_file_location(
        "make_zipapp", ROOT / "packaging" / "make_zipapp.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = the_maker()


def of_this_environment(name: str, found: dict[str, Path]) -> None:
    """What is installed of a distribution, and of what it needs: nothing is fetched for a test."""
    try:
        here = distribution(name)
    except PackageNotFoundError:  # for another Python or system
        return
    info = f"{MAKER.normal(name)}.is-here"
    if info in found:
        return
    found[info] = Path(__file__)
    for file in here.files or ():
        path = Path(str(here.locate_file(file)))
        if ".." not in file.parts and MAKER.keeps(Path(file)) and path.is_file():
            found[file.as_posix()] = path
    for asked in here.requires or ():
        needs = MAKER.normal(re.split(r"[^\w.-]", asked)[0])
        if "extra ==" not in asked and needs not in MAKER.NOT_NEEDED:
            of_this_environment(needs, found)


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the maker writes it, from what is installed here and today's source."""
    found: dict[str, Path] = {}
    of_this_environment("anyqta", found)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for asked in project["dependencies"]:  # an editable install's own metadata may be older
        of_this_environment(MAKER.normal(re.split(r"[^\w.-]", asked)[0]), found)
    found = {n: p for n, p in found.items() if not n.endswith((".is-here", ".pth"))}
    for package in ("probe", "measurements", "datasette"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                inside = name.replace("datasette/", "measurements/_datasette/", 1)
                found[inside if package == "datasette" else name] = path
    out = tmp_path_factory.mktemp("pyz") / "anyqta.pyz"
    MAKER.write(out, manifest(), MAKER.layers({f"cp{TAG}": found}))
    return out


def manifest(**other: object) -> dict[str, object]:
    """For this computer."""
    here = {"pythons": [HERE], "system": [platform.system(), os.uname().machine], "glibc": [2, 17]}
    return {**here, **other}


class Place(NamedTuple):
    """Where it may write, and where not."""

    home: Path
    temp: Path
    user: Path

    def environment(self, **other: str) -> dict[str, str]:
        """No other program can be found."""
        kept = {"PATH": "/nonexistent", "HOME": str(self.user), "TMPDIR": str(self.temp)}
        return {**kept, "ANYQTA_HOME": str(self.home), "LANG": "C.UTF-8", **other}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Three folders."""
    found = Place(tmp_path / "home", tmp_path / "temp", tmp_path / "user")
    found.temp.mkdir()
    found.user.mkdir()
    return found


def run(
    pyz: Path, place: Place, *words: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """With the bare interpreter, which knows nothing of this environment."""
    python = Path(sys.base_prefix) / "bin" / f"python{HERE}"
    return subprocess.run(
        [str(python), str(pyz), *words],
        env=place.environment(**environment),
        cwd=place.user,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_demonstration_from_a_memory_stick(pyz: Path, place: Place) -> None:
    """All is in the home folder, for its owner only; the second start unpacks nothing."""
    done = run(pyz, place, "demo", "--json")
    assert 0 == done.returncode, done.stderr
    assert 19 == len(done.stdout.splitlines())
    assert [] == [*place.temp.iterdir(), *place.user.iterdir()]
    (program,) = place.home.glob("program-*")
    assert {"demo", program.name} == {path.name for path in place.home.iterdir()}
    assert (0o700, 0o700) == (place.home.stat().st_mode & 0o777, program.stat().st_mode & 0o777)
    before = (program / ".whole").stat().st_mtime_ns
    again = run(pyz, place, "lists")
    assert (0, "") == (again.returncode, again.stderr)
    assert before == (program / ".whole").stat().st_mtime_ns


def test_the_home_option_counts(pyz: Path, place: Place, tmp_path: Path) -> None:
    """As it does for the command itself; in both ways of writing."""
    for words in (("--home", str(tmp_path / "a")), (f"--home={tmp_path / 'b'}",)):
        run(pyz, place, "results", *words)
    assert list((tmp_path / "a").glob("program-*"))
    assert list((tmp_path / "b").glob("program-*"))
    assert not place.home.exists()


def test_a_temporary_folder_is_removed(pyz: Path, place: Place) -> None:
    """With the command's own exit status; a usage error's too."""
    for words, status in ((("lists",), 0), (("nonsense",), 2)):
        done = run(pyz, place, *words, ANYQTA_UNPACK="temp")
        assert status == done.returncode, done.stderr
        assert [] == [*place.temp.iterdir(), *place.user.iterdir()]
    assert not place.home.exists()


def test_interrupted_and_killed(pyz: Path, place: Place) -> None:
    """A signal ends both; what `kill -9` leaves is removed at the next start, and nobody else's folder."""
    (place.temp / "unpacked-of-somebody").mkdir()
    python = Path(sys.base_prefix) / "bin" / f"python{HERE}"
    for how in (signal.SIGTERM, signal.SIGKILL):
        with subprocess.Popen(
            [str(python), str(pyz), "serve", "control", "--port", "0"],
            env=place.environment(ANYQTA_UNPACK="temp"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            deadline = time.monotonic() + 60
            while not list(place.temp.glob("unpacked-*/.whole")) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            os.killpg(process.pid, how) if how is signal.SIGKILL else process.send_signal(how)
            process.wait(30)
        left = {path.name for path in place.temp.iterdir()} - {"unpacked-of-somebody"}
        assert bool(left) == (how is signal.SIGKILL)
    assert 0 == run(pyz, place, "--version", ANYQTA_UNPACK="temp").returncode
    assert ["unpacked-of-somebody"] == [path.name for path in place.temp.iterdir()]


def test_earlier_versions_go_unless_they_run(pyz: Path, place: Place) -> None:
    """And what was not unpacked whole is unpacked anew."""
    for name in ("program-old", "program-new-broken"):
        (place.home / name).mkdir(parents=True)
        (place.home / name / ".in-use").touch()
    with (place.home / "program-old" / ".in-use").open("rb") as file:
        import fcntl  # noqa: PLC0415 - only where it is

        fcntl.flock(file, fcntl.LOCK_SH)
        assert 0 == run(pyz, place, "--version").returncode
        (whole,) = place.home.glob("program-*-cp*")
        assert {"program-old", whole.name} == {path.name for path in place.home.iterdir()}
    (whole / ".whole").unlink()
    shutil.rmtree(whole / "probe")
    assert 0 == run(pyz, place, "--version").returncode
    assert [whole.name] == [path.name for path in place.home.iterdir()]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_runs_no_programs(pyz: Path, place: Place) -> None:
    """It says so, and unpacks elsewhere until the end."""
    place.home.mkdir()
    python = Path(sys.base_prefix) / "bin" / f"python{HERE}"
    mounted = f'mount -t tmpfs -o noexec x "{place.home}" && "{python}" "{pyz}" lists'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mounted],
        env=place.environment(PATH=os.environ["PATH"]),
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount:" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert (0, True) == (done.returncode, "runs no programs" in done.stderr)
    assert [] == list(place.temp.iterdir())


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"pythons": ["3.99"]}, "this is Python"),
        ({"system": ["Linux", "pdp11"]}, "is for Linux on pdp11"),
        ({"glibc": [9, 0]}, "9.0 is needed"),
    ],
    ids=["python", "computer", "glibc"],
)
def test_where_it_cannot_run_it_says_why(
    tmp_path: Path, place: Place, other: dict[str, object], told: str
) -> None:
    """Nothing is unpacked."""
    MAKER.write(tmp_path / "x.pyz", manifest(**other), {})
    done = run(tmp_path / "x.pyz", place, "--version")
    assert (1, True) == (done.returncode, told in done.stderr)
    assert "Traceback" not in done.stderr
    assert not place.home.exists()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """What two Pythons have alike is there once."""
    for name in ("same", "one", "two"):
        (tmp_path / name).write_text(name)
    each = {
        "cp311": {"a.py": tmp_path / "same", "b.py": tmp_path / "one"},
        "cp312": {"a.py": tmp_path / "same", "b.py": tmp_path / "two", "c.py": tmp_path / "two"},
    }
    names = MAKER.layers(each)
    assert ["common/a.py", "cp311/b.py", "cp312/b.py", "cp312/c.py"] == list(names)
    for out in ("1.pyz", "2.pyz"):
        MAKER.write(tmp_path / out, manifest(), names)
    assert (tmp_path / "1.pyz").read_bytes() == (tmp_path / "2.pyz").read_bytes()
    assert zipfile.is_zipfile(tmp_path / "1.pyz")


def test_what_is_scheduled_can_be_started(pyz: Path, place: Place) -> None:
    """The archive itself: what it was unpacked to would not start by itself."""
    consent(place.home)
    words = ("schedule", "install", "a.kz", "--with", "cron", "--dry-run")
    done = run(pyz, place, *words)
    assert 0 == done.returncode, done.stderr
    line = done.stdout
    assert f"{pyz} watch --scheduled --home {place.home}" in line
    command = line[line.index("* * *") + 5 : line.index("watch --scheduled")].split()
    told = subprocess.run(
        [*command, "--version"],
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.startswith("anyqta "), told.stderr


def test_wipe_takes_what_was_unpacked(pyz: Path, place: Place) -> None:
    """From a home in which nothing else is, and from one with results; nothing is left of either."""
    for words in ((), ("consent", "give", "--yes")):
        if words:
            assert 0 == run(pyz, place, *words).returncode
        done = run(pyz, place, "wipe", "--yes")
        assert 0 == done.returncode, done.stderr
        assert "the program, as anyqta.pyz unpacked it here" in done.stdout
        assert not place.home.exists()
