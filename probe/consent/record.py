"""That somebody said yes, to which text, and when: how it is kept, whether it still holds. Pure."""

import json
import re
from dataclasses import dataclass

YES = "yes"


class ConsentError(Exception):
    """The stored consent cannot be read; it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A yes to one version of the risk text. `given_at` is ISO 8601 UTC."""

    version: int
    given_at: str


def encode(consent: Consent) -> str:
    """As it stands in the home folder."""
    return json.dumps({"version": consent.version, "given_at": consent.given_at}) + "\n"


def decode(text: str) -> Consent:
    """The opposite. What was tampered with, or torn, is no consent: raises ConsentError."""
    try:
        value = json.loads(text)
    except ValueError as exc:
        raise ConsentError("it is not JSON") from exc
    if not isinstance(value, dict):
        raise ConsentError("it is not an object")
    version, given_at = value.get("version"), value.get("given_at")
    if type(version) is not int or not isinstance(given_at, str):
        raise ConsentError("its version or time is missing")
    return Consent(version=version, given_at=given_at)


def text_version(risks: str) -> int:
    """The version that the risk text's first line gives."""
    found = re.match(r"version: ([0-9]{1,6})\n", risks)
    if not found:
        raise ConsentError("the risk text does not say its version")
    return int(found[1])


def text_body(risks: str) -> str:
    """The risk text without that line."""
    return risks.split("\n", 1)[1].strip() + "\n"


def holds(consent: Consent | None, risks: str) -> bool:
    """Whether this yes was to this very text: a new version is asked about anew."""
    return consent is not None and consent.version == text_version(risks)
