"""What is said and asked at the first start, in the language of the screen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from probe.words import N_, _, told

if TYPE_CHECKING:
    from probe.consent.choices import Choices

# Sensitive categories, in words.
CATEGORIES = {
    "LGBT": N_("LGBT"),
    "REL": N_("religion"),
    "XED": N_("sex education"),
    "DATE": N_("dating"),
    "PORN": N_("pornography"),
    "PROV": N_("provocative attire"),
    "GMB": N_("gambling"),
    "ALDR": N_("alcohol and drugs"),
    "HATE": N_("hate speech"),
    "MILX": N_("militants and extremism"),
}
SITES = {
    "plain": N_("everyday sites"),
    "political": N_("everyday sites; and news, human rights, politics, tools against censorship"),
}
TRIES = {
    "visit": N_("one visit each"),
    "again": N_("a few visits and questions more"),
    "all": N_("all tries"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One of the quiz: what is asked, what is right, and why."""

    asks: str
    right: bool
    why: str


# The right answers differ: who answers without reading does not get through.
QUIZ = (
    Question(
        N_("Can your Internet provider see which sites this computer contacts for anyqta?"),
        True,
        N_(
            "It can: you are not hidden. Whoever watches your line sees the sites' names, and that it"
            " looks like a measurement."
        ),
    ),
    Question(
        N_("Once results were shared and published, can you have every copy of them deleted?"),
        False,
        N_(
            "You cannot: others may have copied them by then. The collector can be asked to delete its own."
            " So share only what may be seen by anybody."
        ),
    ),
)


def yes_words() -> frozenset[str]:
    """What counts as yes: the English word always."""
    return frozenset({"yes", _("yes")})


def no_words() -> frozenset[str]:
    """And as no."""
    return frozenset({"no", _("no")})


def category(code: str) -> str:
    """Its code, and what that means where it does not say so itself."""
    words = told(CATEGORIES[code])
    return code if words == code else f"{code} ({words})"


def summary(choices: "Choices") -> list[str]:
    """What was chosen, a line each."""
    from probe.consent.choices import Tier  # noqa: PLC0415 - lazily

    tier = "political" if Tier.POLITICAL in choices.tiers else "plain"
    named = [category(code) for code in CATEGORIES if code in choices.categories]
    sites = _("Sites of lists: {sites}.").format(sites=told(SITES[tier]))
    sensitive = _("Sensitive categories: {names}.").format(names=", ".join(named) or _("none"))
    tries = _("How far: {tries}.").format(tries=told(TRIES[choices.tries]))
    return [sites, sensitive, tries]
