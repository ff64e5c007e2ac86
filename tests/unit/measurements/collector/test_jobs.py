"""measurements/collector/jobs.py: through a pipe and back."""

from measurements.collector.jobs import (
    ItemAnswer,
    Job,
    Refusal,
    Reply,
    pack_jobs,
    pack_replies,
    unpack_jobs,
    unpack_replies,
)
from measurements.schema.measurement import Place
from measurements.schema.submission import Header

HEADER = Header(sender=b"s" * 32, collector=b"", documents=3, payload_sha256="0" * 64, invite="a.b")
ALONE = Header(
    sender=b"t" * 32, collector=b"c" * 32, documents=1, payload_sha256="1" * 64, alone=True
)
JOBS = [
    Job(kind="batch", data=b"\n\x00payload\n", header=HEADER, day="2026-11-25", skip=(1, 2)),
    Job(kind="bundle", data=b"p", header=ALONE, day="2026-11-25"),
    Job(kind="ooni", data=b"", place=Place(asn=9198, cc="KZ"), day="2026-11-25"),
    Job(kind="ping", data=b"x", place=Place(), day="2026-11-25", may_be_new=False),
]
REPLIES = [
    Reply(outcomes=(ItemAnswer(measurement_uid="u", status="accepted", quarantined=True),)),
    Reply(error=Refusal(status=503, code="busy", says="later", retry_after=1.5), trouble="full"),
    Reply(new_sender=True, bugs=("X at y:1",)),
]


def test_jobs() -> None:
    """Byte for byte."""
    assert unpack_jobs(pack_jobs(JOBS, careful=True)) == (JOBS, True)
    assert unpack_jobs(pack_jobs([], careful=False)) == ([], False)
    assert [job.documents for job in JOBS] == [3, 1, 1, 1]


def test_replies() -> None:
    """The same."""
    assert unpack_replies(pack_replies(REPLIES)) == REPLIES
