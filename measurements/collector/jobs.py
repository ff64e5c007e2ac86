"""What goes to a worker and comes back, as plain values and as bytes of a pipe. Pure.

JSON and raw bytes, not pickle: a worker reads what strangers send, the other end holds the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from measurements.schema.measurement import Place
from measurements.schema.submission import Header

Kind = Literal["batch", "bundle", "ooni", "withdraw", "ping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request. `place` is where it came from, as far as is known; never an address.

    `data` is a submission's payload, OONI's document, or a request for withdrawals. `may_be_new`:
    a sender that was never seen may count as one. `skip`: items that killed a worker before.
    """

    kind: Kind
    data: bytes
    day: str
    header: Header | None = None
    place: Place | None = None
    may_be_new: bool = True
    skip: tuple[int, ...] = ()

    @property
    def documents(self) -> int:
        """How many there are, as the header says."""
        return self.header.documents if self.header else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """What became of one item."""

    measurement_uid: str
    status: str  # accepted, duplicate, rejected; withdrawn, refused
    code: str = ""
    says: str = ""
    quarantined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request was refused as a whole: an HTTP status, a code, a sentence."""

    status: int
    code: str
    says: str
    retry_after: float | None = None


class Refused(Exception):  # noqa: N818 - it says what it is
    """A request is, as a whole."""

    def __init__(self, status: int, code: str, says: str, retry_after: float | None = None) -> None:
        """See Refusal."""
        super().__init__(code)
        self.refusal = Refusal(status=status, code=code, says=says, retry_after=retry_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answers in the order of the items, or a refusal.

    For the operator: `bugs`, places in our code and nothing else; `trouble`, with the database.
    """

    outcomes: tuple[ItemAnswer, ...] = ()
    error: Refusal | None = None
    new_sender: bool = False
    bugs: tuple[str, ...] = ()
    trouble: str = ""


def pack_jobs(jobs: Sequence[Job], *, careful: bool) -> bytes:
    """A line that tells, then all data. `careful`: say which item comes next."""
    head = {
        "careful": careful,
        "jobs": [
            {
                "kind": job.kind,
                "size": len(job.data),
                "day": job.day,
                "header": None if job.header is None else _pack_header(job.header),
                "place": None if job.place is None else [job.place.asn, job.place.cc],
                "may_be_new": job.may_be_new,
                "skip": job.skip,
            }
            for job in jobs
        ],
    }
    return orjson.dumps(head) + b"\n" + b"".join(job.data for job in jobs)


def unpack_jobs(frame: bytes) -> tuple[list[Job], bool]:
    """The opposite: the jobs, and whether to be careful."""
    end = frame.index(b"\n")
    head, at, jobs = orjson.loads(frame[:end]), end + 1, []
    for each in head["jobs"]:
        size = each.pop("size")
        place, header = each.pop("place"), each.pop("header")
        jobs.append(
            Job(
                kind=each["kind"],
                data=frame[at : at + size],
                day=each["day"],
                header=None if header is None else _unpack_header(header),
                place=None if place is None else Place(asn=place[0], cc=place[1]),
                may_be_new=each["may_be_new"],
                skip=tuple(each["skip"]),
            )
        )
        at += size
    return jobs, head["careful"]


def pack_replies(replies: Sequence[Reply]) -> bytes:
    """As JSON."""
    return orjson.dumps(replies)


def unpack_replies(frame: bytes) -> list[Reply]:
    """The opposite."""
    return [
        Reply(
            outcomes=tuple(ItemAnswer(**each) for each in reply["outcomes"]),
            error=None if reply["error"] is None else Refusal(**reply["error"]),
            new_sender=reply["new_sender"],
            bugs=tuple(reply["bugs"]),
            trouble=reply["trouble"],
        )
        for reply in orjson.loads(frame)
    ]


def _pack_header(h: Header) -> list[Any]:
    return [h.sender.hex(), h.collector.hex(), h.documents, h.payload_sha256, h.invite, h.alone]


def _unpack_header(fields: list[Any]) -> Header:
    sender, collector, documents, payload_sha256, invite, alone = fields
    return Header(
        sender=bytes.fromhex(sender),
        collector=bytes.fromhex(collector),
        documents=documents,
        payload_sha256=payload_sha256,
        invite=invite,
        alone=alone,
    )
