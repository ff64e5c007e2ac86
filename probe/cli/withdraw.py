"""`anyqta withdraw`: have deleted what was sent."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import FAILED, WRONG_USAGE, plainly, say, stop
from probe.cli.upload import Collectors, ProxyUrl
from probe.words import _, told

if TYPE_CHECKING:
    from probe.engine.request import WithdrawRequest
    from probe.wiring.withdraw import Withdrawn


@plainly
def withdraw(  # noqa: PLR0913 - one option each
    uids: Annotated[
        list[str] | None, typer.Argument(metavar="UID", help="Which; the beginning of it will do.")
    ] = None,
    *,
    run: options.Run = None,
    every: Annotated[bool, typer.Option("--all", help="All that was ever sent.")] = False,
    collector: Collectors = None,
    proxy: ProxyUrl = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Ask the collectors to delete measurements that you sent; what still waits is not sent.

    Your own copies stay. What was withdrawn is never sent there again.
    """
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.sharing import can_ask, measurements, yes_to  # noqa: PLC0415

    if sum((bool(uids), run is not None, every)) != 1:
        raise typer.BadParameter("say which: UIDs, or --run ID, or --all")
    folder = homes.folder(home)
    request = _request(folder, tuple(uids or ()), run, collector, proxy)
    if not homes.database(folder).exists():
        stop(_("nothing has been measured here yet"))
    from probe.wiring.withdraw import count, withdraw_all  # noqa: PLC0415 - slow to import

    how_many = count(request)
    if not how_many:
        say(_("None of this was sent anywhere, and none of it waits to be: nothing to withdraw."))
        return
    if not yes:
        if not can_ask():
            about = _("this is about {measurements}; to do it: --yes")
            stop(about.format(measurements=measurements(how_many)), WRONG_USAGE)
        question = _("To be deleted where you sent them: {measurements}.")
        if not yes_to(question.format(measurements=measurements(how_many))):
            stop(_("nothing was withdrawn"))
    done = withdraw_all(request)
    for one in done:
        _tell(one, as_json=as_json)
    if any(one.left or one.refused for one in done):
        raise typer.Exit(FAILED)


def _request(
    folder: Path,
    uids: tuple[str, ...],
    run: str | None,
    collectors: list[str] | None,
    proxy: str | None,
) -> "WithdrawRequest":
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.engine.request import WithdrawRequest  # noqa: PLC0415
    from probe.upload.collectors import BadCollector, parse_collector  # noqa: PLC0415
    from probe.upload.proxies import BadProxy, parse_proxy  # noqa: PLC0415

    set_ = homes.settings(folder)
    through = proxy or set_.proxy
    try:
        for text in collectors or ():
            parse_collector(text)
        if through is not None:
            parse_proxy(through)
    except (BadCollector, BadProxy) as exc:
        raise typer.BadParameter(str(exc)) from exc
    return WithdrawRequest(
        home=folder,
        uids=uids,
        run_id=run,
        collectors=tuple(collectors or ()),
        proxy=through,
        ca_file=None if set_.ca_file is None else Path(set_.ca_file),
    )


def _tell(one: "Withdrawn", *, as_json: bool) -> None:
    if as_json:
        line = {
            "collector": one.url,
            "withdrawn": one.withdrawn,
            "refused": one.refused,
            "kept_back": one.kept_back,
            "left": one.left,
            "says": one.trouble or None,
        }
        typer.echo(json.dumps(line, ensure_ascii=True))
        return
    parts = [
        says.format(n=number)
        for number, says in (
            (one.withdrawn, _("{n} deleted there")),
            (one.kept_back, _("{n} had not been sent and will not be")),
            (one.refused, _("{n} refused by the collector")),
            (one.left, _("{n} not asked for yet")),
        )
        if number
    ]
    say(f"{one.url}: {', '.join(parts)}.")
    if one.trouble:
        say("  " + _("Why not: {why}").format(why=told(one.trouble)))
        say("  " + _("It stays where it is until you ask again: the same command, later."))
