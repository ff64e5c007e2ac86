"""Extract, update, compile: with Babel, and so that the same input gives the same bytes."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from measurements.schema.words import Mechanism
from measurements.verdict.fingerprints import PageKind
from tests.words.extract import Text, texts
from tests.words.sources import LOCALE, OPERATORS, PUBLISHED, ROOT, domain_of, is_whole

DOMAINS = ("verdict", "core", "consent", "tools")  # a text of two areas stands in the first
SITE_NOTE = "Made by .ci/words from probe/locale: translate there."
Found = dict[Text, list[str]]  # and the files in which it stands


class Plain(Catalog):
    """A catalog whose header holds no date, no name and no version: nothing changes but the texts."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext must know."""
        language = str(self.locale) if self.locale else ""
        return [
            ("Language", language),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]

    @mime_headers.setter
    def mime_headers(self, _: object) -> None:
        """A file's own header is not read."""


def extracted() -> dict[str, Found]:
    """Every text, by its catalog. One that stands in two areas is in the first of them alone."""
    told = [*_marked(), *_helps()]
    first: dict[Text, int] = {}
    for domain, text, _ in told:
        at = DOMAINS.index(domain)
        first[text] = min(at, first.get(text, at))
    found: dict[str, Found] = {domain: {} for domain in DOMAINS}
    for _, text, where in told:
        places = found[DOMAINS[first[text]]].setdefault(text, [])
        if where not in places:
            places.append(where)
    return found


def _marked() -> Iterator[tuple[str, Text, str]]:
    for folder in ("measurements", "probe"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            domain = domain_of(where)
            if domain is not None:
                for text in texts(path.read_text(encoding="utf-8"), whole=is_whole(where)):
                    yield domain, text, where
    for word in (*Mechanism, *PageKind):  # in the fields of rules
        yield "verdict", Text(word.value), "measurements/verdict/rules.py"


def _helps() -> Iterator[tuple[str, Text, str]]:
    """Help, from the commands themselves: whatever a person is shown is in it."""
    import typer.main  # noqa: PLC0415 - the whole command line

    from probe.cli.app import app  # noqa: PLC0415
    from probe.cli.language import flat, parts, tree  # noqa: PLC0415

    top: Any = typer.main.get_command(app)
    domains = {param: set[str]() for command in tree(top) for param in _options(command)}
    commands = [(top, "core", "probe/cli/app.py"), *(_of(one) for one in _read(top))]
    for command, domain, where in commands:
        for text in (*parts(command.help or ""), *parts(command.short_help or "")):
            yield domain, Text(text), where
        if command.name not in OPERATORS:
            for param in _options(command):
                domains[param].add(domain)
    for command, domain, where in commands:
        if command.name not in OPERATORS:
            for param in _options(command):
                shared = len(domains[param]) > 1
                yield "core" if shared else domain, Text(flat(param)), where


def _options(command: Any) -> list[str]:  # noqa: ANN401 - Typer's own click
    return [param.help for param in command.params if getattr(param, "help", None)]


def _read(top: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """The commands that volunteers read; of a group for operators its own help alone."""
    for name, command in getattr(top, "commands", {}).items():
        yield command
        if name not in OPERATORS:
            yield from _read(command)


def _of(command: Any) -> tuple[Any, str, str]:  # noqa: ANN401 - as above
    below = getattr(command, "commands", {})
    callback = command.callback or next(iter(below.values())).callback
    where = callback.__module__.replace(".", "/") + ".py"
    return command, domain_of(where) or "core", where


def file(domain: str, language: str, ending: str = "po") -> Path:
    """Where it is."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.{ending}"


def read(domain: str, language: str) -> Catalog:
    """What is translated; an empty one where there is none yet."""
    path = file(domain, language)
    if not path.exists():
        return Plain(locale=language)
    with path.open("rb") as opened:
        return read_po(opened, locale=language)


def updated(domain: str, language: str, found: Found) -> bytes:
    """The file with all that is extracted: translations are kept, what is gone goes."""
    old = read(domain, language)
    new = Plain(locale=language, header_comment="# No native speaker has read these yet.")
    for text, places in found.items():
        ids: Any = (text.one, text.many) if text.many else text.one
        known = old.get(ids, context=text.context)
        string: Any = known.string if known else None
        flags = [flag for flag in (known.flags if known else ()) if flag == "fuzzy"]
        comments = known.user_comments if known else []
        new.add(
            ids,
            string,
            locations=[(place, 0) for place in places],
            flags=flags,
            user_comments=comments,
            context=text.context,
        )
    out = io.BytesIO()
    write_po(out, new, width=110, include_lineno=False)
    return out.getvalue()


def for_the_site(language: str) -> bytes:
    """The sentences that are stored and published, for the observatory, which reads nothing of ours."""
    new = Plain(locale=language, header_comment=f"# {SITE_NOTE}")
    for domain, found in extracted().items():
        known = read(domain, language)
        for text, places in found.items():
            if text.many is None and any(
                Path(place).match(p) for place in places for p in PUBLISHED
            ):
                message = known.get(text.one)
                new.add(text.one, message.string if message else "")
    out = io.BytesIO()
    write_po(out, new, width=110, no_location=True)
    return out.getvalue()


def site_file(language: str) -> Path:
    """Where the observatory has them."""
    return ROOT / "datasette" / "locale" / language / "sentences.po"


def compiled(domain: str, language: str) -> bytes:
    """What gettext reads, from the .po as it is."""
    plain = Plain(locale=language)
    for message in read(domain, language):
        if message.id:
            plain.add(message.id, message.string, flags=message.flags, context=message.context)
    out = io.BytesIO()
    write_mo(out, plain)
    return out.getvalue()
