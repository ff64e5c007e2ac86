"""Asking somebody at a terminal; where nobody sits there, there is no answer."""

import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import TypeVar

import typer

T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - a decision, no error
    """No more answers: the input ended, or they stopped."""


def can_ask() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tell(text: str = "") -> None:
    """Our own words, on standard error, in the terminal's width."""
    typer.echo("\n".join(plain(text, _width())), err=True)


def offer(number: int, text: str) -> None:
    """One of several to choose from."""
    indent = "   "
    lines = textwrap.wrap(text, _width() - len(indent), break_on_hyphens=False)
    typer.echo(f"{number}  " + f"\n{indent}".join(lines), err=True)


def plain(text: str, width: int) -> list[str]:
    """A text file of ours for a terminal: no marks of Markdown, headings underlined."""
    from probe.cli.sharing import folded  # noqa: PLC0415 - lazily

    out: list[str] = []
    for line in folded(text.replace("**", ""), width):
        heading = line.lstrip("#").strip()
        out += [line] if not line.startswith("#") else [heading, "-" * len(heading)]
    return out


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def answer(prompt: str) -> str:
    """A line, lower case; Refused where the input ends."""
    typer.echo(f"{prompt} ", err=True, nl=False)
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
