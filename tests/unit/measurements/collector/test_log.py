"""measurements/collector/log.py: lines for the operator, nothing about who asked."""

import io
import logging

import orjson

from measurements.collector.log import Log


def test_a_line() -> None:
    """JSON, with the time."""
    stream = io.StringIO()
    Log(stream, lambda: 0.0).say("ready", count=1)
    assert orjson.loads(stream.getvalue()) == {
        "at": "1970-01-01T00:00:00Z",
        "event": "ready",
        "count": 1,
    }


def test_what_libraries_say_is_dropped_and_bugs_keep_their_place() -> None:
    """Messages name clients and URLs."""
    stream = io.StringIO()
    log = Log(stream, lambda: 0.0)
    log.logger().warning("from 192.0.2.7")
    with log.hushed():
        for error in (ConnectionResetError("192.0.2.7"), KeyError("192.0.2.7")):
            try:
                raise error
            except (ConnectionError, KeyError) as exc:
                logging.getLogger("asyncio").exception("of 192.0.2.7", exc_info=exc)
    assert stream.getvalue().count("\n") == 1
    assert "KeyError at" in stream.getvalue()
    assert "192.0.2.7" not in stream.getvalue()


def test_a_log_that_is_gone_stops_nothing() -> None:
    """A closed stream."""
    stream = io.StringIO()
    stream.close()
    Log(stream, lambda: 0.0).say("ready")
