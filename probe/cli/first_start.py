"""The first start: the risks in short, two questions, then what may be measured and shared."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli import asking, consent_words
from probe.cli.asking import Refused, answer, offer, read_through, tell, until
from probe.cli.consent_words import no_words, yes_words
from probe.words import _, told

if TYPE_CHECKING:
    from probe.consent.choices import Choices

_MORE = "more"
_YO = ("\u0451", "\u0435")  # a Russian letter, and how most people type it


def ask(folder: Path) -> "Choices | None":
    """Through all of it; what was chosen is stored. None: they did not agree, or nobody sits there."""
    from probe import home as homes  # noqa: PLC0415 - lazily

    if not asking.can_ask():
        return None
    agreed: Choices | None = None
    try:
        _told_of_a_new_text(folder)
        if not _agrees(_country()):
            return None
        quiz()
        choices = choose(homes.choices(folder))
        homes.give_consent(folder, choices)
        agreed = choices  # sharing is another matter
        tell()
        for line in consent_words.summary(choices):
            tell(f"- {line}")
        _share(folder)
    except Refused:
        tell()
    return agreed


def _told_of_a_new_text(folder: Path) -> None:
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import holds, text_version  # noqa: PLC0415

    before = homes.consent(folder)
    if before is not None and not holds(before, homes.risks()):
        says = _(
            "You agreed on {date} to version {old} of this text. It is version {new} now, so you are asked"
            " again."
        )
        new = text_version(homes.risks())
        tell(says.format(date=before.given_at[:10], old=before.version, new=new))
        tell()


def _agrees(country: str | None) -> bool:
    """Show it in short, or whole; wait for a typed yes. Anything else is no."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import country_body, short_body, whole_body  # noqa: PLC0415

    risks = homes.risks_shown()
    here = country_body(risks, country)
    read_through(f"{short_body(risks)}\n{here}" if here else short_body(risks))
    tell()
    prompt = _("Type yes to go on, more to read all of it, anything else to stop:")
    more = {_MORE, _("more"), _("more").replace(*_YO)}
    while (said := answer(prompt)) in more:
        read_through(whole_body(risks))
    return said in yes_words()


def quiz() -> None:
    """Two questions; a wrong answer is explained, and asked again."""
    tell(_("Two questions, to see that the text was clear."))
    for number, question in enumerate(consent_words.QUIZ, 1):
        while True:
            tell(f"{number}. {told(question.asks)}")
            said = until(_("yes or no:"), _yes_or_no, _("Type yes or no."))
            if said == question.right:
                break
            tell(_("No. {why}").format(why=told(question.why)))
        tell(_("Right. {why}").format(why=told(question.why)))


def _yes_or_no(said: str) -> bool | None:
    return True if said in yes_words() else False if said in no_words() else None


def choose(before: "Choices | None" = None) -> "Choices":
    """Which sites of lists, and how far. Nothing sensitive unless it is named."""
    from probe.consent import choices as chosen  # noqa: PLC0415 - lazily
    from probe.consent.choices import DEFAULT, Choices  # noqa: PLC0415

    tell()
    tell(_("Which sites of a list may be measured?"))
    offer(1, _("everyday sites only: shops, searching, culture, the state's own"))
    offer(2, _("also news, human rights, politics, and tools against censorship"))
    tiers = chosen.sites(_one_of({"1": "plain", "2": "political"}))
    categories = _sensitive(before or DEFAULT)
    tell()
    tell(_("How far may a site that fails be looked into?"))
    offer(1, _("one visit only: it looks like a visitor; it often cannot be said what is wrong"))
    offer(2, _("a few visits and questions more: the name goes out some four to eight times"))
    offer(
        3,
        _(
            "all tries: some ten to sixteen times in minutes, thirty at most, which wakes a filter again and"
            " again; it finds out how a site is blocked"
        ),
    )
    arms = chosen.tries(_one_of({"1": "visit", "2": "again", "3": "all"}))
    return Choices(tiers=tiers, categories=categories, arms=arms)


def _one_of(words: dict[str, str]) -> str:
    numbers = ", ".join(words)
    again = _("Type one of: {numbers}.").format(numbers=numbers)
    return until(f"{numbers}:", words.get, again)


def _sensitive(before: "Choices") -> frozenset[str]:
    from probe.consent import choices as chosen  # noqa: PLC0415 - lazily

    tell()
    tell(
        _(
            "Sensitive sites are left out unless you name their kind. Contact may be held against you."
        )
    )
    tell(", ".join(map(consent_words.category, consent_words.CATEGORIES)))
    if before.categories:
        tell(_("So far: {names}. They have to be named anew.").format(names=_codes(before)))

    def understood(said: str) -> frozenset[str] | None:
        try:
            return chosen.categories([] if said in no_words() else [said])
        except chosen.ChoicesError:
            return None

    prompt = _("Type codes to include, or Enter for none:")
    return until(prompt, understood, _("Type codes as they stand above, or Enter."))


def _codes(choices: "Choices") -> str:
    return ", ".join(sorted(choices.categories))


def _share(folder: Path) -> None:
    """Sharing is a yes of its own; Enter is no."""
    from probe import home as homes  # noqa: PLC0415 - lazily
    from probe.consent.record import sharing_body  # noqa: PLC0415

    if homes.sharing(folder) is not None:
        return
    tell()
    tell(_("Results stay on this computer. They help others only if they are shared."))
    prompt = _("Type yes to read what sharing means and decide, or Enter for no:")
    if answer(prompt) not in yes_words():
        return
    tell()
    read_through(sharing_body(homes.risks_shown()))
    tell()
    if answer(_("Type yes to share, or Enter for no:")) not in yes_words():
        return
    bodies = answer(_("With the pages themselves? Type yes, or Enter for no:")) in yes_words()
    homes.share(folder, bodies=bodies)
    tell(_("Stored: you share what you measure. To take it back: anyqta consent unshare"))


def _country() -> str | None:
    """Where this computer seems to be, without asking anybody."""
    from probe.wiring.whereami import country  # noqa: PLC0415 - lazily

    return country()


def with_options(
    choices: "Choices", sites: str | None, category: list[str] | None, tries: str | None
) -> "Choices":
    """The choices, with what options say. Raises ChoicesError."""
    from probe.consent import choices as chosen  # noqa: PLC0415 - lazily

    if sites is not None:
        choices = replace(choices, tiers=chosen.sites(sites))
    if category is not None:
        choices = replace(choices, categories=chosen.categories(category))
    if tries is not None:
        choices = replace(choices, arms=chosen.tries(tries))
    return choices
