"""What a run may do of what it was asked for: as the volunteer chose.

Named on purpose is: a URL, a file of one's own, and for `run` (where somebody sits) a category by
--category and the tries by --diagnose. Of bundled lists only what was agreed to is measured.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from probe.cli.plainly import NO_CONSENT, say, stop
from probe.words import _, ngettext

if TYPE_CHECKING:
    from probe.consent.choices import Choices
    from probe.engine.request import RunRequest
    from probe.engine.targets import Target


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the command itself names: these categories; all tries."""

    categories: frozenset[str] = frozenset()
    all_tries: bool = False


NOTHING = Purpose()


def codes(categories: Collection[str] | None) -> frozenset[str]:
    """--category's, in one spelling."""
    words = (code for value in categories or () for code in value.split(","))
    return frozenset(code.strip().upper() for code in words if code.strip())


def narrowed(
    request: "RunRequest",
    choices: "Choices",
    purpose: Purpose = NOTHING,
    *,
    attended: bool = True,
    aloud: bool = True,
) -> "RunRequest":
    """The request as far as it goes. Ends with status 4 where nothing of it is left."""
    targets, left_out = kept(request.targets, choices, purpose.categories)
    for line in told(left_out, attended=attended) if left_out and aloud else ():
        say(line)
    if not targets:
        stop(_("nothing is left to measure, so nothing was sent."), NO_CONSENT)
    arms = None if purpose.all_tries else choices.arms
    if aloud and arms is not None and request.diagnose and choices.tries != "all":
        if attended:
            say(_("As you chose, not all is tried. For all tries this time: --diagnose"))
        else:
            say(_("As you chose, not all is tried. To change that: anyqta consent choose"))
    diagnose = request.diagnose and arms != frozenset()  # a single visit is nothing but that
    return replace(request, targets=targets, arms=arms, diagnose=diagnose)


def kept(
    targets: "tuple[Target, ...]", choices: "Choices", named: frozenset[str]
) -> "tuple[tuple[Target, ...], Counter[str]]":
    """What is measured; and how many of each category are left out."""

    def may(target: "Target") -> bool:
        code = target.category_code or ""
        return not target.bundled or code in named or choices.allow(code)

    left_out = Counter(t.category_code or "none" for t in targets if not may(t))
    return tuple(t for t in targets if may(t)), left_out


def told(left_out: "Counter[str]", *, attended: bool = True) -> list[str]:
    """What was left out, and how to include it."""
    count = sum(left_out.values())
    names = ", ".join(f"{code} {n}" for code, n in sorted(left_out.items()))
    says = ngettext(
        "{count} site of the list is left out, as you did not choose its kind: {names}.",
        "{count} sites of the list are left out, as you did not choose their kind: {names}.",
        count,
    )
    if attended:
        how = _("To include a kind: anyqta consent choose; for one run: --category {code}")
    else:
        how = _("To include a kind: anyqta consent choose")
    code = ",".join(sorted(left_out))
    return [says.format(count=count, names=names), how.format(code=code)]
