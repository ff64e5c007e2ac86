"""A run is ended from outside: once asks, twice insists; nobody to tell ends it too."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable

import pytest

from probe.engine.interrupts import run_in_loop, while_heard
from probe.engine.progress import Event, TargetStarted

EVENT = TargetStarted(input="https://a.example/")


async def until_cancelled(begun: Callable[[], object]) -> str:
    """Clean up, and give what there is."""
    try:
        begun()
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        return "what there is"
    return "all"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_an_end(number: signal.Signals) -> None:
    """What was gathered is returned, and Ctrl-C is again what it was."""
    before = signal.getsignal(signal.SIGINT)
    found = run_in_loop(lambda _: until_cancelled(lambda: os.kill(os.getpid(), number)))
    assert "what there is" == found
    assert before == signal.getsignal(signal.SIGINT)


def test_the_job_may_end_itself() -> None:
    """By what it is given."""
    assert "what there is" == run_in_loop(until_cancelled)


def test_outside_of_the_main_thread() -> None:
    """Where no signal can be caught it still runs."""
    found: list[str] = []

    async def job(_: Callable[[], object]) -> str:
        return "done"

    thread = threading.Thread(target=lambda: found.append(run_in_loop(job)))
    thread.start()
    thread.join(10)
    assert ["done"] == found


def test_a_listener_without_a_pipe_ends_the_run_once() -> None:
    """And is not told any more."""
    told: list[Event] = []
    stopped: list[bool] = []

    def deaf(event: Event) -> None:
        told.append(event)
        raise BrokenPipeError

    listener = while_heard(deaf, lambda: stopped.append(True))
    for _ in range(3):
        listener(EVENT)
    assert ([EVENT], [True]) == (told, stopped)
