"""Which rule a packet meets: rules compiled into dictionaries, so that thousands cost no more than one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.netlab.model import Rule
from tests.netlab.places import packed
from tests.netlab.wire.packets import TCP


@dataclass(frozen=True)
class Seen:
    """The facts about a flow that conditions may name."""

    version: int
    proto: int
    dst: bytes
    port: int
    single: bool = True  # the name stood in one segment


class RuleBook:
    """All rules, by what they look at."""

    def __init__(self, rules: Iterable[Rule], seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._ips: dict[Rule, frozenset[bytes]] = {}
        self._names: dict[str, dict[str, list[Rule]]] = {
            "qname": {},
            "sni": {},
            "host": {},
            "quic": {},
        }
        self._by_ip: dict[bytes, list[Rule]] = {}
        self._anywhere: list[Rule] = []
        self._payload: list[Rule] = []
        self.hits: dict[str, int] = {}
        for rule in rules:
            self._add(rule)

    def _add(self, rule: Rule) -> None:
        self._ips[rule] = frozenset(packed(a) for a in rule.ip)
        named = False
        for kind, names in (
            ("qname", rule.qname),
            ("quic" if rule.quic else "sni", rule.sni),
            ("host", rule.host),
        ):
            for name in names:
                self._names[kind].setdefault(name.lower(), []).append(rule)
                named = True
        if named:
            return
        if rule.payload or rule.path:
            self._payload.append(rule)
        elif rule.ip:
            for address in self._ips[rule]:
                self._by_ip.setdefault(address, []).append(rule)
        else:
            self._anywhere.append(rule)

    def first_packet(self, seen: Seen) -> Rule | None:
        """The rule for a flow as such, decided before anything was said in it."""
        return self._pick([*self._by_ip.get(seen.dst, ()), *self._anywhere], seen)

    def name(self, kind: str, name: str, seen: Seen, path: str = "") -> Rule | None:
        """The rule for a name of kind qname, sni, host or quic."""
        return self._pick([r for r in self._named(kind, name) if path.startswith(r.path)], seen)

    def payload(self, stream: bytes, path: str, seen: Seen) -> Rule | None:
        """The rule for bytes anywhere in the client's stream."""
        if not self._payload:
            return None
        met = [r for r in self._payload if r.payload in stream and path.startswith(r.path)]
        return self._pick(met, seen)

    @property
    def reads_payload(self) -> bool:
        """Whether any rule looks at bytes rather than names."""
        return bool(self._payload)

    def _named(self, kind: str, name: str) -> Iterator[Rule]:
        table = self._names[kind]
        name = name.rstrip(".").split(":")[0]
        yield from table.get(name, ())
        rest = name
        while "." in rest:
            rest = rest.split(".", 1)[1]
            yield from (r for r in table.get(rest, ()) if r.suffix)
        yield from table.get("*", ())

    def _pick(self, rules: list[Rule], seen: Seen) -> Rule | None:
        for rule in rules:
            if self._holds(rule, seen) and (rule.probability >= 1 or self._chance.random() < rule.probability):
                label = rule.label or type(rule.action).__name__
                self.hits[label] = self.hits.get(label, 0) + 1
                return rule
        return None

    def _holds(self, rule: Rule, seen: Seen) -> bool:
        ips = self._ips[rule]
        return not (
            (rule.family and rule.family != seen.version)
            or (rule.port and rule.port != seen.port)
            or (ips and seen.dst not in ips)
            or (rule.proto and (rule.proto == "tcp") != (seen.proto == TCP))
            or (not rule.reassemble and not seen.single)
        )
