"""The operator's work on a collector's database, without HTTP and while the collector runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from measurements.collector.jobs import ItemAnswer, Job, Refusal
from measurements.collector.worker import Worker
from measurements.schema.submission import BUNDLE, BadSubmission, unseal

MAX_PART = 64 * 2**20  # bytes of one submission; a length that was damaged asks for more
_GROUP = 256  # documents that are stored together
_OUR_FAULT = 500  # and above: an HTTP status
_NEW_SENDERS = 2  # of one file that may count as senders, as of one address and day


@dataclass(frozen=True, slots=True)
class Damaged:
    """A submission of a bundle that cannot be used: the `part`th (0: it was refused)."""

    part: int
    says: str


@dataclass(slots=True)
class Count:
    """How an import went: of documents, but `damaged` is of submissions."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    quarantined: int = 0
    damaged: int = 0

    def add(self, answer: ItemAnswer) -> None:
        """One more."""
        self.accepted += answer.status == "accepted"
        self.duplicate += answer.status == "duplicate"
        self.rejected += answer.status == "rejected"
        self.quarantined += answer.quarantined and answer.status == "accepted"


class NoBundle(Exception):  # noqa: N818 - it says what it is
    """The file is no bundle at all."""


def import_bundle(
    path: Path,
    worker: Worker,
    *,
    day: str,
    on_rejected: Callable[[ItemAnswer], None],
    on_damaged: Callable[[Damaged], None],
) -> Count:
    """Take all that is whole in a bundle. Again: it is all duplicates.

    Raises NoBundle, OSError, and RefusedAll where nothing can be stored now.
    """
    count, newcomers = Count(), 0

    def damaged(found: Damaged) -> None:
        count.damaged += 1
        on_damaged(found)

    for group in _groups(parts(path), day, damaged):
        jobs = [replace(job, may_be_new=newcomers < _NEW_SENDERS) for job in group]
        replies = worker.process(jobs)
        newcomers += any(reply.new_sender for reply in replies)  # a group is of one sender
        for job, reply in zip(jobs, replies, strict=True):
            if reply.error is not None:
                if reply.error.status >= _OUR_FAULT:
                    raise RefusedAll(reply.error, count)
                damaged(Damaged(0, f"{job.documents} documents refused: {reply.error.says}"))
            for answer in reply.outcomes:
                count.add(answer)
                if answer.status == "rejected":
                    on_rejected(answer)
    return count


class RefusedAll(Exception):  # noqa: N818 - it says what it is
    """Nothing can be stored now; `count` is what was."""

    def __init__(self, refusal: Refusal, count: Count) -> None:
        """Why."""
        super().__init__(refusal.says)
        self.count = count


def parts(path: Path) -> Iterator[bytes | Damaged]:
    """The submissions of a bundle file, one at a time: it may be larger than memory."""
    with path.open("rb") as file:
        if file.read(len(BUNDLE)) != BUNDLE:
            raise NoBundle
        number = 0
        while head := file.read(4):
            number += 1
            size = int.from_bytes(head, "big")
            if len(head) < 4 or size > MAX_PART:  # noqa: PLR2004 - a length's bytes
                yield Damaged(number, "its length cannot be right; what follows it is lost")
                return
            part = file.read(size)
            if len(part) < size:
                yield Damaged(number, "it is cut short: the file ends in the middle of it")
                return
            yield part


def _groups(
    found: Iterator[bytes | Damaged], day: str, on_damaged: Callable[[Damaged], None]
) -> Iterator[list[Job]]:
    """Jobs that are stored together: of one sender, and not too many."""
    group: list[Job] = []
    for number, part in enumerate(found, 1):
        job = _job(part, number, day)
        if isinstance(job, Damaged):
            on_damaged(job)
            continue
        full = sum(each.documents for each in group) >= _GROUP
        if group and (full or _sender(group[0]) != _sender(job)):
            yield group
            group = []
        group.append(job)
    if group:
        yield group


def _job(part: bytes | Damaged, number: int, day: str) -> Job | Damaged:
    if isinstance(part, Damaged):
        return part
    try:
        sent = unseal(part)
    except BadSubmission as exc:
        return Damaged(number, str(exc))
    return Job(kind="bundle", data=sent.payload, header=sent.header, day=day)


def _sender(job: Job) -> bytes:
    assert job.header is not None
    return job.header.sender
