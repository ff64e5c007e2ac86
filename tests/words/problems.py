"""What is wrong with a catalog: not translated, not sure, other placeholders, plural forms that lack."""

import re
from collections import Counter
from typing import Any

from babel.messages.catalog import Message

from tests.words.catalogs import Found, compiled, file, read
from tests.words.extract import Text

_FIELD = re.compile(r"\{[^{}\s]*\}")
_COMMANDS = (
    "run show results watch schedule upload withdraw import export rescore explore lists demo doctor"
    " prune wipe consent manual completion"
)
# What is typed stays as it is. (Not every word after the name is a command: "anyqta runs".)
_TYPED = re.compile(rf"`[^`]+`|--[a-z][a-z-]+|\banyqta (?:{'|'.join(_COMMANDS.split())})\b")
FORMS = {"ru": 3, "kk": 2}


def problems(domain: str, language: str, found: Found) -> list[str]:
    """A line each."""
    catalog = read(domain, language)
    by_text = {_text(message): message for message in catalog if message.id}
    out = [f"not extracted any more: {text.one!r}" for text in by_text if text not in found]
    for text in found:
        message = by_text.get(text)
        out += ["not there: " + repr(text.one)] if message is None else wrong(message, language)
    path = file(domain, language, "mo")
    if not path.exists() or path.read_bytes() != compiled(domain, language):
        out.append("the .mo is not what the .po gives: run .ci/words")
    return out


def _text(message: Message) -> Text:
    ids: Any = message.id
    one, many = ids if isinstance(ids, tuple | list) else (ids, None)
    return Text(one, many, message.context)


def wrong(message: Message, language: str) -> list[str]:
    """Of one text."""
    text = _text(message)
    string: Any = message.string
    forms = list(string) if isinstance(string, tuple | list) else [string]
    if message.fuzzy:
        return [f"fuzzy: {text.one!r}"]
    if not all(forms) or (text.many and len(forms) != FORMS[language]):
        return [f"not translated: {text.one!r}"]
    if text.many:
        # One may be said without the number ("a site"); never with something else.
        allowed = set(_FIELD.findall(text.one)) | set(_FIELD.findall(text.many))
        return [
            f"other placeholders: {form!r}"
            for form in forms
            if not set(_FIELD.findall(form)) <= allowed
            or set(_FIELD.findall(text.many)) - set(_FIELD.findall(form))
        ]
    out = []
    if set(_FIELD.findall(text.one)) != set(_FIELD.findall(forms[0])):
        out.append(f"other placeholders: {forms[0]!r}")
    typed = Counter(_TYPED.findall(text.one)) - Counter(_TYPED.findall(forms[0]))
    if typed:
        out.append(f"{', '.join(typed)} is typed by a person and must stay: {forms[0]!r}")
    return out
