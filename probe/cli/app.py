"""The commands, put together. Each group's module is small to import: `--help` must be quick."""

import sys

import typer

from probe import words
from probe.cli import (
    collector,
    completion,
    consent,
    demo,
    doctor,
    exchange,
    explore,
    language,
    lists,
    manual,
    prune,
    registry,
    results,
    run,
    schedule,
    serve,
    show,
    site,
    snapshot,
    upload,
    watch,
    wipe,
    withdraw,
)
from probe.cli.group import Group
from probe.cli.plainly import all_plainly

app = typer.Typer(
    name="anyqta",
    cls=Group,
    help="Finds out whether, how and where a site is blocked, and shows the evidence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("run")(run.run)
app.command("show")(show.show)
app.command("results")(results.results)
app.command("watch")(watch.watch)
app.add_typer(schedule.app, name="schedule", cls=Group)
app.command("upload")(upload.upload)
app.command("withdraw")(withdraw.withdraw)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.command("rescore")(exchange.rescore)
app.command("explore")(explore.explore)
app.command("lists")(lists.lists)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("prune")(prune.prune)
app.command("wipe")(wipe.wipe)
app.command("registry")(registry.registry)
app.command("completion")(completion.completion)
app.command("manual")(manual.manual)
app.add_typer(consent.app, name="consent", cls=Group)
app.add_typer(serve.app, name="serve", cls=Group)
app.add_typer(collector.app, name="collector", cls=Group)
app.add_typer(snapshot.app, name="snapshot")  # it has a class of its own
app.add_typer(site.app, name="site", cls=Group)


def version(value: bool) -> None:
    """Print the version and end."""
    if value:
        from importlib.metadata import PackageNotFoundError  # noqa: PLC0415 - rarely asked
        from importlib.metadata import version as installed  # noqa: PLC0415

        try:
            typer.echo(f"anyqta {installed('anyqta')}")
        except PackageNotFoundError:
            typer.echo("anyqta (not installed)")
        raise typer.Exit


@app.callback()
def anyqta(
    *,
    version: bool = typer.Option(
        False, "--version", callback=version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Finds out whether, how and where a site is blocked, and shows the evidence."""


def main() -> None:
    """The `anyqta` command."""
    from probe.wiring.title import hide_arguments  # noqa: PLC0415 - lazily

    hide_arguments(sys.argv)
    all_plainly(_spoken)


def _spoken() -> None:
    language.begin(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=language.PLAINER)  # what a terminal lacks is still shown
    if words.language() == words.ENGLISH:
        app()
    language.run(app)
