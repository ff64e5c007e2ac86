"""docs/words.md: the words of a verdict in three languages, from the catalogs themselves."""

from probe.cli import verdict_words
from tests.words.catalogs import read
from tests.words.sources import LANGUAGES, ROOT

FILE = ROOT / "docs" / "words.md"
TABLES: tuple[tuple[str, dict[str, str]], ...] = (
    ("status", verdict_words.STATUS),
    ("outcome of a layer", verdict_words.OUTCOME),
    ("mechanism", verdict_words.MECHANISM),
    ("trigger", verdict_words.TRIGGER),
    ("locus", verdict_words.LOCUS),
    ("failure", verdict_words.FAILURE),
)
HEAD = """# The words of a verdict in three languages

One translation each: the volunteer's screen (`probe/locale`) and the observatory (`datasette/locale`) use the same,
and `tests/docs/test_words.py` holds that. `.ci/words` writes this page from the catalogs; to change a word, change its
`msgstr` there, and in the site's. What each word claims: [ontology.md](ontology.md). On an English screen, in `--json`,
in the database and in exports the word of the first column stands, always. Layers are written alike in all languages:
DNS, TCP, TLS, QUIC, HTTP.

No native speaker of Russian or Kazakh has read the translations yet: corrections are very welcome.
"""


def page() -> str:
    """All of it."""
    known = [
        {m.id: m.string for domain in ("verdict", "core") for m in read(domain, language)}
        for language in LANGUAGES
    ]
    out = [HEAD]
    for title, table in TABLES:
        out += [
            f"## {title.capitalize()}\n",
            "| word | in English | Russian | Kazakh |",
            "|---|---|---|---|",
        ]
        for word, phrase in table.items():
            said = " | ".join(str(texts.get(phrase, "")) for texts in known)
            out.append(f"| `{word}` | {phrase} | {said} |")
        out.append("")
    return "\n".join(out)
