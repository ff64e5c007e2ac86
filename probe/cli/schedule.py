"""`anyqta schedule`: have this computer begin a round from time to time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import run_options, watch_options
from probe.cli.options import Home
from probe.cli.plainly import plainly, say
from probe.cli.watch_options import SCHEDULE, Stored, Wanted
from probe.words import _, told

if TYPE_CHECKING:
    from probe.engine.schedulers import Job
    from probe.wiring.schedule import Scheduler

app = typer.Typer(help="Have this computer measure from time to time by itself.")

With = Annotated[
    str | None,
    typer.Option("--with", help="systemd, launchd, windows or cron; by default what is here."),
]
Often = Annotated[
    str, typer.Option("--every", help="1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h or 7d.", metavar="TIME")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
]
_DRAWS = "systemd"  # the moment itself, each time anew


@app.command()
@plainly
def install(  # noqa: PLR0913 - one option each
    url: run_options.Url = None,
    *,
    file: run_options.Files = None,
    list_: run_options.Lists = None,
    category: run_options.Categories = None,
    control: run_options.Controls = None,
    no_control: run_options.NoControl = False,
    diagnose: run_options.Diagnose = None,
    every: Often = "24h",
    max_data: watch_options.MaxData = None,
    skip_metered: watch_options.SkipMetered = False,
    only_network: watch_options.OnlyNetwork = None,
    same_network: watch_options.SameNetwork = False,
    upload: watch_options.Upload = None,
    notify: watch_options.Notify = False,
    with_: With = None,
    dry_run: DryRun = False,
    home: Home = None,
) -> None:
    """Have a round begin by itself; a second time replaces the first. What is measured is kept in
    the home folder only: the scheduler is told the command and where that folder is."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.watch import check  # noqa: PLC0415
    from probe.wiring import schedule as wiring  # noqa: PLC0415

    folder = homes.folder(home)
    wanted = Wanted(
        url=url,
        file=None if file is None else [str(Path(name).absolute()) for name in file if name != "-"],
        lists=list_,
        category=category,
        control=control,
        no_control=no_control,
        diagnose=diagnose,
        upload=upload,
        every=every,
        max_data=max_data,
        skip_metered=skip_metered,
        only_network=only_network,
        same_network=same_network,
        notify=notify,
    )
    job = wiring.job(folder, _interval(every))
    _known(with_)
    if file and "-" in file:
        raise typer.BadParameter("-f - is read once only; give a file")
    check(folder, wanted)
    _install(folder, wanted, job, with_, dry_run=dry_run)


@app.command()
@plainly
def status(home: Home = None) -> None:
    """Whether a round is scheduled for this home, by what, and how the last one went."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.watch import tell_status  # noqa: PLC0415
    from probe.engine.schedulers import KINDS  # noqa: PLC0415
    from probe.wiring import schedule as wiring  # noqa: PLC0415

    folder = homes.folder(home)
    found = watch_options.read(folder)
    name = wiring.job(folder, 0).name
    if found is None:
        typer.echo(_("Nothing is scheduled for this home folder."))
        return
    known = wiring.choose(found.kind).installed(name) if found.kind in KINDS else None
    lost = _("but {kind} does not know it any more: anyqta schedule install anew")
    says = told(known) if known else lost.format(kind=found.kind)
    line = _("Scheduled: about every {time}, by {kind} as {name}; {says}.")
    typer.echo(line.format(time=found.wanted.every, kind=found.kind, name=name, says=says))
    tell_status(folder)


@app.command()
@plainly
def remove(home: Home = None) -> None:
    """Take it out again; nothing of it is left. Your results stay."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import schedule as wiring  # noqa: PLC0415

    folder = homes.folder(home)
    gone = wiring.remove_all(folder)
    if gone:
        line = _("Removed from {names}. No round begins by itself any more.")
        typer.echo(line.format(names=", ".join(map(told, gone))))
    else:
        typer.echo(_("Nothing was scheduled for this home folder."))


def _interval(every: str) -> int:
    from probe.engine.schedulers import INTERVALS  # noqa: PLC0415 - lazily

    seconds = int(watch_options.span(every, "--every"))
    if seconds not in INTERVALS:
        raise typer.BadParameter("--every is 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h or 7d here")
    return seconds


def _known(kind: str | None) -> None:
    from probe.engine.schedulers import KINDS  # noqa: PLC0415 - lazily

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"--with is one of {', '.join(KINDS)}")


def _install(folder: Path, wanted: Wanted, job: "Job", kind: str | None, *, dry_run: bool) -> None:
    """Show what is written; write it."""
    from probe.wiring import schedule as wiring  # noqa: PLC0415 - lazily

    scheduler = wiring.choose(kind)
    _preview(scheduler, job, dry_run=dry_run)
    if dry_run:
        say(_("Nothing was written."))
        return
    before = watch_options.read(folder)
    if before is not None and before.kind != scheduler.kind:
        wiring.choose(before.kind).remove(job.name)
    wait = 0.0 if scheduler.kind == _DRAWS else job.waits
    kept = Stored(kind=scheduler.kind, wait=wait, wanted=wanted)
    wiring.write(folder / SCHEDULE, watch_options.encode(kept))
    scheduler.install(job)
    _tell(str(wanted.every), scheduler.kind)


def _tell(every: str, kind: str) -> None:
    say(_("Scheduled: a round about every {time}, by {kind}.").format(time=every, kind=kind))
    say(_("Outside the home folder there is only what is shown above."))
    say(_("To see it: anyqta schedule status; to end it: anyqta schedule remove"))
    if kind == "systemd":
        say(_("It runs while you are logged in; also when not, after: loginctl enable-linger"))


def _preview(scheduler: "Scheduler", job: "Job", *, dry_run: bool) -> None:
    for written in scheduler.preview(job):
        to = scheduler.kind if written.path is None else written.path
        say((_("Would write for {to}:") if dry_run else _("Writing for {to}:")).format(to=to))
        typer.echo(written.text, err=not dry_run)
