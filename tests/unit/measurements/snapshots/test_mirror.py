"""A site of a few pages, taken along."""

import hashlib
import os
from pathlib import Path

import pytest

from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.mirror import Page, Plan, mirror
from measurements.snapshots.mirror_names import Address

LINKS = (
    '<a href="/target/a.kz#x">a</a> <a href="/?lang=kk">kk</a> <a href="/search?q=1">s</a>'
    '<link rel="stylesheet" href="/static/s.css?v=1"><a href="https://elsewhere.example/">e</a>'
    '<a href="/old">o</a><a href="/feed/all.atom">f</a><form action="/search"></form>'
)
PAGES = {
    "/": ("text/html; charset=utf-8", f"<html><head></head>{LINKS}"),
    "/target/a.kz": ("text/html", '<html><head></head><a href="/">back</a>'),
    "/copy": ("text/html", "<html><head></head>what is left out"),
    "/feed/all.atom": (
        "application/atom+xml",
        '<feed><link href="http://site/target/a.kz"/></feed>',
    ),
    "/static/s.css": ("text/css", "a { b: url(/static/i.svg) }"),
    "/static/i.svg": ("image/svg+xml", "<svg/>"),
}
asked: list[str] = []


async def fetch(request: str) -> Page:
    """As the site would answer."""
    asked.append(request)
    path = request.partition("?")[0]
    if path == "/old":
        return Page(status=302, type="", body=b"", location="/target/a.kz")
    if path not in PAGES:
        return Page(status=404, type="text/html", body=b"")
    kind, body = PAGES[path]
    return Page(status=200, type=kind, body=body.encode())


def plan(start: tuple[str, ...] = ("/",)) -> Plan:
    """English and Kazakh, without the search."""

    def left_out(page: Address) -> bool:
        return page.path == "/search"

    return Plan(
        host="site", languages=("en", "kk"), start=start, instead="/copy", left_out=left_out
    )


async def test_every_page_in_each_language(tmp_path: Path) -> None:
    """Reached by links alone, each asked for once; nothing leads out of the folder."""
    asked.clear()
    made = await mirror(tmp_path / "m", plan(), fetch, say=lambda _: None)
    files = sorted(str(p.relative_to(tmp_path / "m")) for p in (tmp_path / "m").rglob("*.*"))
    ours = ["copy.html", "feed/all.atom", "index.html", "old.html", "target/a.kz.html"]
    expected = [
        *(".nojekyll", "index.html", "static/i.svg", "static/s.css"),
        *(f"{language}/{name}" for language in ("en", "kk") for name in ours),
    ]
    assert sorted(expected) == files
    assert len(asked) == len(set(asked))
    assert {"/search", "/search?…"} == made.left_out
    front = (tmp_path / "m/en/index.html").read_text()
    for told in ('"target/a.kz.html#x"', '"../kk/index.html"', '"copy.html"', '"../static/s.css"'):
        assert told in front
    assert "https://elsewhere.example/" in front
    assert "search" not in front
    assert '<a href="target/a.kz.html">' in (tmp_path / "m/en/old.html").read_text()
    assert '"../target/a.kz.html"' in (tmp_path / "m/en/feed/all.atom").read_text()
    assert "url(i.svg)" in (tmp_path / "m/static/s.css").read_text()
    for line in (tmp_path / "m/SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert digest == hashlib.sha256((tmp_path / "m" / name).read_bytes()).hexdigest()


async def test_twice_is_the_same(tmp_path: Path) -> None:
    """To the byte."""
    for name in ("a", "b"):
        await mirror(tmp_path / name, plan(), fetch, say=lambda _: None)
    first, second = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("a", "b")
    )
    assert first == second


async def test_a_page_that_fails_fails_the_mirror(tmp_path: Path) -> None:
    """A copy that lacks pages and does not say so would be worse than none."""
    with pytest.raises(SnapshotError, match=r"/gone\?lang=en answers 404"):
        await mirror(tmp_path / "m", plan(("/", "/gone")), fetch, say=lambda _: None)
    assert [] == os.listdir(tmp_path)  # noqa: PTH208 - also what is hidden


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Nor is a folder made where none can be."""
    (tmp_path / "m").mkdir()
    with pytest.raises(SnapshotError, match="exists already"):
        await mirror(tmp_path / "m", plan(), fetch, say=lambda _: None)
    with pytest.raises(SnapshotError, match="cannot be made"):
        await mirror(tmp_path / "no/m", plan(), fetch, say=lambda _: None)
