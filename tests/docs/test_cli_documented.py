"""Every command and every option of the command line stands in docs/cli.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

import pytest

DOC = Path(__file__).parents[2] / "docs" / "cli.md"


class Command(Protocol):
    """As much of a click command as is read here (Typer carries a click of its own)."""

    hidden: bool
    params: "list[Param]"


class Param(Protocol):
    """An option or an argument."""

    hidden: bool
    opts: list[str]
    secondary_opts: list[str]


def commands() -> Iterator[tuple[str, Command]]:
    """Every visible command with its full name, `serve control` as well as `run`."""
    cli = pytest.importorskip("probe.cli", exc_type=ModuleNotFoundError)
    typer_main = pytest.importorskip("typer.main")
    yield from walk("", typer_main.get_command(cli.app))


def walk(prefix: str, group: object) -> Iterator[tuple[str, Command]]:
    """The leaves below a group."""
    below: dict[str, object] = getattr(group, "commands", {})
    if not below:
        yield prefix.strip(), cast("Command", group)
    for name, command in below.items():
        if not getattr(command, "hidden", False):
            yield from walk(f"{prefix} {name}", command)


def test_every_command_has_its_section() -> None:
    """`## anyqta run`; what has no section does not exist for a reader."""
    sections = set(re.findall(r"^#{2,3} `?anyqta ([a-z -]+?)`?$", DOC.read_text(), re.MULTILINE))
    assert {name for name, _ in commands() if name} - sections == set()


def test_every_option_is_named() -> None:
    """In its command's section or in the one on options that all share."""
    text = DOC.read_text()
    missing = [
        f"{name} {option}"
        for name, command in commands()
        for param in command.params
        if not getattr(param, "hidden", False)
        for option in [*param.opts, *param.secondary_opts]
        if option.startswith("--") and option != "--help"
        if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text)
    ]
    assert missing == []
