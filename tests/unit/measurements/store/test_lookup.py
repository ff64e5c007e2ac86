"""Lookups give back what ids.py numbered (see also test_ids), within a bound."""

from pathlib import Path

import pytest

from measurements.schema.measurement import Place
from measurements.store import lookup as module
from measurements.store.ids import SqlIds
from measurements.store.lookup import Lookup
from measurements.store.store import Store


def test_nulls_and_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Null is nothing; a network keeps what it had, and no more is remembered than allowed."""
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    with Store.open(tmp_path / "a.db") as store:
        ids, lookup = SqlIds(store._conn), Lookup(store._conn)
        assert (None, None, (), ()) == (
            lookup.opt(None),
            lookup.arm(None),
            lookup.chain(None),
            lookup.answers(None, None),
        )
        for asn in range(5):
            number = ids.network(asn, "KZ", "Name")
            assert Place(asn=asn, cc="KZ", as_org_name="Name") == lookup.network(number)
        assert len(lookup._known) <= 2 + 2  # and those of the last one
