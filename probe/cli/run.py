"""`anyqta run`: which targets, with what, and how it is told while it goes."""

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from probe.cli import run_options
from probe.cli.options import AsJson, Home
from probe.cli.plainly import OFFLINE, WRONG_USAGE, plainly, say, stop
from probe.cli.values import resolvers, urls
from probe.words import _, ngettext, told

if TYPE_CHECKING:
    from probe.engine.progress import Listener
    from probe.engine.request import RunReport, RunRequest, UploadRequest
    from probe.engine.targets import ParsedTargets, Target
    from probe.settings import Settings

_MAX_STDIN = 256 * 2**20


@plainly
def run(  # noqa: PLR0913 - one option each; CONTRACT §2
    url: run_options.Url = None,
    *,
    file: run_options.Files = None,
    list_: run_options.Lists = None,
    category: run_options.Categories = None,
    control: run_options.Controls = None,
    no_control: run_options.NoControl = False,
    resolver: run_options.Resolvers = None,
    doh: run_options.Doh = None,
    concurrency: run_options.Concurrency = None,
    max_runtime: run_options.MaxRuntime = None,
    diagnose: run_options.Diagnose = None,
    upload: run_options.Upload = None,
    resume: run_options.Resume = False,
    dry_run: run_options.DryRun = False,
    yes: run_options.Yes = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Measure sites, explain what was found, and keep it in the home folder's database.

    Without URL, file or list it measures the list that config.toml names (`list`), if it names one.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.consent import require  # noqa: PLC0415
    from probe.cli.dry_run import foreseen, show  # noqa: PLC0415
    from probe.cli.narrow import Purpose, codes, narrowed  # noqa: PLC0415
    from probe.cli.upload import request_of  # noqa: PLC0415
    from probe.engine.request import RunRequest  # noqa: PLC0415

    _one_of_them(control, no_control=no_control)
    folder = homes.folder(home)
    set_ = homes.settings(folder)
    run_id, targets = _what(folder, set_, (url, file, list_, category), resume=resume)
    request = RunRequest(
        home=folder,
        targets=targets,
        controls=() if no_control else urls(control or set_.control, "--control"),
        resolvers=resolvers(resolver or set_.resolver),
        doh=urls(doh or set_.doh, "--doh"),
        concurrency=concurrency or set_.concurrency,
        max_runtime=max_runtime or set_.max_runtime,
        diagnose=set_.diagnose if diagnose is None else diagnose,
        resume_run_id=run_id,
        ca_file=None if set_.ca_file is None else Path(set_.ca_file),
    )
    if upload:
        request_of(folder, set_, None, None)  # a collector is named, and rightly
    purpose = Purpose(codes(category), diagnose is True)
    if dry_run:
        show(request, foreseen(folder, set_, upload=upload), purpose, as_json=as_json)
        raise typer.Exit
    request = narrowed(request, require(folder, yes=yes), purpose)
    sharing = _sharing(folder, set_, upload=upload is True, yes=yes)
    if sharing is not None:
        request = replace(request, share_with=sharing.collectors)
    again = _asked(
        {"--control": control, "--resolver": resolver, "--doh": doh},
        {"--concurrency": concurrency, "--max-runtime": max_runtime},
        {"--no-control": no_control or None, "--diagnose": diagnose, "--upload": upload},
    )
    report = _measure(request, as_json=as_json, no_control=no_control, again=again)
    _over(report, sharing if (set_.upload if upload is None else upload) else None)


def _one_of_them(control: list[str] | None, *, no_control: bool) -> None:
    if control and no_control:
        raise typer.BadParameter("--control and --no-control exclude each other")


def _over(report: "RunReport", sharing: "UploadRequest | None") -> NoReturn:
    """Send what was measured, where it is to be sent; end with the run's status."""
    if sharing is not None and not report.interrupted and report.exit_code != OFFLINE:
        _send(sharing, report)
    raise typer.Exit(report.exit_code)


def _sharing(folder: Path, set_: "Settings", *, upload: bool, yes: bool) -> "UploadRequest | None":
    """With whom what is measured will be shared; None: with nobody, or it was not agreed to.

    Agreed to for all time: what is due goes as well. For this run only: only what it measures.
    """
    from probe.cli.sharing import agreed, for_run  # noqa: PLC0415 - lazily

    stored = agreed(folder)
    if not set_.collector or (stored is None and not upload):
        return None
    from probe.cli.upload import request_of  # noqa: PLC0415 - lazily

    request = request_of(folder, set_, None, None)
    if stored is not None:
        request = replace(request, agreed_since=stored.since, hurry=upload)
        return replace(request, bodies=stored.bodies, alone=stored.alone)
    for_run(folder, yes=yes)
    return request


def _send(request: "UploadRequest", report: "RunReport") -> None:
    from probe.cli.upload import after_run  # noqa: PLC0415 - lazily

    only_this = request.agreed_since is None
    after_run(replace(request, run_id=report.run_id if only_this else None))


def _asked(
    lists: dict[str, list[str] | None],
    numbers: dict[str, float | None],
    flags: dict[str, bool | None],
) -> str:
    """What was said of how to measure: a run that goes on has to be told again."""
    words = [
        f" {option} {shlex.quote(v)}" for option, values in lists.items() for v in values or ()
    ]
    words += [f" {option} {number:g}" for option, number in numbers.items() if number is not None]
    for option, yes in flags.items():
        if yes is not None:
            words.append(f" {option}" if yes else f" --no-{option.removeprefix('--')}")
    return "".join(words)


def _measure(request: "RunRequest", *, as_json: bool, no_control: bool, again: str) -> "RunReport":
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring import measure as wiring  # noqa: PLC0415 - slow, and only now needed

    homes.make(request.home)
    if not request.controls and not no_control:
        say(
            _(
                "There is no control to compare with (--control, ANYQTA_CONTROL or config.toml):"
                " more verdicts will be inconclusive."
            )
        )
    try:
        with listening(as_json=as_json, at_most=request.max_runtime) as listener:
            report = wiring.measure(request, listener)
    except KeyboardInterrupt:  # a second one, or before anything began
        if homes.database(request.home).exists() and homes.unfinished(request.home):
            says = _("It was stopped at once; what was measured is kept.")
            say(f"{says} {_to_go_on(request.home, again)}")
        raise
    finish(report, request.home, as_json=as_json, again=_to_go_on(request.home, again))
    if report.measured and not as_json:
        from probe.cli.changes import after_run as tell_changes  # noqa: PLC0415 - lazily

        tell_changes(request.home, report.run_id)
    return report


Wanted = tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None]


def _what(
    folder: Path, set_: "Settings", wanted: Wanted, *, resume: bool
) -> tuple[str | None, tuple["Target", ...]]:
    """The targets; and the run that they belong to, if it goes on."""
    if not resume:
        return None, _targets(set_, wanted)
    if any(wanted):
        raise typer.BadParameter("--resume goes on with the last run's targets; give no others")
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.engine.targets import Target  # noqa: PLC0415
    from probe.engine.urls import normalise  # noqa: PLC0415

    owed = homes.unfinished(folder) if homes.database(folder).exists() else None
    if owed is None:
        stop(_("there is nothing to resume: the last run ended whole, or there was none"))
    run_id, left = owed
    says = ngettext(
        "Going on with run {run}: {n} target is left.",
        "Going on with run {run}: {n} targets are left.",
        len(left),
    )
    say(says.format(run=run_id, n=len(left)))
    targets = (
        Target(url=normalise(given), given=given, category_code=code, source=run_id)
        for given, code in left
    )
    return run_id, tuple(targets)


def _targets(set_: "Settings", wanted: Wanted) -> tuple["Target", ...]:
    from probe.engine.targets import (  # noqa: PLC0415 - lazily
        NoTargetLeftError,
        join,
        load_bundled,
        only_categories,
        parse_targets,
    )

    given, files, lists, categories = wanted
    parts = []
    if given:
        parsed = parse_targets("\n".join(given), "the command line")
        if parsed.problems:
            first = parsed.problems[0]
            raise typer.BadParameter(f"{first.text}: {told(first.reason)}")
        parts.append(parsed)
    for name in files or ():
        parsed = _from_stdin() if name == "-" else _from_file(Path(name))
        for problem in parsed.problems:
            skipped = _("{where}: {text}: {reason}; skipped")
            where = f"{name}:{problem.line}"
            say(skipped.format(where=where, text=problem.text, reason=told(problem.reason)))
        parts.append(parsed)
    parts += [load_bundled(name) for name in lists or ()]
    if not parts and set_.list is None:
        # Which names leave this computer is the volunteer's own choice, each time.
        stop(
            _(
                "nothing to measure was named. Name a URL, a file with -f, or a list with -l"
                " (`anyqta lists` tells which there are, kz among them)."
            ),
            WRONG_USAGE,
        )
    if not parts and set_.list is not None:
        bundled = load_bundled(set_.list)
        count = len(bundled.targets)
        says = ngettext(
            "Measuring the bundled list {list}: {n} target.",
            "Measuring the bundled list {list}: {n} targets.",
            count,
        )
        say(says.format(list=repr(set_.list), n=count))
        parts.append(bundled)
    together = join(parts)
    if categories:
        codes = [code for value in categories for code in value.split(",") if code.strip()]
        together = only_categories(together, codes)
    if not together.targets:
        raise NoTargetLeftError("no target is left to measure")
    return together.targets


def _from_file(path: Path) -> "ParsedTargets":
    from probe.engine.targets import CannotReadError, load_file  # noqa: PLC0415 - lazily

    if path.is_file():
        with contextlib.suppress(OSError), path.open("rb") as file:
            _refuse_binary(file.read(4096), str(path))
    elif path.is_dir():
        raise CannotReadError(f"{path} is a folder; give a file with one URL a line")
    return load_file(path)


def _from_stdin() -> "ParsedTargets":
    from probe.engine.targets import CannotReadError, parse_targets, require_targets  # noqa: PLC0415

    raw = sys.stdin.buffer.read(_MAX_STDIN + 1)
    if len(raw) > _MAX_STDIN:
        raise CannotReadError("standard input is larger than 256 MiB")
    _refuse_binary(raw[:4096], "standard input")
    return require_targets(parse_targets(raw, "standard input"), "standard input")


def _refuse_binary(start: bytes, name: str) -> None:
    from probe.engine.targets import CannotReadError  # noqa: PLC0415 - lazily

    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):  # not UTF-16 either
        raise CannotReadError(f"{name} is not a text file; give one URL a line, or a CSV")


@contextlib.contextmanager
def listening(*, as_json: bool, at_most: float | None = None) -> Iterator["Listener"]:
    """Whom the engine tells: a screen, a log, or a script."""
    from probe.cli.progress import json_lines, plain_lines, quiet, screen  # noqa: PLC0415 - lazily

    shown = sys.stderr.isatty() and not (as_json and sys.stdout.isatty())
    still = os.environ.get("ANYQTA_PLAIN") or os.environ.get("TERM") in {"dumb", "unknown"}
    with contextlib.ExitStack() as stack:
        listener = plain_lines(at_most) if shown else quiet(as_json)
        if shown and not still:
            listener = stack.enter_context(screen(at_most))
        yield json_lines(listener) if as_json else listener


def finish(report: "RunReport", folder: Path, *, as_json: bool, again: str) -> int:
    """The last words of a run; its exit status. `again`: how to go on."""
    if report.message:
        say(told(report.message))
    say(_total(report))
    if report.measured and not as_json:
        where = _where(folder)
        say(_("Why: {command}").format(command=f"anyqta show last{where}"))
        say(_("All: {command}").format(command=f"anyqta results --run {report.run_id}{where}"))
    if report.interrupted and not report.message:
        says = _("It was interrupted; what was measured is kept.")
        say(f"{says} {again}")
    elif report.left:
        say(again)
    return report.exit_code


def _to_go_on(folder: Path, again: str) -> str:
    return _("To go on: {command}").format(command=f"anyqta run --resume{again}{_where(folder)}")


def _where(folder: Path) -> str:
    return "" if folder == _default_home() else f" --home {shlex.quote(str(folder))}"


def _total(report: "RunReport") -> str:
    if report.failed:
        says = _("Run {run}: {measured} measured, {failed} could not be.")
        return says.format(run=report.run_id, measured=report.measured, failed=report.failed)
    return _("Run {run}: {measured} measured.").format(run=report.run_id, measured=report.measured)


def _default_home() -> Path:
    from probe import home as homes  # noqa: PLC0415 - lazily

    return homes.folder(None)
