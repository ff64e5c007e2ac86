"""`anyqta show`: the story of one measurement, or all of it as OONI's document."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import plainly
from probe.words import N_, _, told

if TYPE_CHECKING:
    from probe.cli.page import Page
    from probe.home import ParcelState


@plainly
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="UID", help="The uid, or its beginning; `last`; or a URL, for its newest."
        ),
    ] = "last",
    *,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Tell what was found and why: verdict, evidence, and what each step saw."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    folder = homes.folder(home)
    m = homes.load(folder, name)
    if as_json:
        import json  # noqa: PLC0415 - lazily

        from measurements.schema.codec import to_document  # noqa: PLC0415

        typer.echo(json.dumps(to_document(m), ensure_ascii=True, indent=2))
        return
    from probe.cli.story import story  # noqa: PLC0415 - lazily

    page = story(m, homes.describe_certificate)
    _sharing(page, homes.upload_states(folder, m.measurement_uid))
    _print(page)


_STATES = {
    "waiting": N_("waits to be sent"),
    "sent": N_("sent; not answered yet, so it will be sent again"),
    "accepted": N_("accepted"),
    "duplicate": N_("it has it (sent more than once, kept once)"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
}


def _sharing(page: "Page", states: "list[ParcelState]") -> None:
    """Nothing where it was never to go anywhere."""
    if not states:
        return
    page.head(_("Sharing"))
    for one in states:
        page.add(f"{one.url}: {told(_STATES[one.state])}")
        if one.says:
            page.add(told(one.says), indent=4)
        if one.next_attempt_at and one.state in {"waiting", "sent"}:
            page.add(_("tried again after {moment}").format(moment=one.next_attempt_at), indent=4)


def _print(page: "Page") -> None:
    import os  # noqa: PLC0415 - lazily
    import shutil  # noqa: PLC0415

    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    typer.echo("\n".join(page.render(width, coloured=coloured)))
