"""The golden files: where they are, how they are read and written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from measurements.schema.codec import from_document
from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.verdict.judge import judge

Json = dict[str, Any]
FOLDER = Path(__file__).parent
KNOWN_WRONG = FOLDER / "KNOWN-WRONG"
MAX_BYTES = 8_000_000
_FOLDED = 150  # characters


@dataclass(frozen=True)
class Case:
    """One scenario's files."""

    name: str

    @property
    def folder(self) -> Path:
        """Where they are."""
        return FOLDER / self.name

    def read(self, what: str) -> Any:  # noqa: ANN401 - JSON
        """measurement, observations or verdict."""
        return json.loads((self.folder / f"{what}.json").read_text())

    def write(self, what: str, value: Json) -> None:
        """As `read`."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{what}.json").write_text(pretty(value))

    @cached_property
    def measurement(self) -> Measurement:
        """As the lab saw it."""
        return from_document(unfolded(self.read("measurement")))

    def judged(self) -> Json:
        """By today's rules."""
        return as_json(judge(self.measurement))


def folded(document: Json) -> Json:
    """Certificates and bodies that occur again stand once, in `x_golden_texts`; "@1" names one."""
    counts: Counter[str] = Counter()

    def count(text: str) -> str:
        counts[text] += len(text) >= _FOLDED
        return text

    _mapped(document, count)
    repeated = [text for text, n in counts.items() if n > 1]
    names = {text: f"@{i}" for i, text in enumerate(repeated, 1)}
    found: Json = _mapped(document, lambda text: names.get(text, text))
    return found | {"x_golden_texts": {name: text for text, name in names.items()}}


def unfolded(document: Json) -> Json:
    """The whole document again."""
    texts = document.get("x_golden_texts", {})
    rest = {key: value for key, value in document.items() if key != "x_golden_texts"}
    found: Json = _mapped(rest, lambda text: texts.get(text, text))
    return found


def _mapped(value: Any, function: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return function(value)
    if isinstance(value, dict):
        return {key: _mapped(item, function) for key, item in value.items()}
    return [_mapped(item, function) for item in value] if isinstance(value, list) else value


def as_json(verdict: Verdict) -> Json:
    """A verdict as its file has it."""
    found: Json = json.loads(json.dumps(encode_verdict(verdict)))
    return found


def cases() -> list[Case]:
    """All that there are."""
    return [Case(path.parent.name) for path in sorted(FOLDER.glob("*/measurement.json"))]


def known_wrong() -> dict[str, tuple[str, str]]:
    """Scenario -> what is said of it (status/layer/mechanism), why it is wrong as yet."""
    found = {}
    for line in KNOWN_WRONG.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, said, reason = line.split(maxsplit=2)
            found[name] = (said, reason)
    return found


def said(verdict: Json) -> str:
    """In short, as KNOWN-WRONG has it."""
    return "/".join(str(verdict.get(key) or "-") for key in ("status", "layer", "mechanism"))


def pretty(value: Json) -> str:
    """One record a line: short, and a difference shows what changed."""
    return "".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    flat = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    if not isinstance(value, dict | list) or len(flat) + len(indent) <= 150 or _record(value):
        yield flat
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    yield opening
    for i, (key, item) in enumerate(items):
        yield f"{',' if i else ''}\n{indent} "
        yield f"{json.dumps(key)}: " if key is not None else ""
        yield from _lines(item, indent + " ")
    yield f"\n{indent}{closing}"


def _record(value: Any) -> bool:  # noqa: ANN401 - JSON
    """A record of a network operation, or a list of plain values, stays on one line."""
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return "transaction_id" in value and "request" not in value
