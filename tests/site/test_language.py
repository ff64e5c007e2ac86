"""Three languages: which one, that links keep it, and that nothing is left in English."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml
from datasette.app import Datasette
from jinja2.ext import extract_from_ast

from measurements.store.store import Store
from probe.explorer import config_folder, site
from tests.site.plugin import plugin as names_of

FOLDER = config_folder()


def texts() -> set[str]:
    """All that the pages say, in English."""
    found: set[str] = set()
    env = jinja2.Environment(autoescape=True)
    for file in (FOLDER / "templates").iterdir():
        for _, _, said in extract_from_ast(env.parse(file.read_text()), ("_", "_n")):
            found |= {said} if isinstance(said, str) else {part for part in said or () if part}
    for file in (FOLDER / "plugins").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0] if node.args else None
                if name in {"_", "say"} and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    views = yaml.safe_load((FOLDER / "dictionary.yaml").read_text())["views"].values()
    found |= {view[key] for view in views for key in ("title", "says")}
    databases = yaml.safe_load((FOLDER / "metadata.yaml").read_text())["databases"]
    for query in databases["anyqta"]["queries"].values():
        found |= {query[key] for key in ("title", "description") if key in query}
    return found


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_every_text_is_translated(lang: str) -> None:
    """With the same fields in braces."""
    catalog = SimpleNamespace(**names_of("language")).catalog(lang)
    assert [] == sorted(texts() - set(catalog))
    for text, forms in catalog.items():
        fields = set(re.findall(r"{\w*}", text))
        assert all(fields == set(re.findall(r"{\w*}", form)) for form in forms), text


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "en"),
        ("kk-KZ,kk;q=0.9,ru;q=0.8", "kk"),
        ("de, ru;q=0.5", "ru"),
        ("en;q=0.1, ru;q=x", "en"),
        ("ru;q=0, *", "en"),
    ],
)
def test_what_a_browser_asks_for(header: str, lang: str) -> None:
    """The best of ours."""
    assert lang == SimpleNamespace(**names_of("language")).asked_for(header)


def test_plural_forms() -> None:
    """Russian has three."""
    form = SimpleNamespace(**names_of("language")).form
    assert [0, 1, 2, 2, 0, 1] == [form("ru", n) for n in (1, 3, 5, 11, 21, 22)]
    assert [0, 1] == [form("en", n) for n in (1, 2)]


@pytest.fixture
def pages(tmp_path: Path) -> Datasette:
    """An empty site."""
    Store.open(tmp_path / "a.db").close()
    return site(tmp_path / "a.db", public=True)


async def test_links_keep_the_language_that_was_chosen(pages: Datasette) -> None:
    """By the address; what the browser asks for is not written into links."""
    chosen = (await pages.client.get("/about?lang=kk")).text
    assert '<html lang="kk">' in chosen
    assert 'href="/changes?lang=kk"' in chosen
    asked = await pages.client.get("/about", headers={"accept-language": "ru"})
    assert '<html lang="ru">' in asked.text
    assert 'href="/changes"' in asked.text
    assert "Accept-Language" in asked.headers["vary"]
    assert "set-cookie" not in asked.headers
    assert '<html lang="en">' in (await pages.client.get("/about?lang=xx")).text


async def test_on_a_tables_page_it_is_no_filter(pages: Datasette) -> None:
    """Datasette would look for a column of that name."""
    got = await pages.client.get("/anyqta/legal_events?lang=ru")
    assert 200 == got.status_code
    assert '<html lang="ru">' in got.text
    assert "where lang" not in got.text
