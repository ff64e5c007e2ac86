"""The language of the screen: English, Russian or Kazakh. What is stored or sent is English always.

A text is translated where it is shown. Two ways lead there (docs/design/0012-languages.md):

- The command line marks its texts: `_("{count} left")`, `ngettext("{n} site", "{n} sites", n)`.
- Below it (rules, engine, store, errors) texts are plain English sentences, some of them stored for years.
  `told(text)` finds the template that a sentence was made from, translates that, and puts its words back.

The catalogs are locale/<language>/LC_MESSAGES/*.mo, made by `.ci/words`. Nothing is read while it is English.
"""

import gettext
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
ENGLISH = "en"
DOMAINS = ("core", "consent", "tools", "verdict")
FOLDER = Path(__file__).with_name("locale")
FIELD = re.compile(r"\{([a-z_0-9]+)\}")
_ALIASES = {"kz": "kk", "kaz": "kk", "rus": "ru", "eng": "en"}
_UNSAID = {"c", "posix", ""}
_BETWEEN = re.compile(r"((?<=[.!?]) (?=\S)|\n+)")
_REASONS = re.compile(r"(; )")
_FEW, _SMALL = 4, 6  # words in a field of a template that has hardly a letter of its own
_DEEPEST = 4  # a sentence in a sentence in a sentence


class _Catalog(gettext.GNUTranslations):
    """All domains of a language in one."""

    _catalog: dict[str | tuple[str, int], str]

    def take(self, other: "_Catalog") -> None:
        """What the other has; a text that both have is translated alike (tests hold that)."""
        self._catalog |= vars(other)["_catalog"]

    def texts(self) -> dict[str, str]:
        """Each with its translation."""
        return {k: v for k, v in self._catalog.items() if isinstance(k, str)}

    def has(self, text: str) -> bool:
        """Whether it is translated."""
        return text in self._catalog

    def templates(self) -> list[str]:
        """The texts with {braces}, those with most text of their own first."""
        found = [text for text in self.texts() if "{" in text and "\x04" not in text]
        return sorted(found, key=lambda text: (-len(FIELD.sub("", text)), text))


class _Screen:
    """What is spoken now."""

    language = ENGLISH


def known(name: str | None) -> str | None:
    """`ru` of ru, RU, ru_RU.UTF-8, ru-KZ; None for a language that is not ours."""
    code = re.split(r"[-_.@]", (name or "").strip().lower())[0]
    code = _ALIASES.get(code, code)
    return code if code in LANGUAGES else None


def choose(environ: Mapping[str, str], setting: str | None, system: str | None = None) -> str:
    """ANYQTA_LANG, else config.toml's `language`, else what the environment says, else the system's own.

    Of the environment the first that is set counts, as for all programs: LC_ALL, LC_MESSAGES, LANG; and
    LANGUAGE before them, unless they say C. A language that is not ours is passed over.
    """
    for name in (environ.get("ANYQTA_LANG"), setting):
        if found := known(name):
            return found
    locale = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environ.get(k))), None)
    if locale is None:
        return known(system) or ENGLISH
    if re.split(r"[.@]", locale.strip().lower())[0] in _UNSAID:
        return ENGLISH
    wishes = [known(name) for name in environ.get("LANGUAGE", "").split(":")]
    return next((name for name in (*wishes, known(locale)) if name), ENGLISH)


def use(language: str) -> None:
    """Speak it from now on."""
    _Screen.language = known(language) or ENGLISH


def language() -> str:
    """What is spoken: en, ru or kk."""
    return _Screen.language


@cache
def _catalog(language: str) -> _Catalog | None:
    """None for English. Raises where a file is not there, or torn."""
    if language == ENGLISH:
        return None
    whole: _Catalog | None = None
    for domain in DOMAINS:
        with (FOLDER / language / "LC_MESSAGES" / f"{domain}.mo").open("rb") as file:
            part = _Catalog(file)
        if whole is None:
            whole = part
        else:
            whole.take(part)
    return whole


def can_be_read() -> bool:
    """Whether the texts of what is spoken now are all there, and whole."""
    try:
        _catalog(_Screen.language)
    except Exception:  # noqa: BLE001 - gettext on torn bytes: errors of many kinds
        return False
    return True


def catalog_of(language: str) -> dict[str, str]:
    """Every text with its translation; none for English."""
    catalog = _catalog(language)
    return {} if catalog is None else catalog.texts()


def _(text: str) -> str:
    """The text in the language of the screen."""
    catalog = _catalog(_Screen.language)
    return text if catalog is None or not text else catalog.gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """The same with a number in it: `ngettext("{n} site", "{n} sites", n).format(n=n)`."""
    catalog = _catalog(_Screen.language)
    return (one if n == 1 else many) if catalog is None else catalog.ngettext(one, many, n)


def pgettext(context: str, text: str) -> str:
    """A word that means different things in different places: `pgettext("status", "down")`."""
    catalog = _catalog(_Screen.language)
    return text if catalog is None else catalog.pgettext(context, text)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name: marked here, translated where it is shown
    """The text as it is."""
    return text


def told(text: str) -> str:
    """A sentence that was made below the command line, in the language of the screen; or several.

    What no template fits stays English: a sentence of an older version, a system's own message.
    """
    return text if _Screen.language == ENGLISH else _told(_Screen.language, text, _DEEPEST)


def told_as(template: str, text: str) -> str | None:
    """The same for a text that is known to be made from this template; None where it is not."""
    found = _pattern(template, strict=False).fullmatch(text)
    if found is None:
        return None
    return filled(_(template), {name: told(word) for name, word in found.groupdict().items()})


@lru_cache(maxsize=4096)
def _told(language: str, text: str, depth: int) -> str:
    if not text or not depth:
        return text
    whole = _one(language, text, depth, strict=True)
    if whole is None and (_BETWEEN.search(text) or "; " in text):
        pieces, missed = _several(language, text, depth)
        whole = (_one(language, text, depth, strict=False) if missed else None) or pieces
    return whole if whole is not None else _one(language, text, depth, strict=False) or text


def _several(language: str, text: str, depth: int) -> tuple[str, bool]:
    """Sentence by sentence, the longest run of them that is one text first; whether one was missed."""
    pieces = (_BETWEEN if _BETWEEN.search(text) else _REASONS).split(text)
    out, missed, at = "", False, 0
    while at < len(pieces):
        ends = range(len(pieces), at, -2)  # sentences stand at even places, what parts them between
        runs = ((end, _one(language, "".join(pieces[at:end]), depth, strict=True)) for end in ends)
        end, found = next(((end, f) for end, f in runs if f is not None), (at + 1, None))
        missed = missed or found is None
        out += (pieces[at] if found is None else found) + "".join(pieces[end : end + 1])
        at = end + 1
    return out, missed


def _one(language: str, text: str, depth: int, *, strict: bool) -> str | None:
    """One text of ours; `strict`: no field holds the end of a sentence. None: it is none."""
    catalog = _catalog(language)
    if catalog is None or not text:
        return text
    if catalog.has(text):
        return catalog.gettext(text)
    for template, parts in _templates(language):
        if _may_be(parts, text) and (found := _pattern(template, strict=strict).fullmatch(text)):
            if _hardly(parts) and any(len(w.split()) > _FEW for w in found.groups()):
                continue
            words = {
                name: _told(language, word, depth - 1) for name, word in found.groupdict().items()
            }
            return filled(catalog.gettext(template), words)
    return None


def filled(template: str, words: Mapping[str, str]) -> str:
    """The template with words in its fields; no other braces are touched."""
    return FIELD.sub(lambda field: words.get(field[1], field[0]), template)


@cache
def _templates(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each with its own text between the fields."""
    catalog = _catalog(language)
    found = catalog.templates() if catalog is not None else []
    return [(template, tuple(FIELD.split(template)[::2])) for template in found]


def _hardly(parts: tuple[str, ...]) -> bool:
    """Whether a template is one small word between fields, as `{subject} by {issuer}`: within a
    sentence that is none of ours it would be found too, and make a muddle of it."""
    return not parts[0] and not parts[-1] and len("".join(parts).replace(" ", "")) < _SMALL


def _may_be(parts: tuple[str, ...], text: str) -> bool:
    """Quickly: whether the template's own text is all there, in order."""
    if not (text.startswith(parts[0]) and text.endswith(parts[-1])):
        return False
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


@cache
def _pattern(template: str, *, strict: bool) -> re.Pattern[str]:
    """What a sentence made from it looks like; a field that comes twice holds the same words."""
    inside = r"(?:(?![.!?] |\n).)*?" if strict else ".*?"
    seen: set[str] = set()
    out = []
    for number, part in enumerate(FIELD.split(template)):
        if number % 2 == 0:
            out.append(re.escape(part))
        elif part in seen:
            out.append(f"(?P={part})")
        else:
            seen.add(part)
            out.append(f"(?P<{part}>{inside})")
    return re.compile("".join(out), re.DOTALL)
