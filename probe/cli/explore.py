"""`anyqta explore`: Datasette on one's own results, on this computer only."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.options import Home
from probe.cli.plainly import plainly, stop
from probe.words import _, told


@plainly
def explore(
    *,
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.", max=65535)
    ] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open a browser, if there is a display.")
    ] = True,
    home: Home = None,
) -> None:
    """Look at the results in a browser (Datasette, read-only), until Ctrl-C."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    serve(homes.folder(home), port=port, open_browser=open_browser)


def serve(folder: Path, *, port: int, open_browser: bool, seconds: float | None = None) -> None:
    """Serve until interrupted, or for so many seconds."""
    from probe import explorer  # noqa: PLC0415
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import site as wiring  # noqa: PLC0415

    if not homes.database(folder).exists():
        stop(_("nothing has been measured yet; try: anyqta run URL"))
    homes.open_store(folder, read_only=True).close()  # what is wrong with it is told before
    wiring.bring_up_to_date(homes.database(folder))
    try:
        explorer.serve(
            homes.database(folder),
            port=port,
            open_browser=open_browser,
            say=_say,
            seconds=seconds,
        )
    except explorer.ExplorerError as exc:
        stop(str(exc))


def _say(text: str) -> None:
    typer.echo(told(text), err=True)
