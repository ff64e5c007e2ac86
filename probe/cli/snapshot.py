"""`anyqta snapshot`: a dated copy of the published file, made and verified."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from probe.cli import options
from probe.cli.group import Group
from probe.cli.plainly import FAILED, plainly, say, stop

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class _MakeByDefault(Group):
    """`anyqta snapshot OUT` is `anyqta snapshot make OUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own click
        """Name the command that was not named."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args.insert(0, "make")
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeByDefault,
    help="Make a snapshot of a published file that anyone can verify, or verify one.",
    no_args_is_help=True,
)

Database = Annotated[
    Path | None, typer.Option(help="The published file. Default: the home's.", metavar="FILE")
]


@app.callback()
def snapshot() -> None:
    """Make a snapshot of a published file that anyone can verify, or verify one."""


@app.command()
@plainly
def make(  # noqa: PLR0913 - one option each
    out: Annotated[Path, typer.Argument(help="The folder to make. It must not exist yet.")],
    *,
    db: Database = None,
    since: Annotated[
        Path | None,
        typer.Option(help="The snapshot before this one: tells what changed.", metavar="SNAPSHOT"),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Sign with this OpenSSH private key.", metavar="FILE")
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="The day that it bears. Default: today, UTC.", metavar="DAY")
    ] = None,
    no_parquet: Annotated[
        bool, typer.Option("--no-parquet", help="Leave Parquet out, which needs pyarrow.")
    ] = False,
    home: options.Home = None,
) -> None:
    """Write a snapshot: SQLite, CSV, Parquet, OONI's JSON Lines, hashes, notes. All or nothing.

    The same rows give the same bytes. Only a file that was made to be published is taken.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import snapshot as wiring  # noqa: PLC0415

    named = day(date)
    source = db or homes.database(homes.folder(home))
    for path, what in ((source, "database"), (since, "snapshot"), (key, "key")):
        if path is not None and not path.exists():
            stop(f"the {what} {path} does not exist")
    try:
        made = wiring.make(
            source,
            out,
            previous=since,
            key=key,
            with_parquet=not no_parquet,
            made_on=named or wiring.today(),
            say=lambda step: say(f"{step}…"),
        )
    except wiring.SnapshotError as exc:
        stop(str(exc))
    signed = f"signed with {made.signed_by}" if made.signed_by else "not signed"
    say(f"{made.counts['measurements']} measurements, {len(made.files)} files, {signed}: {out}")


@app.command()
@plainly
def verify(
    folder: Annotated[Path, typer.Argument(help="The snapshot's folder.")],
    *,
    signers: Annotated[
        Path | None,
        typer.Option(
            help="Believe only these keys: an allowed_signers file that you have from elsewhere.",
            metavar="FILE",
        ),
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="The snapshot that it follows.", metavar="SNAPSHOT")
    ] = None,
) -> None:
    """Tell what holds of a snapshot and what does not. Exit status 1 if anything does not."""
    from probe.wiring import snapshot as wiring  # noqa: PLC0415 - lazily

    if signers is not None and not signers.is_file():
        stop(f"{signers} is no file; --signers names one with the keys that you trust")
    words = {True: "good ", False: "BAD  ", None: "note "}
    bad = 0
    for finding in wiring.check(folder, signers=signers, previous=since):
        bad += finding.holds is False
        typer.echo(f"{words[finding.holds]} {finding.says}")
    if bad:
        say("This snapshot is NOT what its maker published, or it is damaged. Do not rely on it.")
        raise typer.Exit(FAILED)


def day(text: str | None) -> str | None:
    """A checked day."""
    if text is not None and not _DAY.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no day; write 2026-11-25")
    return text
