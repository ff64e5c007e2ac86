"""Where it seems to be: addresses first, then the clock, then the language."""

import pytest

from probe.consent.record import country_body
from probe.data import risk_text
from probe.engine.country import COUNTRIES, guess


@pytest.mark.parametrize(
    ("located", "zone", "environ", "country"),
    [
        (["DE"], "Asia/Almaty", {"LANG": "kk_KZ.UTF-8"}, "DE"),
        ([None, "KZ"], "", {}, "KZ"),
        ([], "Asia/Almaty", {"LANG": "ru_RU.UTF-8"}, "KZ"),
        ([], "/usr/share/zoneinfo/Asia/Qyzylorda", {}, "KZ"),
        ([], "../usr/share/zoneinfo/Europe/Minsk", {}, "BY"),
        ([], "Etc/UTC", {"LANG": "ru_KZ.UTF-8"}, "KZ"),
        ([], "", {"LANG": "kk"}, "KZ"),
        ([], "", {"LC_ALL": "C", "LANG": "kk_KZ"}, None),
        ([], "", {"LANG": "ru"}, None),
        ([], "UTC", {"LANG": "C.UTF-8"}, None),
        ([], "", {"LANG": "en_US.UTF-8"}, "US"),
        ([], "", {}, None),
    ],
)
def test_a_guess(
    located: list[str | None], zone: str, environ: dict[str, str], country: str | None
) -> None:
    """Nothing is asked of anybody."""
    assert country == guess(located, zone, environ)


def test_each_has_its_text() -> None:
    """And there is none of a country that could not be guessed."""
    text = risk_text()
    assert all(country_body(text, country) for country in COUNTRIES)
    assert len(COUNTRIES) == text.count("\n### ")
