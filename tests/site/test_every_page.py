"""Every kind of page in a real Chromium: light and dark, wide and narrow, with and without JavaScript."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.chrome import Chrome, Tab
from tests.site.served import public, serving
from tests.site.walk import Walk, kind

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
WIDE, NARROW = 1200, 360
LOOKS = tuple((width, dark) for width in (WIDE, NARROW) for dark in (False, True))
LANGUAGES = ("en", "ru", "kk")
# Datasette's own pages: these, and no other of their endless sorts and filters.
DATASETTE = (
    "/anyqta",
    "/anyqta/daily_view",
    "/anyqta/daily_view?_facet=category_code&blocked__gt=0",
    "/anyqta/targets/1",
    "/anyqta/by_quarter?quarter=2024-1&cc=KZ",
)
THEIRS = {  # what its templates lack, and we do not rewrite: labels of its filters, an order of headings
    rule: {"enabled": False} for rule in ("label", "select-name", "heading-order")
}
WIDER = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right >
 document.documentElement.clientWidth + 1 && !e.closest('.scroll, [role=region], pre, svg'))
 .slice(0, 4).map(e => e.outerHTML.slice(0, 120))"""


def every_kind(db: Path) -> list[str]:
    """A page or two of each kind that can be reached, then Datasette's."""

    async def walked() -> list[str]:
        found: dict[str, list[str]] = {}
        walk = Walk(public(db), few=2, is_few=lambda url: True)
        walk.skip = lambda url: is_theirs(url) or "lang=en" not in url
        async for page in walk.pages():
            if page.status == 200 and page.type.startswith("text/html"):
                found.setdefault(kind(page.url), []).append(page.url)
        ours = [
            url for name, urls in sorted(found.items()) for url in urls[: 1 + ("?" not in name)]
        ]
        return [*ours, "/target/selftanu.kz?lang=en", "/nothing/here?lang=en", *DATASETTE]

    return list(dict.fromkeys(asyncio.run(walked())))


def is_theirs(url: str) -> bool:
    """Datasette's own page."""
    return url.startswith("/anyqta")


@pytest.fixture(scope="module")
def kinds(world: Path) -> list[str]:
    """What is looked at."""
    return every_kind(world)


@pytest.fixture(scope="module")
def address(world: Path) -> Iterator[str]:
    """The site, served."""
    with serving(world) as found:
        yield found


@pytest.fixture(scope="module")
def tab(browser: Chrome) -> Iterator[Tab]:
    """One tab for all."""
    opened = browser.tab()
    yield opened
    opened.close()


def name_of(url: str) -> str:
    """Of a screenshot."""
    return re.sub(r"[^A-Za-z0-9]+", "-", url).strip("-")[:80] or "home"


def in_language(url: str, language: str) -> str:
    """The same page."""
    bare = re.sub(r"([?&])lang=[a-z]+(&|$)", r"\1", url).rstrip("?&")
    return f"{bare}{'&' if '?' in bare else '?'}lang={language}"


def told_shortly(wrong: list[str]) -> str:
    """Each once, however many shades and pages have it."""
    found: dict[str, list[str]] = {}
    for line in wrong:
        found.setdefault(
            re.sub(r"^\S+ (js=\S+ )?|\b(360|1200)-(light|dark)\b", "", line), []
        ).append(line)
    lines = [f"{len(lines)} times, as {lines[0][:400]}" for lines in found.values()]
    return "\n".join([f"{len(lines)} kinds of things are wrong:", *lines[:60]])


def expected(complaints: list[str], url: str) -> list[str]:
    """Without those that a page that is not there brings with it."""
    return [] if url.startswith("/nothing") else complaints


def looked_at(tab: Tab, address: str, url: str, *, js: bool, full: bool) -> list[str]:
    """What is wrong with a page, in each light and width."""
    wrong: list[str] = []
    tab.scripts(allowed=js)
    tab.look(width=WIDE)
    tab.open(address + url)
    wrong += expected(tab.complaints(), url)
    wrong += [
        f"asks {asked}" for asked in tab.requests() if not asked.startswith((address, "data:"))
    ]
    for width, dark in LOOKS if js else ((NARROW, False),):  # nothing of ours is a script
        tab.look(width=width, dark=dark)
        shade = f"{width}-{'dark' if dark else 'light'}"
        if tab.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{shade} scrolls sideways: {tab.evaluate(WIDER)}")
        if full and dark == (width == NARROW):  # each width once, and each shade
            wrong += [f"{shade} {each}" for each in tab.axe(THEIRS if is_theirs(url) else None)]
        if dark or width == NARROW:
            tab.screenshot(SHOTS / f"{name_of(url)}-{shade}{'' if js else '-nojs'}.png")
    return [f"{url} js={js}: {each}" for each in wrong]


def test_every_page(tab: Tab, address: str, kinds: list[str]) -> None:
    """No complaint, no other host, no scrolling sideways; axe-core finds nothing."""
    assert len(kinds) > 10, kinds
    wrong = []
    for url in kinds:
        for js in (True, False):
            wrong += looked_at(tab, address, url, js=js, full=js)
    assert not wrong, told_shortly(wrong)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_page_in_the_other_languages(
    tab: Tab, address: str, kinds: list[str], language: str
) -> None:
    """Longer words fit; the page says which language it is in."""
    wrong = []
    for url in kinds:
        if is_theirs(url):
            continue
        here = in_language(url, language)
        tab.scripts(allowed=True)
        tab.look(width=NARROW)
        tab.open(address + here)
        if tab.evaluate("document.documentElement.scrollWidth") > NARROW:
            wrong.append(f"{here} scrolls sideways: {tab.evaluate(WIDER)}")
        told = tab.evaluate("document.documentElement.lang")
        wrong += [f"{here} says that it is in {told}"] if told != language else []
        wrong += [f"{here} {each}" for each in (*expected(tab.complaints(), url), *tab.axe())]
        tab.screenshot(SHOTS / f"{name_of(here)}-{NARROW}-light.png")
    assert not wrong, told_shortly(wrong)


def test_the_keyboard(tab: Tab, address: str, kinds: list[str]) -> None:
    """The first Tab shows a link that skips to the content; what has the focus can be seen to have it."""
    tab.scripts(allowed=True)
    tab.look(width=WIDE)
    for url in kinds:
        tab.open(address + url)
        tab.press("Tab", 9)
        first = tab.evaluate(
            "[document.activeElement.getAttribute('href'),"
            " document.activeElement.getBoundingClientRect().top]"
        )
        assert str(first[0]).startswith("#"), f"{url}: the first focus is {first}"
        assert first[1] >= 0, f"{url}: the skip link is not on the screen"
        assert tab.evaluate(f"!!document.querySelector({json.dumps(first[0])})"), url
        for _ in range(6):
            tab.press("Tab", 9)
            seen = tab.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0"
                " || s.boxShadow !== 'none' || document.activeElement === document.body })()"
            )
            told = tab.evaluate("document.activeElement.outerHTML.slice(0, 100)")
            assert seen, f"{url}: the focus cannot be seen on {told}"


def test_on_paper(tab: Tab, address: str, kinds: list[str]) -> None:
    """Black on white, without navigation; what is folded away is printed, or said to be there."""
    tab.scripts(allowed=False)
    for url in kinds:
        if is_theirs(url):
            continue
        tab.look(width=800, dark=True, media="print")
        tab.open(address + url)
        colours = tab.evaluate(
            "[document.body].map(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color])[0]"
        )
        assert colours[0] in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, f"{url}: {colours}"
        shown = tab.evaluate(
            "[...document.querySelectorAll('nav, form')].filter(e => e.offsetParent).length"
        )
        assert shown == 0, f"{url}: navigation or forms are printed"
        tab.pdf(SHOTS / f"{name_of(url)}.pdf")
    tab.look(width=WIDE)
