"""A measurement as the one JSON line that scripts read (CONTRACT §2)."""

import json
from typing import Any

from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.measurement import Measurement


def line(m: Measurement, upload: str | None = None, says: str | None = None) -> str:
    """ASCII, without a line break: nothing in it can reach a terminal as a command."""
    return json.dumps(summary(m, upload, says), ensure_ascii=True, separators=(",", ":"))


def summary(m: Measurement, upload: str | None = None, says: str | None = None) -> dict[str, Any]:
    """The fields of a line. `upload`: how it stands with the collectors, in one word; None: nobody
    is to get it, or it was measured just now. `says`: why it was rejected."""
    return {
        "measurement_uid": m.measurement_uid,
        "run_id": m.run_id,
        "input": m.input,
        "measurement_start_time": m.measurement_start_time,
        "test_runtime": round(m.test_runtime, 6),
        "probe_cc": m.probe.cc or "ZZ",
        "probe_asn": f"AS{m.probe.asn or 0}",
        "resolver_asn": f"AS{m.resolver.asn or 0}",
        "category_code": m.category_code,
        "verdict": None if m.verdict is None else encode_verdict(m.verdict),
        "accessible": None if m.verdict is None else m.verdict.accessible,
        "blocking": None if m.verdict is None else m.verdict.blocking,
        "upload": upload,
        "upload_says": says,
    }
