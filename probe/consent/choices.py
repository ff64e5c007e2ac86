"""What a volunteer agreed to have measured: which kinds of sites, and how far. Pure.

Sites that are named on purpose (a URL, an own file, `run --category`) are not asked about here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ChoicesError(Exception):
    """What is stored, or was asked for, is no choice; the message is for a person."""


class Tier(StrEnum):
    """How much contact with a site may be held against somebody."""

    PLAIN = "plain"
    POLITICAL = "political"
    SENSITIVE = "sensitive"


class Tries(StrEnum):
    """How far a site that fails is looked into."""

    VISIT = "visit"
    AGAIN = "again"
    ALL = "all"


# Categories of the Citizen Lab. What stands in neither set, or nowhere, is sensitive: contact with
# a site of which nothing is known must be somebody's wish. Where a law of any country punishes
# being concerned with a thing at all, it is sensitive, whatever we think of that law.
PLAIN = frozenset(
    {"COMM", "COMT", "CTRL", "CULTR", "ECON", "ENV", "GAME", "GOVT", "GRP", "HOST", "IGO"}
    | {"MMED", "PUBH", "SRCH"}
)
POLITICAL = frozenset({"ANON", "FILE", "HACK", "HUMR", "MISC", "NEWS", "POLR"})
SENSITIVE = ("LGBT", "REL", "XED", "DATE", "PORN", "PROV", "GMB", "ALDR", "HATE", "MILX")
NO_CATEGORY = "none"

# Risk tiers of methods.md §4.2, for what is done: T0 a visit as a browser's · T1 the name in the
# clear some times more · T2 hellos and requests made to provoke a filter, again and again, also
# with the name sent to another address · T3 the same in bulk.
ARM_TIERS = {
    "revisit": 1,
    "ip_port": 1,
    "dns_transports": 1,
    "sni_matrix": 2,
    "http_host": 2,
    "throttling": 3,
}
ALL_ARMS = frozenset(ARM_TIERS)
ARMS = {
    Tries.VISIT: frozenset[str](),
    Tries.AGAIN: frozenset(arm for arm, tier in ARM_TIERS.items() if tier == 1),
    Tries.ALL: ALL_ARMS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """`tiers` never holds the sensitive one: of that each category is named, in `categories`.

    `arms` by their names, so that one which a later version adds was not agreed to.
    """

    tiers: frozenset[Tier] = frozenset({Tier.PLAIN, Tier.POLITICAL})
    categories: frozenset[str] = frozenset()
    arms: frozenset[str] = ALL_ARMS

    def allow(self, code: str | None) -> bool:
        """Whether a list's site of this category is measured."""
        return tier_of(code) in self.tiers or (code or NO_CATEGORY).upper() in self.categories

    @property
    def tries(self) -> Tries:
        """The widest way that stays within the arms."""
        return next(t for t in (Tries.ALL, Tries.AGAIN, Tries.VISIT) if ARMS[t] <= self.arms)


# What `--yes` agrees to, and what the first start suggests.
DEFAULT = Choices()
NARROWEST = Choices(tiers=frozenset({Tier.PLAIN}), arms=frozenset())


def tier_of(code: str | None) -> Tier:
    """Of a category."""
    code = (code or "").upper()
    if code in PLAIN:
        return Tier.PLAIN
    return Tier.POLITICAL if code in POLITICAL else Tier.SENSITIVE


def sites(word: str) -> frozenset[Tier]:
    """From what a person writes: plain, or political, which holds the plain ones too."""
    if word == Tier.PLAIN:
        return frozenset({Tier.PLAIN})
    if word == Tier.POLITICAL:
        return frozenset({Tier.PLAIN, Tier.POLITICAL})
    raise ChoicesError(f"{word!r} is not one of: {Tier.PLAIN}, {Tier.POLITICAL}")


def categories(texts: Iterable[str]) -> frozenset[str]:
    """From what a person writes: sensitive codes with commas or spaces between; `none` for none."""
    words = {word.upper() for text in texts for word in text.replace(",", " ").split()}
    words.discard(NO_CATEGORY.upper())
    if unknown := sorted(words - set(SENSITIVE)):
        raise ChoicesError(f"{unknown[0]!r} is not one of: {', '.join(SENSITIVE)}, none")
    return frozenset(words)


def tries(word: str) -> frozenset[str]:
    """The arms of a way that a person names."""
    try:
        return ARMS[Tries(word)]
    except ValueError as exc:
        raise ChoicesError(f"{word!r} is not one of: {', '.join(Tries)}") from exc


def encode(choices: Choices) -> dict[str, Any]:
    """For JSON."""
    return {
        "tiers": sorted(choices.tiers),
        "categories": sorted(choices.categories),
        "arms": sorted(choices.arms),
    }


def decode(value: object) -> Choices:
    """The opposite. Raises ChoicesError. What is not there was never asked: the narrowest."""
    if value is None:
        return NARROWEST
    if not isinstance(value, dict):
        raise ChoicesError("the choices are no object")
    found = {name: _words(value.get(name)) for name in ("tiers", "categories", "arms")}
    if not found["tiers"] <= {Tier.PLAIN, Tier.POLITICAL}:
        raise ChoicesError("there is no such tier")
    return Choices(
        tiers=frozenset(map(Tier, found["tiers"])),
        categories=found["categories"],
        arms=found["arms"] & ALL_ARMS,
    )


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ChoicesError("a choice is no list of words")
    return frozenset(value)
