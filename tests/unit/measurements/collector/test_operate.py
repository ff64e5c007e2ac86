"""Bundles on a memory stick: whole ones, damaged ones, the same ones again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from measurements.collector import operate
from measurements.collector.jobs import ItemAnswer
from measurements.collector.operate import (
    Count,
    Damaged,
    NoBundle,
    RefusedAll,
    import_bundle,
    parts,
)
from measurements.collector.worker import Worker, WorkerConfig
from measurements.schema.submission import BUNDLE, Item, join_bundle, seal
from measurements.store.overview import overview
from measurements.store.store import Store
from measurements.verdict.judge import judge
from tests.fakes.real_collector import item, key, measurements, sealed

DAY = "2026-11-25"


@dataclass
class Desk:
    """A worker, and what it was told."""

    worker: Worker
    path: Path
    db: Path
    rejected: list[ItemAnswer] = field(default_factory=list)
    damaged: list[Damaged] = field(default_factory=list)

    def take(self, data: bytes) -> Count:
        self.path.write_bytes(data)
        return import_bundle(
            self.path,
            self.worker,
            day=DAY,
            on_rejected=self.rejected.append,
            on_damaged=self.damaged.append,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    db = tmp_path / "c.db"
    config = WorkerConfig(db=db, lock=tmp_path / "c.lock", collector=b"c" * 32)
    with Worker(config, judge) as worker:
        yield Desk(worker, tmp_path / "stick", db)


def test_a_whole_bundle_is_taken_once(desk: Desk) -> None:
    bundle = join_bundle([sealed(3, seed=1), sealed(2, seed=2)])
    assert desk.take(bundle) == Count(accepted=5, quarantined=5)
    assert desk.take(bundle) == Count(duplicate=5)
    assert (desk.rejected, desk.damaged) == ([], [])
    with Store.open(desk.db, read_only=True) as store:
        assert overview(store).received == {"bundle": 5}


def test_a_damaged_submission_is_told_and_the_rest_is_taken(desk: Desk) -> None:
    bad = bytearray(sealed(2, seed=2))
    bad[-1] ^= 1
    count = desk.take(join_bundle([sealed(1, seed=1), bytes(bad), b"nonsense", sealed(1, seed=3)]))
    assert count == Count(accepted=2, quarantined=2, damaged=2)
    assert [d.part for d in desk.damaged] == [2, 3]
    assert "changed on the way" in desk.damaged[0].says


@pytest.mark.parametrize("cut", [1, 3, 10, 500])
def test_a_file_that_was_cut_short_is_taken_as_far_as_it_goes(desk: Desk, cut: int) -> None:
    whole = join_bundle([sealed(1, seed=1), sealed(1, seed=2)])
    assert desk.take(whole[:-cut]) == Count(accepted=1, quarantined=1, damaged=1)
    assert "cut short" in desk.damaged[0].says


def test_a_length_that_cannot_be_is_not_believed(desk: Desk) -> None:
    damaged = join_bundle([sealed(1)]) + b"\xff\xff\xff\xff" + b"x" * 100
    assert desk.take(damaged).damaged == 1
    assert "what follows it is lost" in desk.damaged[0].says
    assert desk.take(join_bundle([sealed(1)]) + b"\0\0").damaged == 1


def test_a_bad_measurement_is_rejected_alone(desk: Desk) -> None:
    good = item(measurements(1)[0])
    bad = Item(document=good.document.replace(b'"probe_cc":"', b'"probe_cc":"x'))
    count = desk.take(join_bundle([seal([bad, good], key=key())]))
    assert (count.accepted, count.rejected) == (1, 1)
    assert "/probe_cc" in desk.rejected[0].says


def test_one_file_brings_no_crowd_of_senders(desk: Desk) -> None:
    """Or whoever makes five keys would be five people."""
    bundle = join_bundle([sealed(1, seed=n, sender=n) for n in range(1, 6)])
    assert desk.take(bundle).accepted == 5
    with Store.open(desk.db, read_only=True) as store:
        assert overview(store).senders == 2


def test_one_sender_may_bring_many_submissions(desk: Desk) -> None:
    bundle = join_bundle([sealed(1, seed=n) for n in range(1, 6)])
    assert desk.take(bundle).accepted == 5
    with Store.open(desk.db, read_only=True) as store:
        assert overview(store).senders == 1


def test_a_bundle_for_another_collector_is_told(desk: Desk) -> None:
    other = seal([item(measurements(1)[0])], key=key(), collector=b"o" * 32)
    assert desk.take(join_bundle([other])) == Count(damaged=1)
    assert "another collector" in desk.damaged[0].says


def test_an_empty_bundle_is_one(desk: Desk) -> None:
    assert desk.take(BUNDLE) == Count()


@pytest.mark.parametrize("data", [b"", b"x", b"anyqta-bundle/2\n", b"{}\n"])
def test_another_file_is_no_bundle(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(NoBundle):
        list(parts(tmp_path / "f"))


def test_groups_are_not_larger_than_they_should_be() -> None:
    many = iter([sealed(1)] * 3 * operate._GROUP)
    groups = list(operate._groups(many, DAY, lambda _: None))
    assert [len(group) for group in groups] == [operate._GROUP] * 3


def test_a_full_disk_ends_the_import_and_the_next_one_goes_on(desk: Desk) -> None:
    bundle = join_bundle([sealed(1, seed=1), sealed(300, seed=2, sender=2)])
    with desk.worker._store.reading() as conn:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 30}")
        with pytest.raises(RefusedAll) as caught:
            desk.take(bundle)
        assert caught.value.count.accepted == 1
        conn.execute("PRAGMA max_page_count = 1000000")
    assert desk.take(bundle) == Count(accepted=300, duplicate=1, quarantined=300)
