"""The worker processes, and what waits for them.

Jobs that wait together go to a worker together and are committed together. One that dies is
replaced. What it had is tried again, each job alone; the item at which it dies twice is refused.
Nothing is blamed lightly: somebody may just have killed the process.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from measurements.collector.jobs import Job, Refusal, Reply
from measurements.collector.process import CannotStartError, DiedError, WorkerProcess
from measurements.collector.worker import STORING, Judge, WorkerConfig

_BLAMED_AFTER = 2
_MOST_TRIES = 8
_MOST_SKIPPED = 3
_REMEMBERED = 1000
_STOP_TIME = 1.5
_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
BUSY = Refusal(
    status=503,
    code="busy",
    says="the collector has too much to do now; send it again later",
    retry_after=10.0,
)
CRASHED = Refusal(
    status=400,
    code="crashed",
    says="this submission breaks the collector, or takes it too long; its operator can see where",
)
Tell = Callable[..., None]  # Log.say


@dataclass(slots=True, eq=False)
class _Waiting:
    job: Job
    done: "asyncio.Future[Reply]"
    alone: bool = False
    tries: int = 0
    deaths: Counter[int | None] = field(default_factory=Counter)


class Pool:
    """`run` in a task group, then `submit`."""

    def __init__(
        self, config: WorkerConfig, judge: Judge | None, *, count: int, say: Tell, wait_time: float
    ) -> None:
        """`say` is the log's; `wait_time` seconds is as long as a job may wait and take."""
        self._config, self._judge, self._count = config, judge, count
        self._say, self._wait_time = say, wait_time
        self._queue: deque[_Waiting] = deque()
        self._changed = asyncio.Condition()
        self._stopping = self._over = False
        self._workers: dict[int, WorkerProcess] = {}
        self._poison: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self.restarts = 0

    @property
    def waiting(self) -> int:
        """Jobs without a worker yet."""
        return len(self._queue)

    @property
    def alive(self) -> int:
        """Workers."""
        return len(self._workers)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers."""
        return tuple(worker.pid for worker in self._workers.values())

    async def submit(self, job: Job) -> Reply:
        """Its reply; BUSY where there are too many, or none in time."""
        if self._stopping or len(self._queue) >= self._config.limits.queue:
            return Reply(error=BUSY)
        if job.header is not None and job.header.payload_sha256 in self._poison:
            job = replace(job, skip=self._poison[job.header.payload_sha256])
        entry = _Waiting(job, asyncio.get_running_loop().create_future(), alone=bool(job.skip))
        self._queue.append(entry)
        await self._wake()
        try:
            async with asyncio.timeout(self._wait_time):
                return await entry.done
        except TimeoutError:
            return Reply(error=BUSY)

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start the workers. Raises CannotStartError."""
        first = [await WorkerProcess.start(self._config, self._judge) for _ in range(self._count)]
        for number, process in enumerate(first):
            tasks.create_task(self._keep(number, process, tasks))

    async def stop(self) -> None:
        """Do what waits, for a moment, then end the workers; those tasks end soon after."""
        self._stopping = True
        await self._wake()
        try:
            async with asyncio.timeout(_STOP_TIME), self._changed:
                await self._changed.wait_for(lambda: not self._workers)
        except TimeoutError:
            self._over = True
            for worker in list(self._workers.values()):
                await worker.kill()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- one worker ------------------------------------------------------------------------------

    async def _keep(self, number: int, process: WorkerProcess, tasks: asyncio.TaskGroup) -> None:
        """Feed it; start another when it dies."""
        while True:
            self._workers[number] = process
            tasks.create_task(self._watch(process))
            try:
                if await self._feed(process):
                    await process.finish()
                    return
            finally:
                await process.kill()
                del self._workers[number]
                await self._wake()
            if self._over:
                self._refuse_all()
                return
            self.restarts += 1
            self._say("worker died", restarts=self.restarts)
            replaced = await self._replace()
            if replaced is None:
                return
            process = replaced

    async def _watch(self, process: WorkerProcess) -> None:
        await process.ended()
        await self._wake()

    async def _replace(self) -> WorkerProcess | None:
        """Another one, as soon as there can be one. None: we are stopping, and nothing waits."""
        pause = _PAUSE
        while not self._stopping or (self._queue and not self._over):
            try:
                return await WorkerProcess.start(self._config, self._judge)
            except CannotStartError as exc:
                self._say("worker cannot start", says=str(exc))
                if self._stopping:
                    self._refuse_all()
                    return None
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause), self._changed:
                        await self._changed.wait_for(lambda: self._stopping)
                pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    def _refuse_all(self) -> None:
        while self._queue:
            self._settle(self._queue.popleft(), Reply(error=BUSY))

    async def _feed(self, process: WorkerProcess) -> bool:
        """Give it work until it dies (False), or we stop and nothing waits (True)."""
        while True:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._queue or self._stopping or not process.alive
                )
            if not process.alive:
                return False
            group = self._group()
            if not group:
                if self._stopping:
                    return True
                continue
            careful = group[0].alone
            try:
                replies = await process.ask(
                    [entry.job for entry in group],
                    careful=careful,
                    seconds=self._config.limits.job_time,
                )
            except DiedError as died:
                for entry in reversed(group):
                    self._survive(entry, died, careful=careful)
                return False
            for entry, reply in zip(group, replies, strict=True):
                self._settle(entry, reply)

    def _group(self) -> list[_Waiting]:
        """What goes together: a fair share of what waits, not more than the limit; or one alone."""
        while self._queue and self._queue[0].done.done():
            self._queue.popleft()  # whoever asked has gone
        if not self._queue:
            return []
        if self._queue[0].alone:
            return [self._queue.popleft()]
        total = sum(entry.job.documents for entry in self._queue)
        most = min(self._config.limits.group, -(-total // self._count))
        group: list[_Waiting] = []
        size = documents = 0
        while self._queue and not self._queue[0].alone and documents < most:
            entry = self._queue.popleft()
            if entry.done.done():
                continue
            group.append(entry)
            documents += entry.job.documents
            size += len(entry.job.data)
            if size >= self._config.limits.body:
                break
        return group

    def _settle(self, entry: _Waiting, reply: Reply) -> None:
        if not entry.done.done():
            entry.done.set_result(reply)

    def _survive(self, entry: _Waiting, died: DiedError, *, careful: bool) -> None:
        """Its worker died: again, alone; or without the item that did it; or not at all."""
        entry.tries += 1
        if careful:
            entry.deaths[died.at] += _MOST_SKIPPED if died.slow else 1
            if entry.deaths[died.at] >= (_BLAMED_AFTER if died.at is not None else _MOST_SKIPPED):
                refusal = self._blame(entry, died.at)
                if refusal is not None:
                    self._settle(entry, Reply(error=refusal))
                    return
        if entry.tries >= _MOST_TRIES:
            self._settle(entry, Reply(error=BUSY))
            return
        entry.alone = True
        self._queue.appendleft(entry)

    def _blame(self, entry: _Waiting, at: int | None) -> Refusal | None:
        """Leave the item out, if it is known which; else the refusal of the whole."""
        self._say("submission breaks a worker", item=at)
        if at == STORING:  # the disk, more likely
            return BUSY
        if at is None or len(entry.job.skip) >= _MOST_SKIPPED:
            return CRASHED
        entry.job = replace(entry.job, skip=(*entry.job.skip, at))
        if entry.job.header is not None:
            self._poison[entry.job.header.payload_sha256] = entry.job.skip
            while len(self._poison) > _REMEMBERED:
                self._poison.popitem(last=False)
        return None
