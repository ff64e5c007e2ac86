"""The documents hold together: links lead somewhere, the words are those of the schema."""

import re
from pathlib import Path

import pytest

from probe.consent.record import country_body, sharing_body, short_body
from probe.data import risk_text
from probe.engine.country import COUNTRIES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


def name(path: Path) -> str:
    """As a person names it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    """Relative links only; nobody's web page is asked."""
    targets = re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted(DOCS.rglob("design/*.md")), ids=name)
def test_a_design_note_is_dated_and_has_a_state(path: Path) -> None:
    """Decisions are superseded, never rewritten."""
    head = path.read_text()[:400]
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", head, re.MULTILINE)
    assert re.search(r"^State: (accepted|superseded by \d{4})$", head, re.MULTILINE)


def test_the_consent_text_has_a_version() -> None:
    """Consent is recorded with it; a new version asks again."""
    first, *rest = (DOCS / "risks.md").read_text().splitlines()
    assert re.fullmatch(r"version: \d+", first)
    short = short_body("\n".join([first, *rest]))
    assert len(short.splitlines()) < 30, "nobody reads more before saying yes"
    assert len(rest) < 160


def test_the_consent_text_ships() -> None:
    """`anyqta consent` shows it where there is no docs folder: both copies are one text."""
    for name_ in ("risks.md", "risks.ru.md", "risks.kk.md"):
        assert (ROOT / "probe" / "data" / name_).read_text() == (DOCS / name_).read_text()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_consent_text_says_the_same_in_each_language(language: str) -> None:
    """What is agreed to is one text: version, headings, countries, points, and what is to be typed."""
    whole, other = risk_text(), risk_text(language)
    assert whole != other

    def shape(text: str) -> list[str]:
        lines = [line for line in text.splitlines() if line.startswith(("version:", "#", "- "))]
        return [line if line[0] == "v" else line.split(" ")[0] for line in lines]

    def said(text: str, pattern: str) -> list[str]:
        return sorted(set(re.findall(pattern, text)))

    assert shape(whole) == shape(other)
    for pattern in (
        r"\(([A-Z]{2})\)",
        r"`([^`]+)`",
        r"\b([0-9.]{4,})\b",
        r"\b(?:LGBT|REL|XED|DATE|PORN|PROV|GMB|ALDR|HATE|MILX)\b",
        r"Google|Cloudflare|Tor\b|VPN",
    ):
        assert said(" ".join(whole.split()), pattern) == said(" ".join(other.split()), pattern)
    assert whole.count("**") == other.count("**")
    for country in COUNTRIES:
        assert country_body(other, country)
    assert sharing_body(other).count("\n- ") == sharing_body(whole).count("\n- ")


@pytest.mark.parametrize(
    "word",
    [
        *("accessible", "blocked", "throttled", "server_side", "down", "inconclusive"),
        *("nxdomain", "no_answer", "servfail", "bogon", "blockpage_ip", "injection", "hijack"),
        *("timeout", "reset", "refused", "unreachable", "eof", "alert", "mitm"),
        *("blockpage", "redirect", "tampered", "throttling"),
        *("dns_name", "ip", "ip_port", "sni", "sni_and_ip", "http_host", "http_url"),
        *("resolver", "network", "server", "local", "unknown"),
    ],
)
def test_every_word_of_a_verdict_is_explained(word: str) -> None:
    """The words of the contract, each in the ontology."""
    assert f"`{word}`" in (DOCS / "ontology.md").read_text()
