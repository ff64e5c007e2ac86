"""In a real browser, as wide as a phone: nothing is fetched from elsewhere."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from measurements.schema.words import Status
from measurements.store.store import Store
from probe.explorer import site
from tests.unit.measurements.store.examples import a_measurement, a_verdict

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The site, served."""
    with Store.open(tmp_path / "anyqta.db") as store:
        for i in range(40):
            url = f"https://a-rather-long-name-{i}.example/{'path/' * 20}"
            store.save(a_measurement(f"u{i}", input=url, verdict=a_verdict(Status.BLOCKED)))
    app = site(tmp_path / "anyqta.db").app()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def browse(address: str, tmp_path: Path) -> str:
    """The page's HTML after it was laid out on a phone."""
    assert CHROMIUM is not None
    flags = (
        "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
    )
    more = "--disable-component-update --window-size=500,900 --dump-dom"
    done = subprocess.run(
        [CHROMIUM, *flags.split(), *more.split(), f"--user-data-dir={tmp_path}/profile", address],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize("path", ["/", "/m/u27"])
def test_a_page_is_laid_out(address: str, tmp_path: Path, path: str) -> None:
    """With its style, from this address alone."""
    shown = browse(address + path, tmp_path)
    assert "https://a-rather-long-name-27.example/" in shown
    fetched = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', shown)
    assert "/static/anyqta.css" in fetched
    elsewhere = [url for url in fetched if url.startswith(("http:", "https:", "//"))]
    assert [] == [url for url in elsewhere if not url.startswith(address)]
