"""Hosts that were named on the wire: hellos and requests in the clear, of runs, since a moment."""

from pathlib import Path

from measurements.schema.records import HTTPTransaction, QUICHandshake, Records, TLSHandshake
from measurements.store.named import named_since
from measurements.store.store import RunRow, Store
from tests.unit.measurements.store.examples import a_measurement

PLACE = {"transaction_id": 1, "ip": "192.0.2.1", "t0": 0.0, "t": 0.1}
RECORDS = Records(
    tls_handshakes=(
        TLSHandshake(**PLACE, port=443, server_name="a.example"),  # type: ignore[arg-type]
        TLSHandshake(**PLACE, port=443, server_name="a.example"),  # type: ignore[arg-type]
        TLSHandshake(**PLACE, port=443, server_name=""),  # type: ignore[arg-type]
    ),
    quic_handshakes=(QUICHandshake(**PLACE, port=443, server_name="a.example"),),  # type: ignore[arg-type]
    http_transactions=(
        HTTPTransaction(**PLACE, port=80, url="http://a.example/x"),  # type: ignore[arg-type]
        HTTPTransaction(**PLACE, port=443, url="https://a.example/x"),  # type: ignore[arg-type]
        HTTPTransaction(**PLACE, port=80, url="http://b.example:8080/"),  # type: ignore[arg-type]
    ),
)


def test_they_are_counted(tmp_path: Path) -> None:
    """Of this computer's own runs, not of what was imported, and not before."""
    with Store.open(tmp_path / "a.db") as store:
        for run, source in (("r1", "run"), ("r2", "import")):
            store.begin_run(RunRow(run_id=run, started_at="t", software_version="0", source=source))
        for number, (run, day) in enumerate((("r1", 22), ("r1", 23), ("r1", 24), ("r2", 24))):
            store.save(
                a_measurement(
                    f"u{number}",
                    run_id=run,
                    measurement_start_time=f"2026-11-{day}T06:00:00Z",
                    records=RECORDS,
                )
            )
        assert {"a.example": 8, "b.example": 2} == named_since(store, "2026-11-23T06:00:00Z")
        assert {"a.example": 4, "b.example": 1} == named_since(store, "2026-11-23T06:00:01Z")
        assert {} == named_since(store, "2026-11-25")
