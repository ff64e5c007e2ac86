"""`show` finds a measurement by what people have at hand."""

import json
from pathlib import Path

import pytest

from measurements.store.outbox import Answer, Outbox
from probe import home as homes
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture
def stored(home: Path) -> None:
    """Three measurements."""
    with homes.open_store(home) as store:
        for day in (1, 3, 2):
            time = f"2026-11-0{day}T00:00:00Z"
            url = f"https://{'b' if day == 2 else 'a'}.example/"
            store.save(a_measurement(f"uid{day}x", input=url, measurement_start_time=time))


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("uid1x", "uid1x"),
        ("uid2", "uid2x"),
        ("last", "uid3x"),
        ("https://a.example/", "uid3x"),
        ("https://a.example", "uid3x"),
        ("b.example", "uid2x"),
    ],
)
def test_by_uid_last_or_url(anyqta: Invoke, name: str, uid: str) -> None:
    """The newest of a URL."""
    result = anyqta("show", name)
    assert 0 == result.exit_code, result.stderr
    assert f"uid:        {uid}" in result.stdout
    assert uid == json.loads(anyqta("show", name, "--json").stdout)["measurement_uid"]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("name", "says"),
    [("uid", "more than one"), ("nope", "no measurement"), ("c.example", "no measurement")],
)
def test_what_is_not_there(anyqta: Invoke, name: str, says: str) -> None:
    """Is told; status 1."""
    result = anyqta("show", name)
    assert 1 == result.exit_code
    assert says in result.stderr


def test_before_the_first_run(anyqta: Invoke, home: Path) -> None:
    """Nothing is made by looking."""
    assert 1 == anyqta("show").exit_code
    assert not home.exists()


@pytest.mark.parametrize("damage", [b"not a database" * 1000, b""])
def test_a_spoilt_database_is_told(anyqta: Invoke, home: Path, damage: bytes) -> None:
    """In a sentence."""
    home.mkdir()
    (home / "anyqta.db").write_bytes(damage)
    result = anyqta("show", "x")
    assert 1 == result.exit_code
    assert "Traceback" not in result.stderr
    assert "bug" not in result.stderr


@pytest.mark.usefixtures("stored")
def test_how_it_stands_with_each_collector(anyqta: Invoke, home: Path) -> None:
    """In words, with the reason, and when it is tried again; what strangers say is cleaned."""
    assert "Sharing" not in anyqta("show", "uid1x").stdout
    with homes.open_store(home) as store:
        outbox = Outbox(store)
        for number, state in enumerate(("waiting", "accepted", "rejected")):
            one = outbox.collector(f"https://{number}.example").id
            outbox.enqueue(["uid1x"], one, secret=lambda: b"s" * 32)
            if state == "waiting":
                later = "2026-11-25T13:00:00Z"
                outbox.postpone(one, ["uid1x"], says="no way", at=later, next_attempt_at=later)
            else:
                answer = Answer(measurement_uid="uid1x", state=state, says=f"{state}\x1b")
                outbox.record(one, [answer], "2026-11-25T12:00:00Z")
    shown = anyqta("show", "uid1x").stdout
    sharing = [line.strip() for line in shown[shown.index("Sharing") :].splitlines()]
    assert [
        "Sharing",
        "https://0.example: waits to be sent",
        "no way",
        "tried again after 2026-11-25T13:00:00Z",
        "https://1.example: accepted",
        "accepted\\x1b",
        "https://2.example: rejected",
        "rejected\\x1b",
    ] == sharing
