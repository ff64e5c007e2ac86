"""`anyqta manual`: the man page, written by the command line itself."""

import os
import re
import textwrap
from collections.abc import Iterator

import typer

from probe.cli import tree
from probe.cli.plainly import plainly

_FILES = (
    ("anyqta.db", "the results"),
    ("config.toml", "settings; nothing needs them"),
    ("consent.json", "what you said yes to, and when"),
)
_STATUSES = (
    ("0", "measured (whatever was found), or done"),
    ("1", "failed; the message says why"),
    ("2", "wrong usage: nothing was sent"),
    ("3", "this computer is offline, or behind a captive portal: nothing was measured"),
    ("4", "no consent: nothing was sent"),
    ("130", "ended by Ctrl-C, outside of a run"),
)


@plainly
def manual() -> None:
    """Print the man page; to read it: `anyqta manual | man -l -`."""
    from datetime import UTC, datetime  # noqa: PLC0415 - not needed for --help
    from importlib.metadata import version  # noqa: PLC0415 - as above

    made = os.environ.get("SOURCE_DATE_EPOCH", "")  # a release says of what day it is
    day = f"{datetime.fromtimestamp(int(made), UTC):%Y-%m-%d}" if made.isdecimal() else ""
    typer.echo(page(tree.whole(), version(tree.PROGRAM), day), nl=False)


def page(root: tree.Node, version: str, day: str) -> str:
    """The whole man page, as roff."""
    title = f'.TH "{root.name.upper()}" "1" "{day}" "{root.name} {version}" "User commands"'
    folded = (line for long in _lines(root) for line in _folded(long))
    return "".join(f"{line}\n" for line in (title, ".nh", ".ad l", *folded))


def _folded(line: str) -> list[str]:
    """Short lines, as roff's readers expect; none of them begins as a request does."""
    if line.startswith("."):
        return [line]
    first, *rest = textwrap.wrap(line, 78, break_long_words=False, break_on_hyphens=False)
    return [first, *(f"\\&{one}" if one.startswith(".") else one for one in rest)]


def _lines(root: tree.Node) -> Iterator[str]:
    yield ".SH NAME"
    yield f"{root.name} \\- {plain(root.short[:1].lower() + root.short[1:].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    for node in root.all():
        if not node.below:
            yield ".HP 4"
            yield f"\\fB{plain(node.name)}\\fR {plain(node.usage.removeprefix(node.name).strip())}"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(root.text)
    yield ".PP"
    yield plain(
        "Measuring contacts the sites that it measures, openly, from your own connection."
        " Read what that means first: anyqta consent. Nothing is sent before you say yes."
    )
    yield ".SH OPTIONS"
    yield from _parameters(root.options)
    yield ".SH COMMANDS"
    for node in root.all():
        if node is not root:
            yield from _command(node)
    yield ".SH EXIT STATUS"
    for status, says in _STATUSES:
        yield from (".TP", f"\\fB{status}\\fR", plain(says))
    yield from _ending()


def _command(node: tree.Node) -> Iterator[str]:
    yield f'.SS "{plain(node.name)}"'
    yield from _paragraphs(node.text or node.short)
    if node.below:
        names = ", ".join(one.path[-1] for one in node.below)
        yield from (".PP", plain(f"Commands: {names}."))
    yield from _parameters(node.arguments)
    yield from _parameters(tuple(o for o in node.options if "--help" not in o.names))


def _parameters(parameters: tuple[tree.Parameter, ...]) -> Iterator[str]:
    for one in parameters:
        yield from (".TP", f"\\fB{plain(one.written)}\\fR", plain(one.help) or "\\&")


def _ending() -> Iterator[str]:
    yield ".SH FILES"
    yield plain(
        "All are in the home folder: that of --home, else of ANYQTA_HOME,"
        " else the folder anyqta in the system's place for a user's data."
    )
    for name, says in _FILES:
        yield from (".TP", f"\\fI{plain(name)}\\fR", plain(says))
    yield ".SH ENVIRONMENT"
    for name, says in (
        ("ANYQTA_HOME", "the home folder"),
        ("ANYQTA_CONTROL", "controls to compare with"),
        ("ANYQTA_COLLECTOR", "collectors to send results to, once you agreed to send any"),
        ("ANYQTA_LANG", "the language of the screen: en, ru or kk; otherwise the system's"),
        ("ANYQTA_PLAIN", "nothing on the screen moves, for a screen reader"),
        ("NO_COLOR", "no colours"),
    ):
        yield from (".TP", f"\\fB{name}\\fR", plain(says))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        yield plain(" ".join(paragraph.split()))


def plain(text: str) -> str:
    """As roff shows it: nothing in it is taken for a request or an escape."""
    kept = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    kept = kept.replace('"', "\\(dq").replace("^", "\\(ha").replace("~", "\\(ti")
    kept = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in kept)  # noqa: PLR2004 - ASCII
    return f"\\&{kept}" if kept.startswith((".", "\\(aq")) else kept
