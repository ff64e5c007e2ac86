"""`withdraw` in words. The rest: tests/e2e/test_upload.py."""

import json
from pathlib import Path

import pytest

from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import consent, fill, uid_of
from tests.unit.probe.cli.conftest import Invoke


def test_which(anyqta: Invoke, home: Path) -> None:
    """Has to be said, and only once."""
    for arguments in ((), ("u", "--all"), ("--run", "r", "--all"), ("u", "--run", "r")):
        result = anyqta("withdraw", *arguments, "--yes")
        assert 2 == result.exit_code
        assert "--all" in result.stderr
    assert not home.exists()


def test_where_there_is_nothing(anyqta: Invoke, home: Path) -> None:
    """Before the first run, and where nothing was ever sent."""
    assert 1 == anyqta("withdraw", "--all", "--yes").exit_code
    fill(home, 1)
    result = anyqta("withdraw", "--all", "--yes")
    assert 0 == result.exit_code
    assert "nothing to withdraw" in result.stderr
    assert 1 == anyqta("withdraw", "nobody", "--yes").exit_code


@pytest.mark.parametrize("arguments", [("--collector", "nonsense"), ("--proxy", "me:secret@there")])
def test_wrong_addresses(anyqta: Invoke, home: Path, arguments: tuple[str, ...]) -> None:
    """Status 2; no password is repeated."""
    fill(home, 1)
    result = anyqta("withdraw", "--all", "--yes", *arguments)
    assert 2 == result.exit_code
    assert "secret" not in result.stderr


def test_what_is_told(anyqta: Invoke, home: Path) -> None:
    """What was deleted, what was not; a line for scripts."""
    fill(home, 2)
    consent(home)
    collector = FakeCollector()
    with collecting(collector) as url:
        anyqta("upload", "--collector", url)
        result = anyqta("withdraw", uid_of(0), "--yes", "--json")
        assert {
            "collector": url, "withdrawn": 1, "refused": 0, "kept_back": 0, "left": 0, "says": None,
        } == json.loads(result.stdout)  # fmt: skip
        assert 2 == anyqta("withdraw", "--all").exit_code
        collector.commitments = dict.fromkeys(collector.commitments, "0" * 64)
        result = anyqta("withdraw", "--all", "--yes")
    assert 1 == result.exit_code
    assert f"{url}: 1 refused by the collector." in result.stderr
    result = anyqta("withdraw", "--all", "--yes")
    assert 1 == result.exit_code
    assert "1 not asked for yet" in result.stderr
    assert "the same command, later" in result.stderr
