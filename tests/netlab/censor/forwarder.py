"""The hot path: packets between two TUN devices, delayed, lost, inspected, answered. One process, one thread."""

from __future__ import annotations

import contextlib
import heapq
import os
import random
import select
import struct
import time
from collections.abc import Callable

from tests.netlab import places
from tests.netlab.censor.flow import Flow
from tests.netlab.censor.hooks import hook_for
from tests.netlab.censor.rules import RuleBook, Seen
from tests.netlab.censor.splice import Splice
from tests.netlab.model import DnsForge, Drop, Link, Reset, Rule
from tests.netlab.wire import dnsmsg, hello
from tests.netlab.wire import packets as w
from tests.netlab.wire.packets import ACK, ICMP, SYN, TCP, UDP, Head

_LAN, _PUBLIC = places.packed(places.PROBE4), places.packed(places.PROBE_PUBLIC4)
_IDLE = 150.0


class Forwarder:
    """The censor's own router."""

    own4, own6 = places.packed(places.CENSOR4), places.packed(places.CENSOR6)

    def __init__(self, home: int, isp: int, local: int, link: Link, book: RuleBook) -> None:
        self.home, self.isp, self.local_fd = home, isp, local
        self.book, self.link = book, link
        self.near = link.rtt * link.access_share / 2
        self.far = link.rtt * (1 - link.access_share) / 2
        self._up_chance, self._down_chance = (
            random.Random(link.seed),
            random.Random(link.seed + 7919),
        )
        self._jitter = random.Random(link.seed + 104729)
        self._queue: list[tuple[float, int, int, bytearray | Callable[[], None]]] = []
        self._serial = 0
        self._last = {home: 0.0, isp: 0.0}
        self._free = {home: 0.0, isp: 0.0}
        self._up: dict[bytes, Flow] = {}
        self._down: dict[bytes, Flow] = {}
        self._residual: dict[bytes, tuple[float, Rule]] = {}
        self._swept = 0.0
        self.now = time.monotonic()
        self.packets = self.lost = 0

    # --- sending

    def _put(self, when: float, fd: int, item: bytearray | Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (when, self._serial, fd, item))

    def _wire(self, fd: int, pkt: bytearray, delay: float, ordered: bool) -> None:
        link = self.link
        if link.jitter:
            delay += self._jitter.random() * link.jitter
        when = self.now + delay
        if link.kbps:
            begin = max(self.now, self._free[fd])
            if begin - self.now > (0.3 if link.shaper else 0.02):
                return
            self._free[fd] = begin + len(pkt) / (link.kbps * 125)
            when += self._free[fd] - self.now
        if ordered:
            when = self._last[fd] = max(when, self._last[fd])
        self._put(when, fd, pkt)

    def to_client(self, pkt: bytearray, later: float = 0.0, passing: bool = False) -> None:
        """To the home side, over the access link, which may lose it."""
        if self.link.loss_down and self._down_chance.random() < self.link.loss_down:
            self.lost += 1
            return
        self._unnat(pkt)
        delay = self.near + (self.far if passing else self.near)
        self._wire(self.home, pkt, delay + later, ordered=passing)

    def to_server(self, pkt: bytearray, later: float = 0.0, passing: bool = False) -> None:
        """To the ISP side."""
        self._wire(self.isp, pkt, self.near + self.far + later, ordered=passing)

    def to_local(self, pkt: bytearray) -> None:
        """Into the stack of the intercepting proxy."""
        with contextlib.suppress(OSError):
            os.write(self.local_fd, pkt)

    def call_later(self, delay: float, call: Callable[[], None]) -> None:
        """Run something after a while."""
        self._put(self.now + delay, -1, call)

    @staticmethod
    def _unnat(pkt: bytearray) -> None:
        if pkt[0] >> 4 != 4 or pkt[16:20] != _PUBLIC:
            return
        h = w.head(pkt)
        if h is None:
            return
        w.patch_address(pkt, h, False, _LAN)
        if h.proto == ICMP and pkt[h.l4] in (3, 11) and pkt[h.l4 + 20 : h.l4 + 24] == _PUBLIC:
            inner = h.l4 + 8
            w.patch(pkt, inner + 12, _LAN, inner + 10)
            pkt[h.l4 + 2 : h.l4 + 4] = b"\0\0"
            pkt[h.l4 + 2 : h.l4 + 4] = w.checksum(bytes(pkt[h.l4 :])).to_bytes(2, "big")

    # --- receiving

    def up(self, pkt: bytearray) -> None:
        """A packet from the home."""
        if self.link.loss_up and self._up_chance.random() < self.link.loss_up:
            self.lost += 1
            return
        h = w.head(pkt)
        if h is not None:
            if h.version == 4 and pkt[12:16] == _LAN:
                w.patch_address(pkt, h, True, _PUBLIC)
                h = w.head(pkt)
            if h is not None and h.key and not self._look(pkt, h):
                return
        if self._expire(pkt):
            self.to_server(pkt, passing=True)

    def down(self, pkt: bytearray) -> None:
        """A packet from the ISP."""
        h = w.head(pkt)
        if h is not None and h.key:
            flow = self._down.get(h.key)
            if flow is not None:
                if flow.inspect and flow.proto == TCP and pkt[h.l4 + 13] & (SYN | ACK) == SYN | ACK:
                    flow.server_isn = struct.unpack_from("!I", pkt, h.l4 + 4)[0]
                if flow.hook is not None and not flow.hook.down(pkt, h):
                    return
        if self._expire(pkt):
            self.to_client(pkt, passing=True)

    def local(self, pkt: bytearray) -> None:
        """A packet of the proxy's stack."""
        h = w.head(pkt)
        flow = self._down.get(h.key) if h is not None else None
        if h is not None and flow is not None and isinstance(flow.hook, Splice):
            flow.hook.local(pkt, h)

    def _expire(self, pkt: bytearray) -> bool:
        at = 8 if pkt[0] >> 4 == 4 else 7
        if pkt[at] <= 1:
            error = w.icmp_error(pkt, self.own4, self.own6, "ttl")
            back = error[16:20] == _PUBLIC or error[24:40] == places.packed(places.PROBE6)
            (self.to_client if back else self.to_server)(error)
            return False
        pkt[at] -= 1
        if at == 8:
            value = (pkt[10] << 8 | pkt[11]) + 0x0100
            value = (value & 0xFFFF) + (value >> 16)
            pkt[10], pkt[11] = value >> 8, value & 0xFF
        return True

    # --- looking

    def _look(self, pkt: bytearray, h: Head) -> bool:
        flow = self._up.get(h.key)
        flags = pkt[h.l4 + 13] if h.proto == TCP else 0
        opening = h.proto == UDP or flags & (SYN | ACK) == SYN
        if flow is None or (flags & (SYN | ACK) == SYN and bytes(pkt[h.l4 + 4 : h.l4 + 8]) != flow.syn[h.l4 + 4 : h.l4 + 8]):
            if not opening:
                return True
            flow = self._open(pkt, h)
        flow.seen_at = self.now
        if flow.hook is not None:
            return flow.hook.up(pkt, h)
        if not flow.inspect:
            return True
        if h.proto == UDP:
            return self._look_udp(flow, pkt, h)
        return self._look_tcp(flow, pkt, h)

    def _open(self, pkt: bytearray, h: Head) -> Flow:
        flow = Flow(self, h)
        self._up[flow.key] = self._down[flow.rkey] = flow
        if h.proto == TCP:
            flow.syn = bytes(pkt)
            flow.base = (struct.unpack_from("!I", pkt, h.l4 + 4)[0] + 1) & 0xFFFFFFFF
        rule = self._remembered(flow) or self.book.first_packet(self._seen(flow))
        if rule is not None and not isinstance(rule.action, DnsForge):
            flow.hook = hook_for(flow, rule)
        return flow

    def alias(self, flow: Flow, server: bytes) -> None:
        """Answers of another server belong to this flow too."""
        size = flow.address_size
        self._down[server + flow.rkey[size:]] = flow

    @staticmethod
    def _seen(flow: Flow, single: bool = True) -> Seen:
        return Seen(flow.version, flow.proto, flow.server, flow.port, single)

    def _decide(self, flow: Flow, rule: Rule, pkt: bytearray, h: Head) -> bool:
        flow.inspect = False
        flow.hook = hook_for(flow, rule)
        self.remember(flow, rule)
        return flow.hook.up(pkt, h)

    def _look_udp(self, flow: Flow, pkt: bytearray, h: Head) -> bool:
        if flow.port == 53:
            return self._look_dns(flow, pkt, h)
        flow.count += 1
        if flow.port == 443 and flow.count <= 6:
            flow.fragments.update(hello.quic_crypto(w.payload(pkt, h)))
            try:
                name = hello.quic_name(flow.fragments) if flow.fragments else None
            except hello.Incomplete:
                return True
            rule = self.book.name("quic", name, self._seen(flow)) if name is not None else None
            if rule is not None:
                return self._decide(flow, rule, pkt, h)
        if flow.count > 6:
            flow.inspect = False
        return True

    def _look_dns(self, flow: Flow, pkt: bytearray, h: Head) -> bool:
        q = dnsmsg.question(w.payload(pkt, h))
        rule = self.book.name("qname", q.name, self._seen(flow)) if q is not None else None
        if q is None or rule is None:
            return True
        action = rule.action
        if isinstance(action, DnsForge):
            if action.qtypes and q.qtype not in action.qtypes:
                return True
            data = dnsmsg.forge(q, action.rcode, action.a, action.aaaa, action.ttl)
            self.to_client(w.udp(flow.rkey, data, ttl=98), later=action.delay)
            return not action.swallow
        if isinstance(action, Drop):
            return False
        return self._decide(flow, rule, pkt, h)

    def _look_tcp(self, flow: Flow, pkt: bytearray, h: Head) -> bool:
        data = w.payload(pkt, h)
        if not data:
            return True
        flow.add(struct.unpack_from("!I", pkt, h.l4 + 4)[0], data)
        flow.count += 1
        try:
            rule = self._match_stream(flow, data)
        except hello.Incomplete:
            if flow.count > 12:
                flow.inspect, flow.held = False, []
            else:
                flow.held.append(bytes(pkt))
            return True
        if rule is None:
            flow.inspect, flow.buffer, flow.held = False, b"", []
            return True
        return self._decide(flow, rule, pkt, h)

    def _match_stream(self, flow: Flow, data: bytes) -> Rule | None:
        stream = flow.buffer
        single = stream == data or len(data) == len(stream)
        seen = self._seen(flow, single)
        if flow.port == 53:
            if len(stream) < 2 or len(stream) < 2 + int.from_bytes(stream[:2], "big"):
                raise hello.Incomplete
            q = dnsmsg.question(stream[2:])
            rule = self.book.name("qname", q.name, seen) if q else None
            return rule if rule and isinstance(rule.action, (Drop, Reset)) and rule.proto == "tcp" else None
        name = hello.tls_name(stream)
        if name is not None:
            return self.book.name("sni", name, seen) or self.book.payload(stream, "", seen)
        request = hello.http_request(stream)
        if request is None:
            return self.book.payload(stream, "", seen)
        return self.book.name("host", request[0], seen, request[1]) or self.book.payload(stream, request[1], seen)

    # --- memory

    def remember(self, flow: Flow, rule: Rule) -> None:
        """Residual blocking: new flows of this scope meet the same action for a while."""
        if rule.residual:
            key = flow.key if rule.scope == "flow" else flow.triple()
            self._residual[key] = (self.now + rule.residual, rule)

    def _remembered(self, flow: Flow) -> Rule | None:
        if not self._residual:
            return None
        for key in (flow.key, flow.triple()):
            until, rule = self._residual.get(key, (0.0, None))
            if rule is not None and until > self.now:
                return rule
            self._residual.pop(key, None)
        return None

    def _sweep(self) -> None:
        self._swept = self.now
        if len(self._up) > 2000:
            old = [k for k, f in self._up.items() if self.now - f.seen_at > _IDLE]
            for key in old:
                del self._up[key]
            self._down = {k: f for k, f in self._down.items() if self.now - f.seen_at <= _IDLE}

    # --- the loop

    def run(self, stop: Callable[[], bool]) -> None:
        """Forward until told to stop."""
        handlers = {self.home: self.up, self.isp: self.down, self.local_fd: self.local}
        descriptors = list(handlers)
        queue, pop = self._queue, heapq.heappop
        while not stop():
            wait = min(0.5, max(0.0, queue[0][0] - time.monotonic())) if queue else 0.5
            ready = select.select(descriptors, (), (), wait)[0]
            self.now = time.monotonic()
            for fd in ready:
                handle = handlers[fd]
                for _ in range(32):
                    try:
                        pkt = bytearray(os.read(fd, 65535))
                    except BlockingIOError:
                        break
                    self.packets += 1
                    handle(pkt)
            while queue and queue[0][0] <= self.now:
                _, _, fd, item = pop(queue)
                if callable(item):
                    item()
                else:
                    with contextlib.suppress(OSError):
                        os.write(fd, item)
            if self.now - self._swept > 10:
                self._sweep()
