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


def texts(source: str, *, whole: bool = False) -> Iterator[Text]:
    """All of a file, in its order. `whole`: every sentence in it."""
    tree = ast.parse(source)
    if whole:
        yield from _every(tree)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from _sentences(node.exc)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if names & CONSTANTS:
                yield from _constants(node.value)
            elif names & KEYWORDS:
                yield from _shown(node.value)
        elif isinstance(node, ast.AugAssign) and _name(node.target) in KEYWORDS:
            yield from _shown(node.value)


def _every(node: ast.AST) -> Iterator[Text]:
    """All sentences below, but for what documents the code."""
    if isinstance(node, ast.FunctionDef) and node.name == "words":
        yield from _words(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        found = templates(child) if isinstance(child, ast.expr) else []
        if found:
            yield from _shown(child)
        else:
            yield from _every(child)


def _words(function: ast.FunctionDef) -> Iterator[Text]:
    """What a rule's fields may hold where nothing was seen: `x or "nobody"`."""
    for node in ast.walk(function):
        sides: list[ast.expr] = []
        if isinstance(node, ast.BoolOp):
            sides = node.values
        elif isinstance(node, ast.IfExp):
            sides = [node.orelse]
        elif isinstance(node, ast.Call) and _name(node.func) == "next":
            sides = node.args[1:]
        for side in sides:
            if isinstance(side, ast.Constant) and isinstance(side.value, str) and side.value:
                yield Text(side.value)


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
        written = node.value if isinstance(node, ast.Constant) else None
        if isinstance(written, str) and not re.fullmatch(r"[a-z0-9_]+", written):  # a key
            yield Text(written)


def _shown(value: ast.AST) -> Iterator[Text]:
    for text in dict.fromkeys(text.strip() for text in templates(value)):
        if _speaks(text):
            yield Text(text)


def _speaks(text: str) -> bool:
    """Words of our own, not only what was put in, and no mere name, list or pattern."""
    if re.search(r"[\n\\]|\(\?", text):
        return False
    bare = _FIELD.sub("", text)
    return bool(re.search(r"[A-Za-z]{2}", bare)) and bool(re.search(r"\s", text.strip()))


def templates(value: ast.AST) -> list[str]:
    """What a text may be: `f"{n} of {path.name}"` is `{n} of {name}`; both sides of an `if`."""
    return [_joined(pieces) for pieces in _ways(value)][:_MOST]


Piece = str | ast.expr


def _ways(value: ast.AST) -> list[list[Piece]]:
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
