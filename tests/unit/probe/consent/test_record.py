"""A yes counts only for the very text that it was given to."""

import pytest

from probe.consent.record import (
    Consent,
    ConsentError,
    decode,
    encode,
    holds,
    text_body,
    text_version,
)

RISKS = "version: 3\n\n# Risks\n\nYou may be seen.\n"
GIVEN = Consent(version=3, given_at="2026-11-23T06:00:00Z")


def test_it_comes_back_as_it_was() -> None:
    """From its text."""
    assert GIVEN == decode(encode(GIVEN))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", "{}", '{"version": true, "given_at": ""}', '{"version": 3}']
)
def test_what_is_torn_is_no_consent(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ConsentError):
        decode(text)


def test_it_holds_for_its_version_only() -> None:
    """A new text is asked about anew."""
    assert holds(GIVEN, RISKS)
    assert not holds(GIVEN, RISKS.replace("3", "4", 1))
    assert not holds(None, RISKS)


def test_the_text_has_a_version_line() -> None:
    """Which people need not read."""
    assert 3 == text_version(RISKS)
    assert "# Risks\n\nYou may be seen.\n" == text_body(RISKS)
    with pytest.raises(ConsentError):
        text_version("# Risks")
