"""Choosing a language; finding the template that a sentence was made from."""

import re
from collections.abc import Iterator

import pytest

from probe import words
from tests.golden.cases import cases
from tests.words.catalogs import extracted
from tests.words.extract import Text, texts

CHOICES = [
    ({}, None, None, "en"),
    ({"LANG": "ru_RU.UTF-8"}, None, None, "ru"),
    ({"LANG": "kk_KZ.UTF-8"}, None, None, "kk"),
    ({"LANG": "de_DE.UTF-8"}, None, None, "en"),
    ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8"}, None, None, "en"),
    ({"LC_ALL": "", "LANG": "ru_RU.UTF-8"}, None, None, "ru"),
    ({"LC_MESSAGES": "kk_KZ", "LANG": "ru_RU.UTF-8"}, None, None, "kk"),
    ({"LANG": "ru_RU.UTF-8", "LANGUAGE": "de:kk:ru"}, None, None, "kk"),
    ({"LANG": "C", "LANGUAGE": "kk"}, None, None, "en"),
    ({"LANG": "ru_RU.UTF-8"}, "kk", None, "kk"),
    ({"LANG": "kk_KZ.UTF-8", "ANYQTA_LANG": "ru"}, "en", None, "ru"),
    ({"LANG": "ru_RU.UTF-8", "ANYQTA_LANG": "en"}, "kk", None, "en"),
    ({"ANYQTA_LANG": "kz"}, None, None, "kk"),
    ({"ANYQTA_LANG": "tlh", "LANG": "ru_RU"}, None, None, "ru"),
    ({}, None, "ru_RU", "ru"),
    ({"LANG": "en_US.UTF-8"}, None, "ru_RU", "en"),
]


@pytest.mark.parametrize(("environ", "setting", "system", "chosen"), CHOICES)
def test_the_language_that_was_asked_for(
    environ: dict[str, str], setting: str | None, system: str | None, chosen: str
) -> None:
    """ANYQTA_LANG, config.toml, the environment, the system; then English."""
    assert words.choose(environ, setting, system) == chosen


@pytest.fixture
def speaking() -> Iterator[None]:
    """English again afterwards."""
    yield
    words.use("en")


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_what_fits_no_template_stays(language: str) -> None:
    """A system's own message, a translated text, nothing at all."""
    words.use(language)
    for text in ("Zzz {x} qqq", "", "\n", "Совсем другое.", "a\nb"):
        assert words.told(text) == text


EXTRACTED = [
    ('_("Nothing left.")', [Text("Nothing left.")]),
    ('ngettext("{n} site", "{n} sites", n)', [Text("{n} site", "{n} sites")]),
    ('pgettext("status", "down")', [Text("down", context="status")]),
    ('raise E(f"{path.name} is {x!r}, not {path.name}")', [Text("{name} is {x}, not {name}")]),
    ('raise E(f"{a.x} and {b.x} meet")', [Text("{x} and {x2} meet")]),
    (
        "raise E(\"one thing\" if a else f\"{n} things{' left' if b else ''}\")",
        [Text("one thing"), Text("{n} things left"), Text("{n} things")],
    ),
    ('raise E("one" " piece " + name)', [Text("one piece {name}")]),
    ('raise E(f"{where}: {what}")', []),
    ('raise E("word")', []),
    ('Rule(id="tls.down", why="{host} is down.")', [Text("{host} is down.")]),
    ('log("not for a person")', []),
]


@pytest.mark.parametrize(("source", "found"), EXTRACTED)
def test_what_is_taken_from_the_code(source: str, found: list[Text]) -> None:
    """Marked texts and the sentences of errors; names and bare values are none."""
    assert list(texts(source)) == found


def test_a_mark_takes_no_expression() -> None:
    """What is put together can be found in no catalog."""
    with pytest.raises(ValueError, match="takes texts as they are"):
        list(texts('_(f"{n} left")'))


# What stands in the fields of a rule: names, addresses, words of ours, and sentences of ours.
IN_FIELDS = {
    "host": ("t.example", "xn--d1acpjx3f.xn--p1ai", "93.184.216.34"),
    "addresses": ("10.0.0.1, 10.0.0.2", "no address"),
    "endpoint": ("93.184.216.34 port 443", "port 443"),
    "how": ("timeout", "reset", "failed"),
    "why": ("status 200, the other 403; one has no words", "the bodies are identical"),
    "issuer": ("C=SE,O=Lab Trust; Co.,CN=Lab TLS R3", "nobody"),
    "row": ("another name passes at the same address", "the trials do not agree"),
}


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_each_sentence_is_found_again(language: str, which: int) -> None:
    """Filled with words and taken apart, every template is itself: no other takes its place."""
    words.use(language)
    wrong = {}
    for text in extracted()["verdict"]:
        names = words.FIELD.findall(text.one)
        given = {
            n: (v := IN_FIELDS.get(n, ("451", "u.example", "KZ")))[which % len(v)] for n in names
        }
        wanted = words.filled(
            words.catalog_of(language)[text.one], {n: words.told(v) for n, v in given.items()}
        )
        if (found := words.told(words.filled(text.one, given))) != wanted:
            wrong[text.one] = found
    assert wrong == {}


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_verdict_of_the_lab_stays_english(language: str) -> None:
    """Summary and evidence of every scenario: no word of theirs is left but names and labels."""
    words.use(language)
    left = []
    for verdict in (case.read("verdict") for case in cases()):
        for text in (verdict["summary"], *(e["says"] for e in verdict["evidence"])):
            shown = re.sub(r"\S+[.=]\S+", "", words.told(text))  # names, addresses, issuers
            if re.search(r"\b(?:the|is|and|that|which|for|here|not|its)\b", shown):
                left.append(words.told(text))
    assert left == []
