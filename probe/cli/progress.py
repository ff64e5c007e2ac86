"""What a person or a script sees of a run while it goes."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from measurements.schema.measurement import Measurement, Place
from measurements.schema.words import Status
from probe.cli.clean import clean
from probe.cli.lines import line
from probe.engine.progress import (
    EnvironmentChecked,
    Event,
    Listener,
    RunStarted,
    TargetCouldNotRun,
    TargetFinished,
    TargetStage,
    TargetStarted,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {
    Status.ACCESSIBLE: "green",
    Status.BLOCKED: "bold red",
    Status.THROTTLED: "bold magenta",
    Status.SERVER_SIDE: "yellow",
    Status.DOWN: "yellow",
    Status.INCONCLUSIVE: "dim",
}
_SHOWN_RUNNING = 8
_URL = 60


def told(event: Event) -> tuple[str, str] | None:
    """What an event says to a person, and in which style; None for what is only shown live."""
    if isinstance(event, EnvironmentChecked):
        findings = [f"Note: {clean(f.says)}" for f in event.findings]
        where = f"Measuring from {place(event.place)}, resolver in {place(event.resolver)}."
        return "\n".join([where, *findings]), ""
    if isinstance(event, TargetFinished):
        v = event.measurement.verdict
        style = "" if v is None else STYLES[v.status]
        return f"[{event.done}/{event.total}] {result(event.measurement)}", style
    if isinstance(event, TargetCouldNotRun):
        says = f"{clean(event.input, _URL)}: could not be measured: {clean(event.says)}"
        return f"[{event.done}/{event.total}] {says}", "yellow"
    return None


def result(m: Measurement) -> str:
    """One measured target in a line."""
    v = m.verdict
    if v is None:
        return f"{clean(m.input, _URL)}: not judged"
    return f"{v.status.value:<12} {clean(m.input, _URL)}: {clean(v.summary)}"


def place(p: Place) -> str:
    """A network, for a person."""
    if p.asn is None:
        return "an unknown network"
    name = f" ({clean(p.as_org_name, 40)})" if p.as_org_name else ""
    return f"{clean(p.cc or '??')} AS{p.asn}{name}"


def quiet(silent: bool) -> Listener:
    """Standard error is no terminal: a short line for each target, or nothing beside JSON."""

    def listen(event: Event) -> None:
        says = told(event)
        if says is not None and not (silent and isinstance(event, TargetFinished)):
            sys.stderr.write(f"{says[0]}\n")
            sys.stderr.flush()

    return listen


def json_lines(also: Listener) -> Listener:
    """A JSON line on standard output for each target as it finishes."""

    def listen(event: Event) -> None:
        if isinstance(event, TargetFinished):
            try:
                sys.stdout.write(line(event.measurement) + "\n")
                sys.stdout.flush()
            except BrokenPipeError:
                # Nobody reads any more: end as after Ctrl-C. What was measured is kept.
                _to_nowhere()
                os.kill(os.getpid(), signal.SIGINT)
        also(event)

    return listen


def _to_nowhere() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


class Board:
    """The running targets, and since when; drawn four times a second."""

    def __init__(self) -> None:
        """Nothing runs."""
        self.total = self.done = 0
        self.running: dict[str, tuple[float, str]] = {}
        self.since = time.monotonic()

    def note(self, event: Event) -> None:
        """Keep what the drawing needs."""
        if isinstance(event, RunStarted):
            self.total = event.total
        elif isinstance(event, TargetStarted):
            self.running[event.input] = (time.monotonic(), "first look")
        elif isinstance(event, TargetStage):
            began = self.running.get(event.input, (time.monotonic(), ""))[0]
            self.running[event.input] = (began, event.says)
        elif isinstance(event, TargetFinished):
            self.done = event.done
            self.running.pop(event.measurement.input, None)
        elif isinstance(event, TargetCouldNotRun):
            self.done = event.done
            self.running.pop(event.input, None)

    def __rich__(self) -> "RenderableType":
        """The longest-running ones, and the count."""
        from rich.text import Text  # noqa: PLC0415 - only on a terminal

        now = time.monotonic()
        rows = []
        running = sorted(self.running.items(), key=lambda item: item[1][0])
        for url, (began, stage) in running[:_SHOWN_RUNNING]:
            rows.append(f"  {now - began:4.0f} s  {clean(url, _URL)}: {clean(stage, 60)}")
        if len(running) > _SHOWN_RUNNING:
            rows.append(f"          and {len(running) - _SHOWN_RUNNING} more")
        rows.append(
            f"{self.done} of {self.total} measured, {now - self.since:.0f} s; Ctrl-C ends it"
        )
        return Text("\n".join(rows), style="dim", overflow="ellipsis", no_wrap=True)


@contextmanager
def screen() -> Iterator[Listener]:
    """Standard error is a terminal: finished targets scroll, running ones stay below."""
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    board = Board()
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Live(board, console=console, transient=True, redirect_stdout=False) as live:

        def listen(event: Event) -> None:
            board.note(event)
            says = told(event)
            if says is not None:
                live.console.print(Text(says[0], style=says[1]))

        yield listen
