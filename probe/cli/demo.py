"""`anyqta demo`: a pretend Internet with a pretend censor, measured for real."""

import sys
from typing import Annotated

import typer

from probe.cli.options import AsJson, Home
from probe.cli.plainly import plainly
from probe.words import _

UNWATCHED_SECONDS = 30.0


@plainly
def demo(
    home: Home = None,
    *,
    explore: Annotated[bool, typer.Option(help="Open the results in a browser afterwards.")] = True,
    as_json: AsJson = False,
) -> None:
    """Measure a pretend Internet on this computer. Nothing leaves it; no root is needed.

    The results go into the folder `demo` of your home folder, apart from your own.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.explore import serve  # noqa: PLC0415
    from probe.cli.run import finish, listening  # noqa: PLC0415
    from probe.engine.request import DemoRequest  # noqa: PLC0415
    from probe.wiring import measure as wiring  # noqa: PLC0415

    folder = homes.folder(home) / "demo"
    homes.make(folder)
    with listening(as_json=as_json) as listener:
        report = wiring.demo(DemoRequest(home=folder), listener)
    again = _("Once more: {command}").format(command="anyqta demo")
    status = finish(report, folder, as_json=as_json, again=again)
    if status or report.interrupted or as_json or not explore:
        raise typer.Exit(status)
    # Nobody is there to press Ctrl-C where the output goes to a file or a pipe.
    watched = sys.stdin.isatty() and sys.stderr.isatty()
    serve(folder, port=0, open_browser=True, seconds=None if watched else UNWATCHED_SECONDS)
