"""From the yes to being published alone to the published file, by the commands as people run them."""

from pathlib import Path

import pytest

from measurements.analysis.publish import publish
from measurements.store.store import Store
from tests.fakes.commands import anyqta
from tests.fakes.homes import fill


def brought(folder: Path, *options: str) -> Path:
    """What a collector has when one volunteer's bundle was imported, and its operator released it."""
    home, bundle, db = folder / "home", folder / "stick.bundle", folder / "collector.db"
    fill(home, 2)
    steps = (
        ("consent", "give", "--yes"),
        ("consent", "share", "--yes", *options),
        ("upload", "--yes", "--collector", "https://c.invalid", "--to-file", str(bundle)),
        ("collector", "import", str(bundle), "--db", str(db)),
        ("collector", "quarantine", "release", "--all", "--db", str(db)),
    )
    for step in steps:
        done = anyqta(home, *step)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    return db


@pytest.mark.parametrize(("options", "published"), [(("--alone",), 2), ((), 0)])
def test_two_collectors(tmp_path: Path, options: tuple[str, ...], published: int) -> None:
    """One sender and nobody else: in the published file only where they agreed to it."""
    db, public = brought(tmp_path, *options), tmp_path / "public.db"
    assert publish(db, public, k=3, today="9999-01-01").added == published
    with Store.open(public, read_only=True) as store:
        assert len(list(store.iter_uids())) == published
