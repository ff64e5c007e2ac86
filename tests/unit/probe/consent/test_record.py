"""A yes counts only for the very text that it was given to."""

from dataclasses import replace

import pytest

from probe.consent.choices import NARROWEST, Choices
from probe.consent.record import (
    Consent,
    ConsentError,
    Sharing,
    country_body,
    decode,
    encode,
    holds,
    sharing_body,
    sharing_of,
    short_body,
    text_body,
    text_version,
    whole_body,
)

RISKS = "version: 3\n\n# Risks\n\nYou may be seen.\n"
GIVEN = Consent(version=3, given_at="2026-11-23T06:00:00Z")


def test_it_comes_back_as_it_was() -> None:
    """From its text."""
    assert GIVEN == decode(encode(GIVEN))


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "1", "{}", '{"version": true, "given_at": ""}', '{"version": 3}'),
        '{"version": 3, "given_at": "2026-11-29T06:00:00Z"}',
        '{"version": 3, "given_at": "x", "choices": {"tiers": [], "categories": [], "arms": []}}',
    ],
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


def test_sharing_is_kept_beside_it() -> None:
    """And an old file without it is a yes to measuring only."""
    shared = Sharing(upload=True, bodies=True, since="2026-11-25T00:00:00Z")
    given = Consent(version=2, given_at="2026-11-25T00:00:00Z", sharing=shared)
    assert decode(encode(given)) == given
    alone = Consent(version=2, given_at="x", sharing=replace(shared, alone=True))
    assert decode(encode(alone)) == alone
    assert decode('{"version": 2, "given_at": "x"}').sharing is None


def test_an_earlier_sharing_said_nothing_of_being_alone() -> None:
    """It stays a yes to what it was a yes to."""
    found = decode(
        '{"version": 2, "given_at": "x", "sharing": {"upload": true, "bodies": true, "since": "x"}}'
    )
    assert found.sharing == Sharing(upload=True, bodies=True, since="x", alone=False)


@pytest.mark.parametrize(
    "sharing",
    [
        "true",
        "{}",
        '{"upload": 1, "bodies": false, "since": ""}',
        '{"upload": true, "bodies": 1, "since": ""}',
        '{"upload": true, "bodies": false, "since": "", "alone": 1}',
    ],
)
def test_a_sharing_that_cannot_be_read_is_none(sharing: str) -> None:
    """Tampered with, it does not count; measuring's yes does."""
    given = decode(f'{{"version": 2, "given_at": "x", "sharing": {sharing}}}')
    assert (given.version, given.sharing) == (2, None)


def test_sharing_rests_with_an_old_text() -> None:
    """A new text is asked about anew."""
    shared = Sharing(upload=True, bodies=False, since="x")
    given = Consent(version=2, given_at="x", sharing=shared)
    assert sharing_of(given, "version: 2\n\ntext") == shared
    assert sharing_of(given, "version: 3\n\ntext") is None
    assert sharing_of(None, "version: 2\n\ntext") is None


def test_the_part_about_sharing() -> None:
    """It is cut out of the whole text."""
    text = sharing_body("version: 2\n\n## One\n\n1\n\n## If you share\n\nSo.\n\n## Three\n\n3\n")
    assert text == "## If you share\n\nSo.\n"
    with pytest.raises(ConsentError):
        sharing_body("version: 2\n\n## One\n")


WHOLE = """version: 3

# Risks

## In short

Little.

## The law

Much.

### Here (KZ)

Fines.

### There (RU)

More.

## If you share

So.

## Your choice

Yes.
"""


def test_the_short_form_and_the_rest() -> None:
    """By their places."""
    assert "## In short\n\nLittle.\n" == short_body(WHOLE)
    assert whole_body(WHOLE).startswith("## The law")
    assert "Little" not in whole_body(WHOLE)
    assert whole_body(WHOLE).endswith("Yes.\n")


def test_what_is_said_of_a_country() -> None:
    """Nothing, where nothing is known."""
    assert "Fines.\n" == country_body(WHOLE, "KZ")
    assert "More.\n" == country_body(WHOLE, "RU")
    assert country_body(WHOLE, "DE") is None
    assert country_body(WHOLE, None) is None


def test_choices_are_kept_beside_it() -> None:
    """Text version 2 knew none: its file is read, holds no more, and chose nothing."""
    given = Consent(
        version=3, given_at="2026-11-29T06:00:00Z", choices=Choices(categories=frozenset({"LGBT"}))
    )
    assert given == decode(encode(given))
    old = decode('{"version": 2, "given_at": "2026-11-23T06:00:00Z"}')
    assert NARROWEST == old.choices
    assert not holds(old, WHOLE)


def test_torn_choices_are_no_consent() -> None:
    """Nothing is guessed about them."""
    with pytest.raises(ConsentError):
        decode('{"version": 3, "given_at": "x", "choices": {"tiers": ["sensitive"]}}')
