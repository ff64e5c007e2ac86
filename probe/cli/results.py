"""`anyqta results`: what was found, newest first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from measurements.schema.words import Status
from probe import words
from probe.cli import options, verdict_words
from probe.cli.clean import clean
from probe.cli.plainly import plainly
from probe.words import N_, _, ngettext, told

if TYPE_CHECKING:
    from probe.home import ResultRow

_UID = 8
_WIDTH = 80
# One word for all collectors together; `show` tells each one's, with the reason.
_SENT = {
    "waiting": N_("wait"),
    "sent": N_("sent"),
    "accepted": N_("yes"),
    "duplicate": N_("yes"),
    "rejected": N_("no"),
    "withdrawn": N_("back"),
}
Changes = Annotated[
    bool,
    typer.Option("--changes", help="What changed since last time, for the last run or --run."),
]


@plainly
def results(  # noqa: PLR0913 - one filter each
    *,
    status: options.Statuses = None,
    url: options.UrlPart = None,
    run: options.Run = None,
    since: options.Since = None,
    until: options.Until = None,
    limit: options.Limit = 50,
    changes: Changes = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """List what was measured, newest first."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    wanted = homes.Filter(
        status=options.statuses(status),
        url=url,
        run_id=run,
        since=options.moment(since),
        until=options.moment(until),
        limit=limit or None,
    )
    folder = homes.folder(home)
    if not homes.database(folder).exists():
        typer.echo(_("Nothing has been measured yet. Try: anyqta run URL"), err=True)
        return
    if changes:
        if status or url or since or until:
            raise typer.BadParameter("--changes is about a whole run; only --run goes with it")
        from probe.cli.changes import show  # noqa: PLC0415 - lazily

        show(folder, run, as_json=as_json)
        return
    if as_json:
        from probe.cli.lines import line  # noqa: PLC0415 - lazily

        rows = {row.measurement_uid: row for row in homes.results(folder, wanted)}
        for m in homes.measurements(folder, wanted, newest_first=True):
            row = rows.get(m.measurement_uid)  # None: stored between the two questions
            typer.echo(line(m, row.upload, row.upload_says) if row else line(m))
        return
    listed = homes.results(folder, wanted)
    if not listed:
        typer.echo(_("Nothing that was measured fits this."), err=True)
        return
    whole = not (status or url or run or since or until)
    typer.echo("\n".join([*table(listed), *(_since_last(folder) if whole else ())]))
    if limit and len(listed) == limit:
        says = ngettext(
            "This is the newest; --limit shows more.",
            "These are the newest {n}; --limit shows more.",
            limit,
        )
        typer.echo(says.format(n=limit), err=True)


def _since_last(folder: Path) -> list[str]:
    from probe.cli.changes import beneath  # noqa: PLC0415 - lazily

    return beneath(folder)


def table(rows: Iterable["ResultRow"]) -> list[str]:
    """As text. The first column is enough for `anyqta show`."""
    rows = list(rows)
    names = [short(row.measurement_uid) for row in rows]
    shown = shortest(names)
    # A column for those who share.
    sent = max((len(told(word)) for word in _SENT.values()), default=0)
    sent = sent if any(row.upload for row in rows) else 0
    statuses = [*map(verdict_words.status, Status), _("not judged")]
    judged = max(12, verdict_words.widest(statuses))
    head = (_("uid").ljust(shown), _("when (UTC)"), _("status").ljust(judged))
    lines = _row(head, _("how"), _cell(_("sent"), sent), "url")
    for row, name in zip(rows, names, strict=True):
        uid = clean(name)[:shown].ljust(shown)
        when = clean(row.measurement_start_time[:16].replace("T", " "))
        status = clean(verdict_words.status(row.status) or _("not judged")).ljust(judged)
        how = verdict_words.how(row.layer, row.mechanism)
        upload = _cell(told(_SENT.get(row.upload or "", "-")), sent)
        lines += _row((uid, when, status), how, upload, clean(row.input, 200))
    return [*lines, *_rejected(rows)]


def _rejected(rows: Sequence["ResultRow"]) -> list[str]:
    """Why some were not taken, beneath; `show` has it for each collector."""
    from probe.cli.upload import told_reason  # noqa: PLC0415 - lazily

    why = Counter(row.upload_says for row in rows if row.upload_says)
    return [
        _("{n} rejected: {why}").format(n=n, why=clean(told_reason(says)))
        for says, n in why.most_common()
    ]


def _row(first: tuple[str, str, str], how: str, sent: str, url: str) -> list[str]:
    """The contract's words fit into a column. In another language they come last, or below."""
    uid, when, status = first
    line = f"{uid}  {when:<16}  {status}  "
    if words.language() == words.ENGLISH:
        return [f"{line}{how:<16}  {sent}{url}"]
    line += f"{sent}{url}"
    if len(line) + 2 + len(how) <= _WIDTH:
        return [f"{line}  {how}".rstrip()]
    return [line, f"{'':{len(uid)}}  {how}"]


def _cell(text: str, width: int) -> str:
    return f"{text:<{width}}  " if width else ""


def short(uid: str) -> str:
    """The part of a uid that tells it from others: OONI's begin with a time and a country."""
    return uid.rpartition("_")[2] or uid


def shortest(uids: list[str]) -> int:
    """How much of the uids tells these apart."""
    ordered = sorted(set(uids))
    common = 0
    for a, b in pairwise(ordered):
        common = max(common, _same(a, b))
    return max(_UID, common + 1)


def _same(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
