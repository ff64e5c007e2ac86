"""The treatments: silence, resets, forged answers, slowness, freezes, diverted DNS."""

from __future__ import annotations

import random
import struct

from tests.netlab.censor.flow import Flow, Hook
from tests.netlab.censor.splice import Splice
from tests.netlab.model import (
    DnsDivert,
    DnsForge,
    Drop,
    Fin,
    Freeze,
    Inject,
    Intercept,
    Reset,
    Rule,
    Tamper,
    Throttle,
    Unreachable,
)
from tests.netlab.places import packed
from tests.netlab.wire import packets as w
from tests.netlab.wire.packets import ACK, FIN, PSH, RST, SYN, TCP, Head


def numbers(pkt: bytearray, h: Head) -> tuple[int, int, int, int]:
    """Sequence, acknowledgement, flags and payload length of a TCP packet."""
    seq, ack, _, flags = struct.unpack_from("!IIBB", pkt, h.l4 + 4)
    return seq, ack, flags, len(w.payload(pkt, h))


class Silence:
    """Nothing passes any more. With `rearm`, each packet of the client starts the residual time anew."""

    def __init__(self, flow: Flow, rule: Rule) -> None:
        self.flow, self.rule = flow, rule

    def up(self, pkt: bytearray, h: Head) -> bool:
        if self.rule.rearm:
            self.flow.forwarder.remember(self.flow, self.rule)
        return False

    def down(self, pkt: bytearray, h: Head) -> bool:
        return False


class Resetter:
    """Forged RSTs."""

    def __init__(self, flow: Flow, action: Reset) -> None:
        self.flow, self.action = flow, action
        self.told_server = False

    def up(self, pkt: bytearray, h: Head) -> bool:
        seq, ack, flags, size = numbers(pkt, h)
        if flags & RST:
            return True
        fw, flow, action = self.flow.forwarder, self.flow, self.action
        ends = seq + size + bool(flags & SYN)
        if action.to != "server" and (size or flags & (SYN | FIN)):
            for i in range(action.count):
                at = 0 if flags & SYN else ack
                fw.to_client(w.tcp(flow.rkey, at, ends, RST | ACK, ttl=action.ttl), later=i * 0.001)
        if action.to != "client" and not flags & SYN and not self.told_server:
            fw.to_server(w.tcp(flow.key, seq if action.in_path else ends, 0, RST))
            self.told_server = True
        if not action.in_path:
            flow.hook = None
        return not action.in_path

    def down(self, pkt: bytearray, h: Head) -> bool:
        return not self.action.in_path


class Answerer:
    """Forged bytes in the server's name, repeated until acknowledged, as an in-path box has to."""

    def __init__(self, flow: Flow, data: bytes, fin: bool, in_path: bool) -> None:
        self.flow, self.data, self.fin, self.in_path = flow, data, fin, in_path
        self.start = self.client_next = self.acked = self.tries = 0
        self.begun = False

    def up(self, pkt: bytearray, h: Head) -> bool:
        seq, ack, flags, size = numbers(pkt, h)
        if not self.begun and size:
            self.begun, self.start, self.client_next = True, ack, seq + size
            if self.in_path:
                self.flow.forwarder.to_server(w.tcp(self.flow.key, seq, 0, RST))
            self._send()
            if not self.in_path:
                self.flow.hook = None
            return not self.in_path
        self.acked = max(self.acked, (ack - self.start) & 0xFFFFFFFF if flags & ACK else 0)
        if flags & FIN:
            end = self.start + len(self.data) + self.fin
            self.flow.forwarder.to_client(w.tcp(self.flow.rkey, end, seq + size + 1, ACK))
        return False

    def down(self, pkt: bytearray, h: Head) -> bool:
        return not self.in_path

    def _send(self) -> None:
        fw, rkey = self.flow.forwarder, self.flow.rkey
        whole = len(self.data) + self.fin
        if self.acked >= whole or self.tries > 6:
            return
        step = 1360
        for at in range(self.acked - self.acked % step, max(1, len(self.data)), step):
            chunk = self.data[at : at + step]
            last = at + len(chunk) >= len(self.data)
            flags = ACK | (PSH if chunk else 0) | (FIN if last and self.fin else 0)
            fw.to_client(w.tcp(rkey, self.start + at, self.client_next, flags, chunk))
        self.tries += 1
        if self.in_path:
            fw.call_later(0.3 * self.tries, self._send)


class Slow:
    """Policer, shaper, or plain delay and loss."""

    def __init__(self, flow: Flow, action: Throttle) -> None:
        self.flow, self.action = flow, action
        self.chance = random.Random(flow.key)
        self.rate = action.kbps * 125
        self.tokens, self.at = (
            {True: float(action.burst), False: float(action.burst)},
            {True: 0.0, False: 0.0},
        )
        self.free = {True: 0.0, False: 0.0}

    def up(self, pkt: bytearray, h: Head) -> bool:
        return self._pass(pkt, True)

    def down(self, pkt: bytearray, h: Head) -> bool:
        return self._pass(pkt, False)

    def _pass(self, pkt: bytearray, up: bool) -> bool:
        fw, action = self.flow.forwarder, self.action
        if action.loss and self.chance.random() < action.loss:
            return False
        later = action.delay
        if self.rate and action.shaper:
            begin = max(fw.now, self.free[up])
            if begin - fw.now > 4:
                return False
            self.free[up] = begin + len(pkt) / self.rate
            later += self.free[up] - fw.now
        elif self.rate:
            self.tokens[up] = min(action.burst, self.tokens[up] + (fw.now - self.at[up]) * self.rate)
            self.at[up] = fw.now
            if self.tokens[up] < len(pkt):
                return False
            self.tokens[up] -= len(pkt)
        if later:
            (fw.to_server if up else fw.to_client)(pkt, later=later + fw.far)
            return False
        return True


class Freezer:
    """Silence after so much of the answer."""

    def __init__(self, flow: Flow, action: Freeze) -> None:
        self.action = action
        self.bytes = self.packets = 0
        self.frozen = False

    def up(self, pkt: bytearray, h: Head) -> bool:
        return not self.frozen

    def down(self, pkt: bytearray, h: Head) -> bool:
        size = len(w.payload(pkt, h))
        if size:
            self.bytes += size
            self.packets += 1
        a = self.action
        self.frozen = self.frozen or bool(
            (a.after_bytes and self.bytes > a.after_bytes) or (a.after_packets and self.packets > a.after_packets)
        )
        return not self.frozen


class Divert:
    """The flow goes to another resolver and comes back under the old address."""

    def __init__(self, flow: Flow, action: DnsDivert) -> None:
        self.flow = flow
        self.old = flow.server
        self.new = packed(action.to4 if flow.version == 4 else action.to6)
        flow.forwarder.alias(flow, self.new)

    def up(self, pkt: bytearray, h: Head) -> bool:
        w.patch_address(pkt, h, False, self.new)
        return True

    def down(self, pkt: bytearray, h: Head) -> bool:
        w.patch_address(pkt, h, True, self.old)
        return True


class Prohibit:
    """ICMP administratively prohibited."""

    def __init__(self, flow: Flow, action: Unreachable) -> None:
        self.flow, self.action = flow, action

    def up(self, pkt: bytearray, h: Head) -> bool:
        fw = self.flow.forwarder
        fw.to_client(w.icmp_error(pkt, fw.own4, fw.own6, "unreachable", self.action.code4, self.action.code6))
        return False

    def down(self, pkt: bytearray, h: Head) -> bool:
        return False


def hook_for(flow: Flow, rule: Rule) -> Hook:
    """The treatment that a rule asks for. DNS forgery is done by the forwarder, a query at a time."""
    action = rule.action
    if isinstance(action, Reset):
        return Resetter(flow, action)
    if isinstance(action, Fin):
        return Answerer(flow, b"", True, action.in_path)
    if isinstance(action, Inject):
        return Answerer(flow, action.data, action.fin, action.in_path)
    if isinstance(action, Throttle):
        return Slow(flow, action)
    if isinstance(action, Freeze):
        return Freezer(flow, action)
    if isinstance(action, DnsDivert):
        return Divert(flow, action)
    if isinstance(action, Unreachable):
        return Prohibit(flow, action)
    if isinstance(action, (Intercept, Tamper)):
        if flow.proto != TCP:
            return Silence(flow, rule)
        return Splice(flow)
    assert isinstance(action, (Drop, DnsForge))
    return Silence(flow, rule)
