"""Small measurements for tests."""

from measurements.schema.measurement import Measurement
from measurements.schema.records import Records, TCPConnect
from measurements.schema.verdict import Verdict
from measurements.schema.words import Status


def a_verdict(status: Status = Status.ACCESSIBLE, rules_version: int = 1) -> Verdict:
    """A verdict of this status."""
    return Verdict(
        status=status, confidence=0.9, summary=f"It is {status}.", rules_version=rules_version
    )


def a_measurement(uid: str = "u1", **more: object) -> Measurement:
    """A small measurement."""
    fields: dict[str, object] = {
        "measurement_uid": uid,
        "run_id": "r1",
        "input": "https://a.example/",
        "measurement_start_time": "2026-11-23T06:00:00Z",
        "test_start_time": "2026-11-23T06:00:00Z",
        "test_runtime": 1.5,
        "software_name": "anyqta",
        "software_version": "0.1.0",
        "records": Records(
            tcp_connects=(TCPConnect(transaction_id=1, ip="192.0.2.1", port=443, t0=0.0, t=0.1),)
        ),
        "verdict": a_verdict(),
    }
    return Measurement(**(fields | more))  # type: ignore[arg-type]
