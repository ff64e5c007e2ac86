"""`anyqta consent`, and the question that `run` asks once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from probe.cli.options import Home
from probe.cli.plainly import NO_CONSENT, plainly, stop

if TYPE_CHECKING:
    from probe.consent.record import Sharing

ALONE = (
    "Also publish when nobody else measured on my network that day, or nobody else that site: your"
    " provider may guess who measured."
)

app = typer.Typer(help="Read the risks; say yes, or take the yes back.")


@app.callback(invoke_without_command=True)
def consent(context: typer.Context) -> None:
    """Read the risks; say yes, or take the yes back. Alone it is `consent show`."""
    if context.invoked_subcommand is None:
        show(home=None)


@app.command()
@plainly
def show(home: Home = None) -> None:
    """Show the risks, and whether you have agreed to them."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds, text_body, text_version  # noqa: PLC0415

    risks = homes.risks()
    typer.echo(text_body(risks))
    given = homes.consent(homes.folder(home))
    if given is None:
        typer.echo("You have not agreed to this; nothing is sent. To agree: anyqta consent give")
    elif holds(given, risks):
        typer.echo(f"You agreed to this (version {given.version}) on {given.given_at}.")
    else:
        typer.echo(
            f"You agreed to version {given.version} on {given.given_at}; this is version"
            f" {text_version(risks)}: you will be asked again. To agree: anyqta consent give"
        )
    typer.echo(_about_sharing(homes.sharing(homes.folder(home))))


@app.command()
@plainly
def give(
    home: Home = None,
    *,
    yes: bool = typer.Option(False, "--yes", help="Agree without being asked."),
) -> None:
    """Read the risks and agree to them, for all runs from now on."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    folder = homes.folder(home)
    if not yes and not ask():
        stop("you did not agree; nothing is sent", NO_CONSENT)
    given = homes.give_consent(folder)
    typer.echo(
        f"Stored: you agree to version {given.version}. To take it back: anyqta consent withdraw"
    )


@app.command()
@plainly
def withdraw(home: Home = None) -> None:
    """Take the agreement back: nothing is sent any more."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    if homes.withdraw_consent(homes.folder(home)):
        typer.echo("Withdrawn. Nothing is sent until you agree again. Your results are still here.")
    else:
        typer.echo("There was no agreement to take back; nothing is sent.")


@app.command()
@plainly
def share(
    home: Home = None,
    *,
    bodies: bool = typer.Option(False, "--bodies", help="Share the pages themselves as well."),
    alone: bool = typer.Option(False, "--alone", help=ALONE),
    yes: bool = typer.Option(False, "--yes", help="Agree without being asked."),
) -> None:
    """Read what sharing means and agree to it: uploads are then allowed. Apart from measuring."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds, sharing_body  # noqa: PLC0415

    folder = homes.folder(home)
    if not holds(homes.consent(folder), homes.risks()):
        stop(
            "sharing comes after measuring, and you have not agreed to that; nothing is sent.\n"
            "First: anyqta consent give",
            NO_CONSENT,
        )
    if not yes and not _typed_yes(sharing_body(homes.risks()) + _also(bodies=bodies, alone=alone)):
        stop("you did not agree to share; nothing is uploaded", NO_CONSENT)
    homes.share(folder, bodies=bodies, alone=alone)
    says = "Stored: you share what you measure" + (", with the pages" if bodies else "")
    says += ", published also where you are alone." if alone else "."
    typer.echo(f"{says} To take it back: anyqta consent unshare")


@app.command()
@plainly
def unshare(home: Home = None) -> None:
    """Stop sharing: nothing is uploaded any more. Measuring goes on."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    if homes.unshare(homes.folder(home)):
        typer.echo(
            "Taken back. Nothing is uploaded any more. What was uploaded stays at the collector;"
            " to have it deleted: anyqta withdraw"
        )
    else:
        typer.echo("You did not share; nothing is uploaded.")


def _about_sharing(sharing: "Sharing | None") -> str:
    if sharing is None:
        return (
            "You do not share what you measure; nothing is uploaded. To share: anyqta consent share"
        )
    pages = "with the pages" if sharing.bodies else "without the pages"
    alone = ", published also where you are alone" if sharing.alone else ""
    return (
        f"You share what you measure, {pages}{alone}, since {sharing.since}."
        " To stop: anyqta consent unshare"
    )


def _also(*, bodies: bool, alone: bool) -> str:
    text = "\nYou asked for --bodies: the pages themselves are sent too.\n" if bodies else ""
    return f"{text}\nYou asked for --alone: {ALONE}\n" if alone else text


def ask() -> bool:
    """Show the text and wait for a typed yes. Without a terminal the answer is no."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import text_body  # noqa: PLC0415

    return _typed_yes(text_body(homes.risks()))


def _typed_yes(text: str) -> bool:
    from probe.consent.record import YES  # noqa: PLC0415 - lazily

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    typer.echo(text, err=True)
    typer.echo(f"Type {YES} to agree, anything else to stop: ", err=True, nl=False)
    return sys.stdin.readline().strip().lower() == YES


def require(folder: Path, *, yes: bool) -> None:
    """Go on only with consent: for this run (--yes), stored, or given now."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds  # noqa: PLC0415

    if yes or holds(homes.consent(folder), homes.risks()):
        return
    if ask():
        homes.give_consent(folder)
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        stop("you did not agree, so nothing was sent.", NO_CONSENT)
    stop(
        "measuring has risks that you have to agree to first; nothing was sent.\n"
        "Read them with `anyqta consent show`, agree with `anyqta consent give`,"
        " or agree for this run with --yes.",
        NO_CONSENT,
    )
