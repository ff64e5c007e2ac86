"""What a person or a script sees of a run while it goes."""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from measurements.schema.measurement import Measurement, Place
from measurements.schema.words import Status
from probe import words
from probe.cli import time_left, verdict_words
from probe.cli.brief import brief
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
from probe.words import _, ngettext

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.text import Text

STYLES = {
    Status.ACCESSIBLE: "green",
    Status.BLOCKED: "bold red",
    Status.THROTTLED: "bold magenta",
    Status.SERVER_SIDE: "yellow",
    Status.DOWN: "yellow",
    Status.INCONCLUSIVE: "dim",
}
_SHOWN_RUNNING = 8
_URL, _LONGEST = 60, 500
_NARROW, _LEAST = 60, 12  # columns
_ROOM = 6  # rows below and above the running ones
_FIRST, _ANEW, _EVERY = 8.0, 2.0, 30.0  # seconds: nothing is foretold before the first


def told(event: Event, *, short: bool = False) -> tuple[str, str] | None:
    """What an event says to a person, and in which style; None for what is only shown live. `short`:
    a verdict in a few words, for whoever follows it with their ears."""
    if isinstance(event, EnvironmentChecked):
        note = _("Note: {text}")
        findings = [note.format(text=clean(words.told(f.says))) for f in event.findings]
        where = _("Measuring from {place}, resolver in {resolver}.")
        where = where.format(place=place(event.place), resolver=place(event.resolver))
        return "\n".join([where, *findings]), ""
    if isinstance(event, TargetFinished):
        v = event.measurement.verdict
        style = "" if v is None else STYLES[v.status]
        says = result(event.measurement, short=short)
        return f"[{event.done}/{event.total}] {says}", style
    if isinstance(event, TargetCouldNotRun):
        says = _("{url}: could not be measured: {reason}").format(
            url=clean(event.input, _URL), reason=clean(words.told(event.says))
        )
        return f"[{event.done}/{event.total}] {says}", "yellow"
    return None


def result(m: Measurement, *, short: bool = False) -> str:
    """One measured target in a line."""
    v = m.verdict
    if v is None:
        return _("{url}: not judged").format(url=clean(m.input, _URL))
    status = verdict_words.status(v.status)
    says = brief(v) if short else words.told(v.summary)
    return f"{status:<12} {clean(m.input, _URL)}{': ' if says else ''}{clean(says)}"


def place(p: Place) -> str:
    """A network, for a person."""
    if p.asn is None:
        return _("an unknown network")
    name = f" ({clean(p.as_org_name, 40)})" if p.as_org_name else ""
    return f"{clean(p.cc or '??')} AS{p.asn}{name}"


def quiet(silent: bool, *, short: bool = False) -> Listener:
    """Standard error is no terminal: a line for each target, or nothing beside JSON."""

    def listen(event: Event) -> None:
        says = told(event, short=short)
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
    """The running targets, since when, and how long the others took; drawn four times a second."""

    def __init__(self, at_most: float | None = None) -> None:
        """Nothing runs. `at_most`: after so many seconds no more targets begin."""
        self.total = self.done = 0
        self.running: dict[str, tuple[float, str]] = {}
        self.took: deque[float] = deque(maxlen=1000)
        self.since = time.monotonic()
        self.at_most = at_most
        self.begun = False  # the gate has looked at this network; before, there is nothing to count
        self._left: tuple[float, str] = (0.0, "")

    def note(self, event: Event) -> None:
        """Keep what the drawing needs."""
        if isinstance(event, RunStarted):
            self.total = event.total
        elif isinstance(event, EnvironmentChecked):
            self.begun = True
        elif isinstance(event, TargetStarted):
            self.begun = True
            self.running[event.input] = (time.monotonic(), _("first look"))
        elif isinstance(event, TargetStage):
            began = self.running.get(event.input, (time.monotonic(), ""))[0]
            self.running[event.input] = (began, words.told(event.says))
        elif isinstance(event, TargetFinished):
            self._ended(event.measurement.input, event.done)
        elif isinstance(event, TargetCouldNotRun):
            self._ended(event.input, event.done)

    def _ended(self, input_: str, done: int) -> None:
        self.begun, self.done = True, done
        began, _stage = self.running.pop(input_, (None, ""))
        if began is not None:
            self.took.append(time.monotonic() - began)

    def left(self) -> str:
        """How long it will still take, looked at anew every two seconds: a figure that jumps tells less."""
        now = time.monotonic()
        if now - self._left[0] >= _ANEW and now - self.since >= _FIRST:
            self._left = (now, self._time_left(now))
        return self._left[1]

    def _time_left(self, now: float) -> str:
        waiting = self.total - self.done - len(self.running)
        ages = [now - began for began, _stage in list(self.running.values())]
        until = None if self.at_most is None else max(0.0, self.at_most - (now - self.since))
        seconds = time_left.seconds_left(list(self.took), ages, waiting, until)
        if seconds is None and self.took and self.running and not waiting:
            return _("only slow ones are left")
        return time_left.words(seconds)

    def count(self) -> list[str]:
        """How far it is, and how long it may still take."""
        seconds = round(time.monotonic() - self.since)
        if not self.begun:
            return [_("Looking at this network first, {seconds} s").format(seconds=seconds)]
        so_far = _("{done} of {total} measured, {seconds} s").format(
            done=self.done, total=self.total, seconds=seconds
        )
        left = self.left() if self.done < self.total else ""  # it is only looked at now and then
        return [part for part in (so_far, left) if part]

    def __rich_console__(
        self, console: "Console", options: "ConsoleOptions"
    ) -> Iterator["RenderableType"]:
        """The longest-running ones, as many as there is room for, and the count."""
        from rich.text import Text  # noqa: PLC0415 - only on a terminal

        now = time.monotonic()
        most = max(1, min(_SHOWN_RUNNING, console.height - _ROOM))
        running = sorted(self.running.items(), key=lambda item: item[1][0])
        rows = [
            f"  {now - began:4.0f} {_('s')}  {target(url, options.max_width // 2)}: {clean(stage, 80)}"
            for url, (began, stage) in running[:most]
        ]
        if len(running) > most:
            more = len(running) - most
            rows.append(
                "          " + ngettext("and {n} more", "and {n} more", more).format(n=more)
            )
        count = self.count()
        rows += ["; ".join(count)] if options.max_width >= _NARROW else count
        rows.append(_("Ctrl-C ends it, and keeps what is done"))
        yield Text("\n".join(rows), style="dim", overflow="ellipsis", no_wrap=True)


def row(event: TargetFinished, width: int) -> "Text":
    """A finished target, on one line of a terminal."""
    from rich.text import Text  # noqa: PLC0415 - only on a terminal

    v = event.measurement.verdict
    count = f"{event.done:>{len(str(event.total))}}/{event.total} "
    text = Text(count)
    status, says = _("not judged"), ""
    if v is not None:
        status, says = verdict_words.status(v.status), brief(v)
    column = verdict_words.widest(map(verdict_words.status, Status)) if width >= _NARROW else 0
    text.append(f"{status:<{column}} ", style="" if v is None else STYLES[v.status])
    room = width - text.cell_len - (len(says) + 2 if says else 0)
    if room < _LEAST:
        room, says = width - text.cell_len, ""  # the name before the reason
    text.append(target(event.measurement.input, room))
    return text.append(f": {says}" if says else "")


def target(url: str, cells: int) -> str:
    """A target as a person would write it, in so many columns, but never less than its name."""
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - only on a terminal

    plain = clean(url.removeprefix("https://"), _LONGEST)
    scheme = "http://" if plain.startswith("http://") else ""
    name, _, path = plain.removeprefix(scheme).partition("/")
    name = scheme + name
    if not path or cell_len(plain) <= cells:
        return plain if path else name
    return f"{set_cell_size(plain, max(cells - 1, cell_len(name))).rstrip()}…"


@contextmanager
def screen(at_most: float | None = None) -> Iterator[Listener]:
    """Standard error is a terminal: finished targets scroll, running ones stay below."""
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    board = Board(at_most)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Live(board, console=console, transient=True, redirect_stdout=False) as live:

        def listen(event: Event) -> None:
            board.note(event)
            if isinstance(event, TargetFinished):
                text = row(event, console.width)
                live.console.print(text, no_wrap=True, overflow="ellipsis")
                return
            says = told(event)
            if says is not None:
                live.console.print(Text(says[0], style=says[1]))

        yield listen


def plain_lines(at_most: float | None = None) -> Listener:
    """A terminal that cannot redraw, or a screen reader: whole lines, and now and then the time left."""
    board, tell = Board(at_most), quiet(silent=False, short=True)
    said = board.since

    def listen(event: Event) -> None:
        nonlocal said
        board.note(event)
        tell(event)
        now = time.monotonic()
        if isinstance(event, TargetFinished) and now - said >= _EVERY and event.done < event.total:
            said = now
            sys.stderr.write(f"{'; '.join(board.count())}\n")

    return listen
