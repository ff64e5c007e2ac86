"""What a worker does with a group of jobs: read, check, judge, and store in one transaction.

No event loop and no HTTP: `anyqta collector import` uses it too. Nothing is answered that is not
on the disk. What strangers send can only fail by itself: an item never harms another.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from measurements.collector import invites, reading
from measurements.collector.bugs import places
from measurements.collector.config import Limits, Mode
from measurements.collector.disk import Disk
from measurements.collector.jobs import ItemAnswer, Job, Refusal, Refused, Reply
from measurements.collector.reading import Item, rejected
from measurements.collector.turns import Turns
from measurements.schema.measurement import Measurement
from measurements.schema.submission import (
    BadSubmission,
    decode_key,
    decode_payload,
    withdraw_sha256,
)
from measurements.schema.verdict import Verdict
from measurements.store.errors import StoreError
from measurements.store.intake import Arrival, Intake, Outcome, Ready, Terms
from measurements.store.room import NoRoom
from measurements.store.store import Store

Judge = Callable[[Measurement], Verdict]
Mark = Callable[[int, int], None]  # job, item: this one is next
STORING = -1  # marked in place of an item
_AGAIN = 15.0
_SLICE = 16 * 2**20  # bytes of documents that are in memory as objects at once
WITHDRAWAL = "anyqta-withdrawal/1"
_MAX_UID = 128
UNAVAILABLE = Refusal(
    status=503,
    code="unavailable",
    says="the collector cannot store anything now; what was sent is not lost: send it again",
    retry_after=_AGAIN,
)
CRASHED = "this document breaks the collector; its operator can see where"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """What a worker must know of the collector's configuration, and of its key."""

    db: Path
    lock: Path
    collector: bytes
    mode: Mode = "open"
    k: int = 3
    window_days: int = 31
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class _Work:
    """One job on its way: an answer for each item, as far as there is one."""

    number: int
    job: Job
    items: list[bytes]
    answers: list[ItemAnswer | None]
    sender: bytes | None = None
    invited: bool = False
    new_sender: bool = False
    error: Refusal | None = None
    bugs: list[str] = field(default_factory=list)
    trouble: str = ""

    def fail(self, exc: StoreError) -> None:
        """The database cannot be written now. Its path is the operator's business."""
        self.error, self.items, self.trouble = self.error or UNAVAILABLE, [], str(exc)

    def reply(self) -> Reply:
        if self.error is not None:
            return Reply(error=self.error, bugs=tuple(self.bugs), trouble=self.trouble)
        assert all(self.answers)
        return Reply(
            outcomes=tuple(a for a in self.answers if a is not None),
            new_sender=self.new_sender,
            bugs=tuple(self.bugs),
        )


_Place = tuple[_Work, int]


class Worker:
    """Holds the database open. Use as a context manager, or close."""

    def __init__(self, config: WorkerConfig, judge: Judge | None) -> None:
        """Raises StoreError or OSError."""
        self._config, self._judge = config, judge
        self._store = Store.open(config.db)
        self._intake = Intake(self._store)
        self._disk = Disk(config.db)
        self._turns = Turns(config.lock)
        self._terms = Terms(
            quarantine=config.mode == "open", k=config.k, window_days=config.window_days
        )

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()
        self._disk.close()
        self._turns.close()

    def __enter__(self) -> "Worker":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def process(self, jobs: Sequence[Job], mark: Mark | None = None) -> list[Reply]:
        """A reply for each job. What is accepted is on the disk when this returns."""
        works = [self._begin(number, job) for number, job in enumerate(jobs)]
        tell = mark or _tell_nobody
        try:
            part: list[tuple[_Place, Ready]] = []
            size = 0
            for place, item in self._read(works, tell):
                new = self._new(place, item)
                if new is None:
                    continue
                part.append((place, new))
                size += len(item.document)
                if size > _SLICE or len(part) >= self._config.limits.group:
                    self._store_all(part, tell)
                    part, size = [], 0
            self._store_all(part, tell)
        except StoreError as exc:
            for work in works:
                work.fail(exc)
        return [work.reply() for work in works]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The right to write. Raises StoreError where another program keeps it."""
        with self._turns.taken():
            self._disk.free()
            yield

    # --- before an item is read ------------------------------------------------------------------

    def _begin(self, number: int, job: Job) -> _Work:
        work = _Work(number, job, [], [])
        try:
            if job.kind == "withdraw":
                work.answers = list(self._withdraw(job))
            elif job.kind == "ping":
                with self._turns.taken():
                    self._disk.write()
                    self._disk.room()
            else:
                work.items = self._items(job)
                work.answers = [None] * len(work.items)
                self._admit(work)
        except Refused as exc:
            work.error, work.items = exc.refusal, []
        except StoreError as exc:
            work.fail(exc)
        return work

    def _items(self, job: Job) -> list[bytes]:
        limits = self._config.limits
        if job.kind == "ooni":
            return [job.data]
        assert job.header is not None
        if job.header.documents > limits.documents:
            says = f"more than {limits.documents} documents in one submission"
            raise Refused(413, "too_many_documents", says)
        try:
            lines = decode_payload(job.data, most=limits.payload)
        except BadSubmission as exc:
            status, code = (413, "too_large") if "more than" in str(exc) else (400, "malformed")
            raise Refused(status, code, str(exc)) from None
        if len(lines) != job.header.documents:
            says = f"the header tells of {job.header.documents} documents, there are {len(lines)}"
            raise Refused(400, "malformed", says)
        return lines

    def _admit(self, work: _Work) -> None:
        """Who sends is known, or invited, or (in open mode) a stranger."""
        header = work.job.header
        if header is None:
            return
        if header.collector not in {b"", self._config.collector}:
            raise Refused(403, "other_collector", "this submission is for another collector")
        sender = hashlib.sha256(header.sender).digest()
        if self._intake.sender_is_invited(sender) or self._uses_invite(work.job, sender):
            work.sender, work.invited = sender, True
        elif self._intake.sender_is_known(sender):
            work.sender = sender
        elif work.job.may_be_new:
            work.sender, work.new_sender = sender, True
        # else: an address with too many new senders; this one counts for nobody

    def _uses_invite(self, job: Job, sender: bytes) -> bool:
        """The sender is noted as invited in the same moment. Raises Refused where one is needed."""
        assert job.header is not None
        needed, token = self._config.mode == "invited", job.header.invite
        if token is None:
            if needed:
                raise Refused(403, "invite_needed", "this collector takes invited senders only")
            return False
        try:
            invite = invites.check(token, collector=self._config.collector, day=job.day)
        except invites.BadInvite as exc:
            if needed:
                raise Refused(403, "invite_invalid", str(exc)) from None
            return False
        with self._turn():
            used = self._intake.use_invite(invite.id, invite.most, sender=sender, day=job.day)
        if not used and needed:
            says = "this invitation was used up, or taken back: ask for a new one"
            raise Refused(403, "invite_used", says)
        return used

    # --- items -----------------------------------------------------------------------------------

    def _read(self, works: list[_Work], mark: Mark) -> Iterator[tuple[_Place, Item]]:
        for work in works:
            read = reading.read_document if work.job.kind == "ooni" else reading.read_line
            for index, line in enumerate(work.items):
                if index in work.job.skip:
                    work.answers[index] = rejected("", "crashed", CRASHED)
                    continue
                mark(work.number, index)
                item = read(line, most=self._config.limits.document)
                if isinstance(item, ItemAnswer):
                    work.answers[index] = item
                else:
                    yield (work, index), item
            work.items = []

    def _new(self, place: _Place, item: Item) -> Ready | None:
        """Checked and judged; None where it is answered already.

        One at a time from its bytes to what will be stored: what a document is taken apart into
        lies in the processor's own memory then, and all of hundreds does not.
        """
        work, index = place
        found = self._intake.known([(item.uid, item.content_sha256)])[0]
        if found is not None and found.code == "different":
            found = self._again(item) or found
        if found is not None:
            work.answers[index] = _told(found)
            return None
        arrival = self._arrival(work, item)
        if isinstance(arrival, ItemAnswer):
            work.answers[index] = arrival
            return None
        return Ready.of(arrival)

    def _store_all(self, part: list[tuple[_Place, Ready]], mark: Mark) -> None:
        """One transaction."""
        if not part:
            return
        mark(0, STORING)
        outcomes = self._intake.take([new for _, new in part], terms=self._terms, turn=self._turn)
        for ((work, index), _), outcome in zip(part, outcomes, strict=True):
            work.answers[index] = _told(outcome)

    def _again(self, item: Item) -> Outcome | None:
        """Whether it is the known one after all, only written in another way."""
        other = reading.respelled(item)
        if other is None:
            return None
        return self._intake.known([(other.uid, other.content_sha256)])[0]

    def _arrival(self, work: _Work, item: Item) -> Arrival | ItemAnswer:
        """Checked, and judged by us; the sender's verdict is kept apart, as a claim."""
        try:
            checked = reading.check(item, today=work.job.day)
            if isinstance(checked, ItemAnswer):
                return checked
            m, claim = checked  # apart: the judge does not see what the sender says
            if self._judge is not None:
                m = replace(m, verdict=self._judge(m))
        except Exception as exc:  # noqa: BLE001 - a bug of ours must not harm the other items
            work.bugs.append(places(exc))
            return rejected(item.uid, "crashed", CRASHED)
        assert work.job.kind in {"batch", "bundle", "ooni"}
        return Arrival(
            measurement=m,
            claim=claim,
            content_sha256=item.content_sha256,
            withdraw_sha256=item.withdraw_sha256,
            sender=work.sender,
            invited=work.invited,
            protocol=work.job.kind,
            day=work.job.day,
            network_agrees=reading.agrees(m.probe, work.job.place),
            alone=work.job.header is not None and work.job.header.alone,
        )

    def _withdraw(self, job: Job) -> Iterator[ItemAnswer]:
        for uid, secret in _withdrawals(job.data, most=self._config.limits.documents):
            commitment = bytes.fromhex(withdraw_sha256(secret))
            spare = self._config.limits.early_withdrawals
            try:
                with self._turn():
                    gone = self._intake.withdraw(uid, commitment, job.day, spare=spare)
                status, says = ("withdrawn", "") if gone else ("refused", _NOT_YOURS)
            except NoRoom:
                status, says = "refused", _NO_ROOM
            yield ItemAnswer(measurement_uid=uid, status=status, says=says)


def _tell_nobody(_job: int, _item: int) -> None:
    return


def _told(outcome: Outcome) -> ItemAnswer:
    return ItemAnswer(
        measurement_uid=outcome.measurement_uid,
        status=outcome.status,
        code=outcome.code,
        says=outcome.says,
        quarantined=outcome.quarantined,
    )


_NO_ROOM = (
    "it never came here, and too much that never came was withdrawn here already. If it comes yet,"
    " withdraw it then"
)
_NOT_YOURS = "there is no such measurement here, or this is not its secret"


def _withdrawals(data: bytes, *, most: int) -> list[tuple[str, bytes]]:
    """Raises Refused."""
    try:
        asked = orjson.loads(data)
        known = asked["format"] == WITHDRAWAL
        pairs = [(w["measurement_uid"], decode_key(w["secret"])) for w in asked["withdrawals"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Refused(400, "malformed", "this is not a request to withdraw") from None
    if not known or not all(isinstance(uid, str) and len(uid) <= _MAX_UID for uid, _ in pairs):
        raise Refused(400, "malformed", f"this is not a request to withdraw ({WITHDRAWAL})")
    if len(pairs) > most:
        raise Refused(413, "too_many_documents", f"more than {most} withdrawals in one request")
    return pairs
