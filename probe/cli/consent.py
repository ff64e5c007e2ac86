"""`anyqta consent`, and the question that `run` asks once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from probe.cli import asking
from probe.cli.options import Home
from probe.cli.plainly import NO_CONSENT, plainly, stop
from probe.words import N_, _, told

if TYPE_CHECKING:
    from probe.consent.choices import Choices
    from probe.consent.record import Sharing

ALONE = N_(
    "Also publish when nobody else measured on my network that day, or nobody else that site: your"
    " provider may guess who measured."
)
Sites = Annotated[
    str | None,
    typer.Option(
        help="Sites of lists: plain, or political (news, rights, politics, tools; plain ones too).",
        metavar="KIND",
    ),
]
Category = Annotated[
    list[str] | None,
    typer.Option(help="Sensitive categories to include, as LGBT,REL; or none.", metavar="CODE,…"),
]
TriesOption = Annotated[
    str | None, typer.Option("--tries", help="How far: visit, again, or all.", metavar="HOW")
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree without being asked.")]

app = typer.Typer(help="Read the risks; say yes, choose, or take the yes back.")


@app.callback(invoke_without_command=True)
def consent(context: typer.Context) -> None:
    """Read the risks; say yes, choose, or take the yes back. Alone it is `consent show`."""
    if context.invoked_subcommand is None:
        show(home=None)


@app.command()
@plainly
def show(home: Home = None) -> None:
    """Show the risks, whether you have agreed to them, and what you chose."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.consent_words import summary  # noqa: PLC0415
    from probe.consent.record import holds, text_body, text_version  # noqa: PLC0415

    risks = homes.risks()
    typer.echo(text_body(homes.risks_shown()))
    given = homes.consent(homes.folder(home))
    if given is None:
        typer.echo(_("You have not agreed to this; nothing is sent. To agree: anyqta consent give"))
    elif holds(given, risks):
        says = _("You agreed to this (version {version}) on {date}.")
        typer.echo(says.format(version=given.version, date=given.given_at))
        typer.echo("\n".join(summary(given.choices)))
        typer.echo(_("To choose otherwise: anyqta consent choose"))
    else:
        says = _(
            "You agreed to version {old} on {date}; this is version {new}: you will be asked again. To agree:"
            " anyqta consent give"
        )
        new = text_version(risks)
        typer.echo(says.format(old=given.version, date=given.given_at, new=new))
    typer.echo(_about_sharing(homes.sharing(homes.folder(home))))


@app.command()
@plainly
def give(
    home: Home = None,
    *,
    sites: Sites = None,
    category: Category = None,
    tries: TriesOption = None,
    yes: Yes = False,
) -> None:
    """Read the risks and agree to them, for all runs from now on; choose what may be measured.

    With --yes: news and politics too, all tries, nothing sensitive, unless options say otherwise.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.first_start import ask  # noqa: PLC0415
    from probe.consent.choices import DEFAULT  # noqa: PLC0415

    folder = homes.folder(home)
    asked = (sites, category, tries)
    if not yes:
        if any(word is not None for word in asked):
            raise typer.BadParameter(_("--sites, --category and --tries need --yes"))
        if ask(folder) is None:
            _not_agreed(folder)
    else:
        chosen = _chosen(homes.choices(folder) or DEFAULT, *asked)
        homes.give_consent(folder, chosen)
    given = homes.consent(folder)
    version = given.version if given is not None else 0
    says = _("Stored: you agree to version {version}. To take it back: anyqta consent withdraw")
    typer.echo(says.format(version=version))


def _not_agreed(folder: Path) -> NoReturn:
    from probe import home as homes  # noqa: PLC0415 - lazily

    if homes.choices(folder) is None:
        stop(_("you did not agree; nothing is sent"), NO_CONSENT)
    stop(
        _("nothing was changed: what you agreed to before holds.")
        + "\n"
        + _("To take it back: anyqta consent withdraw"),
        NO_CONSENT,
    )


@app.command()
@plainly
def choose(
    home: Home = None, *, sites: Sites = None, category: Category = None, tries: TriesOption = None
) -> None:
    """Choose anew which kinds of sites of lists are measured, and how far.

    Without options it asks.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli import consent_words, first_start  # noqa: PLC0415

    folder = homes.folder(home)
    before = homes.choices(folder)
    if before is None:
        stop(
            _("choosing comes after agreeing, and you have not agreed.")
            + "\n"
            + _("First: anyqta consent give"),
            NO_CONSENT,
        )
    asked = (sites, category, tries)
    if all(word is None for word in asked):
        if not asking.can_ask():
            raise typer.BadParameter(
                _("nobody can be asked here; give --sites, --category or --tries")
            )
        try:
            chosen = first_start.choose(before)
        except asking.Refused:
            stop(_("nothing was changed"))
    else:
        chosen = _chosen(before, *asked)
    homes.choose(folder, chosen)
    typer.echo(_("Stored:"))
    typer.echo("\n".join(consent_words.summary(chosen)))


def _chosen(
    before: "Choices", sites: str | None, category: list[str] | None, tries: str | None
) -> "Choices":
    from probe.cli.first_start import with_options  # noqa: PLC0415 - lazily
    from probe.consent.choices import ChoicesError  # noqa: PLC0415

    try:
        return with_options(before, sites, category, tries)
    except ChoicesError as exc:
        raise typer.BadParameter(str(exc)) from exc


@app.command()
@plainly
def withdraw(home: Home = None) -> None:
    """Take the agreement back: nothing is sent any more."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    if homes.withdraw_consent(homes.folder(home)):
        typer.echo(
            _("Withdrawn. Nothing is sent until you agree again. Your results are still here.")
        )
    else:
        typer.echo(_("There was no agreement to take back; nothing is sent."))


@app.command()
@plainly
def share(
    home: Home = None,
    *,
    bodies: bool = typer.Option(False, "--bodies", help="Share the pages themselves as well."),
    alone: bool = typer.Option(False, "--alone", help=ALONE),
    yes: Yes = False,
) -> None:
    """Read what sharing means and agree to it: uploads are then allowed. Apart from measuring."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds, sharing_body  # noqa: PLC0415

    folder = homes.folder(home)
    if not holds(homes.consent(folder), homes.risks()):
        stop(
            _("sharing comes after measuring, and you have not agreed to that; nothing is sent.")
            + "\n"
            + _("First: anyqta consent give"),
            NO_CONSENT,
        )
    if not yes and not _typed_yes(
        sharing_body(homes.risks_shown()) + _also(bodies=bodies, alone=alone)
    ):
        stop(_("you did not agree to share; nothing is uploaded"), NO_CONSENT)
    homes.share(folder, bodies=bodies, alone=alone)
    typer.echo(" ".join(_shared(bodies=bodies, alone=alone)))
    typer.echo(_("To take it back: anyqta consent unshare"))


@app.command()
@plainly
def unshare(home: Home = None) -> None:
    """Stop sharing: nothing is uploaded any more. Measuring goes on."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    if homes.unshare(homes.folder(home)):
        typer.echo(
            _(
                "Taken back. Nothing is uploaded any more. What was uploaded stays at the collector; to have it"
                " deleted: anyqta withdraw"
            )
        )
    else:
        typer.echo(_("You did not share; nothing is uploaded."))


def _about_sharing(sharing: "Sharing | None") -> str:
    if sharing is None:
        return _(
            "You do not share what you measure; nothing is uploaded. To share: anyqta consent share"
        )
    since = _("Since {date}. To stop: anyqta consent unshare").format(date=sharing.since)
    return " ".join((*_shared(bodies=sharing.bodies, alone=sharing.alone), since))


def _shared(*, bodies: bool, alone: bool) -> list[str]:
    """What is shared, in sentences."""
    with_pages = _("You share what you measure, with the pages.")
    says = [with_pages if bodies else _("You share what you measure, without the pages.")]
    if alone:
        says.append(_("It is published also where you are alone."))
    return says


def _also(*, bodies: bool, alone: bool) -> str:
    says = [_("You asked for --bodies: the pages themselves are sent too.")] if bodies else []
    if alone:
        says.append(_("You asked for --alone: {what}").format(what=told(ALONE)))
    return "".join(f"\n{line}\n" for line in says)


def _typed_yes(text: str) -> bool:
    """Show it and wait for a typed yes. Without a terminal the answer is no."""
    from probe.cli.consent_words import yes_words  # noqa: PLC0415 - lazily

    if not asking.can_ask():
        return False
    asking.tell(text)
    try:
        return asking.answer(_("Type yes to agree, anything else to stop:")) in yes_words()
    except asking.Refused:
        return False


def require(folder: Path, *, yes: bool) -> "Choices":
    """Go on only with consent: stored, for this run (--yes), or given now. What it is to.

    What is stored holds with --yes too: that stands in for a yes, not for other choices.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.first_start import ask  # noqa: PLC0415
    from probe.consent.choices import DEFAULT  # noqa: PLC0415

    stored = homes.choices(folder)
    if stored is not None:
        return stored
    if yes:
        return DEFAULT
    given = ask(folder)
    if given is not None:
        return given
    if asking.can_ask():
        stop(_("you did not agree, so nothing was sent."), NO_CONSENT)
    stop(unasked(), NO_CONSENT)


def unasked() -> str:
    """Why nothing happens where nobody can be asked, and what to do."""
    return "\n".join(
        (
            _("measuring has risks that you have to agree to first; nothing was sent."),
            _(
                "Read them with `anyqta consent show`, agree with `anyqta consent give`, or agree for this run"
                " with --yes."
            ),
        )
    )
