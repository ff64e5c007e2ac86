"""What is told while a run goes (the texts: test_run)."""

import io
import itertools
import os
import signal

import pytest
from rich.cells import cell_len
from rich.console import Console

from measurements.schema.measurement import Place
from measurements.schema.verdict import Partial, Verdict
from measurements.schema.words import Layer, Mechanism, Status, Trigger
from measurements.verdict.summary_words import BY_THE_NETWORK
from probe.cli import progress
from probe.cli.brief import HOW, brief
from probe.cli.progress import Board, json_lines, place, plain_lines, row, screen, target, told
from probe.engine.progress import (
    EnvironmentChecked,
    RunStarted,
    TargetCouldNotRun,
    TargetFinished,
    TargetStage,
    TargetStarted,
)
from tests.unit.measurements.store.examples import a_measurement


def drawn(board: Board, width: int = 80, height: int = 24) -> str:
    """As text."""
    console = Console(width=width, height=height, file=io.StringIO())
    with console.capture() as capture:
        console.print(board)
    return capture.get()


def a_verdict(status: Status = Status.BLOCKED, **other: object) -> Verdict:
    """Of tls.timeout, where nothing else is said."""
    words = {"layer": Layer.TLS, "mechanism": Mechanism.TIMEOUT, **other}
    return Verdict(status=status, confidence=0.9, summary="s", rules_version=1, **words)  # type: ignore[arg-type]


def test_the_board_shows_what_runs() -> None:
    """The oldest eight, the others counted; finished ones go."""
    board = Board()
    board.note(RunStarted(run_id="r", total=12))
    for i in range(10):
        board.note(TargetStarted(input=f"https://{i}.example/\x1b"))
    board.note(TargetStage(input="https://0.example/\x1b", says="asking the control"))
    shown = drawn(board)
    assert "0.example/\\x1b: asking the control" in shown
    assert "and 2 more" in shown
    assert "0 of 12" in shown
    m = a_measurement(input="https://0.example/\x1b")
    board.note(TargetFinished(measurement=m, done=1, total=12))
    board.note(TargetCouldNotRun(input="https://1.example/\x1b", says="x", done=2, total=12))
    assert "2 of 12" in drawn(board)
    assert "0.example" not in drawn(board)


def test_nothing_is_counted_while_the_network_is_looked_at() -> None:
    """ "0 of 0" would be no news."""
    board = Board()
    assert "Looking at this network first, 0 s" in drawn(board)
    board.note(RunStarted(run_id="r", total=12))
    assert "of" not in drawn(board).split("Ctrl-C")[0]
    place = Place(asn=None)
    board.note(EnvironmentChecked(findings=(), place=place, resolver=place, usable=True))
    assert "0 of 12 measured" in drawn(board)
    assert "Looking" not in drawn(board)


def test_a_screen_is_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    """What finished stays; standard output is untouched."""
    with screen() as listen:
        listen(RunStarted(run_id="r", total=1))
        listen(TargetFinished(measurement=a_measurement(), done=1, total=1))
    captured = capsys.readouterr()
    assert "1/1 accessible   a.example" in captured.err
    assert "" == captured.out


def test_a_reader_that_left_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C does: cleanly."""
    sent: list[int] = []

    class Gone:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            return os.open(os.devnull, os.O_WRONLY)

    monkeypatch.setattr("sys.stdout", Gone())
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    json_lines(lambda _: None)(TargetFinished(measurement=a_measurement(), done=1, total=1))
    assert [signal.SIGINT] == sent


def test_small_things() -> None:
    """Unknown networks; measurements without a verdict; events that say nothing."""
    assert "an unknown network" == place(Place())
    assert "?? AS1" == place(Place(asn=1))
    finished = told(TargetFinished(measurement=a_measurement(verdict=None), done=1, total=1))
    assert ("[1/1] https://a.example/: not judged", "") == finished
    assert told(TargetStarted(input="x")) is None


def test_a_target_has_one_line() -> None:
    """However long its address is, in however wide letters; the name stays, at 40 columns too."""
    urls = ("https://a.example/", "http://b.example/" + "漢" * 300, f"https://{'c' * 60}.example/x")
    for url, width in itertools.product(urls, (40, 80, 120)):
        m = a_measurement(input=url, verdict=a_verdict())
        text = row(TargetFinished(measurement=m, done=3, total=40), width)
        console = Console(width=width, file=io.StringIO())
        with console.capture() as capture:
            console.print(text, no_wrap=True, overflow="ellipsis")
        (line,) = capture.get().splitlines()
        assert cell_len(line) <= width
        assert line.startswith(" 3/40 blocked ")
        assert url.removeprefix("https://").rstrip("/")[:20] in line
    assert " 3/40 blocked      a.example: goes silent once it is named" in row_of(a_verdict())
    assert " 3/40 accessible   a.example" == row_of(None, Status.ACCESSIBLE)


def row_of(verdict: Verdict | None, status: Status = Status.BLOCKED) -> str:
    """As text, at 80 columns."""
    verdict = verdict or a_verdict(status, layer=None, mechanism=None)
    m = a_measurement(input="https://a.example/", verdict=verdict)
    return row(TargetFinished(measurement=m, done=3, total=40), 80).plain


def test_a_target_as_a_person_writes_it() -> None:
    """https goes without saying, http does not; a path ends where the room does."""
    assert "a.example" == target("https://a.example/", 4)
    assert "http://a.example" == target("http://a.example/", 40)
    assert "a.example/b/" == target("https://a.example/b/", 40)
    assert "a.example/b…" == target("https://a.example/b/?u=http://c.example/", 12)
    assert "a.example…" == target("https://a.example/b/", 3)


def test_every_finding_has_a_few_words() -> None:
    """All that a summary can say, in a line; none is too long for 80 columns beside a name."""
    assert set(HOW) == set(BY_THE_NETWORK)
    assert max(map(len, HOW.values())) <= 40
    assert "encrypted connections are reset" == brief(
        a_verdict(mechanism=Mechanism.RESET, trigger=Trigger.IP)
    )
    touched = (Partial(layer=Layer.QUIC, mechanism=Mechanism.TIMEOUT, where="x"),)
    assert "opens; in part: quic timeout" == brief(a_verdict(Status.ACCESSIBLE, partial=touched))
    assert all(brief(a_verdict(s)) for s in Status if s is not Status.ACCESSIBLE)


def test_a_low_terminal_shows_the_count() -> None:
    """Fewer of those that run, never more rows than there are."""
    board = Board()
    board.note(RunStarted(run_id="r", total=90))
    for i in range(40):
        board.note(TargetStarted(input=f"https://{i}.example/"))
    for height in (8, 12, 24):
        shown = drawn(board, 40, height).splitlines()
        assert len(shown) < height
        assert "0 of 90 measured, 0 s" == shown[-2]


def test_the_time_left_is_told_when_something_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing at the start; then what the pace so far says; at the end that the slow ones are left."""
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    board = Board()
    board.note(RunStarted(run_id="r", total=200))
    assert "" == board.left()
    for i in range(20):
        board.note(TargetStarted(input=f"https://{i}.example/"))
        board.note(TargetStarted(input=f"https://{i}.example/next"))
        now += 1.0
        board.note(
            TargetFinished(
                measurement=a_measurement(input=f"https://{i}.example/"), done=i + 1, total=200
            )
        )
        assert not (i < 5 and board.left())
    assert "about" in drawn(board)
    assert "min left" in drawn(board)
    board.total = 40
    now += 300
    assert "only slow ones are left" == board.left()
    assert "only slow ones are left" in drawn(board)
    board.done = 40
    assert "only slow ones are left" not in drawn(board)
    limited = Board(at_most=25.0)
    limited.since, limited.total, limited.took = 1000.0, 10_000, board.took
    limited.running = {"a": (now, "")}
    assert "less than a minute left" == limited.left()


def test_a_terminal_that_cannot_redraw_gets_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And now and then how far it is."""
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    listen = plain_lines()
    listen(RunStarted(run_id="r", total=2))
    for done in (1, 2):
        listen(TargetFinished(measurement=a_measurement(), done=done, total=2))
    told_ = capsys.readouterr().err
    assert ["[1/2]", "1 of 2 measured, 0 s", "[2/2]"] == [
        line.split(" acc")[0] for line in told_.splitlines()
    ]
    assert "\x1b" not in told_
