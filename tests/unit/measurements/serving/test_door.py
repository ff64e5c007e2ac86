"""measurements/serving/door.py: how many connections there may be."""

import asyncio

from measurements.serving.door import CountedProtocol, Doorman


def doorman() -> Doorman:
    """Three in all, two a client."""
    return Doorman(name=str.encode, most=3, most_per_client=2)


def test_each_client_has_its_share() -> None:
    """Two for one, three in all; whoever leaves makes room, and is forgotten."""
    door = doorman()
    assert [door.enter("a"), door.enter("a"), door.enter("a")] == [b"a", b"a", None]
    assert [door.enter("b"), door.enter("c")] == [b"b", None]
    door.leave(b"a")
    assert door.enter("c") == b"c"
    for name in (b"a", b"b", b"c"):
        door.leave(name)
    assert not door._open


class Transport(asyncio.Transport):
    """Knows its peer, remembers an abort."""

    aborted = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("a", 1) if name == "peername" else default

    def abort(self) -> None:
        self.aborted = True


class Inner(asyncio.Protocol):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.heard.append("made")

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)

    def eof_received(self) -> bool:
        self.heard.append("eof")
        return True

    def pause_writing(self) -> None:
        self.heard.append("pause")

    def resume_writing(self) -> None:
        self.heard.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.append("lost")


def test_everything_is_handed_on() -> None:
    """The inner protocol notices nothing."""
    inner, door = Inner(), doorman()
    outer = CountedProtocol(inner, door)
    outer.connection_made(Transport())
    outer.data_received(b"x")
    outer.pause_writing()
    outer.resume_writing()
    assert outer.eof_received() is True
    outer.connection_lost(None)
    assert inner.heard == ["made", b"x", "pause", "resume", "eof", "lost"]
    assert not door._open


def test_nothing_is_handed_on_where_the_house_is_full() -> None:
    """The connection is cut, and leaving it counts nothing."""
    inner, door, transport = Inner(), Doorman(str.encode, 0, 0), Transport()
    outer = CountedProtocol(inner, door)
    outer.connection_made(transport)
    outer.data_received(b"x")
    assert outer.eof_received() is None
    outer.connection_lost(None)
    assert transport.aborted
    assert inner.heard == []


def test_open_connections_can_be_counted() -> None:
    """For whoever watches."""
    door = doorman()
    door.enter("a")
    door.enter("b")
    assert door.open == 2
