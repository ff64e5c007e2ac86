"""Text of strangers (titles, certificates, URLs), made so that a terminal obeys none of it."""

import unicodedata

_HARMLESS = {"\u200c", "\u200d"}  # joiners: Persian and emoji need them
_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, bidi and invisible, surrogates, breaks


def clean(text: object, limit: int | None = None) -> str:
    """On one line; what a terminal would obey, or would not show, stands as its escape."""
    out = str(text)
    if limit is not None and len(out) > limit:
        out = out[: limit - 1] + "…"
    if out.isascii() and out.isprintable():
        return out
    return "".join(_shown(char) for char in out)


def _shown(char: str) -> str:
    if char in _HARMLESS or unicodedata.category(char) not in _CATEGORIES:
        return char
    return char.encode("unicode_escape").decode("ascii")
