"""Withdrawals outlive a backup."""

from pathlib import Path

from measurements.store.carry import carry_invites, carry_withdrawals
from measurements.store.intake import Arrival, Intake, Terms
from measurements.store.store import Store
from tests.fakes.real_collector import measurements

TERMS = Terms(quarantine=False)
DAY = "2026-11-25"


def arrivals() -> list[Arrival]:
    return [
        Arrival(
            measurement=m,
            claim=None,
            content_sha256=b"%032d" % n,
            withdraw_sha256=b"w%031d" % n,
            sender=None,
            invited=False,
            protocol="batch",
            day=DAY,
        )
        for n, m in enumerate(measurements(3))
    ]


def test_what_was_withdrawn_since_is_gone_and_stays_gone(tmp_path: Path) -> None:
    some = arrivals()
    with Store.open(tmp_path / "old.db") as old, Store.open(tmp_path / "copy.db") as copy:
        for store in (old, copy):
            Intake(store).take(some, terms=TERMS)
        assert Intake(old).withdraw(some[1].measurement.measurement_uid, b"w%031d" % 1, DAY)
        assert Intake(old).withdraw("never came", b"v" * 32, DAY)
        assert carry_withdrawals(old, copy) == 2
        assert copy.counts().measurements == 2
        again = Intake(copy).take(some, terms=TERMS)
        assert [outcome.status for outcome in again] == ["duplicate", "rejected", "duplicate"]
        assert carry_withdrawals(old, copy) == 0


def test_what_was_not_withdrawn_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.db") as old, Store.open(tmp_path / "copy.db") as copy:
        Intake(copy).take(arrivals(), terms=TERMS)
        assert carry_withdrawals(old, copy) == 0
        assert copy.counts().measurements == 3


def test_an_invitation_that_was_used_or_revoked_since_stays_so(tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.db") as old, Store.open(tmp_path / "copy.db") as copy:
        assert Intake(copy).use_invite(b"one", 2)
        for _ in range(2):
            assert Intake(old).use_invite(b"one", 2)
        Intake(old).revoke_invite(b"two")
        carry_invites(old, copy)
        carry_invites(old, copy)
        assert not Intake(copy).use_invite(b"one", 2)
        assert not Intake(copy).use_invite(b"two", 9)
        assert Intake(copy).use_invite(b"three", 1)
