"""`anyqta watch`: rounds of measuring, left running."""

import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from probe.cli import run_options, watch_options
from probe.cli.clean import clean
from probe.cli.options import Home
from probe.cli.plainly import FAILED, NO_CONSENT, OFFLINE, crash_text, plainly, say, stop
from probe.cli.watch_options import Stored, Wanted
from probe.words import _, ngettext, told

if TYPE_CHECKING:
    from probe.engine.progress import Event, Listener
    from probe.engine.request import RunRequest, UploadRequest
    from probe.settings import Settings
    from probe.wiring.changes import Change
    from probe.wiring.upload import Report
    from probe.wiring.watch_book import Kept

Url = Annotated[
    list[str] | None,
    typer.Argument(help="What to measure, as for `run`; or the word status.", metavar="URL"),
]
OnceOption = Annotated[
    bool,
    typer.Option(
        "--once",
        help="One round, then end. With --every: none if the last one was not long ago.",
    ),
]
Scheduled = Annotated[
    bool, typer.Option("--scheduled", help="One round as `schedule install` was told.")
]
T = TypeVar("T")
_STATUS = "status"
_LATEST = 5
_CLOSE = 4  # with --once --every: no round within a quarter of the time


@plainly
def watch(  # noqa: PLR0913 - one option each
    url: Url = None,
    *,
    file: run_options.Files = None,
    list_: run_options.Lists = None,
    category: run_options.Categories = None,
    control: run_options.Controls = None,
    no_control: run_options.NoControl = False,
    diagnose: run_options.Diagnose = None,
    every: watch_options.Every = None,
    jitter: watch_options.Jitter = None,
    max_data: watch_options.MaxData = None,
    skip_metered: watch_options.SkipMetered = False,
    only_network: watch_options.OnlyNetwork = None,
    same_network: watch_options.SameNetwork = False,
    upload: watch_options.Upload = None,
    notify: watch_options.Notify = False,
    once: OnceOption = False,
    scheduled: Scheduled = False,
    home: Home = None,
) -> None:
    """Measure again and again, at times that nobody can foresee, until you end it.

    `anyqta watch status` tells how it stands.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily

    folder = homes.folder(home)
    if url == [_STATUS]:
        tell_status(folder)
        return
    wanted = Wanted(
        url=url,
        file=file,
        lists=list_,
        category=category,
        control=control,
        no_control=no_control,
        diagnose=diagnose,
        upload=upload,
        every=every,
        jitter=jitter,
        max_data=max_data,
        skip_metered=skip_metered,
        only_network=only_network,
        same_network=same_network,
        notify=notify,
    )
    if scheduled and wanted != Wanted():
        raise typer.BadParameter("--scheduled takes no other options: `schedule install` does")
    found = watch_options.read(folder) if scheduled else None
    if scheduled and found is None:
        stop(_("nothing is scheduled for this home folder. To do so: anyqta schedule install"))
    _watch(folder, wanted, found, once=once or scheduled)


def check(folder: Path, wanted: Wanted) -> None:
    """Consent and usage, before anything begins."""
    wanted.plan()
    if wanted.control and wanted.no_control:
        raise typer.BadParameter("--control and --no-control exclude each other")
    if wanted.file and "-" in wanted.file:
        raise typer.BadParameter("-f - is read once only; give a file")
    if not agreed(folder):
        stop(
            _("measuring has risks that you have to agree to first; nothing was sent.")
            + "\n"
            + _("Read them with `anyqta consent show`, agree with `anyqta consent give`."),
            NO_CONSENT,
        )
    request_of(folder, wanted, aloud=True)


def agreed(folder: Path) -> bool:
    """Whether the stored consent holds now."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds  # noqa: PLC0415

    return holds(homes.consent(folder), homes.risks())


def request_of(folder: Path, wanted: Wanted, *, aloud: bool = False) -> "RunRequest":
    """As `run` makes it, with today's settings, lists and choices; what these leave out is told `aloud`.

    Nobody sits there: --category and --diagnose narrow, and never widen what was chosen.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.narrow import narrowed  # noqa: PLC0415
    from probe.cli.run import _targets  # noqa: PLC0415
    from probe.cli.values import resolvers, urls  # noqa: PLC0415
    from probe.consent.choices import NARROWEST  # noqa: PLC0415
    from probe.engine.budget import MOST_A_DAY  # noqa: PLC0415
    from probe.engine.request import RunRequest  # noqa: PLC0415

    set_ = homes.settings(folder)
    parts = (wanted.url, wanted.file, wanted.lists, wanted.category)
    sharing = _sharing(folder, set_, wanted)
    request = RunRequest(
        home=folder,
        targets=_targets(set_, parts),
        controls=() if wanted.no_control else urls(wanted.control or set_.control, "--control"),
        resolvers=resolvers(set_.resolver),
        doh=urls(set_.doh, "--doh"),
        concurrency=set_.concurrency,
        max_runtime=set_.max_runtime,
        diagnose=set_.diagnose if wanted.diagnose is None else wanted.diagnose,
        ca_file=None if set_.ca_file is None else Path(set_.ca_file),
        share_with=() if sharing is None else sharing.collectors,
        most_a_day=MOST_A_DAY,
    )
    return narrowed(request, homes.choices(folder) or NARROWEST, attended=False, aloud=aloud)


def _sharing(folder: Path, set_: "Settings", wanted: Wanted) -> "UploadRequest | None":
    """As agreed to and stored; never asked for here."""
    from probe.cli.run import _sharing as as_agreed  # noqa: PLC0415 - lazily

    if wanted.upload is False:
        return None
    found = as_agreed(folder, set_, upload=False, yes=False)
    return None if found is None else replace(found, hurry=False)


def _uploading(folder: Path, wanted: Wanted) -> "UploadRequest | None":
    from probe import home as homes  # noqa: PLC0415 - lazily

    set_ = homes.settings(folder)
    sends = set_.upload if wanted.upload is None else wanted.upload
    return _sharing(folder, set_, wanted) if sends else None


def _watch(folder: Path, wanted: Wanted, found: Stored | None, *, once: bool) -> None:
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import watch as wiring  # noqa: PLC0415 - slow, and only now needed
    from probe.wiring.lock import Held  # noqa: PLC0415

    wanted = wanted if found is None else found.wanted
    check(folder, wanted)
    set_ = homes.settings(folder)
    plan = replace(wanted.plan(), sends=_uploading(folder, wanted) is not None)
    homes.make(folder)
    for line in _begins(wanted, once=once).splitlines():
        say(line)
    request = wiring.WatchRequest(
        home=folder,
        plan=plan,
        run=_safely(lambda: request_of(folder, wanted)),
        upload=_safely(lambda: _uploading(folder, wanted)),
        agreed=lambda: agreed(folder),
        on_bug=lambda exc: _bug(folder, exc),
        sent=_sent,
        changed=_changed,
        noticed=_noticed,
        listener=_listener(),
        tell=_tell,
        keep_days=set_.keep_days,
        metered=set_.metered,
        notify=wanted.notify,
        once=once,
        wait=0.0 if found is None else found.wait,
        apart=plan.every / _CLOSE if wanted.every is not None or found is not None else 0.0,
    )
    try:
        ended = wiring.watch_home(request)
    except Held as exc:
        if not once:
            raise
        say(_("No round now: {why}").format(why=told(str(exc))))
        return
    if not ended.agreed:
        stop(
            _("your agreement is gone or the risk text is new; see: anyqta consent show"),
            NO_CONSENT,
        )
    if once and ended.last is not None and not ended.last.measured and not ended.last.stopped:
        raise typer.Exit(OFFLINE if ended.last.offline else FAILED)


def _begins(wanted: Wanted, *, once: bool) -> str:
    lines = [_("One round, into this home folder's database.")]
    if not once:
        often = _("A round about every {time}, into this home folder's database.")
        lines = [often.format(time=wanted.every or "24h")]
    most = _("It uses at most {n} MB in any 24 hours.")
    lines.append(most.format(n=wanted.max_data or watch_options.USUAL_DATA))
    return "\n".join(lines if once else [*lines, _("Ctrl-C ends it; what is measured is kept.")])


def _safely(make: Callable[[], T]) -> Callable[[], T]:
    """In the middle of a night nobody reads a usage message: all is one kind of trouble."""

    def made() -> T:
        from probe.cli.plainly import Stop  # noqa: PLC0415 - lazily
        from probe.engine.targets import TargetsError  # noqa: PLC0415
        from probe.home import HomeError  # noqa: PLC0415
        from probe.settings import SettingsError  # noqa: PLC0415

        try:
            return make()
        except (Stop, TargetsError, SettingsError, typer.BadParameter, OSError) as exc:
            raise HomeError(str(exc)) from exc

    return made


def _bug(folder: Path, exc: Exception) -> str:
    from probe import home as homes  # noqa: PLC0415 - lazily

    bug = type(exc).__name__
    says = f"A bug in anyqta ended the round ({bug})."
    with suppress(Exception):  # a crash while a crash is told: this one is the smaller
        path = homes.write_crash(folder, crash_text(exc))
        says = f"A bug in anyqta ended the round ({bug}). Please report it with this file: {path}"
    return says


def _sent(report: "Report") -> str:
    from probe.cli.upload import words  # noqa: PLC0415 - lazily

    return "\n".join(line for delivery in report.deliveries for line in words(delivery))


def _changed(change: "Change") -> str:
    from probe.cli.changes import sentence  # noqa: PLC0415 - lazily

    return " ".join(line.strip() for line in sentence(change))


def _noticed(count: int) -> str:
    return ngettext("{n} result changed", "{n} results changed", count).format(n=count)


def _listener() -> "Listener":
    from probe.cli.progress import quiet, told  # noqa: PLC0415 - lazily
    from probe.engine.progress import EnvironmentChecked  # noqa: PLC0415

    plain = quiet(silent=True)

    def listen(event: "Event") -> None:
        if told(event) is not None and isinstance(event, EnvironmentChecked):
            plain(event)

    return listen


def _tell(text: str) -> None:
    """With the time: who comes back after a month wants to know when."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    for line in _wrapped(f"{homes.now():%Y-%m-%d %H:%M} UTC  {told(text)}"):
        try:
            say(line)
        except OSError:
            return  # the terminal is gone; the watch stays


def _wrapped(text: str) -> list[str]:
    """In 80 columns."""
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, 80, subsequent_indent="  ", break_on_hyphens=False)
    ]


def tell_status(folder: Path) -> None:
    """How it stands."""
    from probe.wiring.lock import RUN, WATCH, is_held  # noqa: PLC0415 - lazily
    from probe.wiring.watch import status  # noqa: PLC0415

    kept = status(folder)
    if kept is None:
        _show(_("No watch has been at work on this home folder yet."))
        return
    running, measuring = is_held(folder, WATCH), is_held(folder, RUN)
    if measuring:
        _show(_("Watch: measuring."))
    elif running:
        _show(_("Watch: waiting for the next round."))
    else:
        _show(_("Watch: not running."))
    if kept.ended is not None:
        last = _("Last round: {when}; {n} measured.")
        if kept.left:
            last = _("Last round: {when}; {n} measured, {left} left for the next round.")
        _show(last.format(when=_when(kept.ended), n=kept.measured, left=kept.left))
        if kept.says:
            _show(f"  {clean(told(kept.says))}")
    if running and not measuring and kept.book.due is not None:
        due = _when(kept.wall + kept.book.due - kept.at)
        _show(_("Next round: {when}, or a while later.").format(when=due))
    _show(_data(kept))
    _tell_notices(folder)


def _show(text: str) -> None:
    typer.echo("\n".join(_wrapped(text)))


def _tell_notices(folder: Path) -> None:
    """The newest of what a scheduled round had nobody to tell."""
    from probe.wiring.watch_book import NOTICES, notices  # noqa: PLC0415 - lazily

    found = notices(folder)
    if found:
        heading = _("What changed lately (all of it: {path}):")
        _show(heading.format(path=clean(folder / NOTICES)))
    for line in found[-_LATEST:]:
        _show(f"  {clean(line)}")


def _data(kept: "Kept") -> str:
    from probe.engine.watch import spent_lately  # noqa: PLC0415 - lazily
    from probe.engine.watchman import megabytes  # noqa: PLC0415

    line = _("Data in the 24 hours until {when}, about: {used} of {most}.")
    if kept.most is None:
        line = _("Data in the 24 hours until {when}, about: {used}.")
    used, most = megabytes(spent_lately(kept.book, kept.at)), megabytes(kept.most or 0)
    return line.format(when=_when(kept.wall), used=told(used), most=told(most))


def _when(wall: float) -> str:
    return f"{datetime.fromtimestamp(wall, UTC):%Y-%m-%d %H:%M} UTC"
