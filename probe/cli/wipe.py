"""`anyqta wipe`: all that anyqta keeps on this computer goes, and what it cannot reach is told."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import FAILED, WRONG_USAGE, plainly, stop
from probe.words import N_, _, ngettext, told

if TYPE_CHECKING:
    from probe.cli.page import Page
    from probe.wiring.wipe import Plan, Wiped

WIDTH = 80
_SAYS = {
    "consent": N_("your consent"),
    "keys": N_("keys and invitations (overwritten first)"),
    "settings": N_("your settings (config.toml)"),
    "crash reports": N_("crash reports"),
    "notes": N_("what watch keeps: its notes and notices"),
    "demonstration": N_("the demonstration"),
    "results": N_("the results, with their backups"),
    "program": N_("the program, as anyqta.pyz unpacked it here"),
}


@plainly
def wipe(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    home: options.Home = None,
) -> None:
    """Delete all that anyqta keeps here: results, keys, consent, settings, schedule.

    It touches nothing outside of its own folder, and says what it cannot delete.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import wipe as wiring  # noqa: PLC0415 - slow to import

    folder = homes.folder(home)
    planned = wiring.plan(folder)
    if planned is None:
        line = _("There is nothing to delete: {folder} is empty, or does not exist.")
        typer.echo(line.format(folder=folder))
        _show(_elsewhere(0))
        return
    _show(_what_goes(planned))
    if dry_run:
        _show(_elsewhere(planned.away))
        typer.echo(_("Nothing was deleted."))
        return
    if not yes:
        _ask(planned)
    done = wiring.wipe(planned)
    _show(_how_it_went(done, planned.home))
    _show(_elsewhere(planned.away))
    if done.failed:
        raise typer.Exit(FAILED)


def _ask(planned: "Plan") -> None:
    from probe.cli.sharing import can_ask, yes_to  # noqa: PLC0415 - lazily

    if not can_ask():
        stop(_("to delete it: --yes; only to see: --dry-run. Nothing was deleted"), WRONG_USAGE)
    first = ""
    if planned.away:
        there = _(
            "Measurements that are at a collector: {n}. Once this is deleted, nobody can have them"
            " deleted there."
        ).format(n=planned.away)
        then = _("To do that first, say no here, then: anyqta withdraw --all")
        first = f"{there}\n{then}\n"
    if not yes_to(first + _("All of this is deleted for good.")):
        stop(_("nothing was deleted"))


def _what_goes(planned: "Plan") -> "Page":
    from probe.cli.page import Page  # noqa: PLC0415 - lazily
    from probe.cli.prune import size  # noqa: PLC0415

    page = Page()
    page.add(_("In {home}, to be deleted:").format(home=planned.home), indent=0)
    if planned.scheduled:
        page.add(_("the schedule: no more runs by themselves"), label="- ")
    for kind, files, count in planned.kinds():
        many = ngettext("{n} file", "{n} files", files)
        if kind == "program":
            many = ngettext("{n} folder", "{n} folders", files)
        what = told(_SAYS[kind])
        if kind == "results" and planned.measurements is not None:
            what = ngettext(
                "the results ({n} measurement), with their backups",
                "the results ({n} measurements), with their backups",
                planned.measurements,
            ).format(n=planned.measurements)
        page.add(f"{what}: {many.format(n=files)}, {size(count)}", label="- ")
    _left(page, [(str(one.path), one.why) for one in planned.left])
    return page


def _left(page: "Page", left: list[tuple[str, str]]) -> None:
    if left:
        page.add(_("Left alone:"), indent=0)
    for path, why in left:
        page.add(f"{path}: {told(why)}", label="- ")


def _how_it_went(done: "Wiped", home: Path) -> "Page":
    from probe.cli.page import Page  # noqa: PLC0415 - lazily

    page = Page()
    line = _("Files deleted: {n}. The folder {home} is still there.")
    if done.folder_gone:
        line = _("Files deleted: {n}, and the folder {home}.")
    page.add(line.format(n=done.gone, home=home), indent=0)
    for path, why in done.failed:
        page.add(_("STILL THERE: {path}: {why}").format(path=path, why=told(why)), indent=0)
    if done.failed:
        page.add(
            _(
                "See that the folder and its disk are yours and can be written, that no anyqta runs,"
                " and then once more: anyqta wipe"
            ),
            indent=0,
        )
    _left(page, [(str(one.path), one.why) for one in done.left])
    return page


def _elsewhere(away: int) -> "Page":
    """What no program can promise, or this one does not reach."""
    from probe.cli.page import Page  # noqa: PLC0415 - lazily

    page = Page()
    page.add(_("What this cannot delete:"), indent=0)
    uploaded = _(
        "at collectors: what you ever uploaded. Only anyqta withdraw can, and only before this"
    )
    if away:
        uploaded = ngettext(
            "at collectors: {n} measurement. Only anyqta withdraw can, and only before this",
            "at collectors: {n} measurements. Only anyqta withdraw can, and only before this",
            away,
        ).format(n=away)
    for line in (
        uploaded,
        _("with others: your provider and the sites may have noted what was measured"),
        _("your shell's history. To look: {command}").format(command=history()),
        _("your browser's history, if you opened the results in it (127.0.0.1)"),
        _("files that you exported, bundles, snapshots, and copies of this folder"),
        _("backups of this computer, and its system's own logs"),
        _(
            "traces on the disk: an SSD, a memory stick or a snapshot may keep what was deleted. Only"
            " a disk that is encrypted as a whole helps against that"
        ),
        _("anyqta itself. To remove it: {command}").format(command=uninstall()),
    ):
        page.add(line, label="- ")
    return page


def history() -> str:
    """How to look for anyqta in this person's shell."""
    shell = Path(os.environ.get("SHELL", "")).name
    files = {"zsh": "~/.zsh_history", "fish": "~/.local/share/fish/fish_history"}
    if sys.platform == "win32":
        return "Select-String anyqta (Get-PSReadLineOption).HistorySavePath"
    return f"grep -n anyqta {files.get(shell, '~/.bash_history')}"


def uninstall() -> str:
    """How this copy was likely put here."""
    place = sys.prefix.replace("\\", "/")
    if "/pipx/" in place:
        return "pipx uninstall anyqta"
    if "/uv/tools/" in place:
        return "uv tool uninstall anyqta"
    if not sys.argv[0].endswith((".pyz", ".pyzw")):
        return "pip uninstall anyqta"
    return _("delete the file anyqta.pyz")


def _show(page: "Page") -> None:
    for line in page.render(WIDTH, coloured=False):
        typer.echo(line)
