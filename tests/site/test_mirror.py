"""`anyqta site mirror`: from file://, every link leads to a file; nothing leads out but to the web."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.site.chrome import Chrome
from tests.site.walk import Links

ROOT = Path(__file__).parents[2]


def made(db: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    """By the command."""
    line = [sys.executable, "-m", "probe.cli", "site", "mirror", str(out), "--db", str(db)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with few measurements."""
    from tests.site.served import a_world  # noqa: PLC0415

    return a_world(tmp_path_factory.mktemp("small"), total=60)


@pytest.fixture(scope="module")
def folder(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mirror of it."""
    out = tmp_path_factory.mktemp("mirror") / "m"
    done = made(small, out)
    assert 0 == done.returncode, done.stderr
    assert "Left out" in done.stderr
    return out


def test_every_link_leads_to_a_file(folder: Path) -> None:
    """Relative, within the folder; in each language; names that FAT takes."""
    wrong, count = [], 0
    for page in sorted(folder.rglob("*.html")):
        reader = Links()
        reader.feed(page.read_text())
        for href in reader.found:
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                if parts.netloc in {"localhost", "127.0.0.1"} or parts.scheme == "file":
                    wrong.append(f"{page}: {href}")
                continue
            count += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if href.startswith("/") or not target.is_file() or folder not in target.parents:
                wrong.append(f"{page.relative_to(folder)}: {href}")
    assert count > 1000
    assert not wrong, "\n".join(wrong[:30])
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    assert len(names) == len({name.lower() for name in names})
    assert 150 > max(map(len, names))  # Windows takes 260, with the folder's own
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert path.suffix != ".html" or data.lstrip().startswith(b"<!"), path
            assert b"//localhost" not in data, path
        assert not set('?:*"<>|\\') & set(path.name), path
        assert len(path.name) < 120
    for language in ("en", "ru", "kk"):
        assert (folder / language / "target" / "selftanu.kz.html").is_file()
        assert (folder / language / "feed" / "all.atom").is_file()
        assert not [*(folder / language).rglob("*.json")]  # a document has no language
    assert [*(folder / "measurement").rglob("*.json")]


def test_twice_is_the_same(folder: Path, small: Path, tmp_path: Path) -> None:
    """By its own list of hashes, which holds."""
    assert 0 == made(small, tmp_path / "again").returncode
    sums = (folder / "SHA256SUMS").read_bytes()
    assert sums == (tmp_path / "again" / "SHA256SUMS").read_bytes()
    check = shutil.which("sha256sum")
    if check:
        command = [check, "--check", "--quiet", "--strict", "SHA256SUMS"]
        subprocess.run(command, cwd=folder, check=True)
    done = made(small, tmp_path / "again")
    assert (1, True) == (done.returncode, "never overwritten" in done.stderr)


def test_in_a_browser(folder: Path, browser: Chrome) -> None:
    """From the disk: nothing is missing, nothing is asked of a network, the style is there."""
    tab = browser.tab()
    tab.look(width=360)
    for name in ("index.html", "en/index.html", "ru/target/selftanu.kz.html", "kk/about/copy.html"):
        tab.open((folder / name).as_uri())
        assert [] == tab.complaints(), name
        assert all(url.startswith("file:") for url in tab.requests()), name
        assert 360 >= tab.evaluate("document.documentElement.scrollWidth")
        if name != "index.html":
            assert tab.evaluate("document.styleSheets.length") > 0, name
    tab.close()


def test_a_collectors_file_is_refused(tmp_path: Path, hostile_world: Path) -> None:
    """It knows who sent what."""
    done = made(hostile_world.parent / "collector.db", tmp_path / "m")
    assert 1 == done.returncode
    assert "is not a published file" in done.stderr
    assert "Traceback" not in done.stderr
    assert [] == list(tmp_path.iterdir())
