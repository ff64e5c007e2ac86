"""Options that several commands share, and how their values are checked."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from measurements.schema.words import Status

Home: TypeAlias = Annotated[
    Path | None,
    typer.Option(  # not readable: `home.folder` tells what to do
        help="Folder with the results and settings. [ANYQTA_HOME]", metavar="DIR", readable=False
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Statuses: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Only these: accessible, blocked, throttled, …", metavar="STATUS"),
]
UrlPart: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="Only URLs that contain this.", metavar="TEXT")
]
Run: TypeAlias = Annotated[
    str | None, typer.Option("--run", help="Only this run (or the beginning of its id).")
]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Only since then: 2026-11-23, 2026-11-23T06:00, or 7d, 12h.", metavar="WHEN"),
]
Until: TypeAlias = Annotated[
    str | None, typer.Option(help="Only before then; as --since.", metavar="WHEN")
]
Limit: TypeAlias = Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)]

_AGO = re.compile(r"([0-9]{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d)?)?Z?)?)?)?")


def statuses(values: list[str] | None) -> tuple[str, ...]:
    """Checked words of the contract, from one or more options, each maybe a comma list."""
    words = [word.strip() for value in values or () for word in value.split(",") if word.strip()]
    known = [status.value for status in Status]
    for word in words:
        if word not in known:
            raise typer.BadParameter(f"{word!r} is no status; there is: {', '.join(known)}")
    return tuple(words)


def moment(value: str | None) -> str | None:
    """A beginning of an ISO 8601 UTC time, or so long ago."""
    if value is None:
        return None
    if ago := _AGO.fullmatch(value):
        from probe import home  # noqa: PLC0415 - only where a clock is needed

        try:
            then = home.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            return "0001"
        return f"{then:%Y-%m-%dT%H:%M:%SZ}"
    if _MOMENT.fullmatch(value):
        return value.replace(" ", "T")
    raise typer.BadParameter(f"{value!r} is no time; write 2026-11-23, 2026-11-23T06:00, 7d or 12h")
