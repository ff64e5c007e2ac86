"""`anyqta collector …`: the operator's work on a collector's database, while it runs."""

import enum
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options, quarantine
from probe.cli.clean import clean
from probe.cli.operator_words import Db, full, number, told
from probe.cli.plainly import FAILED, plainly, say, stop

if TYPE_CHECKING:
    from probe.wiring.collector import Count, Damaged, ItemAnswer

_SHOWN = 10  # reasons of one file
_MIB = 2**20

app = typer.Typer(
    help="Look after a collector's database, also while it runs. (For operators.)",
    no_args_is_help=True,
)
invite = typer.Typer(help="Invitations: make one, revoke one.")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(invite, name="invite", invoke_without_command=True)


class Mode(enum.StrEnum):
    """Who may send."""

    OPEN = "open"
    INVITED = "invited"


@app.callback()
def collector() -> None:
    """Look after a collector's database, also while it runs. (For operators.)"""


# --- bundles -----------------------------------------------------------------------------------


@app.command("import")
@plainly
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Bundles of `anyqta upload --to-file`.", metavar="FILE...")
    ],
    *,
    db: Db,
    mode: Annotated[Mode, typer.Option(help="As the collector is run.")] = Mode.OPEN,
) -> None:
    """Take in bundles that came on a memory stick. What is damaged is told, the rest is taken.

    Each submission's signature is checked, each measurement checked and judged, as over the network. A
    second time changes nothing.
    """
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    failed = 0
    if not db.exists():
        say(f"{db} is new: it is made.")
    with told(), wiring.importing(full(db), mode.value) as worker:
        for path in files:
            reasons = _Reasons(path)
            try:
                count = wiring.import_bundle(
                    path, worker, on_rejected=reasons.rejected, on_damaged=reasons.damaged
                )
            except wiring.OperatorError as exc:
                say(f"anyqta: {exc}")
                failed += 1
                continue
            reasons.end()
            typer.echo(clean(f"{path}: {_sum(count)}"))
            failed += not (count.accepted or count.duplicate)
    if failed == len(files):
        raise typer.Exit(FAILED)


class _Reasons:
    """Why things were not taken: the first ones of each file."""

    def __init__(self, path: Path) -> None:
        self._path, self._told, self._more = path, 0, 0

    def rejected(self, answer: "ItemAnswer") -> None:
        self._say(f"{answer.measurement_uid or 'a measurement'} rejected: {answer.says}")

    def damaged(self, found: "Damaged") -> None:
        which = f"submission {found.part}" if found.part else "a submission"
        self._say(f"{which} cannot be used: {found.says}")

    def _say(self, text: str) -> None:
        if self._told < _SHOWN:
            self._told += 1
            say(f"{self._path}: {text}")
        else:
            self._more += 1

    def end(self) -> None:
        if self._more:
            say(f"{self._path}: and {self._more} more")


def _sum(count: "Count") -> str:
    says = f"{count.accepted} accepted"
    if count.quarantined:
        says += f" ({count.quarantined} of them in quarantine)"
    says += f", {number(count.duplicate, 'duplicate')}, {count.rejected} rejected"
    if count.damaged:
        says += f"; {number(count.damaged, 'submission')} could not be used"
    return says


# --- invitations, the key ------------------------------------------------------------------------


@invite.callback()
@plainly
def invite_(
    context: typer.Context,
    *,
    uses: Annotated[
        int | None, typer.Option(help="How many may come by it.", min=1, max=1_000_000)
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is good.", min=1, max=3660)] = 30,
    db: Annotated[
        Path | None, typer.Option(help="The collector's database.", metavar="FILE")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write it there, for your eyes only.", metavar="FILE")
    ] = None,
) -> None:
    """Make an invitation: a text to give to volunteers, over a channel that you trust."""
    if context.invoked_subcommand is not None:
        return
    if db is None or uses is None:
        raise typer.BadParameter("an invitation needs --uses N and --db FILE")
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        made = wiring.mint(full(db), most=uses, days=days)
        if out is not None:
            wiring.write_private(out, f"{made.token}\n")
    if out is None:
        typer.echo(made.token)
    say(
        f"Good for {number(uses, 'sender')}, until {made.until}."
        f" Its name, to revoke it by: {made.name}"
    )


@invite.command()
@plainly
def revoke(
    invitation: Annotated[
        str, typer.Argument(help="The invitation, or its name.", metavar="INVITATION")
    ],
    *,
    db: Db,
) -> None:
    """Let nobody in by it any more. Who came by it stays."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        name = wiring.revoke(full(db), invitation)
    say(f"The invitation {name} lets nobody in any more.")


@app.command()
@plainly
def key(*, db: Db) -> None:
    """The collector's public key, and what to put behind its URL so that probes know it at once."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        public = wiring.public_key(full(db))
    typer.echo(public)
    say(f"Give out the URL with it: https://YOUR-COLLECTOR/#key={public}")


# --- the file ------------------------------------------------------------------------------------


@app.command()
@plainly
def status(*, db: Db, as_json: options.AsJson = False) -> None:
    """How much there is."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        found = wiring.status(full(db))
    if as_json:
        typer.echo(json.dumps({name: getattr(found, name) for name in found.__slots__}))
        return
    by = ", ".join(f"{count} {name}" for name, count in found.received.items()) or "none"
    days = f"{found.first_day} … {found.last_day}" if found.first_day else "never"
    for name, value in (
        ("measurements", f"{found.measurements}"),
        ("received", by),
        ("in quarantine", f"{found.quarantined} ({found.released} were, and are released)"),
        ("senders", f"{found.senders} keys, {found.invited_senders} of them invited"),
        ("withdrawn", f"{found.withdrawn}"),
        ("days", days),
        ("size", f"{found.bytes / _MIB:.1f} MiB"),
    ):
        typer.echo(f"{name:14} {value}")


@app.command()
@plainly
def backup(
    out: Annotated[
        Path, typer.Argument(help="The copy; one that is there is replaced.", metavar="OUT")
    ],
    *,
    db: Db,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Copy the key too, as OUT.key.")
    ] = False,
) -> None:
    """Write a whole, checked copy of the database, while the collector runs."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        kept = wiring.backup(full(db), full(out), key=with_key)
    say(f"{out} is a whole copy.")
    if kept is not None:
        say(f"{kept} is the key: who has it can answer in the collector's name. Keep it apart.")
    else:
        say(f"The key, {db}.key, is not in it: keep a copy of that too, apart (--with-key).")


@app.command()
@plainly
def restore(
    file: Annotated[Path, typer.Argument(help="A copy that `backup` made.", metavar="FILE")],
    *,
    db: Db,
    yes: Annotated[bool, typer.Option("--yes", help="Also where there is a database now.")] = False,
) -> None:
    """Put a copy in the database's place. The collector must be stopped; what is there is kept aside."""
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    if db.exists() and not yes:
        stop(f"{db} is there already. With --yes it is put aside (not deleted) for {file}.")
    with told():
        done = wiring.restore(full(file), full(db))
    say(f"{db} is now what {file} is.")
    if done.aside is not None:
        say(f"What was there before is {done.aside}.")
        if done.withdrawn is None:
            say("What was withdrawn since the copy was made cannot be read in it.")
        else:
            say(f"{number(done.withdrawn, 'withdrawal')} since then: made again.")
    if done.key:
        say(f"The key came back too: {db}.key")


@app.command()
@plainly
def tidy(
    *,
    db: Db,
    older_than: Annotated[
        int | None,
        typer.Option(
            help="Also delete what has waited in quarantine longer.", metavar="DAYS", min=1
        ),
    ] = None,
) -> None:
    """Delete what nothing uses any more, and give its place back to the disk.

    What is shown to researchers is never deleted by this.
    """
    from probe.wiring import collector as wiring  # noqa: PLC0415 - lazily

    with told():
        dropped, done = wiring.tidy_up(full(db), older_than=older_than)
    if older_than is not None:
        say(f"{number(dropped, 'measurement')} deleted from quarantine.")
    rows = sum(done.gone.values())
    saved = max(0, done.bytes_before - done.bytes_after)
    say(f"{number(rows, 'unused row')} deleted, {saved / _MIB:.1f} MiB given back.")
