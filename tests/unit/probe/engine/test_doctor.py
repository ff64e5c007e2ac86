"""Each check fires, and its twin does not."""

from datetime import date

import pytest

from measurements.schema.measurement import Finding
from probe.engine import doctor
from probe.engine.doctor import Check, DatabaseFacts, State

TODAY = date(2026, 11, 25)


def states(checks: list[Check] | Check) -> list[str]:
    """In words."""
    return [str(check.state) for check in (checks if isinstance(checks, list) else [checks])]


def test_whatever_is_wrong_says_what_to_do() -> None:
    """All that are not well, here."""
    finding = Finding(kind="vpn", says="wg0.")
    wrong = [
        *doctor.version("1", (3, 10)),
        *doctor.version("1", (3, 15)),
        doctor.privileges(root=True),
        doctor.disk(None),
        doctor.disk(1),
        doctor.disk(doctor.NO_SPACE),
        *doctor.permissions("/h", ["a", "keys/k"], ["keys/k"], exists=True),
        doctor.unreadable("/h", "no"),
        doctor.database(DatabaseFacts(exists=True, version=9, newest=4)),
        doctor.data_age("Lists", None, TODAY),
        doctor.data_age("Lists", date(2025, 11, 24), TODAY),
        *doctor.calendar(TODAY, date(2026, 11, 26)),
        *doctor.way_out("wg0", [finding]),
        doctor.private_dns({"x": "y"}),
        doctor.crashes("/h/crashes", ["a"]),
    ]
    assert [] == [c for c in wrong if c.state is not State.OK and not c.todo]
    assert 16 == len([c for c in wrong if c.state is not State.OK])


@pytest.mark.parametrize(
    ("python", "state"),
    [((3, 10), "broken"), ((3, 11), "ok"), ((3, 14), "ok"), ((3, 15), "warning")],
)
def test_python(python: tuple[int, int], state: str) -> None:
    """3.11 to 3.14."""
    assert ["ok", state] == states(doctor.version("1", python))


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (None, "broken"),
        (doctor.NO_SPACE - 1, "broken"),
        (doctor.NO_SPACE, "warning"),
        (doctor.LITTLE_SPACE, "ok"),
    ],
)
def test_disk(free: int | None, state: str) -> None:
    """At the limits."""
    assert [state] == states(doctor.disk(free))


def test_permissions() -> None:
    """A key that others can read is worse than the rest."""
    assert ["ok"] == states(doctor.permissions("/h", [], [], exists=False))
    assert ["ok", "ok"] == states(doctor.permissions("/h", [], [], exists=True))
    assert ["warning", "ok"] == states(doctor.permissions("/h", ["."], [], exists=True))
    key = "keys/a.key"
    assert ["ok", "broken"] == states(doctor.permissions("/h", [key], [key], exists=True))
    many = doctor.permissions("/h", list("abcdef"), [], exists=True)[0]
    assert "a, b, c and 3 more" in many.says


def test_database() -> None:
    """None, sound, old, new, damaged."""
    facts = DatabaseFacts(exists=True, bytes=10**6, measurements=2, version=4, newest=4)
    assert "sound; measurements: 2; 1.0 MB; version 4." == doctor.database(facts).says
    old = doctor.database(DatabaseFacts(exists=True, measurements=2, version=3, newest=4))
    assert State.OK is old.state
    assert "keeps a copy" in old.says
    assert ["ok"] == states(doctor.database(DatabaseFacts(exists=False)))
    assert ["broken"] == states(doctor.database(DatabaseFacts(exists=True, version=5, newest=4)))
    bad = doctor.database(DatabaseFacts(exists=True, trouble="it is damaged"))
    assert (State.BROKEN, "it is damaged") == (bad.state, bad.says)


def test_data_and_calendar() -> None:
    """A year is old; a clock before the data is wrong."""
    assert ["ok"] == states(doctor.data_age("x", date(2025, 11, 25), TODAY))
    assert [] == doctor.calendar(TODAY, TODAY)
    assert [] == doctor.calendar(TODAY, None)


def test_way_out() -> None:
    """VPN, proxy, bypass tool, hosts file: each by itself."""
    assert ["ok"] * 4 == states(doctor.way_out("eth0", []))
    for at, kind in enumerate(("vpn", "proxy", "bypass_tool", "hosts_entry")):
        finding = Finding(kind=kind, says="it is.", subject="a.kz")
        expected = ["warning" if n == at else "ok" for n in range(4)]
        assert expected == states(doctor.way_out("eth0", [finding]))


def test_what_cannot_be_told() -> None:
    """It is not said to be well; what was found all the same is."""
    assert "not checked" == states(doctor.way_out(None, [], seen=False))[0]
    finding = Finding(kind="vpn", says="it is.")
    assert "warning" == states(doctor.way_out(None, [finding], seen=False))[0]
    assert ["not checked", "warning"] == states(
        [doctor.private_dns({}, seen=False), doctor.private_dns({"x": "y"}, seen=False)]
    )


def test_settings() -> None:
    """Unreadable, there, not there."""
    assert ["broken", "ok", "ok"] == states(
        [
            doctor.settings("/h/config.toml", "no TOML", exists=True),
            doctor.settings("/h/config.toml", None, exists=True),
            doctor.settings("/h/config.toml", None, exists=False),
        ]
    )


def test_schedule() -> None:
    """None; well; forgotten by its scheduler; nothing came of it for weeks."""
    assert [] == doctor.schedule(None, known=False, idle=None)
    assert ["ok"] == states(doctor.schedule("cron", known=True, idle=8.0))
    assert ["warning"] == states(doctor.schedule("cron", known=False, idle=0.0))
    assert ["warning"] == states(doctor.schedule("cron", known=True, idle=16.0))


def test_the_rest() -> None:
    """Their twins that are well."""
    assert ["ok"] == states(doctor.privileges(root=False))
    assert ["ok"] == states(doctor.privileges(root=None))
    assert ["ok"] == states(doctor.private_dns({}))
    assert ["ok"] == states(doctor.crashes("/h", []))
    assert "never sent" in doctor.crashes("/h", ["a.txt"]).says


def test_exit_status() -> None:
    """What is broken here comes before being offline, and that before the network."""
    here = doctor.broken("Disk", "full", "free some")
    there = Check(name="Internet", state=State.BROKEN, says="", network=True)
    look = doctor.warning("x", "y", "z")
    assert 0 == doctor.exit_status([look], offline=False)
    assert 1 == doctor.exit_status([here, there], offline=True)
    assert 3 == doctor.exit_status([there, look], offline=True)
    assert 1 == doctor.exit_status([there], offline=False)
