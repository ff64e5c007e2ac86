"""English, Russian or Kazakh: as ?lang= says, otherwise as the browser asks. No cookie.

Templates have `_("text")`, `_n("{n} site", "{n} sites", n)`, `lang`, `link("/path?query")` (keeps the language that was
chosen), `lang_links` (this page in each language), `lang_input` (for forms), `absolute("/path")`.
A plugin file gets at the same with `pm.get_plugin("language.py").of(request)`. The words are in
locale/<lang>/LC_MESSAGES/*.po, any number of files; they are read as they are (nothing is compiled). On
Datasette's own pages `lang` would be a column's name: there it is `_lang`.
"""

import ast
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request
from markupsafe import Markup

from datasette import hookimpl

NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
FOLDER = Path(__file__).parents[1] / "locale"
_STRING = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)?\s*(".*")')
_ASKED = re.compile(r"\s*([a-zA-Z]{1,8})[^;]*(?:;\s*q\s*=\s*([0-9.]+))?")
_FEW = range(2, 5)
_TEENS = range(11, 15)

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]
Catalog = dict[str, list[str]]


def parse(text: str) -> Catalog:
    """The texts of a .po file: each with its translation, or its plural forms."""
    found: Catalog = {}
    entry: dict[str, str] = {}
    where = ""
    for line in [*text.splitlines(), ""]:
        match = _STRING.fullmatch(line.strip())
        if match is None or match[1] == "msgid":
            if entry.get("msgid"):
                found[entry["msgid"]] = [v for k, v in sorted(entry.items()) if "msgstr" in k]
            entry = {}
        if match:
            where = match[1] or where
            entry[where] = entry.get(where, "") + str(ast.literal_eval(match[3]))
    return found


@cache
def catalog(lang: str) -> Catalog:
    """Every text that there is in a language."""
    found: Catalog = {}
    for file in sorted((FOLDER / lang / "LC_MESSAGES").glob("*.po")):
        found |= parse(file.read_text(encoding="utf-8"))
    return {text: forms for text, forms in found.items() if all(forms)}


def form(lang: str, n: int) -> int:
    """Which of a language's plural forms a number takes."""
    if lang != "ru":
        return int(n != 1)
    if n % 10 == 1 and n % 100 != _TEENS[0]:
        return 0
    return 1 if n % 10 in _FEW and n % 100 not in _TEENS else 2


class Words:
    """A language, and the way to write links in it. `chosen`: by the address, so that links must keep it."""

    def __init__(self, lang: str, *, chosen: bool, path: str = "/", query: str = "") -> None:
        """Nothing is read yet."""
        self.lang, self.chosen = lang, chosen
        self._path, self._query = path, query

    def say(self, text: str) -> str:
        """The text in this language; what is not translated stays English."""
        return catalog(self.lang).get(text, (text,))[0]

    def count(self, one: str, many: str, n: int) -> str:
        """The same with a number: `_n("{n} site", "{n} sites", 5)` is "5 sites"."""
        forms = catalog(self.lang).get(one)
        if not forms:
            return (one if n == 1 else many).format(n=self.number(n))
        return forms[min(form(self.lang, n), len(forms) - 1)].format(n=self.number(n))

    def number(self, n: int) -> str:
        """1,234 or 1 234, that does not break."""
        text = f"{n:,}"
        return text if self.lang == "en" else text.replace(",", "\u202f")

    def link(self, path: str) -> str:
        """An address within the site, in the language that was chosen."""
        if not self.chosen:
            return path
        bare, hash_, fragment = path.partition("#")
        return f"{bare}{'&' if '?' in bare else '?'}lang={self.lang}{hash_}{fragment}"

    def here(self, lang: str) -> str:
        """This page in another language."""
        pairs = [
            (k, v)
            for k, v in parse_qsl(self._query, keep_blank_values=True)
            if k not in {"lang", "_lang"}
        ]
        return f"{self._path}?{urlencode([*pairs, ('lang', lang)])}"


def asked_for(header: str) -> str:
    """The best of ours that a browser's Accept-Language names."""
    best, weight = "en", 0.0
    for part in header[:500].split(","):
        match = _ASKED.fullmatch(part)
        code = match[1].lower() if match else ""
        try:
            q = float(match[2] or 1) if match else 0.0
        except ValueError:
            q = 0.0
        if code in NAMES and q > weight:
            best, weight = code, q
    return best


def of_scope(scope: Scope) -> Words:
    """The language of a request."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    pairs = [v for k, v in parse_qsl(query) if k in {"lang", "_lang"} and v in NAMES]
    if pairs:
        return Words(pairs[-1], chosen=True, path=path, query=query)
    header = dict(scope.get("headers") or []).get(b"accept-language", b"").decode("latin-1")
    return Words(asked_for(header), chosen=False, path=path, query=query)


def of(request: Request | None) -> Words:
    """The same, for plugins; English where nobody asked."""
    return of_scope(request.scope) if request else Words("en", chosen=False)


def absolute(datasette: Datasette, request: Request | None, path: str) -> str:
    """An address for other sites; none for who has no name (a mirror, which is asked for as `localhost`)."""
    if request is None or request.host == "localhost":
        return ""
    return str(datasette.absolute_url(request, datasette.urls.path(path)))


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    """What the module says."""
    words = of(request)
    field = Markup('<input type="hidden" name="lang" value="{}">').format(words.lang)
    return {
        "_": words.say,
        "_n": words.count,
        "number": words.number,
        "lang": words.lang,
        "link": lambda path: words.link(datasette.urls.path(path)),
        "absolute": lambda path: absolute(datasette, request, path),
        "lang_links": [(code, name, words.here(code)) for code, name in NAMES.items()],
        "lang_input": field if words.chosen else "",
    }


@hookimpl(tryfirst=True)  # innermost: what lies around it sees the address as it was asked for
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """On Datasette's own pages `lang` is no filter by a column of that name."""

    def wrap(app: App) -> App:
        async def inner(scope: Scope, receive: object, send: object) -> None:
            query = scope.get("query_string", b"")
            first = scope.get("path", "/").split("/")[1:2]
            name = first[0].partition(".")[0] if first else ""
            if b"lang=" in query and name in datasette.databases:
                pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
                kept = [("_lang" if k == "lang" else k, v) for k, v in pairs]
                scope = {**scope, "query_string": urlencode(kept).encode()}
            await app(scope, receive, send)

        return inner

    return wrap
