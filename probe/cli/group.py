"""A list of commands that says each in a whole sentence: Typer cuts them off in the middle of a word list."""

from typing import Any

import typer.core


class Group(typer.core.TyperGroup):
    """Its help is wrapped, not shortened."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's own click
        """What stands in the list is the first sentence of a command's help."""
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.short_help:
                command.short_help = first_sentence(command.help or "")
        super().format_commands(ctx, formatter)


def first_sentence(text: str) -> str:
    """Of a help text, on one line."""
    paragraph = " ".join(text.strip().split("\n\n", 1)[0].split())
    sentence, end, _rest = paragraph.partition(". ")
    return f"{sentence}." if end else paragraph
