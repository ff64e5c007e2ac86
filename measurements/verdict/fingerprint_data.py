"""fingerprints.txt, read once at import: sections in brackets, one row a line, `#` comments."""

from importlib.resources import files
from typing import NamedTuple

ON_PAGE = frozenset({"markup", "title", "text"})


class Phrases(NamedTuple):
    """What a language says of a blocked page: a subject near an act, perhaps with a "this"."""

    language: str
    subjects: tuple[str, ...]
    acts: tuple[str, ...]  # blocked, restricted: by somebody
    weak_acts: tuple[str, ...]  # denied: servers say that of themselves too
    this: tuple[str, ...]


class Mark(NamedTuple):
    """A sign of one product or party. A weak one counts only beside an act or a refusal."""

    label: str
    where: str  # markup, title, text, or a header's name
    needle: str
    strong: bool
    sign: str  # its name among page_signs'; "" for one in a header


def parse_sections(text: str) -> dict[str, tuple[str, ...]]:
    """Each section's rows, without comments and blank lines."""
    sections: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in text.splitlines():
        row = line.strip()
        if row.startswith("[") and row.endswith("]"):
            rows = sections.setdefault(row[1:-1], [])
        elif row and not row.startswith("#"):
            rows.append(row)
    return {name: tuple(rows) for name, rows in sections.items()}


def _phrases(row: str) -> Phrases:
    language, *lists = (part.strip() for part in row.split("|"))
    subjects, acts, weak, this = (
        tuple(stem.strip() for stem in part.split(",") if stem.strip()) for part in lists
    )
    return Phrases(language, subjects, acts, weak, this)


def _mark(row: str) -> Mark:
    label, where, needle = (part.strip() for part in row.split("|", 2))
    strong, needle = not needle.startswith("?"), needle.removeprefix("?")
    sign = f"{where}:{needle}" if where in ON_PAGE else ""
    return Mark(label, where, needle, strong, sign)


_SECTIONS = parse_sections(
    files("measurements.verdict").joinpath("fingerprints.txt").read_text("utf-8")
)
BLOCK_PHRASES = tuple(map(_phrases, _SECTIONS["phrases"]))
AUTHORITIES = _SECTIONS["authorities"]
BLOCK_MARKS = tuple(map(_mark, _SECTIONS["block_marks"]))
BLOCK_LOCATIONS = _SECTIONS["block_locations"]
CAPTCHA_MARKS = tuple(map(_mark, _SECTIONS["captcha_marks"]))
CHALLENGE_WORDS = _SECTIONS["challenge_words"]
GEOBLOCK_PHRASES = _SECTIONS["geoblock_phrases"]
PARKED_MARKS = tuple(map(_mark, _SECTIONS["parked_marks"]))
PORTAL_MARKS = tuple(map(_mark, _SECTIONS["portal_marks"]))
ERROR_PHRASES = _SECTIONS["error_phrases"]
ARTICLE_MARKS = _SECTIONS["article_marks"]
