"""`anyqta site`: the observatory's pages, taken along."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli import options
from probe.cli.plainly import plainly, say, stop
from probe.cli.snapshot import Database

app = typer.Typer(help="The observatory's pages, to take along.", no_args_is_help=True)


@app.callback()
def site() -> None:
    """The observatory's pages, to take along."""


@app.command()
@plainly
def mirror(
    out: Annotated[Path, typer.Argument(help="The folder to make. It must not exist yet.")],
    *,
    db: Database = None,
    home: options.Home = None,
) -> None:
    """Write the site as files: for a memory stick, GitHub Pages, or wherever it is blocked.

    Every page, in each language, and the feeds; nothing in it needs a server. The same file gives
    the same bytes. Only a file that was made to be published is taken.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import mirror as wiring  # noqa: PLC0415

    source = db or homes.database(homes.folder(home))
    if not source.exists():
        stop(f"the database {source} does not exist")
    try:
        made = wiring.mirror(source, out, say=lambda text: say(f"{text}…"))
    except wiring.SnapshotError as exc:
        stop(str(exc))
    say(f"{made.pages} files, {made.bytes / 1e6:.1f} MB: open {out / 'index.html'}")
    if made.left_out:
        say(f"Left out, because they need a server: {', '.join(sorted(made.left_out))}.")
