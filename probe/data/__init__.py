"""Data that ships with the probe; the source and date of each file are in README.md beside this."""

from pathlib import Path

_LISTS = Path(__file__).parent / "lists"


def list_names() -> tuple[str, ...]:
    """The names of the bundled target lists."""
    return tuple(sorted(path.stem for path in _LISTS.glob("*.csv")))


def read_list(name: str) -> bytes:
    """The Citizen Lab CSV of one bundled list; the name is one of `list_names()`."""
    return (_LISTS / f"{name}.csv").read_bytes()


def risk_text(language: str = "en") -> str:
    """What a volunteer consents to, as in docs/risks.md; the first line is `version: N`.

    In another language, where there is such a text, of the same version.
    """
    whole = _LISTS.parent / "risks.md"
    other = whole.with_name(f"risks.{language}.md")
    return (other if language != "en" and other.exists() else whole).read_text(encoding="utf-8")
