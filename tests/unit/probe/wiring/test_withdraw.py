"""Withdrawing, put together: whom it asks for what, and what is noted."""

from pathlib import Path

from measurements.store.outbox import Outbox
from probe import home as homes
from probe.engine.request import UploadRequest, WithdrawRequest
from probe.wiring import upload, withdraw
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import fill, uid_of


def send(home: Path, *urls: str) -> None:
    """All that is there."""
    upload.upload(UploadRequest(home=home, collectors=urls), lambda _: None)


def states(home: Path, uid: str) -> list[str]:
    """At each collector."""
    with homes.open_store(home, read_only=True) as store:
        return [state.state for state in Outbox(store).states(uid)]


def test_at_every_collector(tmp_path: Path) -> None:
    """One of them, by the beginning of its uid; the others stay."""
    fill(tmp_path, 2)
    one, two = FakeCollector(), FakeCollector()
    with collecting(one) as first, collecting(two) as second:
        send(tmp_path, first, second)
        wanted = WithdrawRequest(home=tmp_path, uids=("0000000000000001",))
        assert 1 == withdraw.count(wanted)
        done = withdraw.withdraw_all(wanted)
    assert [(1, 0, 0, 0)] * 2 == [(d.withdrawn, d.refused, d.kept_back, d.left) for d in done]
    assert (1, 1) == (len(one.documents), len(two.documents))
    assert ["withdrawn", "withdrawn"] == states(tmp_path, uid_of(1))
    assert ["accepted", "accepted"] == states(tmp_path, uid_of(0))


def test_at_one_collector_only(tmp_path: Path) -> None:
    """Where that is asked for; and of one run."""
    fill(tmp_path, 1)
    one, two = FakeCollector(), FakeCollector()
    with collecting(one) as first, collecting(two) as second:
        send(tmp_path, first, second)
        nothing = WithdrawRequest(home=tmp_path, run_id="other")
        assert (0, []) == (withdraw.count(nothing), withdraw.withdraw_all(nothing))
        done = withdraw.withdraw_all(WithdrawRequest(home=tmp_path, collectors=(f"{second}/",)))
    assert [second] == [d.url for d in done]
    assert (1, 0) == (len(one.documents), len(two.documents))


def test_a_collector_that_lies_or_is_another(tmp_path: Path) -> None:
    """Nothing is noted as withdrawn that was not answered under the key that was met."""
    fill(tmp_path, 1)
    one = FakeCollector()
    with collecting(one) as url:
        send(tmp_path, url)
    port = int(url.rpartition(":")[2])
    liar = FakeCollector(key=one.key, twist=lambda body: body | {"answers": []})
    for other, says in ((FakeCollector(), "another key"), (liar, "exactly what was sent")):
        with collecting(other, port=port):
            (done,) = withdraw.withdraw_all(WithdrawRequest(home=tmp_path))
        assert says in done.trouble
        assert 1 == done.left
    assert ["accepted"] == states(tmp_path, uid_of(0))


def test_refused(tmp_path: Path) -> None:
    """It is told, and the state stays."""
    fill(tmp_path, 1)
    one = FakeCollector()
    with collecting(one) as url:
        send(tmp_path, url)
        one.commitments = dict.fromkeys(one.commitments, "0" * 64)
        (done,) = withdraw.withdraw_all(WithdrawRequest(home=tmp_path))
    assert (0, 1, 0) == (done.withdrawn, done.refused, done.left)
    assert ["accepted"] == states(tmp_path, uid_of(0))
