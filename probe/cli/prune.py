"""`anyqta prune`: old measurements go, and the database gets smaller."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import WRONG_USAGE, plainly, say, stop

if TYPE_CHECKING:
    from probe.wiring.prune import Plan, Pruned

MOST_DAYS = 36_500  # as keep_days


@plainly
def prune(  # noqa: PLR0913 - one option each
    *,
    older_than: Annotated[
        int | None,
        typer.Option(
            help="Measured more than so many days ago.", min=1, max=MOST_DAYS, metavar="DAYS"
        ),
    ] = None,
    keep_changed: Annotated[
        bool, typer.Option("--keep-changed", help="Keep the first of each site, and each change.")
    ] = False,
    even_unsent: Annotated[
        bool, typer.Option("--even-unsent", help="Also what a collector is still owed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Delete old measurements from this computer, and make the database smaller.

    What collectors have stays with them, and cannot be withdrawn any more: withdraw first.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily

    folder = homes.folder(home)
    days = older_than or homes.settings(folder).keep_days
    if days is None:
        stop(
            "how old is too old? Give --older-than DAYS, or set keep_days in config.toml",
            WRONG_USAGE,
        )
    if not homes.database(folder).exists():
        say("Nothing has been measured yet, so nothing is old.")
        return
    from probe.wiring import prune as wiring  # noqa: PLC0415 - slow to import

    wanted = wiring.terms(days, keep_changed=keep_changed, even_unsent=even_unsent)
    found = wiring.plan(folder, wanted)
    for line in words(found, days):
        say(line)
    if dry_run:
        say("Nothing was deleted.")
        _as_json(as_json, found, None)
        return
    if found.gone and not yes:
        _ask()
    done = wiring.prune(folder, wanted, _counting if sys.stderr.isatty() else lambda _: None)
    say(
        f"{done.gone} deleted. The database had {size(done.bytes_before)},"
        f" now it has {size(done.bytes_after)}."
    )
    if done.full is not None:
        say(
            f"They are gone, but the file could not be made smaller: {done.full}"
            " When there is room, or no other anyqta at work: anyqta prune again."
        )
    _as_json(as_json, found, done)


def _ask() -> None:
    from probe.cli.sharing import can_ask, yes_to  # noqa: PLC0415 - lazily

    if not can_ask():
        stop("to delete them: --yes; only to see: --dry-run. Nothing was deleted", WRONG_USAGE)
    if not yes_to("They are deleted for good."):
        stop("nothing was deleted")


def _counting(gone: int) -> None:
    sys.stderr.write(f"\r{gone} deleted \r")
    sys.stderr.flush()


def _as_json(wanted: bool, found: "Plan", done: "Pruned | None") -> None:
    if wanted:
        line = {
            "deleted": 0 if done is None else done.gone,
            "would_delete": found.gone,
            "kept_owed": found.owed,
            "kept_changed": found.changed,
            "left": found.left,
            "bytes_before": found.bytes,
            "bytes_after": found.bytes if done is None else done.bytes_after,
        }
        typer.echo(json.dumps(line))


def words(found: "Plan", days: int) -> list[str]:
    """What goes and what stays, for a person."""
    lines = [f"Older than {days} days, to be deleted: {found.gone}. Left: {found.left}."]
    if found.owed:
        lines.append(
            f"{found.owed} old ones are still owed to a collector and stay: send them"
            " (anyqta upload), or give --even-unsent."
        )
    if found.changed:
        lines.append(f"{found.changed} old ones stay, as they show when something changed.")
    if found.away:
        lines.append(
            f"{found.away} of those to be deleted may be at a collector, and stay there. When they"
            " are deleted here, you cannot have them deleted there any more. To do that first:"
            " anyqta withdraw"
        )
    return lines


def size(count: int) -> str:
    """Bytes as a person says them."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"
