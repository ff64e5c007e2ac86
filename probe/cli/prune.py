"""`anyqta prune`: old measurements go, and the database gets smaller."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import WRONG_USAGE, plainly, say, stop
from probe.words import _, ngettext, told

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
            _("how old is too old? Give --older-than DAYS, or set keep_days in config.toml"),
            WRONG_USAGE,
        )
    if not homes.database(folder).exists():
        say(_("Nothing has been measured yet, so nothing is old."))
        return
    from probe.wiring import prune as wiring  # noqa: PLC0415 - slow to import

    wanted = wiring.terms(days, keep_changed=keep_changed, even_unsent=even_unsent)
    found = wiring.plan(folder, wanted)
    for line in words(found, days):
        say(line)
    if dry_run:
        say(_("Nothing was deleted."))
        _as_json(as_json, found, None)
        return
    if found.gone and not yes:
        _ask()
    done = wiring.prune(folder, wanted, _counting if sys.stderr.isatty() else lambda _: None)
    line = _("{n} deleted. The database had {before}, now it has {after}.")
    say(line.format(n=done.gone, before=size(done.bytes_before), after=size(done.bytes_after)))
    if done.full is not None:
        line = _("They are gone, but the file could not be made smaller: {why}")
        say(line.format(why=told(done.full)))
        say(_("When there is room, or no other anyqta at work: anyqta prune again."))
    _as_json(as_json, found, done)


def _ask() -> None:
    from probe.cli.sharing import can_ask, yes_to  # noqa: PLC0415 - lazily

    if not can_ask():
        stop(_("to delete them: --yes; only to see: --dry-run. Nothing was deleted"), WRONG_USAGE)
    if not yes_to(_("They are deleted for good.")):
        stop(_("nothing was deleted"))


def _counting(gone: int) -> None:
    sys.stderr.write("\r" + _("{n} deleted").format(n=gone) + " \r")
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
    first = ngettext(
        "Older than {days} day, to be deleted: {gone}. Left: {left}.",
        "Older than {days} days, to be deleted: {gone}. Left: {left}.",
        days,
    )
    lines = [first.format(days=days, gone=found.gone, left=found.left)]
    if found.owed:
        line = _(
            "Old ones that are still owed to a collector, and stay: {n}. Send them (anyqta upload), or"
            " give --even-unsent."
        )
        lines.append(line.format(n=found.owed))
    if found.changed:
        line = _("Old ones that stay, as they show when something changed: {n}.")
        lines.append(line.format(n=found.changed))
    if found.away:
        line = _(
            "Of those to be deleted, {n} may be at a collector, and stay there. When they are deleted"
            " here, you cannot have them deleted there any more. To do that first: anyqta withdraw"
        )
        lines.append(line.format(n=found.away))
    return lines


def size(count: int) -> str:
    """Bytes as a person says them."""
    for unit, factor in ((_("{n} GB"), 10**9), (_("{n} MB"), 10**6), (_("{n} kB"), 10**3)):
        if count >= factor:
            return unit.format(n=f"{count / factor:.1f}")
    return ngettext("{n} byte", "{n} bytes", count).format(n=count)
