"""`anyqta serve site`, put together: a published file, or a collector's that is published first."""

import asyncio
import multiprocessing
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from measurements.analysis.publish import Published, publish
from measurements.analysis.rollup import refresh
from measurements.snapshots.database import check_published
from measurements.snapshots.errors import SnapshotError
from measurements.store.connect import connect, explained
from measurements.store.errors import StoreError
from measurements.store.store import Store
from probe import explorer
from probe.engine.request import ServeSiteRequest
from probe.engine.targets import bundled_names, load_bundled
from probe.wiring.snapshot import add_context

if TYPE_CHECKING:
    from datasette.app import Datasette

__all__ = ["SiteError", "bring_up_to_date", "serve_site"]

Say = Callable[[str], None]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_CONNECTIONS = 1000
_IDLE, _END = 15, 5  # seconds: a connection that asks nothing; the last answers
_LOOK = 0.5  # seconds between two looks at which file it is


class SiteError(Exception):
    """It cannot be served; the message is for a person."""


def serve_site(request: ServeSiteRequest, *, say: Say) -> None:
    """Until SIGINT or SIGTERM. Raises SiteError, StoreError."""
    if not request.db.is_file():
        raise SiteError(f"the database {request.db} does not exist")
    if request.sql and request.host not in _LOOPBACK:
        raise SiteError(
            "--sql answers whatever is asked, so it is for this computer only; leave --host out"
        )
    if not is_collectors(request.db):
        try:
            check_published(request.db)
        except SnapshotError as exc:
            raise SiteError(_why_not(exc)) from exc
        if request.publish_to is not None:
            raise SiteError(f"{request.db} is published already; leave --publish-to out")
        asyncio.run(_serve(request, request.db, say, source=None))
        return
    target = (request.publish_to or beside(request.db)).expanduser().absolute()
    if target == request.db.expanduser().absolute():
        raise SiteError("--publish-to must name another file than --db")
    say(f"Publishing {request.db} to {target} (k = {request.k})…")
    say(told(publish_once(request.db, target, request.k)))
    asyncio.run(_serve(request, target, say, source=request.db))


def _why_not(exc: SnapshotError) -> str:
    text = str(exc).partition(" A snapshot is made")[0]
    return (
        f"{text} Served are published files, and collectors' files, which are published first;"
        " your own results: anyqta explore"
    )


def beside(db: Path) -> Path:
    """collector.db → collector.published.db"""
    return db.with_name(f"{db.stem}.published{db.suffix or '.db'}")


def is_collectors(db: Path) -> bool:
    """Whether measurements were received into it."""
    with explained(db), closing(connect(db, read_only=True)) as conn:
        try:
            found = conn.execute("SELECT EXISTS (SELECT 1 FROM received)").fetchone()[0]
        except sqlite3.OperationalError as exc:
            if "no such table" in str(exc):
                return False
            raise
    return bool(found)


def publish_once(source: Path, target: Path, k: int) -> Published:
    """A pass, and the events beside it; also runs in a process of its own."""
    today = datetime.now(UTC).date().isoformat()
    done = publish(source, target, k=k, today=today, listed=listed())
    add_context(target)
    return done


def listed() -> frozenset[str]:
    """What is on the lists that ship with us: naming it betrays nobody."""
    return frozenset(
        text
        for name in bundled_names()
        for target in load_bundled(name).targets
        for text in (target.url, target.input)
    )


def told(done: Published) -> str:
    """What a pass did."""
    return (
        f"Published: {done.added} added, {done.removed} removed, {done.changed} changed;"
        f" {done.waiting} wait for company or the next day."
    )


def bring_up_to_date(db: Path) -> None:
    """The counts and events that pages read, in one's own file. Where it cannot be written, they stay."""
    with suppress(StoreError, sqlite3.Error):
        with Store.open(db) as store:
            refresh(store)
        add_context(db)


async def _serve(request: ServeSiteRequest, served: Path, say: Say, *, source: Path | None) -> None:
    from uvicorn import Config, Server  # noqa: PLC0415 - slow

    try:
        family = socket.AF_INET6 if ":" in request.host else socket.AF_INET
        listener = socket.create_server((request.host, request.port), family=family)
    except OSError as exc:
        raise SiteError(
            f"{request.host} port {request.port} cannot be used: {exc.strerror}"
        ) from exc
    with listener:
        port = listener.getsockname()[1]
        made = explorer.site(served, public=not request.sql)
        app = made.app()
        if request.sql:  # no web page reaches it by a name of its own
            app = explorer.only_for(
                {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}, app
            )
        config = Config(
            app,
            log_level="warning",
            access_log=False,  # the site never logs a visitor's address
            server_header=False,
            lifespan="on",
            proxy_headers=bool(request.trusted_proxies),
            forwarded_allow_ips=list(request.trusted_proxies),
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_END,
        )
        server = Server(config)
        name = f"[{request.host}]" if ":" in request.host else request.host
        say(f"The site: http://{name}:{port}/   Ctrl-C ends it.")
        async with asyncio.TaskGroup() as group:
            again = group.create_task(_again(request, served, source, say))
            watch = group.create_task(_watch(made, served, say, is_ours=source is not None))
            with suppress(KeyboardInterrupt):
                await server.serve(sockets=[listener])
            again.cancel()
            watch.cancel()


async def _watch(made: "Datasette", served: Path, say: Say, *, is_ours: bool) -> None:
    """Where another file was moved to the served one's place: look at it, then serve it; or say why not."""
    from probe.served import identity, reopen  # noqa: PLC0415 - slow

    known = identity(served)
    while True:
        await asyncio.sleep(_LOOK)
        now = identity(served)
        if now is None or now == known:
            continue
        known = now
        try:
            await asyncio.to_thread(_look_at, served, is_ours=is_ours)
        except (SiteError, SnapshotError, StoreError, OSError, sqlite3.Error) as exc:
            say(
                f"{served} was replaced by a file that is not served: {exc}"
                " Put a published file in its place, or start again."
            )
            continue
        reopen(made, explorer.NAME, served)
        say(f"{served} was replaced: the new file is served.")


def _look_at(served: Path, *, is_ours: bool) -> None:
    """What the start looks at, too."""
    wal = served.with_name(f"{served.name}-wal")
    if not is_ours and wal.is_file() and wal.stat().st_size:
        raise SiteError(f"{wal} lies beside it, and may be the old file's: stop, delete it, start.")
    if is_collectors(served):
        raise SiteError("it is a collector's.")
    check_published(served)


async def _again(request: ServeSiteRequest, target: Path, source: Path | None, say: Say) -> None:
    """Publish what came, again and again, in a process of its own: readers wait for nothing."""
    if source is None:
        return
    loop = asyncio.get_running_loop()
    spawn = multiprocessing.get_context("spawn")
    while True:
        await asyncio.sleep(60 * request.minutes)
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            try:
                say(told(await loop.run_in_executor(pool, publish_once, source, target, request.k)))
            except (StoreError, OSError, BrokenExecutor) as exc:
                say(f"Not published this time: {exc}")
