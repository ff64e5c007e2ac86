"""What must outlive a backup: withdrawals since, and invitations that were used or taken back."""

from measurements.store.intake import Intake
from measurements.store.store import Store


def carry_withdrawals(old: Store, new: Store) -> int:
    """Withdraw from `new` what was withdrawn from `old`; how many of them `new` did not know.

    Raises StoreError.
    """
    with old.reading() as conn:
        before = conn.execute("SELECT withdraw_sha256, day FROM withdrawn").fetchall()
    with new.reading() as conn:
        known = {row[0] for row in conn.execute("SELECT withdraw_sha256 FROM withdrawn")}
    intake, missed = Intake(new), [row for row in before if row[0] not in known]
    for commitment, day in missed:
        for uid in _uids(new, commitment) or [""]:
            intake.withdraw(uid, commitment, day)
    return len(missed)


def carry_invites(old: Store, new: Store) -> None:
    """No invitation is good for more senders than it was. Raises StoreError."""
    with old.reading() as conn:
        rows = conn.execute("SELECT id, used, most, revoked FROM invites").fetchall()
    with new.writing() as conn:
        conn.executemany(
            "INSERT INTO invites VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " used = max(used, excluded.used), revoked = max(revoked, excluded.revoked)",
            rows,
        )


def _uids(store: Store, commitment: bytes) -> list[str]:
    sql = (
        "SELECT m.measurement_uid FROM received r JOIN measurements m ON m.id = r.measurement_id"
        " WHERE r.withdraw_sha256 = ?"
    )
    with store.reading() as conn:
        return [uid for (uid,) in conn.execute(sql, (commitment,)).fetchall()]
