"""How a run ends before its time: Ctrl-C, SIGTERM, or nobody there to tell any more."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from probe.engine.progress import Event, Listener

T = TypeVar("T")


def run_in_loop(job: Callable[[Callable[[], object]], Coroutine[None, None, T]]) -> T:
    """asyncio.run, in which the first Ctrl-C asks for an end and the second insists.

    `job` is given what to call to end it in the same way.
    """

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            with contextlib.suppress(NotImplementedError):
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, _interrupted, task, loop)
        return await job(task.cancel)

    return asyncio.run(main())


def _interrupted(task: "asyncio.Task[object]", loop: asyncio.AbstractEventLoop) -> None:
    task.cancel()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def while_heard(listener: Listener, stop: Callable[[], object]) -> Listener:
    """The listener, until its screen or pipe is gone: then nobody is told, and the run ends."""
    heard = True

    def tell(event: Event) -> None:
        nonlocal heard
        if not heard:
            return
        try:
            listener(event)
        except OSError:
            heard = False
            stop()

    return tell
