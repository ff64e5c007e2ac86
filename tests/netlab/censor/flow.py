"""What the censor remembers of a flow, and what it may do to its packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.netlab.wire.packets import Head, reverse

if TYPE_CHECKING:
    from tests.netlab.censor.forwarder import Forwarder


class Hook(Protocol):
    """A decided treatment. Each method answers whether the packet goes on."""

    def up(self, pkt: bytearray, h: Head) -> bool:
        """A packet of the client."""

    def down(self, pkt: bytearray, h: Head) -> bool:
        """A packet of the server."""


class Flow:
    """One connection or one UDP conversation."""

    __slots__ = (
        "base",
        "buffer",
        "count",
        "forwarder",
        "fragments",
        "held",
        "hook",
        "inspect",
        "key",
        "late",
        "proto",
        "rkey",
        "seen_at",
        "server_isn",
        "syn",
        "version",
    )

    def __init__(self, forwarder: Forwarder, h: Head) -> None:
        self.forwarder = forwarder
        self.key, self.rkey = h.key, reverse(h.key)
        self.version, self.proto = h.version, h.proto
        self.hook: Hook | None = None
        self.inspect = True
        self.buffer = b""  # the client's stream so far, in order
        self.late: dict[int, bytes] = {}  # segments that came before their turn
        self.base = 0  # sequence number of the stream's first byte
        self.count = 0
        self.server_isn = 0
        self.syn: bytes = b""
        self.held: list[bytes] = []  # the client's packets while undecided
        self.fragments: dict[int, bytes] = {}
        self.seen_at = 0.0

    @property
    def address_size(self) -> int:
        """4 or 16."""
        return 4 if self.version == 4 else 16

    @property
    def server(self) -> bytes:
        """The destination address."""
        return self.key[self.address_size : 2 * self.address_size]

    @property
    def port(self) -> int:
        """The destination port."""
        return int.from_bytes(self.key[-3:-1], "big")

    def triple(self) -> bytes:
        """The flow without the source port."""
        return self.key[: 2 * self.address_size] + self.key[-3:]

    def add(self, seq: int, data: bytes) -> None:
        """Put a segment of the client's stream in its place."""
        offset = (seq - self.base) & 0xFFFFFFFF
        if offset > 65_535 or len(self.buffer) > 20_000:
            return
        self.late[offset] = data
        moved = True
        while moved:
            moved = False
            for at in sorted(self.late):
                if at <= len(self.buffer):
                    piece = self.late.pop(at)
                    if at + len(piece) > len(self.buffer):
                        self.buffer += piece[len(self.buffer) - at :]
                    moved = True
                    break
