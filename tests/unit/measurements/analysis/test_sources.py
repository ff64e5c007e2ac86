from pathlib import Path

from measurements.analysis.publishable import published_uid
from measurements.analysis.sources import Source
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import Sent, World


def test_a_month_of_a_collector(tmp_path: Path) -> None:
    world = World(tmp_path)
    sent = [Sent(n=n, sender=n, day=f"2026-{n:02d}-05") for n in (9, 10)]
    world.collect(*sent)
    with Store.open(world.source, read_only=True) as store, Source(store) as source:
        assert source.months(0, "", today="2026-12-01") == ({"2026-09", "2026-10"}, 2)
        assert source.months(2, "2026-10-05", today="2026-12-01") == ({"2026-10"}, 2)
        assert source.months(2, "2026-10-05", today="2026-10-05") == (set(), 2)
        (entry,) = source.month("2026-10", "2026-12-01")
        assert (entry.uid, entry.arrival.asn, entry.arrival.alone) == (sent[1].uid, 9198, False)
        assert source.month("2026-10", "2026-10-05") == []
        assert source.load(entry.arrival.key).measurement_uid == entry.uid
        assert source.places() == {(9198, "KZ"): "Name of AS9198"}
        uid = published_uid(entry.uid, entry.start, "KZ")
        assert uid in source.senders_of(entry.arrival.url, 9198, "KZ")
        assert uid in source.senders_of(entry.arrival.url, None, "KZ")
        assert source.senders_of(entry.arrival.url, 1, "KZ") == {}
