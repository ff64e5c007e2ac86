"""The process around a Worker: frames in from a pipe, frames out, until the pipe ends.

It ends with the process that started it, however that one died: then its pipe ends too, after
what was begun is finished or, by SQLite, as if it had never been. It heeds no signal but SIGKILL.
"""

import gc
import importlib
import os
import signal
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from measurements.collector.bugs import places
from measurements.collector.config import Limits
from measurements.collector.jobs import pack_replies, unpack_jobs
from measurements.collector.worker import Judge, Worker, WorkerConfig
from measurements.store.errors import StoreError

# The event loop, the site and the operator's commands read the same file on the same processors, and
# somebody waits for each: they go first. Of the time that nobody else wants a worker still has all.
NICE = 5
READY, REPLIES, NEXT, FAILED = b"!", b"R", b"@", b"X"
_SIZE = 4
_ALL_OF_IT = 500  # groups after which everything is looked through for cycles


def main() -> None:
    """Serve the pipe on standard input and output."""
    give_way()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.excepthook = lambda _kind, exc, _trace: _fail(exc)
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing but frames may get into the pipe
    try:
        _serve(source, sink)
    except (BrokenPipeError, EOFError):
        return  # the collector has gone


def give_way() -> None:
    """Run when nobody else wants to, and take the processor from nobody by waking up."""
    with suppress(OSError):  # a sandbox may forbid it: then it is only less polite
        os.nice(NICE)
    with suppress(OSError, AttributeError):  # Linux has it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    config, judge = unpack_config(read_frame(source))
    try:
        worker = Worker(config, judge)
    except (StoreError, OSError) as exc:
        write_frame(sink, FAILED, str(exc).encode())
        return

    def mark(job: int, item: int) -> None:
        write_frame(sink, NEXT, b"%d %d" % (job, item))

    # A measurement is some thousand objects, and none of them is a cycle: to look for cycles while
    # hundreds are at hand is a tenth of all the work, and afterwards they are gone by themselves.
    gc.disable()
    gc.freeze()
    with worker:
        write_frame(sink, READY, b"")
        for number in count(1):
            jobs, careful = unpack_jobs(read_frame(source))
            replies = worker.process(jobs, mark if careful else None)
            write_frame(sink, REPLIES, pack_replies(replies))
            del jobs, replies
            gc.collect(0 if number % _ALL_OF_IT else 2)


def _fail(exc: BaseException) -> None:
    """A bug that ends the process: its places, as the log has them."""
    line = orjson.dumps({"event": "bug", "process": "worker", "where": places(exc)}).decode()
    sys.stderr.write(f"{line}\n")


def read_frame(source: BinaryIO) -> bytes:
    """The next one. Raises EOFError."""
    size = _exactly(source, _SIZE)
    return _exactly(source, int.from_bytes(size, "big"))


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data


def write_frame(sink: BinaryIO, kind: bytes, data: bytes) -> None:
    """One, and flush."""
    sink.write((len(data) + 1).to_bytes(_SIZE, "big") + kind + data)
    sink.flush()


def pack_config(config: WorkerConfig, judge: Judge | None) -> bytes:
    """A judge goes by its name, which the other process imports."""
    limits = config.limits
    fields: dict[str, Any] = {
        "db": str(config.db),
        "lock": str(config.lock),
        "collector": config.collector.hex(),
        "mode": config.mode,
        "k": config.k,
        "window_days": config.window_days,
        "limits": {name: getattr(limits, name) for name in limits.__dataclass_fields__},
        "judge": None if judge is None else f"{judge.__module__}:{judge.__name__}",
    }
    return orjson.dumps(fields)


def unpack_config(frame: bytes) -> tuple[WorkerConfig, Judge | None]:
    """The opposite."""
    fields = orjson.loads(frame)
    judge = None
    if fields["judge"] is not None:
        module, _, name = fields["judge"].partition(":")
        judge = getattr(importlib.import_module(module), name)
    config = WorkerConfig(
        db=Path(fields["db"]),
        lock=Path(fields["lock"]),
        collector=bytes.fromhex(fields["collector"]),
        mode=fields["mode"],
        k=fields["k"],
        window_days=fields["window_days"],
        limits=Limits(**fields["limits"]),
    )
    return config, judge


if __name__ == "__main__":
    main()
