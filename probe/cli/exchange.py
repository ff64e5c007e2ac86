"""`anyqta import`, `export`, `rescore`: what is stored, and the rest of the world."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options, verdict_words
from probe.cli.plainly import FAILED, plainly, say, stop
from probe.words import _, ngettext, told

if TYPE_CHECKING:
    from measurements.schema.measurement import Measurement
    from probe.home import BadLine


_TOLD = 3  # lines that are skipped, of one file: what is wrong with a thousand is the same


@plainly
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="OONI documents, JSON or JSONL, gzipped or not.")
    ],
    *,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Judge measurements of others (OONI's format) and store them. A bad line is skipped.

    A sender's own verdict does not count. What is stored already is left as it is.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.lines import line  # noqa: PLC0415
    from probe.cli.progress import result  # noqa: PLC0415
    from probe.cli.results import short  # noqa: PLC0415

    for path in files:
        if path.is_dir():
            raise typer.BadParameter(f"{path} is a folder; give its files")
        if not path.exists():
            stop(_("{path} does not exist").format(path=path))

    def new(m: "Measurement") -> None:
        typer.echo(line(m) if as_json else f"{short(m.measurement_uid)[:12]}  {result(m)}")

    skips = Counter[str]()

    def bad(problem: "BadLine") -> None:
        skips[problem.file] += 1
        if skips[problem.file] > _TOLD:
            return
        skipped = _("{where}: {reason}; skipped")
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        say(skipped.format(where=where, reason=told(problem.reason)))

    done = homes.import_files(homes.folder(home), files, on_new=new, on_bad=bad)
    for name, count in skips.items():
        if count > _TOLD:
            more = count - _TOLD
            says = ngettext(
                "{file}: {n} more line is skipped", "{file}: {n} more lines are skipped", more
            )
            say(says.format(file=name, n=more))
    says = _("{new} imported, {known} were here already, {bad} skipped.")
    say(says.format(new=done.new, known=done.known, bad=done.bad))
    if done.bad and not done.new and not done.known:
        raise typer.Exit(FAILED)


@plainly
def export(  # noqa: PLR0913 - one filter each
    file: Annotated[
        Path | None, typer.Argument(help="To write; gzipped if it ends in .gz. None, or -: stdout.")
    ] = None,
    *,
    status: options.Statuses = None,
    url: options.UrlPart = None,
    run: options.Run = None,
    since: options.Since = None,
    until: options.Until = None,
    home: options.Home = None,
) -> None:
    """Write measurements as OONI documents, one JSON line each, oldest first."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    wanted = homes.Filter(
        status=options.statuses(status),
        url=url,
        run_id=run,
        since=options.moment(since),
        until=options.moment(until),
    )
    path = None if file is None or str(file) == "-" else file
    if path is None and sys.stdout.isatty():
        say(_("Writing to the terminal; give a file name to write a file."))
    count = homes.export(homes.folder(home), wanted, path)
    if path is None:
        says = ngettext("{n} measurement written.", "{n} measurements written.", count)
    else:
        says = ngettext(
            "{n} measurement written to {path}.", "{n} measurements written to {path}.", count
        )
    say(says.format(n=count, path=path))


@plainly
def rescore(
    *,
    url: options.UrlPart = None,
    run: options.Run = None,
    since: options.Since = None,
    until: options.Until = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Judge what is stored again, with this version's rules. Earlier verdicts are kept beside."""
    import json  # noqa: PLC0415 - lazily

    from probe import home as homes  # noqa: PLC0415

    wanted = homes.Filter(
        url=url, run_id=run, since=options.moment(since), until=options.moment(until)
    )
    folder = homes.folder(home)
    if not homes.database(folder).exists():
        stop(_("nothing has been measured yet; try: anyqta run URL"))

    def judged(count: int) -> None:
        if sys.stderr.isatty() and count % 100 == 0:
            sys.stderr.write("\r" + ngettext("{n} judged", "{n} judged", count).format(n=count))

    done = homes.rescore(folder, wanted, on_judged=judged)
    moves = [{"from": before, "to": after, "count": n} for (before, after), n in done.moves]
    if as_json:
        typer.echo(json.dumps({"judged": done.judged, "changed": done.stored, "moves": moves}))
        return
    says = _("{judged} judged again, {changed} verdicts differ.")
    typer.echo(says.format(judged=done.judged, changed=done.stored))
    for (before, after), n in done.moves:
        was = verdict_words.status(before) or _("not judged")
        typer.echo(f"{n:7}  {was} -> {verdict_words.status(after)}")
