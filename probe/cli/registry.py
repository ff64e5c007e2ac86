"""`anyqta registry`: a state registry's entries, beside what was measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import FAILED, plainly, say, stop
from probe.cli.snapshot import Database, day

if TYPE_CHECKING:
    from probe.wiring.snapshot import BadLine


@plainly
def registry(
    file: Annotated[Path, typer.Argument(help="JSON of www.gov.kz/banned_sites, or JSON lines.")],
    *,
    date: Annotated[
        str | None,
        typer.Option(help="The day on which it was copied. Default: today, UTC.", metavar="DAY"),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="It is all of the registry: what it lacks is listed no more."),
    ] = False,
    db: Database = None,
    home: options.Home = None,
) -> None:
    """Store a copy of Kazakhstan's registry of restricted sites. A bad row is told and skipped.

    An entry claims that there is an order; it does not say what networks do. The same copy twice
    changes nothing, and copies may come in any order.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import snapshot as wiring  # noqa: PLC0415

    named = day(date)
    if not file.is_file():
        stop(f"{file} does not exist")
    bad = 0

    def told(row: "BadLine") -> None:
        nonlocal bad
        bad += 1
        say(f"{row.file}:{row.line}: {row.reason}; skipped")

    target = db or homes.database(homes.folder(home))
    copied_on = named or wiring.today()
    done = wiring.import_registry(target, file, day=copied_on, whole=whole, on_bad=told)
    good = done.new + done.changed + done.known
    say(
        f"{done.new} entries are new, {done.changed} changed, {done.known} were here already,"
        f" {done.vanished} are listed no more, {bad} skipped."
    )
    if bad and not good:
        raise typer.Exit(FAILED)
