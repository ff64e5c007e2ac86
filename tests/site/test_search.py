"""Search: sites, networks, events, a measurement."""

from pathlib import Path

import pytest

from tests.site.dense import get, one


@pytest.mark.parametrize(
    "words", ["selftanu", "https://selftanu.kz/", "SELFTANU.KZ", "www.selftanu.kz"[4:]]
)
def test_sites(dense: Path, words: str) -> None:
    """By a part of the address in any case; a whole address too."""
    assert 'href="/target/selftanu.kz?lang=en"' in get(dense, f"/search?q={words}&lang=en").text


@pytest.mark.parametrize("words", ["AS9198", "9198", "kazakhtelecom"])
def test_networks(dense: Path, words: str) -> None:
    """By number or name."""
    assert 'href="/network/AS9198?lang=en"' in get(dense, f"/search?q={words}&lang=en").text


def test_events_measurements_and_nothing(dense: Path) -> None:
    """In another alphabet; by uid; wildcards are letters; hostile words are text."""
    assert (
        "Закон о наставничестве"
        in get(dense, "/search?q=%D0%BD%D0%90%D1%81%D1%82%D0%B0%D0%B2&lang=ru").text
    )
    uid = one(dense, "SELECT measurement_uid FROM measurements")
    assert f"/measurement/{uid}" in get(dense, f"/search?q={uid}").text
    for words in ("%25", "_", "zzz", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "' OR 1=1 --"):
        page = get(dense, f"/search?q={words}&lang=en").text
        assert "No site that was measured has this" in page, words
        assert "<script>alert" not in page
    assert "Write a part of an address" in get(dense, "/search?lang=en").text


def test_entries_of_the_registry(dense: Path) -> None:
    """Also of what nobody has measured, with what it says; no entry where there is none."""
    page = get(dense, "/search?q=https://never-measured.example/&lang=en").text
    assert "No site that was measured has this" in page
    assert "Решение № 1" in page
    assert "does not say that networks block" in page
    assert "Entries of registries" not in get(dense, "/search?q=kazakhtelecom&lang=en").text
    target = get(dense, "/target/selftanu.kz?lang=en").text
    assert "Министерство культуры и информации" in target
    assert "вред здоровью и развитию детей" in target
