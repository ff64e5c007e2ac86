"""The commands as plain values, read from the command line itself: for the man page and completion."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PROGRAM = "anyqta"


@dataclass(frozen=True)
class Parameter:
    """An option or an argument: how it is written, what it means, what may stand for its value."""

    written: str
    help: str
    names: tuple[str, ...]  # none for an argument
    takes: str  # "nothing", "file", "folder", "word"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A command, or a group with commands below it."""

    path: tuple[str, ...]  # ("anyqta", "serve", "control")
    usage: str
    text: str
    short: str
    parameters: tuple[Parameter, ...]
    below: tuple["Node", ...]

    @property
    def name(self) -> str:
        """As it is typed."""
        return " ".join(self.path)

    @property
    def options(self) -> tuple[Parameter, ...]:
        """Those with dashes."""
        return tuple(one for one in self.parameters if one.names)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """Those without."""
        return tuple(one for one in self.parameters if not one.names)

    def all(self) -> Iterator["Node"]:
        """This one and all below it."""
        yield self
        for node in self.below:
            yield from node.all()


def whole() -> Node:
    """Every visible command."""
    import typer.main  # noqa: PLC0415 - what is asked for rarely

    from probe.cli.app import app  # noqa: PLC0415 - it imports this module's users

    return _node(typer.main.get_command(app), None, (PROGRAM,))


def _node(command: Any, parent: Any, path: tuple[str, ...]) -> Node:  # noqa: ANN401 - Typer's own click
    context = command.context_class(
        command, info_name=path[-1], parent=parent, **command.context_settings
    )
    visible = [p for p in command.get_params(context) if not getattr(p, "hidden", False)]
    below = getattr(command, "commands", {})
    return Node(
        path,
        " ".join(command.get_usage(context).removeprefix("Usage: ").split()),
        (command.help or "").strip(),
        command.get_short_help_str(limit=200),
        tuple(_parameter(p, context) for p in visible),
        tuple(_node(one, context, (*path, name)) for name, one in below.items() if not one.hidden),
    )


def _parameter(param: Any, context: Any) -> Parameter:  # noqa: ANN401 - as above
    written, text = param.get_help_record(context)
    is_option = param.param_type_name == "option"
    shown = re.search(r"<([^<>]+\|[^<>]+)>", written)  # <open|invited>: how Typer shows an Enum
    return Parameter(
        written,
        " ".join(text.split()),
        (*param.opts, *param.secondary_opts) if is_option else (),
        "nothing" if getattr(param, "is_flag", False) else _takes(param, written),
        tuple(shown[1].split("|")) if shown else _lists(param),
    )


def _takes(param: Any, written: str) -> str:  # noqa: ANN401 - as above
    kind = str(getattr(getattr(param, "type_descriptor", None), "annotation", ""))
    if "DIR" in written or "FOLDER" in written:
        return "folder"
    return "file" if "Path" in kind or "file" in written.lower() else "word"


def _lists(param: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """Names of bundled lists, where they are asked for."""
    if "bundled list" not in (param.help or "") and "this list's" not in (param.help or ""):
        return ()
    from probe.engine.targets import bundled_names  # noqa: PLC0415 - as above

    return tuple(bundled_names())
