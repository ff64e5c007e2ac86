"""The home folder: where it is, what is in it, and the jobs that need nothing but it.

Beside wiring/, which measures, this is where the store is opened and the clock is read: for what
is done without a network.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.schema.measurement import Measurement
from measurements.store.connect import private_folder
from measurements.store.errors import NotFound, StoreError
from measurements.store.outbox import Outbox, ParcelState
from measurements.store.query import Filter, ResultRow
from measurements.store.store import Store
from probe import data
from probe.consent.choices import DEFAULT, Choices
from probe.consent.record import (
    Consent,
    ConsentError,
    Sharing,
    decode,
    encode,
    holds,
    sharing_of,
    text_version,
)
from probe.settings import Settings, parse
from probe.words import language

if TYPE_CHECKING:
    from measurements.analysis.rescore import Rescored
    from measurements.exchange.ooni import BadLine, ExchangeError, Imported

__all__ = [
    "BadLine",
    "ExchangeError",
    "Filter",
    "Imported",
    "ParcelState",
    "Rescored",
    "ResultRow",
    "StoreError",
]
_OF_EXCHANGE = frozenset({"BadLine", "ExchangeError", "Imported"})


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class of the exchange
    """What few commands need is imported where it is asked for: `show` is a third of a second."""
    if name in _OF_EXCHANGE:
        from measurements.exchange import ooni  # noqa: PLC0415 - slow to import

        return getattr(ooni, name)
    raise AttributeError(name)


Description = tuple[str | None, str | None, str | None, str | None]

DATABASE = "anyqta.db"
CONFIG = "config.toml"
CONSENT = "consent.json"
CRASHES = "crashes"
MOST_CRASHES = 20


class HomeError(Exception):
    """The home folder cannot be used; the message is for a person."""


def folder(option: Path | None) -> Path:
    """The home folder: the option's, ANYQTA_HOME's, or the platform's user data folder. It need not be
    there yet; raises HomeError where it could never be."""
    named = os.environ.get("ANYQTA_HOME") if option is None else str(option)
    if named:
        try:
            found = Path(named).expanduser().absolute()
        except RuntimeError as exc:
            raise HomeError("~ stands for nobody's folder here. Name another with --home.") from exc
    else:
        from platformdirs import user_data_path  # noqa: PLC0415 - not needed for --help

        found = user_data_path("anyqta", appauthor=False)
    _can_be_used(found)
    return found


def _can_be_used(home: Path) -> None:
    try:
        mode = home.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):  # below a file: `make` tells
        return
    except OSError as exc:
        raise HomeError(
            f"{home} cannot be looked into: {exc.strerror}."
            " Name another folder with --home or ANYQTA_HOME."
        ) from exc
    if not stat.S_ISDIR(mode):
        raise HomeError(f"{home} is no folder. Name another with --home or ANYQTA_HOME.")
    if not os.access(home, os.R_OK | os.X_OK):
        raise HomeError(
            f"{home} is somebody else's: you may not look into it."
            " Name another folder with --home or ANYQTA_HOME."
        )


def make(home: Path) -> None:
    """Make the folder, for its owner only."""
    try:
        private_folder(home)
    except OSError as exc:
        raise HomeError(
            f"{home} cannot be made: {exc.strerror}."
            " Name another folder with --home or ANYQTA_HOME."
        ) from exc


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the other place that may


def settings(home: Path) -> Settings:
    """What config.toml and the environment say. Raises SettingsError or HomeError."""
    path = home / CONFIG
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise HomeError(f"{path} cannot be read: {reason}") from exc
    return parse(text, os.environ, source=str(path))


# --- consent ---------------------------------------------------------------------------------


def risks() -> str:
    """The text that is consented to."""
    return data.risk_text()


def risks_shown() -> str:
    """The same text in the language of the screen; what is recorded is the version of both."""
    return data.risk_text(language())


def consent(home: Path) -> Consent | None:
    """The stored consent; None where there is none that can be read."""
    try:
        return decode((home / CONSENT).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ConsentError):
        return None


def give_consent(home: Path, choices: Choices | None = None) -> Consent:
    """Store a yes to today's text. No `choices`: those that hold, or else the usual ones."""
    make(home)
    today, before = f"{now():%Y-%m-%dT%H:%M:%SZ}", consent(home)
    if choices is None:
        choices = before.choices if before is not None and holds(before, risks()) else DEFAULT
    version = text_version(risks())
    given = Consent(version=version, given_at=today, choices=choices, sharing=sharing(home))
    _write_private(home / CONSENT, encode(given))
    return given


def choose(home: Path, choices: Choices) -> None:
    """Other choices, under the yes that holds."""
    given = consent(home)
    if given is None or not holds(given, risks()):
        raise HomeError("choosing comes after agreeing. First: anyqta consent give")
    _write_private(home / CONSENT, encode(replace(given, choices=choices)))


def choices(home: Path) -> Choices | None:
    """What the yes that holds is to; None where there is none."""
    given = consent(home)
    return given.choices if given is not None and holds(given, risks()) else None


def sharing(home: Path) -> Sharing | None:
    """The yes to sharing that holds now; None for none."""
    return sharing_of(consent(home), risks())


def share(home: Path, *, bodies: bool, alone: bool = False) -> Sharing:
    """Store a yes to sharing, beside that to measuring, which comes first."""
    given, earlier = consent(home), sharing(home)
    if given is None:
        raise HomeError("sharing comes after measuring. First: anyqta consent give")
    since = earlier.since if earlier is not None else f"{now():%Y-%m-%dT%H:%M:%SZ}"
    agreed = Sharing(upload=True, bodies=bodies, since=since, alone=alone)
    _write_private(home / CONSENT, encode(replace(given, sharing=agreed)))
    return agreed


def unshare(home: Path) -> bool:
    """Take it back; whether there was one."""
    given = consent(home)
    if given is None or given.sharing is None:
        return False
    _write_private(home / CONSENT, encode(replace(given, sharing=None)))
    return True


def withdraw_consent(home: Path) -> bool:
    """Forget it; whether there was one."""
    try:
        (home / CONSENT).unlink()
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise HomeError(f"{home / CONSENT} cannot be removed: {exc.strerror}") from exc
    return True


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            temporary.unlink()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        temporary.replace(path)
    except OSError as exc:
        raise HomeError(f"{path} cannot be written: {exc.strerror}") from exc


# --- the database ----------------------------------------------------------------------------


def database(home: Path) -> Path:
    """Where the results are."""
    return home / DATABASE


def open_store(home: Path, *, read_only: bool = False) -> Store:
    """The results. Raises StoreError."""
    if not read_only:
        make(home)
    return Store.open(database(home), read_only=read_only)


def load(home: Path, name: str) -> Measurement:
    """A measurement by its uid or the beginning of one, by `last`, or by its URL (its newest)."""
    with open_store(home, read_only=True) as store:
        if name == "last":
            newest = store.results(Filter(limit=1))
            if not newest:
                raise NotFound("nothing has been measured yet; try: anyqta run URL")
            return store.load(newest[0].measurement_uid)
        if "://" in name or "." in name:
            for url in dict.fromkeys((name, f"{name}/", f"https://{name}/", f"https://{name}")):
                newest = store.results(Filter(exact_url=url, limit=1))
                if newest:
                    return store.load(newest[0].measurement_uid)
        return store.load(name)


def results(home: Path, wanted: Filter) -> list[ResultRow]:
    """Lines for a list, newest first."""
    with open_store(home, read_only=True) as store:
        return store.results(wanted)


def upload_states(home: Path, uid: str) -> list[ParcelState]:
    """How it stands with each collector that one measurement is, or was, for."""
    with open_store(home, read_only=True) as store:
        return Outbox(store).states(uid)


def measurements(
    home: Path, wanted: Filter, *, newest_first: bool = False
) -> Iterator[Measurement]:
    """Whole measurements, one at a time."""
    with open_store(home, read_only=True) as store:
        if newest_first:
            uids: Iterable[str] = [row.measurement_uid for row in store.results(wanted)]
        else:
            uids = store.iter_uids(wanted)
        for uid in uids:
            yield store.load(uid)


def unfinished(home: Path) -> tuple[str, list[tuple[str, str | None]]] | None:
    """The last run, if it did not end whole, and the (URL, category) that it still owes."""
    with open_store(home, read_only=True) as store:
        last = store.last_run()
        if last is None:
            return None
        done = store.measured_inputs(last.run_id)
        owed = [target for target in store.planned_targets(last.run_id) if target[0] not in done]
        return (last.run_id, owed) if owed else None


def import_files(
    home: Path,
    paths: list[Path],
    *,
    on_new: Callable[[Measurement], None],
    on_bad: "Callable[[BadLine], None]",
) -> "Imported":
    """Judge and store OONI's documents, or ours."""
    from measurements.exchange import ooni  # noqa: PLC0415 - slow to import
    from measurements.verdict.judge import judge  # noqa: PLC0415 - slow to import

    with open_store(home) as store:
        return ooni.import_files(paths, store, judge, on_new=on_new, on_bad=on_bad)


def export(home: Path, wanted: Filter, path: Path | None) -> int:
    """Write OONI's documents to a file, or to standard output; how many."""
    from measurements.exchange import ooni  # noqa: PLC0415 - slow to import

    found = measurements(home, wanted)
    if path is None:
        return ooni.write_documents(found, sys.stdout.buffer)
    return ooni.export(found, path)


def rescore(home: Path, wanted: Filter, *, on_judged: Callable[[int], None]) -> "Rescored":
    """Judge what is stored again."""
    from measurements.analysis.rescore import rescore as rescore_stored  # noqa: PLC0415
    from measurements.verdict.judge import judge  # noqa: PLC0415 - slow to import

    with open_store(home) as store:
        return rescore_stored(store, judge, store.iter_uids(wanted), on_judged=on_judged)


def describe_certificate(der: bytes) -> Description:
    """Subject, issuer, and the two dates; nulls where it cannot be parsed."""
    from measurements.store.certificates import describe  # noqa: PLC0415 - slow to import

    return describe(der)


def write_crash(home: Path, text: str) -> Path:
    """Keep what is known of a bug; where it is. Of many the newest: a year's watch may meet one daily."""
    make(home / CRASHES)
    path = home / CRASHES / f"{now():%Y%m%dT%H%M%SZ}.txt"
    _write_private(path, text)
    for old in sorted((home / CRASHES).glob("*.txt"))[:-MOST_CRASHES]:
        with suppress(OSError):
            old.unlink()
    return path
