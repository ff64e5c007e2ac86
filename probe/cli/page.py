"""A page of text: lines with an indent and a style, wrapped to a width, coloured or not."""

import textwrap
from dataclasses import dataclass, field

from probe.cli.clean import clean

_CODES = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33", "magenta": "1;35"}
_NARROWEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`label` stands before the text; what is wrapped stands below the text, not the label."""

    text: str
    label: str = ""
    indent: int = 0
    style: str = ""


@dataclass(slots=True)
class Page:
    """Lines, in order. What strangers wrote is cleaned when it is added."""

    lines: list[Line] = field(default_factory=list)

    def add(self, text: object, *, label: str = "", indent: int = 2, style: str = "") -> None:
        """A line."""
        self.lines.append(Line(text=clean(text), label=clean(label), indent=indent, style=style))

    def head(self, text: str) -> None:
        """A heading, after an empty line."""
        self.lines += [Line(text=""), Line(text=text, style="bold")]

    def render(self, width: int, *, coloured: bool) -> list[str]:
        """As lines of at most `width` characters."""
        width = max(width, _NARROWEST)
        out: list[str] = []
        for line in self.lines:
            first = " " * line.indent + line.label
            rest = " " * min(len(first), width // 2)
            wrapped = textwrap.wrap(
                line.text,
                width,
                initial_indent=first,
                subsequent_indent=rest,
                break_on_hyphens=False,
            ) or [first.rstrip()]
            code = _CODES.get(line.style) if coloured else None
            out += [f"\x1b[{code}m{row}\x1b[0m" if code and row else row for row in wrapped]
        return out
