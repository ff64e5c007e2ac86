"""What changed since last time, for a person and for a script."""

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from probe.cli import verdict_words
from probe.cli.clean import clean
from probe.cli.plainly import say
from probe.words import N_, _, ngettext, told

if TYPE_CHECKING:
    from probe.wiring.changes import Change, Look, SinceLast

_WORDS = {
    "newly_blocked": N_("newly blocked"),
    "unblocked": N_("unblocked"),
    "changed": N_("blocked otherwise"),
}
_MOST = 20
_URL = 60


def show(folder: Path, run_id: str | None, *, as_json: bool) -> None:
    """`anyqta results --changes`."""
    from probe.wiring.changes import since_last  # noqa: PLC0415 - lazily

    found = since_last(folder, run_id)
    if found is None:
        say(_("There is no such run.") if run_id else _("Nothing has been measured yet."))
        return
    if as_json:
        for change in found.changes:
            typer.echo(json_line(change))
        return
    typer.echo("\n".join(lines(found)))


def lines(found: "SinceLast", most: int | None = None) -> list[str]:
    """The heading, then a change each, at most so many."""
    if not found.compared:
        return [
            _(
                "Since last time: nothing to compare with yet (no clear earlier result on this network)."
            )
        ]
    count = len(found.changes)
    changed = _("nothing changed")
    if count:
        changed = ngettext("{n} change", "{n} changes", count).format(n=count)
    head = _("Since last time, on the same network: {changed} ({compared} compared).")
    if found.alone:
        head = _(
            "Since last time, on the same network: {changed}"
            " ({compared} compared; {alone} not compared)."
        )
    head = head.format(changed=changed, compared=found.compared, alone=found.alone)
    shown = [line for change in found.changes[:most] for line in sentence(change)]
    if most is not None and count > most:
        says = ngettext("and {n} more: {command}", "and {n} more: {command}", count - most)
        shown.append("  " + says.format(n=count - most, command="anyqta results --changes"))
    return [*textwrap.wrap(head, 80, break_on_hyphens=False), *shown]


def sentence(change: "Change") -> tuple[str, str]:
    """One change, in 80 columns."""
    now, then = change.after, change.before
    was = f"{_how(then)} ({clean(then.at[:10])})"
    return (
        f"  {told(_WORDS[change.kind])}: {clean(now.input, _URL)}",
        f"    {was} -> {_how(now)}, AS{now.asn}",
    )


def json_line(change: "Change") -> str:
    """The same, for a script."""
    line = {
        "kind": str(change.kind),
        "input": change.after.input,
        "probe_asn": f"AS{change.after.asn}",
        "before": _side(change.before),
        "after": _side(change.after),
    }
    return json.dumps(line, ensure_ascii=True)


def after_run(folder: Path, run_id: str) -> None:
    """At the end of `anyqta run`: only what changed, and nothing where nothing did."""
    from probe.home import StoreError  # noqa: PLC0415 - lazily
    from probe.wiring.changes import since_last  # noqa: PLC0415

    try:
        found = since_last(folder, run_id)
    except StoreError:
        return  # the run has told what is wrong with the database
    if found is not None and found.changes:
        for line in lines(found, _MOST):
            say(line)


def beneath(folder: Path) -> list[str]:
    """Below the table of `anyqta results`: the last run against the one before; nothing without that."""
    from probe.wiring.changes import since_last  # noqa: PLC0415 - lazily

    found = since_last(folder)
    return [] if found is None or not found.compared else ["", *lines(found, _MOST)]


def _how(look: "Look") -> str:
    how = verdict_words.how(look.layer, look.mechanism)
    return " ".join(word for word in (verdict_words.status(look.status), how) if word)


def _side(look: "Look") -> dict[str, str | None]:
    return {
        "measurement_uid": look.measurement_uid,
        "measurement_start_time": look.at,
        "status": look.status,
        "layer": look.layer,
        "mechanism": look.mechanism,
    }
