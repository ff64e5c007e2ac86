"""OONI's three calls, as ooniprobe and miniooni make them, to the real command."""

import contextlib
import gzip
import json
import re
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from measurements.schema.measurement import Measurement
from measurements.store.store import Store
from tests.fakes.real_collector import Command
from tests.golden.cases import FOLDER, unfolded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Json = dict[str, Any]
REAL = Path("/work/shared/data/ooni/measurements")
AGENT = "miniooni/3.22.0-alpha ooniprobe-engine/3.22.0-alpha"
VOLUNTEER = "95.56.101.7"
OPENING = {
    "data_format_version": "0.2.0",
    "format": "json",
    "probe_asn": "AS9198",
    "probe_cc": "KZ",
    "software_name": "miniooni",
    "software_version": "3.22.0-alpha",
    "test_name": "web_connectivity",
    "test_start_time": "2026-11-23 00:00:00",
    "test_version": "0.5.28",
}


def document() -> Json:
    """A blocked site, as OONI's probe would tell of it: without what is ours."""
    path = FOLDER / "inject-race-odd" / "measurement.json"
    whole: Json = unfolded(json.loads(path.read_text()))
    ours = ("measurement_uid", "x_run_id", "x_category_code", "x_resolver_cc")
    whole = {key: value for key, value in whole.items() if key not in ours}
    keep = ("x_controls", "x_verdict", "x_experiments", "x_environment")
    keys = {key: value for key, value in whole["test_keys"].items() if key not in keep}
    whole["test_keys"] = keys | {"accessible": False, "blocking": "dns", "retries": None}
    return whole | {name: OPENING[name] for name in ("probe_asn", "probe_cc", "software_name")}


def post(port: int, path: str, body: bytes, **headers: str) -> tuple[int, Any, str]:
    """The bytes that Go's client sends; status, JSON, the answer's head."""
    head = {
        "Host": f"127.0.0.1:{port}",
        "User-Agent": AGENT,
        "Content-Length": str(len(body)),
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip",
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    with socket.create_connection(("127.0.0.1", port), 10) as conn:
        conn.sendall(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        answer = b"".join(iter(lambda: conn.recv(65536), b""))
    top, _, raw = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), json.loads(raw), top.decode()


def opened(port: int, **changes: str) -> str:
    """A report."""
    status, answer, top = post(port, "/report", json.dumps(OPENING | changes).encode())
    assert (status, answer["supported_formats"]) == (200, ["json"])
    assert re.fullmatch(r"[0-9A-Za-z_.+-]+", answer["backend_version"])
    assert "application/json" in top
    return str(answer["report_id"])


def update(content: Json, report_id: str) -> bytes:
    """As SubmitMeasurement writes it."""
    return json.dumps({"format": "json", "content": content | {"report_id": report_id}}).encode()


def stored(db: Path) -> list[Measurement]:
    with Store.open(db, read_only=True) as store:
        return [store.load(uid) for uid in store.iter_uids()]


def test_a_measurement_of_oonis_probe_is_taken_judged_and_waits_in_quarantine(
    tmp_path: Path,
) -> None:
    with Command(tmp_path) as collector:
        report_id = opened(collector.port)
        assert re.fullmatch(r"\d{8}T\d{6}Z_webconnectivity_KZ_9198_n1_[0-9A-Za-z]{16}", report_id)
        path, body = f"/report/{report_id}", update(document(), report_id)
        status, answer, _ = post(collector.port, path, body)
        assert (status, answer["status"], answer["quarantined"]) == (200, "accepted", True)
        status, again, _ = post(collector.port, path, body)
        assert (status, again["status"]) == (200, "duplicate")
        assert again["measurement_uid"] == answer["measurement_uid"]
        # the answer was lost, so the client opens another report for the same measurement
        other = opened(collector.port)
        status, third, _ = post(collector.port, f"/report/{other}", update(document(), other))
        assert (status, third["status"]) == (200, "duplicate")
        assert post(collector.port, f"{path}/close", b"")[:2] == (200, {})
        assert collector.stop() == 0
    (kept,) = stored(collector.db)
    assert kept.measurement_uid == answer["measurement_uid"]
    assert kept.report_id == report_id
    assert kept.verdict is not None
    assert kept.verdict.status == "blocked"
    with contextlib.closing(sqlite3.connect(collector.db)) as conn:
        assert conn.execute("SELECT protocol, sender_id FROM received").fetchall() == [
            ("ooni", None)
        ]
        assert conn.execute("SELECT count(*) FROM quarantine").fetchone() == (1,)


@pytest.mark.skipif(not REAL.is_dir(), reason="OONI's documents are not here")
def test_real_documents_of_oonis_are_taken(tmp_path: Path) -> None:
    found = [json.loads(path.read_bytes()) for path in sorted(REAL.glob("*.json"))]
    assert len(found) > 20
    with Command(tmp_path) as collector:
        for content in found:
            report = opened(
                collector.port, probe_cc=content["probe_cc"], probe_asn=content["probe_asn"]
            )
            status, answer, _ = post(collector.port, f"/report/{report}", update(content, report))
            assert (status, answer["status"]) == (200, "accepted")
        assert collector.stop() == 0
    kept = stored(collector.db)
    assert sorted(m.input for m in kept) == sorted(content["input"] for content in found)
    assert all(m.verdict is not None for m in kept)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_compressed_update_is_taken_and_a_bomb_is_not(tmp_path: Path, encoding: str) -> None:
    def pack(data: bytes) -> bytes:
        return gzip.compress(data) if encoding == "gzip" else zstd.compress(data)

    with Command(tmp_path) as collector:
        report_id = opened(collector.port)
        path, body = f"/report/{report_id}", pack(update(document(), report_id))
        status, answer, _ = post(collector.port, path, body, Content_Encoding=encoding)
        assert (status, answer["status"]) == (200, "accepted")
        bomb = pack(b"[" + b" " * 200_000_000)
        status, answer, _ = post(collector.port, path, bomb, Content_Encoding=encoding)
        assert (status, answer["error"]) == (413, "too_large")
        status, answer, _ = post(collector.port, path, body[:-9], Content_Encoding=encoding)
        assert (status, answer["error"]) == (400, "malformed")
        status, answer, _ = post(collector.port, path, body, Content_Encoding="br")
        assert status == 415
        assert collector.stop() == 0


def test_what_is_not_taken_is_refused_with_words_and_never_with_200(tmp_path: Path) -> None:
    with Command(tmp_path) as collector:
        report_id = opened(collector.port)
        path, content = f"/report/{report_id}", document()
        forged = report_id[:-1] + ("a" if report_id[-1] != "a" else "b")

        def told(where: str, body: bytes) -> tuple[int, str]:
            status, answer, _ = post(collector.port, where, body)
            assert len(answer["says"]) > 10
            return status, answer["error"]

        whole = update(content, report_id)
        assert told("/report/nothing", whole) == (404, "report_id")
        assert told(f"/report/{forged}", update(content, forged)) == (404, "report_id")
        assert told(f"/report/{forged}/close", b"") == (404, "report_id")
        assert told(path, b"{}") == (400, "malformed")
        assert told(path, b"{") == (400, "invalid")
        assert told(path, update(content | {"probe_cc": "KG"}, report_id)) == (400, "mismatch")
        assert told(path, update(content | {"probe_asn": "AS1"}, report_id)) == (400, "mismatch")
        assert told(path, update(content, "another")) == (400, "mismatch")
        assert told(path, update(content | {"input": "http://router.lan/"}, report_id)) == (
            400,
            "invalid",
        )
        assert told("/report", b"[]") == (400, "malformed")
        other = json.dumps(OPENING | {"test_name": "telegram"}).encode()
        assert told("/report", other) == (400, "test_name")
        assert collector.stop() == 0
    assert stored(collector.db) == []


def test_an_unknown_network_is_taken_too(tmp_path: Path) -> None:
    """OONI answers 200 for it, and drops it."""
    unknown = {"probe_cc": "ZZ", "probe_asn": "AS0"}
    with Command(tmp_path) as collector:
        report_id = opened(collector.port, **unknown)
        body = update(document() | unknown, report_id)
        status, answer, _ = post(collector.port, f"/report/{report_id}", body)
        assert (status, answer["status"]) == (200, "accepted")
        assert collector.stop() == 0
    (kept,) = stored(collector.db)
    assert (kept.probe.cc, kept.probe.asn) == (None, None)


def test_a_report_outlives_the_collector(tmp_path: Path) -> None:
    with Command(tmp_path) as collector:
        report_id = opened(collector.port)
        assert collector.stop() == 0
        collector.start()
        body = update(document(), report_id)
        assert post(collector.port, f"/report/{report_id}", body)[0] == 200
        assert collector.stop() == 0


def test_a_collector_by_invitation_refuses_it(tmp_path: Path) -> None:
    with Command(tmp_path, "--mode", "invited") as collector:
        status, answer, _ = post(collector.port, "/report", json.dumps(OPENING).encode())
        assert (status, answer["error"]) == (403, "ooni_refused")
        assert collector.stop() == 0


def test_the_senders_address_is_in_no_file(tmp_path: Path) -> None:
    """Planted where a probe leaves it: the page, a header, the resolver, the fields of the format."""
    content = document() | {"probe_ip": VOLUNTEER, "resolver_ip": "192.168.1.1"}
    page = f"<html><title>You are {VOLUNTEER}</title>{VOLUNTEER}</html>"
    # `inject-race-odd` may have no page: give it one of its own
    transaction = {
        "address": "192.0.2.1:80", "failure": None, "t": 1, "t0": 0.5, "transaction_id": 99, "tags": ["depth=0"],
        "request": {"method": "GET", "url": content["input"], "headers": {}},
        "response": {"code": 200, "body": page, "headers_list": [["X-Client", VOLUNTEER]]},
    }  # fmt: skip
    content["test_keys"] |= {"requests": [transaction], "client_resolver": VOLUNTEER}
    content["annotations"] = {"note": f"from {VOLUNTEER}, port 5"}
    with Command(tmp_path, "--trusted-proxy", "127.0.0.0/8") as collector:
        report_id = opened(collector.port)
        status, answer, _ = post(
            collector.port,
            f"/report/{report_id}",
            update(content, report_id),
            X_Forwarded_For=VOLUNTEER,
        )
        assert (status, answer["status"]) == (200, "accepted")
        assert collector.stop() == 0
    (kept,) = stored(collector.db)
    assert kept.resolver_ip is None
    assert VOLUNTEER not in repr(kept)
    assert "scrubbed" in repr(kept)
    with contextlib.closing(sqlite3.connect(collector.db)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in tmp_path.iterdir():
        assert VOLUNTEER.encode() not in path.read_bytes()
