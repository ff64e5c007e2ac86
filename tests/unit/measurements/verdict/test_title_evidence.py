"""Titles as evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.title_evidence import alphabet, normal_title, weigh_titles


@pytest.mark.parametrize(
    ("here", "there", "low", "high"),
    [
        ("Kloop: news of Kyrgyzstan", "kloop:  News of  Kyrgyzstan", 2.0, 2.0),
        ("YouTube", "Before you continue to YouTube", 0.8, 1.3),
        ("Access denied", "Access Denied", 0.3, 0.3),
        ("403 Forbidden", "403 Forbidden", 0.3, 0.3),
        ("", "", 0.0, 0.0),
        ("", "Azattyq", -0.7, -0.7),
        ("", "Home", -0.2, -0.2),
        ("Azattyq", "", -0.2, -0.2),
        ("Новости дня", "Daily News", -0.3, -0.3),
        ("Басты бет | Денсаулық сақтау", "Главная | Министерство здоровья", -0.3, -0.3),
        ("Startseite für alle", "Front page", -0.3, -0.3),
        ("Access restricted", "Daily News", -1.9, -1.9),
        ("A", "B", -1.9, -1.9),
    ],
)
def test_weights(here: str, there: str, low: float, high: float) -> None:
    """Another language is no evidence; other words in the same letters are."""
    weight, why = weigh_titles(here, there)
    assert low <= weight <= high
    assert why


def test_alphabet() -> None:
    """Kazakh is told from Russian by its own letters."""
    assert alphabet("қазақша") == "kazakh"
    assert alphabet("по-русски") == "cyrillic"
    assert alphabet("中文") == "cjk"
    assert alphabet("English") == "latin"
    assert normal_title("  Ёлка\n TWO ") == "елка two"


@given(st.text(max_size=100), st.text(max_size=100))
def test_never_raises_and_is_bounded(here: str, there: str) -> None:
    """One title never decides alone."""
    assert -2.0 <= weigh_titles(here, there)[0] <= 2.0
