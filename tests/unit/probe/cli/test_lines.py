"""A line for scripts is one line, ASCII, and says what the contract names."""

import json

from probe.cli.lines import line
from tests.unit.measurements.store.examples import a_measurement


def test_hostile_text_stays_inside() -> None:
    """No line break, no escape."""
    text = line(a_measurement(input="https://a/\x1b[31m\u2028\n\u202e"))
    assert text.isascii()
    assert text.isprintable()
    assert "https://a/\x1b[31m\u2028\n\u202e" == json.loads(text)["input"]


def test_what_is_unknown() -> None:
    """As OONI has it."""
    got = json.loads(line(a_measurement(verdict=None)))
    assert ("ZZ", "AS0", None, None) == (
        got["probe_cc"],
        got["probe_asn"],
        got["verdict"],
        got["blocking"],
    )
