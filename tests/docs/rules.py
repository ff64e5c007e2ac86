"""docs/rules.md from the tables: everything but the words of a condition, which stand there only.

python -m tests.docs.rules writes it anew. A row whose condition nobody has put into words says so,
and a test fails until somebody does: in docs/rules.md itself, in the column `when`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from measurements.schema.words import Layer
from measurements.verdict.judge import RULES_VERSION
from measurements.verdict.matrix import BAD, GOOD, NOT_RUN, UNDECIDED, Row
from measurements.verdict.rule import Rule
from measurements.verdict.rules import ALL_ROWS, ALL_RULES

DOC = Path(__file__).parents[2] / "docs" / "rules.md"
UNSAID = "**not yet said**"
HEAD = (
    "id",
    "layer",
    "status",
    "mechanism",
    "when",
    "why, as the evidence tells it",
    "sure",
    "then",
)
WHEN = HEAD.index("when")
ROW_HEAD = ("id", "arms", "what it shows", "sure", "without a control", "as the evidence tells it")

# What a rule computes instead of holding: in words.
_COMPUTED = {
    "_failure_mechanism": "as it failed; `injection` where two answers conflict",
    "_address_mechanism": "`bogon` `blockpage_ip` `hijack`; `injection` where two answers conflict",
    "page_mechanism": "`blockpage`, `redirect`, or as it failed: `timeout` `reset` `eof`",
}
_COMMONEST = {
    Layer.TCP: "as it failed: `timeout` `reset` `refused` `unreachable`",
    Layer.TLS: "as it failed: `timeout` `reset` `eof` `alert` `mitm`",
}
_BETWEEN = re.compile(r"<!-- (\w+) -->\n.*?(?=<!-- end \1 -->)", re.DOTALL)


def cell(text: str) -> str:
    """As a table holds it."""
    return text.replace("|", "\\|")


def line(cells: Sequence[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cell(c) for c in cells)} |"


def words_of(document: str) -> dict[str, str]:
    """The conditions in words, by rule."""
    rows = re.findall(r"^\| `([a-z0-9_.\-]+)` \| (.*) \|$", document, re.MULTILINE)
    split = {id_: re.split(r"(?<!\\) \| ", rest) for id_, rest in rows}
    full = {id_: cells for id_, cells in split.items() if len(cells) == len(HEAD) - 1}
    return {id_: cells[WHEN - 1].replace("\\|", "|") for id_, cells in full.items()}


def mechanism(rule: Rule[Any]) -> str:
    """The word, or how it is found."""
    if rule.mechanism is None:
        return ""
    if callable(rule.mechanism):
        return _COMPUTED.get(rule.mechanism.__name__) or _COMMONEST[rule.layer]
    return f"`{rule.mechanism.value}`"


def rule_row(rule: Rule[Any], when: str) -> str:
    """One rule."""
    sure = "the row's" if callable(rule.confidence) else f"{rule.confidence:.2f}"
    return line(
        (
            f"`{rule.id}`",
            rule.layer.value,
            f"`{rule.status.value}`" if rule.status else "",
            mechanism(rule),
            when,
            rule.why,
            sure if rule.status else "",
            ", ".join(f"`{name}`" for name in rule.wants),
        )
    )


def matrix_row(row: Row) -> str:
    """One row of the 2x2."""
    arms = ", ".join(f"{name} {_outcomes(wanted)}" for name, wanted in row.arms.items())
    shows = {True: "interference", False: "none", None: "nothing"}[row.blocks]
    keyed = f", keyed on `{row.trigger.value}`" if row.trigger else ""
    alone = f"{row.alone:.2f}" if row.alone else "no verdict"
    sure = f"{row.confidence:.2f}"
    return line((f"`{row.id}`", arms or "anything else", f"{shows}{keyed}", sure, alone, row.says))


def _outcomes(wanted: frozenset[str]) -> str:
    if wanted == {GOOD, BAD, UNDECIDED, NOT_RUN}:
        return "any"
    if wanted == {BAD, UNDECIDED, NOT_RUN}:
        return "not good"
    if wanted == {GOOD, UNDECIDED, NOT_RUN}:
        return "not bad"
    names = {NOT_RUN: "not run"}
    return " or ".join(sorted(names.get(one, one) for one in wanted))


def _table(head: Sequence[str], rows: Iterator[str]) -> str:
    return "\n".join([line(head), line(["---"] * len(head)), *rows])


def written(document: str) -> str:
    """The document with its tables as the code has them."""
    words = words_of(document)
    parts = {
        layer.value: _table(
            HEAD,
            (rule_row(r, words.get(r.id, UNSAID)) for r in ALL_RULES if r.layer is layer),
        )
        for layer in Layer
        if layer is not Layer.QUIC
    }
    parts["matrix"] = _table(ROW_HEAD, (matrix_row(r) for r in ALL_ROWS))
    parts["version"] = f"These are the rules of `rules_version` {RULES_VERSION}."

    def part(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{parts[found[1]]}\n"

    return _BETWEEN.sub(part, document)


def main() -> int:
    """Write it; 1 where a condition has no words yet."""
    document = written(DOC.read_text("utf-8"))
    DOC.write_text(document, "utf-8")
    unsaid = [id_ for id_, when in words_of(document).items() if when == UNSAID]
    if unsaid:
        sys.stderr.write(f"{DOC.name}, column `when`: say it for {', '.join(unsaid)}\n")
    return int(bool(unsaid))


if __name__ == "__main__":
    sys.exit(main())
