"""Datasette on one's own results: on loopback, for this computer's browser, until interrupted.

It reads the file that a run may be writing at the same time (WAL); the counts that its pages read are
brought up to date before (probe/wiring/site.py).
"""

import asyncio
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn
    from datasette.app import Datasette

LOOPBACK = "127.0.0.1"
NAME = "anyqta"
SENTENCES = ("Stopped.",)
_PACKAGE = Path(__file__).parents[1]
_START_SECONDS = 30.0

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# One's own file: any SQL is allowed; downloads of it would bypass its owner's file rights.
SETTINGS = {
    "default_allow_sql": True,
    "allow_download": False,
    "suggest_facets": False,
    "facet_time_limit_ms": 1500,
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 5000,
    "num_sql_threads": 2,
    "truncate_cells_html": 200,
    "default_cache_ttl": 0,  # a run may be going on
}


class ExplorerError(Exception):
    """It cannot be served; the message is for a person."""


def config_folder() -> Path:
    """datasette/ of the source tree, or its copy in the installed package."""
    installed = _PACKAGE / "measurements" / "_datasette"
    return installed if installed.is_dir() else _PACKAGE / "datasette"


def site(
    database: Path, *, public: bool = False, today: Callable[[], str] | None = None
) -> "Datasette":
    """Datasette with our pages on this file. `public`: the folder's settings as they stand, so no SQL.

    `today`: the day by which a state is now or was once; without it the clock's.
    """
    from datasette.app import Datasette  # noqa: PLC0415 - a second

    from measurements.store.document import document  # noqa: PLC0415
    from probe.served import Served  # noqa: PLC0415

    settings = None if public else SETTINGS
    datasette = Datasette([], config_dir=config_folder(), settings=settings)
    # By a name of ours, so that links do not depend on the file's.
    datasette.add_database(Served(datasette, database), name=NAME)
    datasette.remove_database("_memory")  # which it makes where it was given no file
    vars(datasette)["anyqta_document"] = (
        document  # what the pages, which know nothing of ours, cannot make
    )
    if today is not None:
        vars(datasette)["anyqta_today"] = today
    return datasette


def only_for(hosts: set[str], app: App) -> App:
    """Refuse other Host headers: no web page reaches it by a name that it made resolve here."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if host not in hosts:
                start = {"type": "http.response.start", "status": 421, "headers": []}
                await send(start)
                await send({"type": "http.response.body", "body": b"wrong Host\n"})
                return
        await app(scope, receive, send)

    return guarded


def serve(
    database: Path,
    *,
    port: int,
    open_browser: bool,
    say: Callable[[str], None],
    seconds: float | None = None,
) -> None:
    """Serve until Ctrl-C or a termination signal, or for so many seconds."""
    from uvicorn import Config, Server  # noqa: PLC0415 - slow

    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as exc:
        raise ExplorerError(
            f"port {port} cannot be used: {exc.strerror}; leave --port out"
        ) from exc
    with listener:
        address = f"{LOOPBACK}:{listener.getsockname()[1]}"
        hosts = {address, address.replace(LOOPBACK, "localhost")}
        config = Config(
            only_for(hosts, site(database).app()),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=2,
        )
        server = Server(config)
        url = f"http://{address}/"
        threading.Thread(
            target=_announce, args=(server, url, open_browser and has_display(), say), daemon=True
        ).start()
        if seconds is not None:
            timer = threading.Timer(seconds, lambda: setattr(server, "should_exit", True))
            timer.daemon = True
            timer.start()
        with suppress(KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[listener]))
    say(SENTENCES[0])


def _announce(
    server: "uvicorn.Server",
    url: str,
    browser: bool,
    say: Callable[[str], None],
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    if server.started:
        says = f"Your results: {url}   Ctrl-C ends it."
        say(says)
        if browser:
            webbrowser.open(url)


def has_display() -> bool:
    """Whether a browser would have a window; a text browser would take the terminal over."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
