"""Upload, put together: what is noted before anything goes, what is trusted, who is told."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from measurements.store.query import Filter
from probe import home as homes
from probe.engine.request import UploadRequest
from probe.upload.collectors import parse_collector
from probe.upload.uploader import News
from probe.wiring import upload as wiring
from tests.fakes.certificates import issue
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import RUN, fill, goes_as, measured, uid_of


def request(home: Path, *collectors: str, **more: object) -> UploadRequest:
    """For this home."""
    return UploadRequest(home=home, collectors=collectors, **more)  # type: ignore[arg-type]


def test_to_two_collectors(tmp_path: Path) -> None:
    """Each by itself; every answer is told."""
    fill(tmp_path, 3)
    one, two = FakeCollector(), FakeCollector(judge=lambda _: ("rejected", "no"))
    told: list[News] = []
    with collecting(one) as first, collecting(two) as second:
        report = wiring.upload(request(tmp_path, first, second), told.append)
    assert [{"accepted": 3}, {"rejected": 3}] == [d.counts for d in report.deliveries]
    assert (False, False, False) == (report.all_answered, report.interrupted, report.offline)
    assert 6 == len(told)


def test_what_holds_the_address_that_the_collector_sees(tmp_path: Path) -> None:
    """Waits at home; the rest goes; the address is in no file of ours afterwards."""
    fill(tmp_path, 1)
    planted, seen = "2001:db8:5::7:9", "178.89.2.7"
    pages = [replace(measured(n), run_id=f"{RUN}0") for n in (7, 8)]
    with homes.open_store(tmp_path) as store:
        store.save(replace(pages[0], input="https://site7.kz/?from=178-89-2-7"))
        store.save(replace(pages[1], input=f"https://site8.kz/?from={planted}"))
    collector = FakeCollector(sees=seen)
    told: list[News] = []
    with collecting(collector) as url:
        report = wiring.upload(request(tmp_path, url), told.append)
    assert {"accepted": 2} == report.deliveries[0].counts
    assert {goes_as(0), goes_as(8)} == set(collector.documents)
    assert (1, False) == (report.deliveries[0].waiting, report.all_answered)
    assert "this collector says" in report.deliveries[0].trouble
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [] == [path for path in files if seen.encode() in path.read_bytes()]


def test_only_a_run_or_a_time(tmp_path: Path) -> None:
    """And nothing from before `agreed_since`."""
    fill(tmp_path, 2)
    collector = FakeCollector()
    with collecting(collector) as url:
        for more in ({"run_id": "other"}, {"since": "2027"}, {"agreed_since": "2026-11-24"}):
            report = wiring.upload(request(tmp_path, url, **more), lambda _: None)
            assert report.all_answered
        assert {} == collector.documents
        wiring.upload(request(tmp_path, url, until="2027"), lambda _: None)
    assert 2 == len(collector.documents)


def test_standing(tmp_path: Path) -> None:
    """What waits, what is new, what is older than the agreement; counting writes nothing."""
    fill(tmp_path, 2)
    url = "http://127.0.0.1:9"
    wanted = request(tmp_path, url, agreed_since="2026-11-01")
    assert wiring.Standing(waiting=0, new=2, earlier=0) == wiring.standing(wanted)
    late = request(tmp_path, url, agreed_since="2026-11-24")
    assert wiring.Standing(waiting=0, new=0, earlier=2) == wiring.standing(late)
    with homes.open_store(tmp_path) as store:
        ledger = wiring.ledger_for(store, parse_collector(url), wanted)
        ledger.owe([uid_of(0)])
    assert wiring.Standing(waiting=1, new=1, earlier=0) == wiring.standing(wanted)


def test_nobody_reads_any_more(tmp_path: Path) -> None:
    """`anyqta upload --json | head -1`: it ends, and what was answered is noted."""
    fill(tmp_path, 3)

    def tell(_: News) -> None:
        raise BrokenPipeError

    with collecting(FakeCollector()) as url:
        report = wiring.upload(request(tmp_path, url), tell)
    assert {"accepted": 3} == report.deliveries[0].counts


@pytest.mark.parametrize(
    ("wanted", "since", "expected"),
    [
        (Filter(), None, None),
        (Filter(), "2026-11-24", "2026-11-24"),
        (Filter(since="2026-11-25"), "2026-11-24", "2026-11-25"),
        (Filter(since="2026-11-01"), "2026-11-24", "2026-11-24"),
    ],
)
def test_the_later_of_two_times(wanted: Filter, since: str | None, expected: str | None) -> None:
    """What is asked for never widens what was agreed to."""
    assert expected == wiring.after(wanted, since).since


def test_only_the_bundled_list_is_trusted(tmp_path: Path) -> None:
    """And SSL_CERT_FILE; a bad one is a sentence."""
    context = wiring.tls_in(None)
    assert (ssl.CERT_REQUIRED, True) == (context.verify_mode, context.check_hostname)
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    for path in (bad, tmp_path / "none.pem"):
        with pytest.raises(homes.HomeError, match="SSL_CERT_FILE"):
            wiring.tls_in(path)


def test_an_authority_of_an_operators_own_will_do(tmp_path: Path) -> None:
    """One without key usages, and a certificate by itself, on every Python; a stranger's never."""
    authority = issue("An operator", ca=True, plain=True)
    theirs = issue("127.0.0.1", authority, sans=("127.0.0.1",), plain=True)
    stranger, _ = issue("A stranger", ca=True).write(_made(tmp_path / "stranger"))
    root, _ = authority.write(_made(tmp_path / "root"))
    leaf, _ = theirs.write(_made(tmp_path / "leaf"))
    with collecting(FakeCollector(), tls=theirs.server_context(_made(tmp_path / "serve"))) as url:
        assert shakes(url, wiring.tls_in(root))
        assert shakes(url, wiring.tls_in(leaf))
        assert not shakes(url, wiring.tls_in(stranger))
        assert not shakes(url, wiring.tls_in(None))
        strict = wiring.tls_in(root)
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        assert not shakes(url, strict), "what Python 3.13 does by itself"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def shakes(url: str, context: ssl.SSLContext) -> bool:
    """Whether a handshake ends well; nothing but the certificate may be in its way."""
    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 10) as raw:
        try:
            context.wrap_socket(raw, server_hostname="127.0.0.1").close()
        except ssl.SSLCertVerificationError:
            return False
    return True


def test_what_is_known_of_this_computer(tmp_path: Path) -> None:
    """Its names are looked for in all that leaves."""
    home = tmp_path / "of-a-volunteer"
    assert str(home) in wiring.needles_here(home).names
