"""`run --dry-run`: what would be contacted and how often. Nothing is sent, nothing is written."""

import json
from typing import TYPE_CHECKING

import typer

from probe.cli import consent_words
from probe.cli.clean import clean
from probe.cli.narrow import kept, told
from probe.cli.sharing import folded
from probe.words import _, ngettext, pgettext

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from probe.cli.narrow import Purpose
    from probe.consent.choices import Choices
    from probe.engine.estimate import Estimate
    from probe.engine.request import RunRequest
    from probe.engine.targets import Target
    from probe.settings import Settings
    from probe.wiring.foresight import Contacts

    Planned = list[tuple[Target, Estimate]]

_WIDTH = 80
_LEAST = 5
_MEGA = 1e6


def show(
    request: "RunRequest",
    collectors: "tuple[str, ...]",
    purpose: "Purpose",
    *,
    as_json: bool,
) -> None:
    """On standard output. `collectors`: whom the results would go to, by the choices that hold."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.choices import DEFAULT  # noqa: PLC0415
    from probe.engine.estimate import estimate  # noqa: PLC0415
    from probe.wiring.foresight import contacts  # noqa: PLC0415 - slow to import

    stored = homes.choices(request.home)
    choices = stored or DEFAULT
    targets, left_out = kept(request.targets, choices, purpose.categories)
    arms = None if purpose.all_tries else choices.arms
    if not request.diagnose:
        arms = frozenset()
    met = contacts(request)
    planned = [(t, estimate(t.url, arms, resolvers=len(met.clear))) for t in targets]
    if as_json:
        _as_json(planned, (met, collectors), choices, left_out)
        return
    lines = [
        _("Nothing is sent: this shows what the same command without --dry-run would do."),
        "",
        _("As you chose:") if stored else _("You have not agreed to anything yet. As is usual:"),
        *(f"- {line}" for line in consent_words.summary(choices)),
        *_contacts(met, collectors),
        *_table(planned),
        *(told(left_out) if left_out else []),
    ]
    typer.echo("\n".join(_folded(clean(line)) for line in lines))


def _folded(line: str) -> str:
    """Sentences in 80 columns; a row of the table stays one, as a URL can be copied then."""
    return line if line.startswith(" ") else "\n".join(folded(line, _WIDTH)) or line


def foreseen(folder: "Path", set_: "Settings", *, upload: bool | None) -> tuple[str, ...]:
    """The collectors that the results would go to: as agreed, or asked for now."""
    from probe.cli.sharing import agreed  # noqa: PLC0415 - lazily

    sends = set_.upload if upload is None else upload
    return set_.collector if sends and (upload or agreed(folder) is not None) else ()


def _contacts(met: "Contacts", collectors: "tuple[str, ...]") -> list[str]:
    nobody = _("none")
    return [
        "",
        _("Contacted beside the sites:"),
        _("- this computer's resolver: {names}").format(names=", ".join(met.own[:1]) or nobody),
        _("- resolvers in the clear: {names}").format(names=", ".join(met.clear) or nobody),
        _("- resolvers over HTTPS: {names}").format(names=", ".join(met.doh) or nobody),
        _("- control: {names}").format(names=", ".join(met.controls) or nobody),
        _("- collector, after the run: {names}").format(names=", ".join(collectors) or nobody),
        "",
    ]


def _table(planned: "Planned") -> list[str]:
    if not planned:
        return [_("No site would be measured.")]
    heads = (
        pgettext("column", "opens"),
        pgettext("column", "fails"),
        pgettext("column", "at most"),
        pgettext("column", "asked"),
    )
    widths = [max(len(head), _LEAST) + 2 for head in heads]
    lines = [
        _(
            "How often each site's name would be seen on the wire: if it opens, if it does not, at most; and how"
            " often it is asked of resolvers in the clear, as a rule."
        ),
        _("Kinds of tries: {tiers}.").format(tiers=_tiers(planned[0][1].tiers)),
        "",
        _row(heads, widths),
    ]
    for target, found in planned:
        cells = (_span(found.opens), _span(found.blocked), str(found.most), str(found.questions[0]))
        what = f"{(target.category_code or '-'):5} {target.input}"
        lines.append(f"{_row(cells, widths)}  {what}")
    return [*lines, "", *_total(planned)]


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _total(planned: "Planned") -> list[str]:
    count = len(planned)
    opens = sum(found.opens[1] for _target, found in planned)
    most = sum(found.most for _target, found in planned)
    usual = sum(found.data[0] for _target, found in planned) / _MEGA
    data = sum(found.data[1] for _target, found in planned) / _MEGA
    return [
        ngettext("In all: {count} site.", "In all: {count} sites.", count).format(count=count),
        _("Names on the wire: up to {opens} if all open, {most} at the very most.").format(
            opens=opens, most=most
        ),
        _("Data: about {usual} MB, {most} MB at the very most.").format(
            usual=f"{usual:.1f}", most=f"{data:.0f}"
        ),
    ]


def _tiers(tiers: tuple[int, ...]) -> str:
    words = (
        _("T0 a visit"),
        _("T1 more visits and questions"),
        _("T2 repeated triggers"),
        _("T3 downloads again"),
    )
    return ", ".join(words[tier] for tier in tiers)


def _span(numbers: tuple[int, int]) -> str:
    low, high = numbers
    return f"{low}-{high}" if low < high else str(low)


def _as_json(
    planned: "Planned",
    met: "tuple[Contacts, tuple[str, ...]]",
    choices: "Choices",
    left_out: "Counter[str]",
) -> None:
    """First whom a run contacts beside the sites; then a line for each site."""
    from probe.consent.choices import encode  # noqa: PLC0415 - lazily

    others, collectors = met
    first = {
        "resolvers": {"own": others.own[:1], "clear": others.clear, "doh": others.doh},
        "controls": others.controls,
        "collectors": collectors,
        "choices": encode(choices),
        "left_out": left_out,
    }
    typer.echo(json.dumps(first))
    for target, found in planned:
        line = {
            "input": target.input,
            "category_code": target.category_code,
            "tiers": [f"T{tier}" for tier in found.tiers],
            "arms": found.arms,
            "named": {"opens": found.opens, "blocked": found.blocked, "most": found.most},
            "asked": {"usual": found.questions[0], "most": found.questions[1]},
            "bytes": {"usual": found.data[0], "most": found.data[1]},
        }
        typer.echo(json.dumps(line, ensure_ascii=False))
