"""The collector's log: a JSON line for what an operator must know; nothing about who asked."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from measurements.collector.bugs import places

_CLIENTS = (HttpProcessingError, web.HTTPException, OSError)


class Log:
    """Lines on a stream. `utc`: seconds since 1970."""

    def __init__(self, stream: TextIO, utc: Callable[[], float]) -> None:
        """Nothing is written yet."""
        self._stream, self._utc = stream, utc

    def say(self, event: str, **fields: object) -> None:
        """One line. A log that cannot be written stops nothing."""
        at = f"{datetime.fromtimestamp(self._utc(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        line = orjson.dumps({"at": at, "event": event, **fields}, default=str).decode()
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    def bug(self, exc: BaseException) -> None:
        """Where it happened in our code."""
        self.say("bug", where=places(exc))

    def logger(self) -> logging.Logger:
        """For aiohttp, whose messages name clients and URLs."""
        logger = logging.Logger("anyqta.collector")  # not shared, not propagated
        logger.addHandler(_Blind(self))
        return logger

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """The same for what asyncio says of itself."""
        logger, handler = logging.getLogger("asyncio"), _Blind(self)
        before, logger.propagate = logger.propagate, False
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.propagate = before


class _Blind(logging.Handler):
    """Keeps a bug's places and types, and drops the rest."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        exc = record.exc_info[1] if record.exc_info else None
        if exc is not None and not isinstance(exc, _CLIENTS):
            self._log.bug(exc)
