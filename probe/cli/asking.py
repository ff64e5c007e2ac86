"""Asking somebody at a terminal; where nobody sits there, there is no answer."""

import os
import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import TypeVar

import typer

from probe.words import _

_TYPED = 4  # columns that stay free behind a question
_BELOW = 4  # rows for what stands below a page: the question, or how to read on
_LEAST_ROWS = 6

T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - a decision, no error
    """No more answers: the input ended, or they stopped."""


def can_ask() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tell(text: str = "") -> None:
    """Our own words, on standard error, in the terminal's width."""
    typer.echo("\n".join(plain(text, width())), err=True)


def read_through(text: str, rows: int | None = None) -> None:
    """The same a screen at a time: what scrolled away before the question was read by nobody.

    A typed no ends it. `rows`: the terminal's, where it tells none.
    """
    from probe.cli.consent_words import no_words  # noqa: PLC0415 - lazily

    size = _terminal()
    rows = size.lines if size is not None else rows
    pages = screens(plain(text, width()), rows)
    for number, lines in enumerate(pages, 1):
        typer.echo("\n".join(lines), err=True)
        if number < len(pages) and answer(_("Press Enter to read on. (no: stop)")) in no_words():
            raise Refused


def screens(lines: list[str], rows: int | None) -> list[list[str]]:
    """In pieces that fit, parted where something new begins. `rows` None: nobody knows, so one."""
    if rows is None:
        return [lines]
    most, out = max(rows - _BELOW, _LEAST_ROWS), []
    while len(lines) > most:
        ends = (n for n in range(most, most // 2, -1) if not lines[n] or lines[n].startswith("- "))
        end = next(ends, most)
        out.append(lines[:end])
        lines = lines[end:] if lines[end] else lines[end + 1 :]
    return [*out, lines]


def offer(number: int, text: str) -> None:
    """One of several to choose from."""
    indent = "   "
    lines = textwrap.wrap(text, width() - len(indent), break_on_hyphens=False)
    typer.echo(f"{number}  " + f"\n{indent}".join(lines), err=True)


def plain(text: str, width: int) -> list[str]:
    """A text file of ours for a terminal: no marks of Markdown, headings underlined."""
    from probe.cli.sharing import folded  # noqa: PLC0415 - lazily

    out: list[str] = []
    for line in folded(text.replace("**", ""), width):
        heading = line.lstrip("#").strip()
        out += [line] if not line.startswith("#") else [heading, "-" * len(heading)]
    return out


def wrapped(text: str) -> str:
    """Each line of it, with room for an answer behind the last."""
    most = max(width() - _TYPED, 20)
    lines = (
        textwrap.wrap(line, most, break_on_hyphens=False, break_long_words=False) or [""]
        for line in text.splitlines()
    )
    return "\n".join(row for rows in lines for row in rows)


def width() -> int:
    """Of the terminal that is written on: standard output may be a file meanwhile."""
    size = _terminal()
    fallback = (size.columns, size.lines) if size is not None else (80, 24)
    return min(shutil.get_terminal_size(fallback).columns, 100)


def _terminal() -> os.terminal_size | None:
    """Standard error's, or where one types."""
    for stream in (sys.stderr, sys.stdin):
        try:
            size = os.get_terminal_size(stream.fileno())
        except (AttributeError, OSError, ValueError):
            continue
        if size.columns and size.lines:
            return size
    return None


def answer(prompt: str) -> str:
    """A line, lower case; Refused where the input ends."""
    typer.echo(f"{wrapped(prompt)} ", err=True, nl=False)
    line = sys.stdin.readline()
    if not line:
        typer.echo("", err=True)
        raise Refused
    return line.strip().lower()


def until(prompt: str, understood: Callable[[str], T | None], again: str) -> T:
    """Ask until the answer is understood: Enter alone is none unless `understood` says so."""
    while True:
        found = understood(answer(prompt))
        if found is not None:
            return found
        tell(again)
