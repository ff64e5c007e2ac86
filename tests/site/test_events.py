"""What is said of a legal event is said in the reader's language: all of it, and with the same facts."""

import re
from pathlib import Path

import pytest

from measurements.exchange.legal import events
from tests.site.dense import get
from tests.site.plugin import plugin

# numbers, days, articles, hosts, names of networks and programs: what no translation may change
FACTS = re.compile(
    r"AS\d+|\d[\d.,/-]*\d|\d|[a-z-]+\.(?:com|org|kz|press)|Tor\b|VPN|HTTPS|TLS|Mozilla|Google|OONI"
)


def facts(text: str) -> list[str]:
    """In any order; a decimal comma is a point."""
    return sorted(found.replace(",", ".").rstrip(".") for found in FACTS.findall(text))


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_every_event_is_told_in_each_language(lang: str) -> None:
    """Title and text; written in that language; an event that is added without is found."""
    catalog = plugin("language")["catalog"](lang)
    for event in events():
        assert event.title_ru, event.id
        assert event.title_kk, event.id
        if event.says:
            told = catalog.get(event.says, [""])[0]
            assert re.search("[а-яё]{3}", told), f"{event.id} has no text in {lang}"
            assert facts(event.says) == facts(told), event.id


def test_what_is_said_of_no_event_any_more_is_gone() -> None:
    """A text that was changed leaves no old translation behind."""
    said = {event.says for event in events()}
    language = plugin("language")
    for lang in ("ru", "kk"):
        file: Path = language["FOLDER"] / lang / "LC_MESSAGES" / "events.po"
        assert set(language["parse"](file.read_text("utf-8"))) == said - {""}


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "Ground as the ministry"),
        ("ru", "Основание, как его"),
        ("kk", "Министрлік атаған негіз"),
    ],
)
def test_a_page_says_it(dense: Path, lang: str, says: str) -> None:
    """Marked as English only where it is."""
    page = get(dense, f"/target/selftanu.kz?lang={lang}").text
    found = re.findall(r'<span class="says"([^>]*)>([^<]*)', page)
    assert any(text.startswith(says) for _, text in found)
    assert [] == [text for mark, text in found if mark]


def test_it_is_found_by_words_of_each_language(dense: Path) -> None:
    """selftanu.kz's event by a word of its text."""
    for word in ("teenagers", "подростков", "жасөспірімдерге"):
        page = get(dense, f"/search?q={word}&lang=en").text
        assert "selftanu.kz is restricted by the Ministry" in page, word
    assert "selftanu.kz is restricted" not in get(dense, "/search?q=нет-такого-слова&lang=en").text
