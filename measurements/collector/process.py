"""One worker process, as the event loop sees it: started, asked, ended."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from measurements.collector.child import FAILED, NEXT, READY, REPLIES, pack_config
from measurements.collector.jobs import Job, Reply, pack_jobs, unpack_replies
from measurements.collector.worker import Judge, WorkerConfig

_START_TIME = 30.0
_END_TIME = 2.0
# Megabytes come and go with each submission: glibc's malloc gives them back to the kernel, and takes
# them again page by page, which costs as much as to decompress them. Other libraries do not read this.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20)}
_CODE = (
    "import sys; sys.path[:] = sys.argv[1:]; from measurements.collector.child import main; main()"
)


class DiedError(Exception):
    """The process ended in the middle. `at`: the item it was at (-1: storing), if that is known."""

    def __init__(self, at: int | None = None, *, slow: bool = False) -> None:
        """`slow`: we ended it, because it took too long."""
        super().__init__()
        self.at, self.slow = at, slow


class CannotStartError(Exception):
    """A worker cannot open the database; the message is for the operator."""


class WorkerProcess:
    """See the module."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """For `start`."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout

    @classmethod
    async def start(cls, config: WorkerConfig, judge: Judge | None) -> "WorkerProcess":
        """One that is ready. Raises CannotStartError."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _CODE, *sys.path,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                env=os.environ | _MEMORY,
                process_group=0,  # Ctrl-C in a terminal is for us; its end comes through the pipe
            )  # fmt: skip
        except OSError as exc:
            raise CannotStartError(f"a worker did not start: {exc.strerror}") from None
        new = cls(process)
        try:
            async with asyncio.timeout(_START_TIME):
                await new._write(pack_config(config, judge))
                kind, says = await new._read()
        except (DiedError, TimeoutError, OSError):
            await new.kill()
            raise CannotStartError("a worker process did not start") from None
        except BaseException:
            await new.kill()
            raise
        if kind != READY:
            await new.kill()
            raise CannotStartError(says.decode() if kind == FAILED else "a worker did not start")
        return new

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """As far as is known."""
        return self._process.returncode is None

    async def ended(self) -> None:
        """Wait until it has."""
        await self._process.wait()

    async def ask(self, jobs: Sequence[Job], *, careful: bool, seconds: float) -> list[Reply]:
        """Its replies. Raises DiedError."""
        at: int | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._write(pack_jobs(jobs, careful=careful))
                while True:
                    kind, frame = await self._read()
                    if kind == REPLIES:
                        return unpack_replies(frame)
                    if kind == NEXT:
                        at = int(frame.split()[1])
        except TimeoutError:
            raise DiedError(at, slow=True) from None
        except (OSError, DiedError, ValueError, LookupError, TypeError):  # or it talks nonsense
            raise DiedError(at) from None

    async def _write(self, frame: bytes) -> None:
        self._in.write(len(frame).to_bytes(4, "big"))
        self._in.write(frame)
        await self._in.drain()

    async def _read(self) -> tuple[bytes, bytes]:
        try:
            size = int.from_bytes(await self._out.readexactly(4), "big")
            frame = await self._out.readexactly(size)
        except asyncio.IncompleteReadError:
            raise DiedError from None
        return frame[:1], frame[1:]

    async def finish(self) -> None:
        """Let it end by itself, soon."""
        self._in.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_TIME):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._in.close()
        await self._process.wait()
