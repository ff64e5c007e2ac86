"""The texts in a file: those that are marked, and the sentences that are made below the command line."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.words.sources import CALLS, CONSTANTS, KEYWORDS

_MARKS = {"_": (0,), "N_": (0,), "ngettext": (0, 1), "pgettext": (1,)}
_MOST = 16  # ways in which one f-string may turn out
_FIELD = re.compile(r"\{[a-z_0-9]*\}")


@dataclass(frozen=True)
class Text:
    """What is to be translated; `many` for a plural, `context` where the same word means two things."""

    one: str
    many: str | None = None
    context: str | None = None


def texts(source: str) -> Iterator[Text]:
    """All of a file, in its order."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from _sentences(node.exc)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id in CONSTANTS for t in targets):
                yield from _constants(node.value)


def _call(node: ast.Call) -> Iterator[Text]:
    name = _name(node.func)
    if name in _MARKS:
        yield _marked(node, name)
        return
    if name in CALLS:
        yield from _sentences(node)
        return
    for keyword in node.keywords:
        if keyword.arg in KEYWORDS:
            yield from _shown(keyword.value)


def _marked(node: ast.Call, name: str) -> Text:
    written = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
    found = [written[at] for at in _MARKS[name] if at < len(written)]
    if not all(isinstance(text, str) for text in found) or len(found) != len(_MARKS[name]):
        raise ValueError(f"line {node.lineno}: {name}() takes texts as they are, no expression")
    strings = [str(text) for text in found]
    many = strings[1] if len(strings) > 1 else None
    return Text(strings[0], many, str(written[0]) if name == "pgettext" else None)


def _sentences(node: ast.Call) -> Iterator[Text]:
    for value in (*node.args, *(keyword.value for keyword in node.keywords)):
        yield from _shown(value)


def _constants(value: ast.expr) -> Iterator[Text]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _shown(node)


def _shown(value: ast.expr) -> Iterator[Text]:
    for text in dict.fromkeys(templates(value)):
        if _speaks(text):
            yield Text(text)


def _speaks(text: str) -> bool:
    """Words of our own, not only what was put in, and no mere name."""
    bare = _FIELD.sub("", text)
    return bool(re.search(r"[A-Za-z]{2}", bare)) and bool(re.search(r"\s", text.strip()))


def templates(value: ast.expr) -> list[str]:
    """What a text may be: `f"{n} of {path.name}"` is `{n} of {name}`; both sides of an `if`."""
    return [_joined(pieces) for pieces in _ways(value)][:_MOST]


Piece = str | ast.expr


def _ways(value: ast.expr) -> list[list[Piece]]:
    if isinstance(value, ast.Constant):
        return [[value.value]] if isinstance(value.value, str) else []
    if isinstance(value, ast.IfExp):
        return [*_ways(value.body), *_ways(value.orelse)]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left, right = (_ways(side) or [[side]] for side in (value.left, value.right))
        return [[*a, *b] for a, b in product(left, right)]
    if isinstance(value, ast.JoinedStr):
        options = [_inside(part) for part in value.values]
        return [[piece for pieces in way for piece in pieces] for way in product(*options)][:_MOST]
    return []


def _inside(part: ast.expr) -> list[list[Piece]]:
    """A piece of an f-string; a choice between two texts is two ways."""
    if isinstance(part, ast.FormattedValue):
        if isinstance(part.value, ast.IfExp) and part.conversion == -1 and part.format_spec is None:
            sides = (part.value.body, part.value.orelse)
            return [way for side in sides for way in (_ways(side) or [[side]])]
        return [[part.value]]
    return _ways(part)


def _joined(pieces: list[Piece]) -> str:
    names: dict[str, str] = {}
    out = ""
    for piece in pieces:
        if isinstance(piece, str):
            out += piece
            continue
        written = ast.unparse(piece)
        if written not in names:
            names[written] = _unlike(_field(piece), set(names.values()))
        out += "{" + names[written] + "}"
    return out


def _unlike(name: str, taken: set[str]) -> str:
    number = 2
    wanted = name
    while wanted in taken:
        wanted, number = f"{name}{number}", number + 1
    return wanted


def _field(node: ast.expr) -> str:
    """A name for a translator to read."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        node = node.func.value
    if isinstance(node, ast.Subscript):
        node = node.value
    return re.sub(r"[^a-z0-9]+", "_", _name(node).lower()).strip("_") or "value"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return _name(node.func) if isinstance(node, ast.Call) else ""
