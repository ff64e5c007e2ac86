"""`anyqta collector quarantine …`: what strangers sent and nobody supports yet."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli import options
from probe.cli.clean import clean
from probe.cli.operator_words import Db, full, number, told
from probe.cli.plainly import plainly, say, stop

if TYPE_CHECKING:
    from probe.wiring.collector import ClaimRow, Picked

app = typer.Typer(
    help="What strangers sent and nobody supports yet: look, release, drop.", no_args_is_help=True
)

Uids = Annotated[list[str] | None, typer.Argument(help="measurement_uids.", metavar="UID")]
Url = Annotated[str | None, typer.Option("--url", help="Only of this URL.", metavar="URL")]
Asn = Annotated[int | None, typer.Option("--asn", help="Only of this network.", metavar="N")]
Status = Annotated[
    str | None, typer.Option("--status", help="Only with this status.", metavar="STATUS")
]
All = Annotated[bool, typer.Option("--all", help="All that wait.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
@plainly
def list_(
    *,
    db: Db,
    url: Url = None,
    asn: Asn = None,
    status: Status = None,
    limit: Annotated[int, typer.Option(help="At most so many claims.", min=1, metavar="N")] = 50,
    as_json: options.AsJson = False,
) -> None:
    """What waits, a line for each claim: where, what, how many measurements of how many senders.

    OONI's protocol knows no senders: what came by it has 0.
    """
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    picked = wiring.Picked(url=url, asn=asn, status=status)
    with told():
        rows, total = wiring.quarantined(full(db), picked, limit=limit)
    for row in rows:
        typer.echo(json.dumps(_fields(row)) if as_json else _claim(row))
    shown = sum(row.measurements for row in rows)
    say(f"{number(total, 'measurement')} in quarantine, {shown} of them shown here.")


def _fields(row: "ClaimRow") -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _claim(row: "ClaimRow") -> str:
    what = "/".join(word for word in (row.status, row.layer, row.mechanism) if word) or "not judged"
    days = row.first_day if row.first_day == row.last_day else f"{row.first_day} … {row.last_day}"
    senders = number(row.senders, "sender")
    return (
        f"{what}  {clean(row.url, 200)}\n"
        f"    AS{row.asn}, {number(row.measurements, 'measurement')}, {senders}, {days}"
    )


def _picked(uids: list[str] | None, *, every: bool, **only: Any) -> "Picked":  # noqa: ANN401
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    if not uids and not every and all(value is None for value in only.values()):
        raise typer.BadParameter("name what: UIDs, --url, --asn, --status, or --all")
    return wiring.Picked(uids=tuple(uids or ()), **only)


@app.command()
@plainly
def release(
    uids: Uids = None,
    *,
    db: Db,
    url: Url = None,
    asn: Asn = None,
    status: Status = None,
    every: All = False,
) -> None:
    """Show these to everybody, in your name."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    picked = _picked(uids, every=every, url=url, asn=asn, status=status)
    with told():
        count = wiring.release(full(db), picked)
    _done(count, "released")


@app.command()
@plainly
def drop(  # noqa: PLR0913 - one option each
    uids: Uids = None,
    *,
    db: Db,
    url: Url = None,
    asn: Asn = None,
    status: Status = None,
    every: All = False,
    yes: Yes = False,
) -> None:
    """Delete these for good. What was released is not touched."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    picked = _picked(uids, every=every, url=url, asn=asn, status=status)
    if not yes:
        typer.confirm("They cannot be had back. Delete them?", abort=True, err=True)
    with told():
        count = wiring.drop(full(db), picked)
    _done(count, "deleted")


def _done(count: int, what: str) -> None:
    if not count:
        stop("nothing in quarantine is like that; see: anyqta collector quarantine list")
    say(f"{number(count, 'measurement')} {what}.")
