"""Whether results may go to a collector, and which: what was agreed to, or is asked for now."""

import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from probe.cli.asking import Refused, read_through, wrapped
from probe.cli.plainly import NO_CONSENT, say, stop
from probe.words import _, ngettext

if TYPE_CHECKING:
    from probe.consent.record import Sharing
    from probe.engine.request import UploadRequest


def agreed(folder: Path) -> "Sharing | None":
    """The stored yes to sharing, if it holds today."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import sharing_of  # noqa: PLC0415

    return sharing_of(homes.consent(folder), homes.risks())


def can_ask() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def yes_to(question: str) -> bool:
    """Wait for a typed yes; anything else is no."""
    from probe.consent.record import YES  # noqa: PLC0415 - lazily

    ask = _("Type {word} to agree, anything else to stop: ").format(word=_("yes"))
    typer.echo(f"{wrapped(question)}\n{wrapped(ask)} ", err=True, nl=False)
    return sys.stdin.readline().strip().lower() in {YES, _("yes")}


def settle(request: "UploadRequest", *, yes: bool) -> "UploadRequest":
    """The request as far as it was agreed to; ends with status 4 where nothing was."""
    from probe.wiring.upload import standing  # noqa: PLC0415 - slow to import

    if yes:
        return request
    sharing = agreed(request.home)
    if sharing is None:
        how_many = standing(request)
        count = how_many.waiting + how_many.new
        if count:
            _ask_for_this_time(request, count)
        return request
    since = sharing.since
    request = replace(request, agreed_since=since)
    how_many = standing(request)
    if not how_many.earlier:
        return request
    values = {"measurements": measurements(how_many.earlier), "day": since[:10]}
    question = _("{measurements} from before you agreed to share ({day}): send these as well?")
    if can_ask() and yes_to(question.format(**values)):
        return replace(request, agreed_since=None)
    left = _(
        "{measurements} from before you agreed to share ({day}): left out. To send these as well:"
        " anyqta upload --yes"
    )
    say(left.format(**values))
    return request


def for_run(folder: Path, *, yes: bool) -> None:
    """For `run --upload`: go on only where what is about to be measured may be shared."""
    if yes or agreed(folder) is not None:
        return
    if not can_ask():
        _stop_unasked()
    _show_what_goes()
    if not yes_to(_("What this run measures will be sent.")):
        stop(_("you did not agree, so nothing was measured and nothing was sent."), NO_CONSENT)


def _ask_for_this_time(request: "UploadRequest", count: int) -> None:
    if not can_ask():
        _stop_unasked()
    _show_what_goes()
    names = ", ".join(request.collectors)
    question = _("Without the pages themselves, this would go to {names}: {measurements}.")
    if request.bodies:
        question = _("With the pages that came, this would go to {names}: {measurements}.")
    if not yes_to(question.format(names=names, measurements=measurements(count))):
        stop(_("you did not agree, so nothing was sent."), NO_CONSENT)


def _stop_unasked() -> None:
    stop(
        _("you have not agreed to share your results; nothing was sent.")
        + "\n"
        + _(
            "Read what goes with `anyqta consent share`, and agree there; or agree for this time with"
            " --yes. To see the very bytes first: anyqta upload --dry-run"
        ),
        NO_CONSENT,
    )


def _show_what_goes() -> None:
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import sharing_body  # noqa: PLC0415

    try:
        read_through(sharing_body(homes.risks_shown()))
    except Refused:
        stop(_("you did not agree, so nothing was sent."), NO_CONSENT)
    typer.echo("", err=True)


def folded(text: str, width: int) -> list[str]:
    """Paragraphs and list items of a text file, for a terminal of this width."""
    blocks: list[str] = []
    for line in text.splitlines():
        begins = not line.strip() or line.startswith(("- ", "#"))
        if begins or not blocks or not blocks[-1] or blocks[-1].startswith("#"):
            blocks.append(line.rstrip())
        else:
            blocks[-1] += f" {line.strip()}"
    out: list[str] = []
    for block in blocks:
        indent = "  " if block.startswith("- ") else ""
        out += textwrap.wrap(
            block, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        ) or [""]
    return out


def measurements(count: int) -> str:
    """How many, in words."""
    return ngettext("{n} measurement", "{n} measurements", count).format(n=count)
