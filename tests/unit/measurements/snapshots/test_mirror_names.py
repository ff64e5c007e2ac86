"""One page, one file; one file, one page; on every file system."""

import re
from urllib.parse import quote

import pytest

from measurements.snapshots.mirror_names import Address, address, file_of, link

HERE = Address("ru", "/target/selftanu.kz")
LANGUAGES = ("en", "ru", "kk")
HOSTILE = (
    *("a<b>.kz", 'a"b', "a:b", "a|b", "a?b", "a*b", "a\\b", "..", ".", "CON", "nul.txt", "aux"),
    *("é", "каз.kz", "x" * 10_000, "\u202egpj", "a b", "trailing.", "-rf", "~", "\x00", "%2e%2e"),
)


@pytest.mark.parametrize(
    ("page", "file"),
    [
        (Address("en", "/"), "en/index.html"),
        (Address("ru", "/target/selftanu.kz"), "ru/target/selftanu.kz.html"),
        (Address("kk", "/network/AS9198"), "kk/network/AS9198.html"),
        (Address("en", "/feed/all.atom"), "en/feed/all.atom"),
        (Address("en", "/feed/network/AS9198"), "en/feed/network/AS9198.atom"),
        (Address("en", "/card/target/selftanu.kz.svg"), "en/card/target/selftanu.kz.svg"),
        (Address("", "/static/anyqta.css"), "static/anyqta.css"),
        (
            Address("", "/measurement/20261005_KZ_ab.json"),
            "measurement/74/20261005_kz_ab-74583a09b4f7.json",
        ),
        (Address("", "/-/static/app.css"), "static/app.css"),
    ],
)
def test_plain_names_stay(page: Address, file: str) -> None:
    """So that a person finds them."""
    assert file == file_of(page)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_name_becomes_harmless(name: str) -> None:
    """For FAT, Windows and a shell; and it stays in the mirror."""
    file = file_of(Address("en", f"/target/{quote(name, safe='')}"))
    language, folder, last = file.split("/")
    assert ("en", "target") == (language, folder)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,100}\.html", last)
    assert not re.fullmatch(r"(con|nul|aux)(\..*)?", last)


def test_no_two_pages_share_a_file() -> None:
    """Nor where only capitals, the query, or the encoding tell them apart."""
    pages = [
        *(Address("en", f"/target/{quote(name, safe='')}") for name in HOSTILE),
        *(Address("en", f"/target/{name}") for name in ("Ab", "ab", "aB", "ab.html", "a-b")),
        *(Address("en", "/changes", query) for query in ("", "page=2", "page=3", "kind=blocked")),
        *(Address("en", f"/measurement/{uid}") for uid in ("20260101_KZ_a", "20260101_kz_a")),
    ]
    files = [file_of(page).lower() for page in pages]
    assert len(files) == len(set(files))


def test_many_measurements_lie_in_folders() -> None:
    """FAT takes some 20,000 such names in one."""
    folders = {file_of(Address("en", f"/measurement/uid{i}")).rsplit("/", 1)[0] for i in range(999)}
    assert 200 < len(folders) <= 256


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("/network/AS1", Address("ru", "/network/AS1")),
        ("/network/AS1?lang=kk", Address("kk", "/network/AS1")),
        ("http://localhost/?lang=en", Address("en", "/")),
        ("?month=2024-02&lang=xx", Address("ru", "/target/selftanu.kz", "month=2024-02")),
        ("/changes?b=2&a=1", Address("ru", "/changes", "a=1&b=2")),
        ("../about", Address("ru", "/about")),
        ("/static/a.css?v=1", Address("", "/static/a.css")),
        ("https://db-ip.com", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("http://[", None),
    ],
)
def test_what_a_link_leads_to(href: str, found: Address | None) -> None:
    """In the page's language unless it says another; nothing where it leaves the site."""
    assert found == address(href, HERE, "localhost", LANGUAGES)


def test_links_are_relative() -> None:
    """From a memory stick as from any folder of a web server."""
    assert "../../static/a.css#x" == link("ru/target/a.html", "static/a.css", "x")
    assert "index.html" == link("en/a.html", "en/index.html")
    assert "en/index.html" == link("index.html", "en/index.html")


def test_what_is_asked_of_the_site() -> None:
    """The language is named, whatever a visitor's browser would say."""
    assert "/changes?page=2&lang=kk" == Address("kk", "/changes", "page=2").request()
    assert "/static/a.css" == Address("", "/static/a.css").request()
