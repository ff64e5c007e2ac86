"""What `anyqta collector …` commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from probe.cli.plainly import stop

Db: TypeAlias = Annotated[
    Path, typer.Option("--db", help="The collector's database.", metavar="FILE")
]


def full(path: Path) -> Path:
    """As the wiring wants it."""
    return path.expanduser().absolute()


def number(count: int, what: str) -> str:
    """One thing, two things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


@contextmanager
def told() -> Iterator[None]:
    """An OperatorError inside ends the command with its words."""
    from probe.wiring.collector import OperatorError  # noqa: PLC0415 - lazily

    try:
        yield
    except OperatorError as exc:
        stop(str(exc))
