"""The words of a verdict: one translation each, in docs/words.md, on the screen and on the site."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datasette.plugins import pm
from measurements.schema.words import Mechanism
from probe import words
from probe.cli import verdict_words
from tests.golden.cases import cases
from tests.words.catalogs import for_the_site, site_file
from tests.words.table import TABLES, page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Any, Any]]:
    """The site's two plugins that translate, as Datasette loads them."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415

    loaded = []
    for name in ("language.py", "sentences.py"):
        spec = spec_from_file_location(name, ROOT / "datasette" / "plugins" / name)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        if not pm.has_plugin(name):
            pm.register(module, name=name)
            loaded.append(module)
    yield pm.get_plugin("language.py"), pm.get_plugin("sentences.py")
    for module in loaded:
        pm.unregister(module)


def test_the_list_of_words_is_whole_and_true() -> None:
    """docs/words.md is what the catalogs say; `.ci/words` writes it."""
    assert (ROOT / "docs" / "words.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_site_says_it_in_the_same_words(site: tuple[Any, Any], language: str) -> None:
    """Each phrase of the tables."""
    theirs, ours = site[0].catalog(language), words.catalog_of(language)
    phrases = {phrase for _, table in TABLES for phrase in table.values() if phrase in theirs}

    assert len(phrases) > 30
    assert {p: theirs[p][0] for p in phrases} == {p: ours[p] for p in phrases}


def test_the_site_says_failures_in_the_same_words() -> None:
    """Its template reads nothing of ours: the same failures, the same English phrases."""
    template = ROOT / "datasette" / "templates" / "measurement_macros.html"
    block = template.read_text("utf-8").split("{% set FAILURE = {", 1)[1].split("%}", 1)[0]
    theirs = dict(re.findall(r'"(\w+)": _\("([^"]+)"\)', block))

    assert theirs == verdict_words.FAILURE


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_a_mechanism_in_a_rule_is_called_the_same(language: str) -> None:
    """`timeout` in brackets and "silence" in a table are one word."""
    ours = words.catalog_of(language)
    assert [m for m in Mechanism if ours[m.value] != ours[verdict_words.MECHANISM[m]]] == []


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_site_has_the_sentences_of_today(language: str) -> None:
    """Its catalog is made from the volunteers' side's."""
    assert site_file(language).read_bytes() == for_the_site(language)


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_both_find_the_same_sentence_again(site: tuple[Any, Any], language: str) -> None:
    """The site's way, written again because it reads nothing of ours, comes to the same."""
    words.use(language)
    try:
        for verdict in (case.read("verdict") for case in cases()):
            for text in (verdict["summary"], *(e["says"] for e in verdict["evidence"])):
                assert site[1].told(language, text) == words.told(text)
                assert re.search(r"[а-яәғқңөұүһі]", site[1].told(language, text))
    finally:
        words.use("en")
