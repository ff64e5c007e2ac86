"""config.toml and the environment as one frozen value. Pure: the texts come in, a value goes out.

What the command line says wins over the environment, which wins over the file, which wins over the
defaults below.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from probe import words
from probe.words import N_

MAX_CONCURRENCY = 500
MAX_DAYS = 36_500
_PROXY = re.compile(r"(socks5h?|https?)://[^\s/]+/?")
_URL = re.compile(r"https?://[^\s/]+\S*")


class SettingsError(Exception):
    """A setting cannot be used; the message names where it stands and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The names are those of config.toml's keys. None leaves it to the engine."""

    control: tuple[str, ...] = ()
    resolver: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    concurrency: int | None = None
    max_runtime: float | None = None
    diagnose: bool = True
    list: str | None = None
    collector: tuple[str, ...] = ()
    proxy: str | None = None
    upload: bool = True
    ca_file: str | None = None
    keep_days: int | None = None
    metered: bool | None = None
    language: str | None = None


def parse(text: str, environ: Mapping[str, str], *, source: str) -> Settings:
    """The settings of one home. `text` is that of `source`, or empty. Raises SettingsError."""
    values = _from_file(text, source)
    if "ANYQTA_CONTROL" in environ:
        values["control"] = _urls(_words(environ["ANYQTA_CONTROL"]), "ANYQTA_CONTROL")
    if collectors := _words(environ.get("ANYQTA_COLLECTOR", "")):
        values["collector"] = _urls(collectors, "ANYQTA_COLLECTOR")
    if ca_file := environ.get("SSL_CERT_FILE", "").strip():
        values["ca_file"] = ca_file
    return Settings(**values)


def _from_file(text: str, source: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(_not_toml(source, str(exc))) from exc
    unknown = sorted(set(table) - set(_READERS))
    if unknown:
        allowed = ", ".join(_READERS)
        raise SettingsError(f"{source}: there is no setting {unknown[0]!r}; there is: {allowed}")
    return {key: _READERS[key](value, f"{source}: {key}") for key, value in table.items()}


def _not_toml(source: str, problem: str) -> str:
    """The place by itself: a person can look there. The library's words behind it are English."""
    at = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", problem, re.DOTALL)
    if at is None:
        what = problem.removesuffix(" (at end of document)")
        return N_("{source} is not TOML: look at its end ({what})").format(source=source, what=what)
    says = N_("{source} is not TOML: look at line {line}, column {column} ({what})")
    return says.format(source=source, what=at[1], line=at[2], column=at[3])


def _words(text: str) -> list[object]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _wrong(where: str, wanted: str, value: object) -> SettingsError:
    return SettingsError(f"{where} must be {wanted}, not {value!r:.60}")


def _url(value: object, where: str) -> str:
    if isinstance(value, str) and _URL.fullmatch(value):
        return value
    raise _wrong(where, N_("an address that begins with https:// or http://"), value)


def _proxy(value: object, where: str) -> str:
    if isinstance(value, str) and _PROXY.fullmatch(value):
        return value
    raise SettingsError(  # it is not repeated: it may hold a password
        f"{where} must be a proxy's address, as socks5h://127.0.0.1:9050 or http://proxy.example:8080"
    )


def _urls(value: object, where: str) -> tuple[str, ...]:
    return tuple(_url(item, where) for item in _list(value, where))


def _list(value: object, where: str) -> list[object]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return value
    raise _wrong(where, N_("a text or a list of texts"), value)


def _text(value: object, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise _wrong(where, N_("a text"), value)


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(_text(item, where) for item in _list(value, where))


def _concurrency(value: object, where: str) -> int:
    if type(value) is int and 1 <= value <= MAX_CONCURRENCY:
        return value
    raise _wrong(where, N_("a whole number from 1 to {most}").format(most=MAX_CONCURRENCY), value)


def _days(value: object, where: str) -> int:
    if type(value) is int and 1 <= value <= MAX_DAYS:
        return value
    raise _wrong(where, N_("a whole number of days from 1 to {most}").format(most=MAX_DAYS), value)


def _seconds(value: object, where: str) -> float:
    if type(value) in {int, float} and 0 < value < float("inf"):  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    raise _wrong(where, N_("a number of seconds above 0"), value)


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(where, N_("true or false"), value)


def _language(value: object, where: str) -> str:
    if isinstance(value, str) and value in words.LANGUAGES:
        return value
    raise _wrong(where, N_('"en", "ru" or "kk"'), value)


_READERS: dict[str, Callable[[object, str], object]] = {
    "control": _urls,
    "resolver": _texts,
    "doh": _urls,
    "concurrency": _concurrency,
    "max_runtime": _seconds,
    "diagnose": _flag,
    "list": _text,
    "collector": _urls,
    "proxy": _proxy,
    "upload": _flag,
    "ca_file": _text,
    "keep_days": _days,
    "metered": _flag,
    "language": _language,
}
assert set(_READERS) == {field.name for field in fields(Settings)}
