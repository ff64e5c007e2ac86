"""What a volunteer reads is there in Russian and Kazakh, whole, and the compiled catalogs are those of the sources."""

import pytest

from tests.words.catalogs import DOMAINS, extracted
from tests.words.problems import problems
from tests.words.sources import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_translated(domain: str, language: str) -> None:
    """Each, not in doubt, with the same placeholders and all plural forms. `.ci/words` helps."""
    assert problems(domain, language, extracted()[domain]) == []
