"""`anyqta consent`, and the question that `run` asks once."""

import sys
from pathlib import Path

import typer

from probe.cli.options import Home
from probe.cli.plainly import NO_CONSENT, plainly, stop

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


def ask() -> bool:
    """Show the text and wait for a typed yes. Without a terminal the answer is no."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import YES, text_body  # noqa: PLC0415

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    typer.echo(text_body(homes.risks()), err=True)
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
