"""That somebody said yes, to which text, and when: how it is kept, whether it still holds. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from probe.consent import choices as chosen
from probe.consent.choices import DEFAULT, Choices, ChoicesError

YES = "yes"
_LEAST_SECTIONS = 3
_SHARING, _CHOICES = "sharing", "choices"
_ASKED_SINCE = 3  # the text's version; older yeses have no choices, and hold no longer


class ConsentError(Exception):
    """The stored consent cannot be read; it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A yes to sharing, which is asked for by itself. `since` is ISO 8601 UTC.

    `alone`: publish also what nobody else measured in that network that day.
    """

    upload: bool
    bodies: bool
    since: str
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A yes to one version of the risk text. `given_at` is ISO 8601 UTC.

    `choices`: what may be measured. `sharing` None: to measuring only.
    """

    version: int
    given_at: str
    choices: Choices = DEFAULT
    sharing: Sharing | None = None


def encode(consent: Consent) -> str:
    """As it stands in the home folder."""
    value: dict[str, Any] = {
        "version": consent.version,
        "given_at": consent.given_at,
        _CHOICES: chosen.encode(consent.choices),
    }
    if consent.sharing is not None:
        s = consent.sharing
        value[_SHARING] = {
            "upload": s.upload,
            "bodies": s.bodies,
            "since": s.since,
            "alone": s.alone,
        }
    return json.dumps(value) + "\n"


def decode(text: str) -> Consent:
    """The opposite. What was tampered with, or torn, is no consent: raises ConsentError.

    A sharing that cannot be read is no sharing.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConsentError("it is not JSON") from exc
    if not isinstance(value, dict):
        raise ConsentError("it is not an object")
    version, given_at = value.get("version"), value.get("given_at")
    if type(version) is not int or not isinstance(given_at, str):
        raise ConsentError("its version or time is missing")
    if version >= _ASKED_SINCE and not isinstance(value.get(_CHOICES), dict):
        raise ConsentError("its choices are missing")
    if version >= _ASKED_SINCE and not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", given_at):
        raise ConsentError("its time is no time")
    try:
        choices = chosen.decode(value.get(_CHOICES))
    except ChoicesError as exc:
        raise ConsentError(str(exc)) from exc
    return Consent(
        version=version,
        given_at=given_at,
        choices=choices,
        sharing=_sharing(value.get(_SHARING)),
    )


def _sharing(value: object) -> Sharing | None:
    if not isinstance(value, dict):
        return None
    upload, bodies, since = value.get("upload"), value.get("bodies"), value.get("since")
    alone = value.get("alone", False)
    if upload is not True or type(bodies) is not bool or not isinstance(since, str):
        return None
    if type(alone) is not bool:
        return None
    return Sharing(upload=True, bodies=bodies, since=since, alone=alone)


def text_version(risks: str) -> int:
    """The version that the risk text's first line gives."""
    found = re.match(r"version: ([0-9]{1,6})\n", risks)
    if not found:
        raise ConsentError("the risk text does not say its version")
    return int(found[1])


def text_body(risks: str) -> str:
    """The risk text without that line."""
    return risks.split("\n", 1)[1].strip() + "\n"


def short_body(risks: str) -> str:
    """The first section: what everybody reads before the question."""
    return _sections(risks)[0]


def whole_body(risks: str) -> str:
    """The rest."""
    return "\n".join(_sections(risks)[1:])


def sharing_body(risks: str) -> str:
    """The part of it about sharing: what is read before that is agreed to. The last but one."""
    return _sections(risks)[-2]


def _sections(risks: str) -> list[str]:
    """By place, not by name: the text is kept in several languages, all with the same headings."""
    found = [part.strip() + "\n" for part in re.split(r"^(?=## )", risks, flags=re.MULTILINE)[1:]]
    if len(found) < _LEAST_SECTIONS:
        raise ConsentError("the risk text is not whole")
    return found


def country_body(risks: str, country: str | None) -> str | None:
    """What the text says of a country, by its two letters; None where it says nothing."""
    found = re.search(
        rf"^### [^\n]*\({country}\)\n(.*?)(?=^##|\Z)", risks, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() + "\n" if country and found else None


def holds(consent: Consent | None, risks: str) -> bool:
    """Whether this yes was to this very text: a new version is asked about anew."""
    return consent is not None and consent.version == text_version(risks)


def sharing_of(consent: Consent | None, risks: str) -> Sharing | None:
    """The yes to sharing that holds now; None for none. With an old text's yes it rests."""
    if consent is None or not holds(consent, risks) or consent.sharing is None:
        return None
    return consent.sharing if consent.sharing.upload else None
