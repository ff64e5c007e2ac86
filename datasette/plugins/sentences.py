"""Summaries, reasons and evidence in the reader's language: `told(text)` in templates.

They are stored as English sentences with names and numbers in them. Of the templates with {braces} in
locale/<lang>/sentences.po the one with most text of its own that fits is found, its translation is filled with the
words that stood in the fields, and these are translated the same way. What fits none stays English. The catalogs are
made by .ci/words from those of the volunteers' side, which finds sentences again as this does (docs/design/0012).
"""

import re
from functools import cache, lru_cache
from typing import Any

from datasette.utils.asgi import Request

from datasette import hookimpl
from datasette.plugins import pm

FIELD = re.compile(r"\{([a-z_0-9]+)\}")
BETWEEN = re.compile(r"((?<=[.!?]) (?=\S)|\n+)")
REASONS = re.compile(r"(; )")
DEEPEST = 4
LONGEST = 4000  # characters that are looked at: what is stored comes from strangers


@cache
def catalog(lang: str) -> dict[str, str]:
    """Every template with its translation; none for English."""
    language = pm.get_plugin("language.py")
    path = language.FOLDER / lang / "sentences.po"
    found = language.parse(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {text: forms[0] for text, forms in found.items() if forms and forms[0]}


@cache
def templates(lang: str) -> list[tuple[str, tuple[str, ...]]]:
    """Those with fields, the ones with most text of their own first, and the text between the fields."""
    found = [text for text in catalog(lang) if "{" in text]
    found.sort(key=lambda text: (-len(FIELD.sub("", text)), text))
    return [(text, tuple(FIELD.split(text)[::2])) for text in found]


def told(lang: str, text: str) -> str:
    """The text in this language, as far as it is known."""
    if lang == "en" or not text or len(text) > LONGEST:
        return text
    return whole(lang, text, DEEPEST)


@lru_cache(maxsize=4096)
def whole(lang: str, text: str, depth: int) -> str:
    """One sentence of ours, or several."""
    if not text or not depth:
        return text
    found = one(lang, text, depth, strict=True)
    if found is None and (BETWEEN.search(text) or "; " in text):
        pieces, missed = several(lang, text, depth)
        found = (one(lang, text, depth, strict=False) if missed else None) or pieces
    return found if found is not None else one(lang, text, depth, strict=False) or text


def several(lang: str, text: str, depth: int) -> tuple[str, bool]:
    """Sentence by sentence, the longest run of them that is one text first; whether one was missed."""
    pieces = (BETWEEN if BETWEEN.search(text) else REASONS).split(text)
    out, missed, at = "", False, 0
    while at < len(pieces):
        ends = range(len(pieces), at, -2)
        runs = ((end, one(lang, "".join(pieces[at:end]), depth, strict=True)) for end in ends)
        end, found = next(((end, f) for end, f in runs if f is not None), (at + 1, None))
        missed = missed or found is None
        out += (pieces[at] if found is None else found) + "".join(pieces[end : end + 1])
        at = end + 1
    return out, missed


def one(lang: str, text: str, depth: int, *, strict: bool) -> str | None:
    """One text of ours; `strict`: no field holds the end of a sentence. None: it is none."""
    known = catalog(lang)
    if text in known or not text:
        return known.get(text, text)
    for template, parts in templates(lang):
        if may_be(parts, text) and (found := pattern(template, strict).fullmatch(text)):
            words = {name: whole(lang, word, depth - 1) for name, word in found.groupdict().items()}
            return FIELD.sub(lambda field, w=words: w.get(field[1], field[0]), known[template])
    return None


def may_be(parts: tuple[str, ...], text: str) -> bool:
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
def pattern(template: str, strict: bool) -> re.Pattern[str]:
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


@hookimpl
def extra_template_vars(request: Request | None) -> dict[str, Any]:
    """`told(text)`."""
    lang = pm.get_plugin("language.py").of(request).lang
    return {"told": lambda text: told(lang, text or "")}
