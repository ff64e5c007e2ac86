"""`lists` names what `run -l` takes."""

import json

from tests.unit.probe.cli.conftest import Invoke


def test_names_counts_and_urls(anyqta: Invoke) -> None:
    """For people and for scripts."""
    assert "kz" in anyqta("lists").stdout
    names = {json.loads(line)["name"] for line in anyqta("lists", "--json").stdout.splitlines()}
    assert {"kz"} <= names
    assert "https://selftanu.kz/" in anyqta("lists", "kz").stdout
    first = json.loads(anyqta("lists", "kz", "--json").stdout.splitlines()[0])
    assert {"url", "category_code", "notes"} == set(first)
    assert 1 == anyqta("lists", "nonsense").exit_code
