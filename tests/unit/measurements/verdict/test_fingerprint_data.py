"""fingerprints.txt is well formed."""

from measurements.verdict import fingerprint_data as data
from measurements.verdict.page_text import fold


def test_sections_are_parsed() -> None:
    """Brackets, rows, comments."""
    assert data.parse_sections("# c\n[a]\nx\n\n# y\nz | 1\n[b]\n") == {"a": ("x", "z | 1"), "b": ()}


def test_everything_is_folded() -> None:
    """What is not folded could never match."""
    for phrases in data.BLOCK_PHRASES:
        assert phrases.subjects
        assert phrases.acts
        for stem in (*phrases.subjects, *phrases.acts, *phrases.weak_acts, *phrases.this):
            assert stem == fold(stem)
    for stem in (*data.AUTHORITIES, *data.GEOBLOCK_PHRASES, *data.ERROR_PHRASES):
        assert stem == fold(stem)
    for mark in (*data.BLOCK_MARKS, *data.CAPTCHA_MARKS, *data.PARKED_MARKS, *data.PORTAL_MARKS):
        assert mark.needle == mark.needle.lower()
        assert len(mark.needle) > 2 or mark.where not in {"markup", "text"}


def test_the_languages_of_the_region_are_there() -> None:
    """Kazakh, Kyrgyz, Uzbek, Tajik, Turkmen, Russian, Turkish, Persian, Chinese."""
    languages = {phrases.language for phrases in data.BLOCK_PHRASES}
    assert languages >= {"kk", "ky", "uz", "tg", "tk", "ru", "tr", "fa", "zh", "ar", "en"}
    assert len(languages) == len(data.BLOCK_PHRASES)
