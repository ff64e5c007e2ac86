"""`anyqta doctor`: what is wrong here, and what to do about it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import options
from probe.cli.plainly import plainly, say
from probe.words import N_, _, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probe.engine.doctor import Check
    from probe.wiring.doctor import DoctorRequest

WIDTH = 80
_STATES = {
    "ok": N_("ok"),
    "warning": N_("WARNING"),
    "broken": N_("BROKEN"),
    "not checked": N_("not checked"),
}
# Those of one word; the others are found in the sentences of engine/doctor*.py.
NAMES = (
    *(N_("Version"), N_("Privileges"), N_("Keys"), N_("Database"), N_("Settings"), N_("Schedule")),
    *(N_("Clock"), N_("Proxy"), N_("Internet"), N_("Resolver"), N_("Resolvers"), N_("Controls")),
    *(N_("Control {url}"), N_("Collector {url}"), N_("Resolver {address}"), N_("Collectors")),
    N_("Resolver {address} (this computer's)"),
    *(N_("Map of networks"), N_("Site lists"), N_("none.")),
)
_NO_LEAVE = (
    N_("you have not agreed to the risks, so nothing was sent."),
    N_("anyqta consent give, or for this time: anyqta doctor --yes"),
)
_NO_SETTINGS = (N_("the settings cannot be used (see above), so nothing was sent."), "")
_OFFLINE_ONLY = (N_("--offline was given, so nothing was sent."), "")


@plainly
def doctor(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at this computer only; send nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to the risks of asking, for this time.")
    ] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> None:
    """Check this computer, its network, resolvers, controls and collectors; say what to do."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.wiring.doctor import examine  # noqa: PLC0415 - slow to import

    request = _request(homes.folder(home), offline=offline, yes=yes)
    if request.leave is None and sys.stderr.isatty():
        say(_("Looking; this takes some seconds …"))
    found = examine(request)
    if as_json:
        for check in found.checks:
            line = {"check": check.name, "state": str(check.state), "says": check.says}
            typer.echo(json.dumps(line | {"todo": check.todo or None}, ensure_ascii=False))
    else:
        for row in rows(found.checks, WIDTH):
            typer.echo(row)
        typer.echo(total(found.checks))
    raise typer.Exit(found.status)


def _request(folder: Path, *, offline: bool, yes: bool) -> "DoctorRequest":
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.cli.values import resolvers, urls  # noqa: PLC0415
    from probe.consent.record import holds  # noqa: PLC0415
    from probe.settings import Settings, SettingsError  # noqa: PLC0415
    from probe.upload.collectors import parse_collector  # noqa: PLC0415
    from probe.upload.proxies import parse_proxy  # noqa: PLC0415
    from probe.wiring.doctor import DoctorRequest  # noqa: PLC0415

    set_, trouble = Settings(), None
    try:
        set_ = homes.settings(folder)
        for text in set_.collector:
            parse_collector(text)
        if set_.proxy is not None:
            parse_proxy(set_.proxy)
        controls, doh = urls(set_.control, "--control"), urls(set_.doh, "--doh")
        asked = resolvers(set_.resolver)
    except (ValueError, SettingsError, homes.HomeError, typer.BadParameter) as exc:
        set_, trouble, controls, doh, asked = Settings(), str(exc), (), (), ()
    leave: tuple[str, str] | None = None
    if offline:
        leave = _OFFLINE_ONLY
    elif trouble is not None:
        leave = _NO_SETTINGS
    elif not yes and not holds(homes.consent(folder), homes.risks()):
        leave = _NO_LEAVE
    return DoctorRequest(
        home=folder,
        leave=leave,
        controls=controls,
        resolvers=asked,
        doh=doh,
        collectors=set_.collector,
        agreed=homes.sharing(folder) is not None,
        proxy=set_.proxy,
        ca_file=None if set_.ca_file is None else Path(set_.ca_file),
        trouble=trouble,
    )


def rows(checks: "Sequence[Check]", width: int) -> list[str]:
    """A line for each, its state in words first; what to do stands below it."""
    from probe.cli.page import Page  # noqa: PLC0415 - lazily

    page = Page()
    column = max(len(told(state)) for state in _STATES.values()) + 2
    for alike in _together(checks):
        check = alike[0]
        names = ", ".join(told(one.name) for one in alike)
        label = told(_STATES[check.state]).ljust(column)
        page.add(f"{names}: {told(check.says)}", label=label, indent=0)
        if check.todo:
            todo = _("To do: {todo}").format(todo=told(check.todo))
            page.add(todo, label=" " * column, indent=0)
    return page.render(width, coloured=False)


def _together(checks: "Sequence[Check]") -> list[list["Check"]]:
    """What was left out for one reason stands on one line."""
    out: list[list[Check]] = []
    for check in checks:
        last = out[-1][0] if out else None
        same = last is not None and (last.says, last.todo) == (check.says, check.todo)
        if last is not None and same and last.state == check.state == "not checked":
            out[-1].append(check)
        else:
            out.append([check])
    return out


def total(checks: "Sequence[Check]") -> str:
    """The last line."""
    states = [str(check.state) for check in checks]
    parts = [
        one.format(n=count)
        for state, one in (
            ("broken", _("{n} broken")),
            ("warning", _("{n} to look at")),
            ("not checked", _("{n} not checked")),
        )
        if (count := states.count(state))
    ]
    return _("In all: {parts}.").format(parts=", ".join(parts)) if parts else _("All is well.")
