"""`results`: a table for people, lines for scripts."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from measurements.schema.words import Status
from measurements.store.outbox import Answer, Outbox
from probe import home as homes
from probe.cli.results import short, shortest
from tests.unit.measurements.store.examples import a_measurement, a_verdict
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture
def stored(home: Path) -> None:
    """Four measurements, two of them blocked."""
    with homes.open_store(home) as store:
        for i in range(4):
            store.save(
                a_measurement(
                    f"2026_KZ_webconnectivity_{i}abcdefghijkl",
                    input=f"https://{i}.example/\x1b",
                    measurement_start_time=f"2026-11-23T06:0{i}:00Z",
                    verdict=a_verdict(Status.BLOCKED if i % 2 else Status.ACCESSIBLE),
                )
            )


@pytest.mark.usefixtures("stored")
def test_newest_first_and_safe(anyqta: Invoke) -> None:
    """The uid's first column is what `show` takes."""
    result = anyqta("results")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("uid ")
    assert ["3abcdefg", "2abcdefg", "1abcdefg", "0abcdefg"] == [
        line.split()[0] for line in lines[1:]
    ]
    assert "2026-11-23 06:03" in lines[1]
    assert "\x1b" not in result.stdout
    assert 0 == anyqta("show", "3abcdefg").exit_code


@pytest.mark.usefixtures("stored")
def test_filters_and_json(anyqta: Invoke) -> None:
    """The same lines as `run --json`."""
    result = anyqta("results", "--status", "blocked", "--limit", "1", "--json")
    (line,) = map(json.loads, result.stdout.splitlines())
    assert "blocked" == line["verdict"]["status"]
    assert "https://3.example/\x1b" == line["input"]
    assert 3 == len(anyqta("results", "--url", "0.ex", "--limit", "0").stdout.splitlines()) + 1
    assert "fits this" in anyqta("results", "--since", "2027").stderr
    assert 2 == anyqta("results", "--status", "nonsense").exit_code
    assert "newest 2" in anyqta("results", "--limit", "2").stderr


def test_before_the_first_run(anyqta: Invoke, home: Path) -> None:
    """It says what to do, and makes nothing."""
    result = anyqta("results")
    assert (0, "") == (result.exit_code, result.stdout)
    assert "anyqta run" in result.stderr
    assert not home.exists()


def test_names_are_as_short_as_they_can_be() -> None:
    """But eight characters at least."""
    assert 8 == shortest(["a", "b"])
    assert 11 == shortest(["1234567890a", "1234567890b", "1234567890b"])
    assert "abc" == short("2026_KZ_x_abc")
    assert "abc_" == short("abc_")


@pytest.mark.usefixtures("stored")
def test_a_column_only_for_those_who_share(anyqta: Invoke, home: Path) -> None:
    """One short word each; nothing where nothing was ever offered."""
    assert "sent" not in anyqta("results").stdout
    uids = [
        line["measurement_uid"] for line in map(json.loads, _lines(anyqta("results", "--json")))
    ]
    with homes.open_store(home) as store:
        outbox = Outbox(store)
        one = outbox.collector("https://c.example").id
        outbox.enqueue(uids[:3], one, secret=lambda: b"s" * 32)
        outbox.mark_sent(one, uids[1:2], "2026-11-25T00:00:00Z")
        outbox.record(
            one,
            [Answer(measurement_uid=uids[2], state="rejected", says="no such field")],
            "2026-11-25",
        )
    lines = anyqta("results").stdout.splitlines()
    assert lines[0].endswith("  sent  url")
    at = lines[0].index("sent")
    assert ["wait", "sent", "no  ", "-   "] == [line[at : at + 4] for line in lines[1:5]]
    assert ["1 rejected: no such field"] == [line for line in lines if "rejected" in line]
    told = [json.loads(line) for line in _lines(anyqta("results", "--json"))]
    assert ["waiting", "sent", "rejected", None] == [line["upload"] for line in told]
    assert [None, None, "no such field", None] == [line["upload_says"] for line in told]


def _lines(result: Result) -> list[str]:
    return result.stdout.splitlines()
