"""What two titles say about two answers being one page.

A title in another language says nothing: a site answers in the language of its visitor's country.
"""

import re

from measurements.verdict.page_text import fold

# Titles that any server may give; equal ones prove little.
_GENERIC = re.compile(
    r"(?:\d{3}\b.*|error\b.*|access denied.*|forbidden|not found|page not found|untitled.*|index"
    r"|home|homepage|welcome( to nginx!?)?|index of .*|just a moment.*|attention required.*"
    r"|loading.*|redirecting.*|document|default web page|test page.*|main page"
    r"|главная( страница)?|ошибка.*"
    r"|басты бет|доступ (ограничен|запрещен|заблокирован).*)",
)
_WORD = re.compile(r"[^\W\d_]{2,}+")
_LONG = 4
_ALPHABETS = (
    ("kazakh", re.compile("[әғқңөұүһі]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("arabic", re.compile("[\u0600-\u06ff]")),
    ("hebrew", re.compile("[\u0590-\u05ff]")),
    ("greek", re.compile("[\u0370-\u03ff]")),
    ("georgian", re.compile("[\u10a0-\u10ff]")),
    ("armenian", re.compile("[\u0530-\u058f]")),
    ("indic", re.compile("[\u0900-\u0dff]")),
    ("thai", re.compile("[\u0e00-\u0eff]")),
    ("cjk", re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")),
    ("accented", re.compile("[\u00df-\u024f\u1e00-\u1eff]")),
)


def alphabet(text: str) -> str:
    """The alphabet that the text shows, the most telling first; "latin" by default."""
    return next((name for name, sign in _ALPHABETS if sign.search(text)), "latin")


def normal_title(title: str) -> str:
    """A title for comparing: no case, one kind of space, Russian io as ie."""
    return fold(title[:400])


def weigh_titles(here: str, there: str) -> tuple[float, str]:
    """The weight for (+) or against (-) one page, with the reason."""
    mine, theirs = normal_title(here), normal_title(there)
    if not mine and not theirs:
        return 0.0, "neither has a title"
    if not mine or not theirs:
        lost = not mine and not _GENERIC.fullmatch(theirs)
        return (-0.7 if lost else -0.2), "only one has a title"
    if mine == theirs:
        return (0.3 if _GENERIC.fullmatch(mine) else 2.0), "the titles are equal"
    words, others = set(_WORD.findall(mine)), set(_WORD.findall(theirs))
    shared = {word for word in words & others if len(word) >= _LONG or len(words) < 3}  # noqa: PLR2004
    if shared:
        half = len(shared) * 2 >= min(len(words), len(others))
        return (1.3 if half else 0.8), f"the titles share “{min(shared)}”"
    if alphabet(mine) != alphabet(theirs):
        return -0.3, "the titles are in different alphabets"
    return -1.9, "the titles share no word"
