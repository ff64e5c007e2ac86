"""Taking over a standing TCP connection: the client's handshake is replayed into a local stack, whose proxy answers.

The client shook hands with the real server, so its sequence numbers differ from the local stack's by a constant, which is
added and subtracted on every packet. The real server is reset.
"""

from __future__ import annotations

import struct

from tests.netlab.censor.flow import Flow
from tests.netlab.wire import packets as w
from tests.netlab.wire.packets import ACK, RST, SYN, Head


class Splice:
    """The treatment of an intercepted flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.delta: int | None = None  # server's sequence numbers minus the local stack's
        self.waiting: list[bytearray] = [bytearray(p) for p in flow.held]
        flow.held = []
        fw = flow.forwarder
        syn = bytearray(flow.syn)
        h = w.head(syn)
        assert h is not None
        w.drop_sack(syn, h)
        fw.to_local(syn)
        reached = flow.base + sum(len(w.payload(p, g)) for p in self.waiting if (g := w.head(p)) is not None)
        fw.to_server(w.tcp(flow.key, reached, 0, RST))

    def up(self, pkt: bytearray, h: Head) -> bool:
        """To the local stack, with its own numbers."""
        if self.delta is None:
            if not any(p == pkt for p in self.waiting):
                self.waiting.append(bytearray(pkt))
            return False
        self._forward(pkt, h)
        return False

    def _forward(self, pkt: bytearray, h: Head) -> None:
        at = h.l4 + 8
        ack = struct.unpack_from("!I", pkt, at)[0]
        w.patch(pkt, at, struct.pack("!I", (ack - (self.delta or 0)) & 0xFFFFFFFF), w.sum_at(h))
        self.flow.forwarder.to_local(pkt)

    def down(self, pkt: bytearray, h: Head) -> bool:
        """The real server has no say any more."""
        return False

    def local(self, pkt: bytearray, h: Head) -> None:
        """A packet of the local stack: to the client, with the real server's numbers."""
        seq, _, _, flags = struct.unpack_from("!IIBB", pkt, h.l4 + 4)
        if flags & SYN:
            if self.delta is not None:
                return
            self.delta = (self.flow.server_isn - seq) & 0xFFFFFFFF
            begin = w.tcp(self.flow.key, self.flow.base, seq + 1, ACK)
            self.flow.forwarder.to_local(begin)
            for held in self.waiting:
                held_head = w.head(held)
                if held_head is not None:
                    self._forward(held, held_head)
            self.waiting = []
            return
        if self.delta is None:
            return
        w.patch(pkt, h.l4 + 4, struct.pack("!I", (seq + self.delta) & 0xFFFFFFFF), w.sum_at(h))
        self.flow.forwarder.to_client(pkt)
