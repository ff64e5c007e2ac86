"""Loading is tested by round trips in test_store; here: that it is not fooled by its memory."""

from pathlib import Path

from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement


def test_one_loader_tells_measurements_apart(tmp_path: Path) -> None:
    """What it remembers of one is not taken for another's."""
    with Store.open(tmp_path / "a.db") as store:
        saved = [a_measurement(f"u{i}", input=f"https://{i}.example/") for i in range(20)]
        for m in saved:
            store.save(m)
        assert saved == [store.load(m.measurement_uid) for m in saved]
        assert saved == [store.load(m.measurement_uid) for m in saved]
