"""What is told while a run goes (the texts: test_run)."""

import os
import signal

import pytest
from rich.console import Console

from measurements.schema.measurement import Place
from probe.cli.progress import Board, json_lines, place, screen, told
from probe.engine.progress import (
    RunStarted,
    TargetCouldNotRun,
    TargetFinished,
    TargetStage,
    TargetStarted,
)
from tests.unit.measurements.store.examples import a_measurement


def drawn(board: Board) -> str:
    """As text."""
    console = Console(width=80, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    with console.capture() as capture:
        console.print(board)
    console.file.close()
    return capture.get()


def test_the_board_shows_what_runs() -> None:
    """The oldest eight, the others counted; finished ones go."""
    board = Board()
    board.note(RunStarted(run_id="r", total=12))
    for i in range(10):
        board.note(TargetStarted(input=f"https://{i}.example/\x1b"))
    board.note(TargetStage(input="https://0.example/\x1b", says="asking the control"))
    shown = drawn(board)
    assert "https://0.example/\\x1b: asking the control" in shown
    assert "and 2 more" in shown
    assert "0 of 12" in shown
    m = a_measurement(input="https://0.example/\x1b")
    board.note(TargetFinished(measurement=m, done=1, total=12))
    board.note(TargetCouldNotRun(input="https://1.example/\x1b", says="x", done=2, total=12))
    assert "2 of 12" in drawn(board)
    assert "0.example" not in drawn(board)


def test_a_screen_is_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    """What finished stays; standard output is untouched."""
    with screen() as listen:
        listen(RunStarted(run_id="r", total=1))
        listen(TargetFinished(measurement=a_measurement(), done=1, total=1))
    captured = capsys.readouterr()
    assert "It is accessible." in captured.err
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
