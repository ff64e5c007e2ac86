"""What a person types for a uid; test_store.py has more."""

from pathlib import Path

import pytest

from measurements.store.errors import Ambiguous, NotFound
from measurements.store.resolving import key_of, resolve
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement


def test_a_beginning_or_the_last_part(tmp_path: Path) -> None:
    """If it fits one only; nothing at all fits none."""
    with Store.open(tmp_path / "a.db") as store:
        for uid in ("ab1", "ab2", "x_y_z9"):
            store.save(a_measurement(uid))
        with store.reading() as conn:
            assert ("x_y_z9", 3) == resolve(conn, "x_") == resolve(conn, "z")
            assert 2 == key_of(conn, "ab2")
            assert key_of(conn, "ab") is None
            with pytest.raises(Ambiguous):
                resolve(conn, "ab")
            for nothing in ("", "q"):
                with pytest.raises(NotFound):
                    resolve(conn, nothing)
