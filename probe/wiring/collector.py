"""`anyqta collector …`, put together: the database, its key, the day, chance."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measurements.collector import invites, operate
from measurements.collector.config import CollectorConfig, Mode
from measurements.collector.identity import Identity, IdentityError
from measurements.collector.invites import ID_BYTES, Invite
from measurements.collector.jobs import ItemAnswer
from measurements.collector.operate import Count, Damaged, NoBundle, RefusedAll
from measurements.collector.worker import Worker, WorkerConfig
from measurements.schema.submission import decode_key, encode_key
from measurements.store.alone import is_alone, put_aside
from measurements.store.backup import copy
from measurements.store.carry import carry_invites, carry_withdrawals
from measurements.store.errors import StoreError
from measurements.store.intake import Intake
from measurements.store.overview import ClaimRow, Overview, Picked, claims, overview, uids
from measurements.store.store import Store
from measurements.store.tidy import Tidied, tidy
from measurements.verdict.judge import judge

__all__ = ["ClaimRow", "Count", "Damaged", "ItemAnswer", "OperatorError", "Overview", "Picked"]


class OperatorError(Exception):
    """It cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Minted:
    """An invitation: the text to give away, and the name to revoke it by."""

    token: str
    name: str
    until: str


def today() -> str:
    """The day, UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _day(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except (StoreError, IdentityError) as exc:
        raise OperatorError(str(exc)) from exc


@contextmanager
def _opened(db: Path, *, read_only: bool = False) -> Iterator[Store]:
    if not db.is_file():
        raise OperatorError(
            f"{db} does not exist. Is it the file that `anyqta serve collector --db` was given?"
        )
    with _plainly(), Store.open(db, read_only=read_only) as store:
        yield store


def _identity(db: Path) -> Identity:
    path = CollectorConfig(db=db).key_path
    if not path.exists():
        raise OperatorError(
            f"{path}, the collector's key, does not exist: `anyqta serve collector --db {db}` makes"
            " one. If there was one, put it back from your backup first."
        )
    try:
        return Identity.load(path)
    except OSError as exc:
        raise OperatorError(f"{path} cannot be read: {exc.strerror}") from exc
    except IdentityError as exc:
        raise OperatorError(str(exc)) from exc


# --- bundles -----------------------------------------------------------------------------------


@contextmanager
def importing(db: Path, mode: Mode) -> Iterator[Worker]:
    """What takes bundles in. The database and its key are made where there are none."""
    config = CollectorConfig(db=db, mode=mode)
    try:
        with _plainly():
            identity = Identity.load_or_make(config.key_path)
            worker = Worker(
                WorkerConfig(db=db, lock=config.lock_path, collector=identity.public, mode=mode),
                judge,
            )
    except OSError as exc:
        raise OperatorError(f"{db} cannot be opened: {exc.strerror}") from exc
    with worker:
        yield worker


def import_bundle(
    path: Path,
    worker: Worker,
    *,
    on_rejected: Callable[[ItemAnswer], None],
    on_damaged: Callable[[Damaged], None],
) -> Count:
    """What is whole in a bundle. Raises OperatorError."""
    try:
        return operate.import_bundle(
            path, worker, day=today(), on_rejected=on_rejected, on_damaged=on_damaged
        )
    except NoBundle:
        raise OperatorError(
            f"{path} is not a bundle that `anyqta upload --to-file` wrote"
        ) from None
    except OSError as exc:
        raise OperatorError(f"{path} cannot be read: {exc.strerror}") from exc
    except RefusedAll as exc:
        raise OperatorError(
            f"the database cannot store anything now ({exc.count.accepted} of {path} are stored)."
            " Is its disk full or read-only? Mend that, and import the file again."
        ) from exc


# --- quarantine --------------------------------------------------------------------------------


def quarantined(db: Path, picked: Picked, *, limit: int) -> tuple[list[ClaimRow], int]:
    """A line for each claim, and how many measurements wait in all."""
    with _opened(db, read_only=True) as store:
        return claims(store, picked, limit=limit), Intake(store).quarantined_count()


def release(db: Path, picked: Picked) -> int:
    """Show them; how many."""
    with _opened(db) as store:
        intake = Intake(store)
        return sum(intake.release(some) for some in uids(store, picked))


def drop(db: Path, picked: Picked) -> int:
    """Delete them; how many."""
    with _opened(db) as store:
        return _drop(store, picked)


def _drop(store: Store, picked: Picked) -> int:
    intake = Intake(store)
    return sum(intake.drop(some) for some in uids(store, picked))


# --- invitations, the key ------------------------------------------------------------------------


def mint(db: Path, *, most: int, days: int) -> Minted:
    """A new invitation."""
    identity = _identity(db)
    invite = Invite(id=os.urandom(ID_BYTES), most=most, until=_day(days))
    token = invites.mint(identity, invite)
    return Minted(token=token, name=encode_key(invite.id), until=invite.until)


def revoke(db: Path, text: str) -> str:
    """No more senders by this invitation (its text, or its name). Its name."""
    text = text.strip()
    if "." in text:
        try:
            invite = invites.check(text, collector=_identity(db).public, day="")
        except invites.BadInvite as exc:
            raise OperatorError(str(exc)) from exc
        raw = invite.id
    else:
        try:
            raw = decode_key(text)
        except ValueError:
            raw = b""
        if len(raw) != ID_BYTES:
            raise OperatorError("this is neither an invitation nor the name of one")
    with _opened(db) as store:
        Intake(store).revoke_invite(raw)
    return encode_key(raw)


def public_key(db: Path) -> str:
    """The collector's, as text."""
    return encode_key(_identity(db).public)


def write_private(path: Path, text: str) -> None:
    """A new file for its owner only. Raises OperatorError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OperatorError(f"{path} is there already: name another file") from None
    except OSError as exc:
        raise OperatorError(f"{path} cannot be written: {exc.strerror}") from exc
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
        file.write(text)


# --- the file ------------------------------------------------------------------------------------


def status(db: Path) -> Overview:
    """Numbers."""
    with _opened(db, read_only=True) as store:
        return overview(store)


def backup(db: Path, out: Path, *, key: bool) -> Path | None:
    """A whole copy while the collector runs; the key's copy too, if asked for."""
    if not db.is_file():
        raise OperatorError(f"{db} does not exist")
    kept = None
    if key:
        _identity(db)
        kept = out.with_name(f"{out.name}.key")
        if not kept.exists():
            write_private(kept, CollectorConfig(db=db).key_path.read_text("ascii"))
    with _plainly():
        copy(db, out)
    return kept


@dataclass(frozen=True, slots=True)
class Restored:
    """How a restore went.

    `aside`: where what was there is now. `withdrawn`: withdrawals since the copy was made, which
    were made again (None: they cannot be read). `key`: whether the key came along.
    """

    aside: Path | None
    withdrawn: int | None
    key: bool


def restore(file: Path, db: Path) -> Restored:
    """Put a backup in the database's place."""
    _check_sound(file)
    aside, withdrawn = None, None
    if db.exists():
        if not is_alone(db):
            raise OperatorError(
                f"{db} is in use. Stop the collector first (nothing that probes send is lost:"
                " they send it again later)."
            )
        aside = _free_name(db)
        put_aside(db, aside)
    with _plainly():
        copy(file, db)
    if aside is not None:
        with suppress(StoreError), Store.open(aside) as old, Store.open(db) as new:
            carry_invites(old, new)
            withdrawn = carry_withdrawals(old, new)
    key, kept = CollectorConfig(db=db).key_path, file.with_name(f"{file.name}.key")
    key_came = kept.exists() and not key.exists()
    if key_came:
        write_private(key, kept.read_text("ascii"))
    return Restored(aside, withdrawn, key_came)


def _check_sound(file: Path) -> None:
    with _opened(file, read_only=True) as store:
        wrong = store.check()
    if wrong is not None:
        raise OperatorError(f"{file} is damaged: nothing was replaced. Take another backup.")


def _free_name(db: Path) -> Path:
    base = f"{db.name}.before-{today()}"
    names = (db.with_name(f"{base}{(n and f'-{n}') or ''}") for n in range(10_000))
    return next(name for name in names if not name.exists())


def tidy_up(db: Path, *, older_than: int | None) -> tuple[int, Tidied]:
    """What nothing uses; and what has waited in quarantine for more than so many days."""
    with _opened(db) as store:
        dropped = 0 if older_than is None else _drop(store, Picked(before=_day(-older_than)))
        return dropped, tidy(store)
