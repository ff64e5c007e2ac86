"""docs/cli.md and the command line say the same: commands, options, the fields of a line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

import pytest
import typer.main

from measurements.schema.codec_verdict import decode_verdict, encode_verdict
from measurements.schema.words import Layer
from probe import cli
from probe.cli.lines import summary
from probe.cli.plainly import FAILED, INTERRUPTED, NO_CONSENT, OFFLINE, WRONG_USAGE
from tests.unit.measurements.store.examples import a_measurement

DOC = Path(__file__).parents[2] / "docs" / "cli.md"
TEXT = DOC.read_text()


class Command(Protocol):
    """As much of a click command as is read here (Typer carries a click of its own)."""

    hidden: bool
    params: "list[Param]"


class Param(Protocol):
    """An option or an argument."""

    hidden: bool
    opts: list[str]
    secondary_opts: list[str]


def commands() -> list[tuple[str, Command]]:
    """Every visible command with its full name, `serve control` as well as `run`."""
    return list(walk("", typer.main.get_command(cli.app)))


def walk(prefix: str, group: object) -> Iterator[tuple[str, Command]]:
    """The leaves below a group."""
    below: dict[str, object] = getattr(group, "commands", {})
    if not below:
        yield prefix.strip(), cast("Command", group)
    for name, command in below.items():
        if not getattr(command, "hidden", False):
            yield from walk(f"{prefix} {name}", command)


def sections() -> dict[str, str]:
    """What stands under each `## anyqta COMMAND`."""
    parts = re.split(r"^## (.*)$", TEXT, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        title.removeprefix("anyqta "): text
        for title, text in found.items()
        if title.startswith("anyqta ")
    }


def test_every_command_has_its_section() -> None:
    """What has no section does not exist for a reader; what does not exist has none."""
    groups = {"consent", "collector invite"}  # which do something themselves
    assert {name for name, _ in commands()} == set(sections()) - groups


@pytest.mark.parametrize(("name", "command"), commands(), ids=[n for n, _ in commands()])
def test_every_option_is_named(name: str, command: Command) -> None:
    """In its command's section, and none that the command has not."""
    here = {
        option
        for param in command.params
        if not getattr(param, "hidden", False)
        for option in [*param.opts, *param.secondary_opts]
        if option.startswith("--") and option != "--help"
    }
    named = set(re.findall(r"`(--[a-z][a-z-]*)(?: [^`]*)?`", sections()[name]))
    everyone = {
        option
        for _, other in commands()
        for param in other.params
        for option in (*param.opts, *param.secondary_opts)
    }
    assert here - named == set()
    assert named - everyone == set()


def example() -> dict[str, object]:
    """The line that the document shows."""
    (text,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    found: dict[str, object] = json.loads(text)
    return found


def test_the_example_is_a_line() -> None:
    """With the fields that a line has, in their order, and words that the contract knows."""
    shown = example()
    verdict = shown["verdict"]
    assert isinstance(verdict, dict)
    assert list(shown) == list(summary(a_measurement("uid")))
    read = decode_verdict(verdict, shown["accessible"], shown["blocking"])
    assert json.loads(json.dumps(encode_verdict(read))) == verdict
    assert {outcome.layer for outcome in read.layers} == set(Layer)
    assert [name for name in shown if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize("status", [FAILED, WRONG_USAGE, OFFLINE, NO_CONSENT, INTERRUPTED])
def test_every_exit_status_is_told(status: int) -> None:
    """In the first table."""
    assert f"\n| {status} | " in TEXT
