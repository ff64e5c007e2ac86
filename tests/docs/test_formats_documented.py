"""docs/data-formats.md names what is written: keys, tables, views, experiments; and findings."""

import re
import sqlite3
from pathlib import Path

from measurements.schema.codec import to_document
from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.measurement import Finding
from measurements.schema.words import Status
from measurements.store.store import Store
from probe.engine.plan import NAMED_BY
from probe.experiments import clearing, quic
from tests.unit.measurements.store.examples import a_measurement, a_verdict

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "data-formats.md").read_text()


def unnamed(names: object) -> set[str]:
    """Those that do not stand in the document as code."""
    words = {word for code in re.findall(r"`([^`\n]+)`", TEXT) for word in re.split(r"[ .]", code)}
    assert isinstance(names, list)
    return set(names) - words


def test_every_table_and_view_is_named(tmp_path: Path) -> None:
    """As a new database has them."""
    with Store.open(tmp_path / "anyqta.db"):
        pass
    with sqlite3.connect(tmp_path / "anyqta.db") as conn:
        found = conn.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        names = [name for (name,) in found if not name.startswith("sqlite_")]
    conn.close()
    assert unnamed(names) == set()


def test_every_key_of_ours_is_named() -> None:
    """At the top, under test_keys, in a verdict."""
    document = to_document(a_measurement("uid", verdict=a_verdict(Status.BLOCKED)))
    ours = [key for key in (*document, *document["test_keys"]) if key.startswith("x_")]
    assert unnamed(ours) == set()
    assert unnamed(list(encode_verdict(a_verdict(Status.BLOCKED)))) == set()


def test_every_experiment_is_named() -> None:
    """Those of the plan, and those that run beside it."""
    assert unnamed([*NAMED_BY, "revisit", quic.NAME, clearing.NAME]) == set()


def test_every_finding_is_explained() -> None:
    """The kinds that Finding's own words list."""
    kinds = re.search(r"`kind`: ([a-z0-9_\s]+)\.", Finding.__doc__ or "")
    assert kinds is not None
    text = (DOCS / "ontology.md").read_text()
    assert [kind for kind in kinds[1].split() if f"`{kind}`" not in text] == []
