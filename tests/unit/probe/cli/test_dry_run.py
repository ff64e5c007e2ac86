"""`run --dry-run`: all that would be contacted, nothing sent, nothing written."""

import json
from pathlib import Path

from tests.unit.probe.cli.conftest import Invoke


def test_it_needs_no_consent_and_leaves_nothing(anyqta: Invoke, home: Path) -> None:
    """Not even the folder."""
    result = anyqta("run", "-l", "kz", "--control", "https://c.example/", "--dry-run")
    assert 0 == result.exit_code, result.stderr
    for word in (
        "You have not agreed to anything yet",
        "8.8.8.8:53, 1.1.1.1:53",
        "https://1.1.1.1/dns-query",
        "control: https://c.example/",
        "collector, after the run: none",
        "10-16       30",
        "NEWS  https://kloop.kg/",
        "LGBT 9",
        "T3 downloads again",
        "In all: 59 sites.",
    ):
        assert word in result.stdout, word
    assert "selftanu" not in result.stdout
    assert not home.exists()


def test_what_was_chosen_counts(anyqta: Invoke, home: Path) -> None:
    """And what is named on purpose; and with fewer tries fewer names."""
    anyqta("consent", "give", "--yes", "--category", "LGBT", "--tries", "visit")
    result = anyqta("run", "-l", "kz", "--dry-run")
    assert "As you chose:" in result.stdout
    assert "LGBT  https://selftanu.kz/" in result.stdout
    assert "T2" not in result.stdout
    result = anyqta("run", "-l", "kz", "--category", "REL,NEWS", "--dry-run", "--diagnose")
    assert "T2" in result.stdout
    assert "selftanu" not in result.stdout


def test_lines_for_a_script(anyqta: Invoke, home: Path) -> None:
    """First whom it contacts beside the sites, then each site."""
    result = anyqta("run", "a.example", "-l", "kz", "--dry-run", "--json", "--no-diagnose")
    first, *rest = [json.loads(line) for line in result.stdout.splitlines()]
    assert {"LGBT": 9} == first["left_out"]
    assert [] == first["collectors"] == first["controls"]
    assert ["plain", "political"] == first["choices"]["tiers"]
    assert 60 == len(rest)
    assert ("https://a.example/", None, ["T0"], []) == (
        rest[0]["input"],
        rest[0]["category_code"],
        rest[0]["tiers"],
        rest[0]["arms"],
    )
    assert {"usual": 8, "most": 24} == rest[0]["asked"]
    assert rest[0]["named"]["most"] < 30


def test_the_collector_is_foreseen(anyqta: Invoke, home: Path) -> None:
    """Where results would go to it, and only then."""
    home.mkdir()
    (home / "config.toml").write_text('collector = "https://collect.example/"\n')

    def collectors(*options: str) -> object:
        result = anyqta("run", "a.example", "--dry-run", "--json", *options)
        return json.loads(result.stdout.splitlines()[0])["collectors"]

    assert [] == collectors()
    assert ["https://collect.example/"] == collectors("--upload")
    anyqta("consent", "give", "--yes")
    anyqta("consent", "share", "--yes")
    assert ["https://collect.example/"] == collectors()
    assert [] == collectors("--no-upload")


def test_wrong_usage_is_told_all_the_same(anyqta: Invoke, home: Path) -> None:
    """It is what the run would say."""
    assert 2 == anyqta("run", "--dry-run").exit_code
    assert 2 == anyqta("run", "ftp://a.example/", "--dry-run").exit_code
