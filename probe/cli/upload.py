"""`anyqta upload`: what was agreed to be shared is brought to the collectors, and what became of it."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.clean import clean
from probe.cli.plainly import (
    FAILED,
    INTERRUPTED,
    OFFLINE,
    WRONG_USAGE,
    plainly,
    say,
    stop,
)
from probe.words import _, ngettext, told

if TYPE_CHECKING:
    from probe.engine.request import UploadRequest
    from probe.settings import Settings
    from probe.upload.uploader import Delivery, News
    from probe.wiring.upload import Report

Collectors = Annotated[
    list[str] | None,
    typer.Option("--collector", help="Send to this one; repeatable.", metavar="URL"),
]
ProxyUrl = Annotated[
    str | None,
    typer.Option(help="Through this proxy, as socks5h://127.0.0.1:9050 (Tor).", metavar="URL"),
]
Bodies = Annotated[
    bool | None, typer.Option("--bodies/--no-bodies", help="Send the pages that came as well.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show the very bytes that would go; send nothing.")
]
ToFile = Annotated[
    Path | None,
    typer.Option(help="Write a bundle for a memory stick; contact nobody.", metavar="FILE"),
]
InviteFile = Annotated[
    str | None,
    typer.Option(help="The invitation to this collector, in a file; -: stdin.", metavar="FILE"),
]
TrustNewKey = Annotated[
    bool, typer.Option("--trust-new-key", help="The collector's operator made a new key.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree, for this time, to send all that is here.")]
_MOST_INVITE = 4096
_EVERY = 100


@plainly
def upload(  # noqa: PLR0913 - one option each; CONTRACT §2
    *,
    collector: Collectors = None,
    proxy: ProxyUrl = None,
    run: options.Run = None,
    since: options.Since = None,
    until: options.Until = None,
    bodies: Bodies = None,
    dry_run: DryRun = False,
    to_file: ToFile = None,
    invite: InviteFile = None,
    trust_new_key: TrustNewKey = False,
    yes: Yes = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Send your results to the collectors that you chose, scrubbed of what would give you away.

    Each stays owed until the collector has signed what became of it.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.consent import require  # noqa: PLC0415
    from probe.cli.sharing import agreed, settle  # noqa: PLC0415

    folder = homes.folder(home)
    set_ = homes.settings(folder)
    request = request_of(folder, set_, collector, proxy)
    sharing = agreed(folder)
    request = replace(
        request,
        run_id=run,
        since=options.moment(since),
        until=options.moment(until),
        bodies=(sharing is not None and sharing.bodies) if bodies is None else bodies,
        alone=sharing is not None and sharing.alone,
        trust_new_key=trust_new_key,
        invite=_invite(request, invite),
    )
    if (to_file is not None or trust_new_key) and len(request.collectors) > 1:
        raise typer.BadParameter("name the one collector that this is about, with --collector URL")
    if to_file is not None and to_file.exists():
        raise typer.BadParameter(f"{to_file} is there already; name another file")
    if not homes.database(folder).exists():
        say(_("Nothing has been measured yet, so there is nothing to send. Try: anyqta run URL"))
        return
    if dry_run:
        since_ = None if yes or sharing is None else sharing.since
        _show(replace(request, agreed_since=since_))
        return
    require(folder, yes=yes)
    request = settle(request, yes=yes)
    if to_file is not None:
        _write(request, to_file)
        return
    report = send(request, as_json=as_json)
    _tell(report, typer.echo if not as_json else say)
    if not any(any(d.counts.values()) for d in report.deliveries):
        _say_why(request)
    raise typer.Exit(_status(report))


def request_of(
    folder: Path, set_: "Settings", collectors: list[str] | None, proxy: str | None
) -> "UploadRequest":
    """Where to, and how; checked before anything begins."""
    from probe.engine.request import UploadRequest  # noqa: PLC0415 - lazily
    from probe.upload.collectors import BadCollector, parse_collector  # noqa: PLC0415
    from probe.upload.proxies import BadProxy, parse_proxy  # noqa: PLC0415

    named = tuple(dict.fromkeys(collectors or set_.collector))
    if not named:
        stop(
            _(
                "no collector is set, so there is nobody to send to. Name one with --collector URL, with"
                " ANYQTA_COLLECTOR, or as `collector` in config.toml."
            ),
            WRONG_USAGE,
        )
    try:
        if len({parse_collector(text).url for text in named}) < len(named):
            raise typer.BadParameter("the same collector is named twice")
        through = proxy or set_.proxy
        if through is not None:
            parse_proxy(through)
    except (BadCollector, BadProxy) as exc:
        raise typer.BadParameter(str(exc)) from exc
    return UploadRequest(
        home=folder,
        collectors=named,
        proxy=through,
        ca_file=None if set_.ca_file is None else Path(set_.ca_file),
    )


def _invite(request: "UploadRequest", name: str | None) -> str | None:
    """Out of a file: an argument would stand in the list of processes, and in the shell's history."""
    if name is None:
        return None
    from probe.upload.keys import clean_invite  # noqa: PLC0415 - lazily

    if len(request.collectors) > 1:
        raise typer.BadParameter("name the collector that invites you, with --collector URL")
    try:
        if name == "-":
            text = sys.stdin.read(_MOST_INVITE)
        else:
            with Path(name).open(encoding="ascii", errors="replace") as file:
                text = file.read(_MOST_INVITE)
    except OSError as exc:
        raise typer.BadParameter(
            f"the file of --invite cannot be read ({exc.strerror}); the invitation itself is never"
            " given on the command line"
        ) from exc
    invite = clean_invite(text)
    if invite is None:
        raise typer.BadParameter("what --invite names holds no invitation, or not the whole of one")
    return invite


def send(request: "UploadRequest", *, as_json: bool, quiet: bool = False) -> "Report":
    """Bring it; a line for each answer where a script reads."""
    from probe.upload.collectors import parse_collector  # noqa: PLC0415 - lazily
    from probe.wiring.upload import upload as bring  # noqa: PLC0415 - slow to import

    for text in request.collectors:
        if parse_collector(text).in_the_clear:
            line = _(
                "{url}: this goes in the clear: whoever watches your network can read what you send."
                " Better: https://, or a proxy."
            )
            say(line.format(url=text))
    answered, said = 0, ""

    def hear(news: "News") -> None:
        nonlocal answered, said
        if not news.measurement_uid:
            trouble = f"{news.url}: {clean(told(news.says))}."
            if trouble != said:  # it tries for minutes: the same again says nothing new
                say(trouble)
            said = trouble
            return
        said = ""
        answered += 1
        if as_json:
            line = {
                "measurement_uid": news.measurement_uid,
                "collector": news.url,
                "state": news.state,
                "says": news.says or None,
            }
            typer.echo(json.dumps(line, ensure_ascii=True))
        elif not quiet and sys.stderr.isatty() and answered % _EVERY == 0:
            sys.stderr.write("\r" + _("{n} answered").format(n=answered))
            sys.stderr.flush()

    report = bring(request, hear)
    if answered >= _EVERY and not as_json and not quiet and sys.stderr.isatty():
        sys.stderr.write(f"\r{' ' * 30}\r")
    return report


def _tell(report: "Report", out: Callable[[str], None]) -> None:
    for delivery in report.deliveries:
        for line in words(delivery):
            out(clean(line))
    if report.interrupted:
        say(_("Interrupted. What was not answered is kept; to go on: anyqta upload"))
    elif report.offline:
        say(_("This computer is offline; what waits is kept. When it is back: anyqta upload"))


def words(d: "Delivery") -> list[str]:
    """How it went with one collector, for a person."""
    named = (
        ("accepted", _("{n} accepted")),
        ("duplicate", _("{n} it had already")),
        ("rejected", _("{n} rejected")),
    )
    parts = [one.format(n=d.counts[state]) for state, one in named if d.counts.get(state)]
    if d.waiting:
        parts.append(ngettext("{n} waits", "{n} wait", d.waiting).format(n=d.waiting))
    lines = [f"{d.url}: {', '.join(parts) if parts else _('nothing to send')}."]
    for (_status, says), count in sorted(d.reasons.items(), key=lambda item: -item[1]):
        lines.append("  " + _("{n} rejected: {why}").format(n=count, why=told_reason(says)))
    if d.trouble and d.waiting:
        lines.append("  " + _("Why it waits: {why}").format(why=told_reason(d.trouble)))
        if d.next_attempt_at is not None:
            again = _("Tried again by the first run after {when} UTC.")
            lines.append("  " + again.format(when=f"{d.next_attempt_at:%Y-%m-%d %H:%M}"))
    return lines


def told_reason(says: str) -> str:
    """As it is stored, beginning with who decided."""
    from probe.upload.outbox import ASKED_TO_WAIT, KEPT_AT_HOME  # noqa: PLC0415 - lazily

    for start, line in (
        (KEPT_AT_HOME, _("kept at home: {why}")),
        (f"{ASKED_TO_WAIT}: ", _("the collector asked to wait: {why}")),
    ):
        if says.startswith(start):
            return line.format(why=told(says.removeprefix(start)))
    return told(says)


def _status(report: "Report") -> int:
    if report.interrupted:
        return INTERRUPTED
    if report.offline:
        return OFFLINE
    return 0 if report.all_answered else FAILED


def _for_terminal(document: bytes) -> str:
    """The same JSON in ASCII: nothing in it can reach a terminal as a command."""
    return json.dumps(json.loads(document), ensure_ascii=True, separators=(",", ":"))


def _show(request: "UploadRequest") -> None:
    """--dry-run: the documents on standard output, what stands around them beside."""
    from probe.wiring.bundle import preview  # noqa: PLC0415 - slow to import

    count = 0
    for part in preview(request):
        for document in part.documents:
            typer.echo(_for_terminal(document) if sys.stdout.isatty() else document)
        for uid, reason in part.kept:
            say(_("{uid}: stays at home: {why}").format(uid=uid, why=told(reason)))
        if not part.documents:
            continue
        count += len(part.documents)
        line = _("{url}: a submission of {n}, {bytes} bytes, SHA-256 {digest}")
        if not part.final:
            line = _(
                "{url}: a submission of {n}, {bytes} bytes, SHA-256 {digest} (of a key and secrets made"
                " for this; others will be made)"
            )
        values = {"url": part.url, "n": len(part.documents), "bytes": part.bytes}
        say(line.format(**values, digest=part.digest))
    if count:
        say(_("Nothing was sent. {n} would go.").format(n=count))
    else:
        say(_("Nothing would go."))
        _say_why(request)


def _say_why(request: "UploadRequest") -> None:
    from probe.wiring.bundle import has_pretended  # noqa: PLC0415 - slow to import

    if has_pretended(request.home):
        say(_("What the demonstration measured is pretended, so it is never shared."))


def _write(request: "UploadRequest", path: Path) -> None:
    from probe.cli.sharing import measurements  # noqa: PLC0415 - lazily
    from probe.wiring.bundle import to_file  # noqa: PLC0415 - slow to import

    done = to_file(request, path)
    for uid, reason in done.kept:
        say(_("{uid}: stays at home: {why}").format(uid=uid, why=told(reason)))
    if not done.documents:
        say(_("There is nothing to send, so no file was written."))
        _say_why(request)
        return
    line = _("{measurements} written to {path} ({bytes} bytes).")
    many = measurements(done.documents)
    say(line.format(measurements=many, path=path, bytes=done.bytes))
    say(_("Whoever brings it to the collector's operator cannot change it."))
    say(_("It can be read by whoever has it."))


def after_run(request: "UploadRequest") -> None:
    """At the end of `anyqta run`: it is told, and changes nothing about how the run ended."""
    from probe.home import HomeError, StoreError  # noqa: PLC0415 - lazily

    try:
        report = send(request, as_json=False, quiet=True)
    except (HomeError, StoreError) as exc:
        say(_("Sending did not work: {why}").format(why=told(str(exc))))
        return
    _tell(report, say)
