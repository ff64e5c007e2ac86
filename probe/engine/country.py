"""In which country this computer seems to be, from what it knows by itself. Pure.

For the right words about the law before anything is sent; measurements have their country from elsewhere.
"""

from collections.abc import Iterable, Mapping

# Time zones and languages of the countries that docs/risks.md says something of.
_ZONES = {
    "KZ": "Almaty Qyzylorda Qostanay Aqtobe Aqtau Atyrau Oral",
    "RU": "Kaliningrad Moscow Kirov Volgograd Astrakhan Saratov Ulyanovsk Samara Yekaterinburg Omsk"
    " Novosibirsk Barnaul Tomsk Novokuznetsk Krasnoyarsk Irkutsk Chita Yakutsk Khandyga Vladivostok"
    " Ust-Nera Magadan Sakhalin Srednekolymsk Kamchatka Anadyr",
    "BY": "Minsk",
    "KG": "Bishkek",
    "UZ": "Tashkent Samarkand",
    "TM": "Ashgabat",
}
COUNTRIES = tuple(_ZONES)
_BY_ZONE = {city: country for country, cities in _ZONES.items() for city in cities.split()}
_BY_LANGUAGE = {"kk": "KZ", "be": "BY", "ky": "KG", "uz": "UZ", "tk": "TM"}


def guess(located: Iterable[str | None], zone: str, environ: Mapping[str, str]) -> str | None:
    """By the networks of its addresses, else by its clock, else by its language; None: no idea."""
    for country in located:
        if country is not None:
            return country
    if by_clock := _BY_ZONE.get(zone.rpartition("/")[2]):
        return by_clock
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return _of_locale(next((name for name in names if name), ""))


def _of_locale(name: str) -> str | None:
    """kk_KZ.UTF-8: KZ; kk: KZ; ru_KZ: KZ; ru or C say nothing."""
    language, _, territory = name.partition(".")[0].partition("_")
    if len(territory) == 2 and territory.isalpha():  # noqa: PLR2004 - ISO 3166
        return territory.upper()
    return _BY_LANGUAGE.get(language.lower())
