"""What would give the volunteer away, looked for in text and in bytes, however it is written."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from probe.consent.common_words import COMMON
from probe.consent.forms import (
    LONGEST_MASK,
    MASK_BEFORE,
    Edge,
    Form,
    forms_of_delegated,
    forms_of_name,
    forms_of_v4,
    forms_of_v6,
    is_private,
    usable,
    with_inner,
)
from probe.consent.index import Index
from probe.consent.rare_forms import rare_of_v4, rare_of_v6
from probe.consent.views import Span, views

BLANK = "scrubbed"  # a word, a label of a host name, a part of a path: it fits wherever it has to
_DEPTH = 6  # base64 in JSON in percent in …
_RARE = 2  # ways that few have use for, one in another: more, and a page might be read for minutes
_LEAST_NAME = 3
_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_HEX_DIGIT = re.compile(rb"[0-9a-f]")
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_V4 = 4
_ZERO = ord("0")
_COUNTS = frozenset({b"\0\4", b"\x87\4", b"\4\4"})  # four bytes follow: in DNS, in DER
_GROUPS = re.compile(r"[:_-]")
_GROUP = re.compile(r"([0-9a-f]{1,4})(?:\.|$)")  # a provider's name may go on after it
_FOUR = re.compile(r"([0-9a-f]{1,4})[:_-]" * 3 + r"([0-9a-f]{1,4})(?![0-9a-f])")
_LAN_V4 = tuple(
    (ipaddress.IPv4Network(whole), bits)
    for whole, bits in (("192.168.0.0/16", 16), ("172.16.0.0/12", 16), ("10.0.0.0/8", 16))
)
_LINK_LOCAL = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))
_DELEGATED = 56
_ULA = ipaddress.ip_network("fc00::/7")


@dataclass(frozen=True, slots=True)
class Needles:
    """Addresses and names, and all forms of them. Make one with `of`: that takes some ms."""

    addresses: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]
    names: tuple[str, ...]
    forms: tuple[Form, ...]
    prefixes: frozenset[bytes]  # the /64 of each IPv6 address
    delegated: frozenset[bytes]  # the /56 of each: providers give one to a home
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]  # of the home
    index: Index = field(repr=False, compare=False)  # of the forms

    @classmethod
    def of(
        cls, addresses: Iterable[str], *, names: Iterable[str] = (), delegated: bool = True
    ) -> "Needles":
        """From the addresses of this computer and its line; host and user names, paths."""
        known = tuple(usable(with_inner(addresses)))
        told = tuple(sorted({n for n in map(str.strip, names) if is_telling(n)}))
        forms: list[Form] = []
        for address in known:
            if isinstance(address, ipaddress.IPv4Address):
                forms += [*forms_of_v4(address), *rare_of_v4(address)]
            else:
                forms += [*forms_of_v6(address), *rare_of_v6(address)]
                forms += forms_of_delegated(address) if delegated else ()
        for name in told:
            forms += forms_of_name(name)
        prefixes = {a.packed[:8] for a in known if a.version != _V4 and not a.is_link_local}
        different = tuple(dict.fromkeys(forms))
        return cls(
            addresses=known,
            names=told,
            forms=different,
            index=Index(different),
            prefixes=frozenset(prefixes),
            delegated=frozenset(p[:7] for p in prefixes if delegated),
            networks=tuple(
                net for a in known for net in _home_of(a, _DELEGATED if delegated else 64)
            ),
        )

    @property
    def knows_public(self) -> bool:
        """The address that servers see is among them, as far as IPv4 goes; or there is no IPv4."""
        v4 = [a for a in self.addresses if isinstance(a, ipaddress.IPv4Address)]
        return any(not is_private(a) for a in v4) or (not v4 and bool(self.addresses))

    def beside(self, told: Iterable[str]) -> "Needles":
        """With the /64s alone, where an address that controls were told is in one of our /56.

        Such a /56 is no home: the target is in it too, and others may be.
        """
        near = [a for a in map(_parsed, told) if a is not None and a.packed[:7] in self.delegated]
        if all(a.packed[:8] in self.prefixes for a in near):
            return self
        return Needles.of(map(str, self.addresses), names=self.names, delegated=False)

    def sparing(self, text: str) -> "Needles":
        """Without the names that `text` holds as words: a target may be called as a user is."""
        raw = text.encode("utf-8", "surrogatepass").lower()
        kept = [
            n
            for n in self.names
            if not any(
                _is_word(raw, m.span()) for m in re.finditer(re.escape(n.lower().encode()), raw)
            )
        ]
        if len(kept) == len(self.names):
            return self
        wide = bool(self.delegated)
        return Needles.of(map(str, self.addresses), names=kept, delegated=wide)

    def covers(self, ip: str) -> bool:
        """`ip` is this computer's, its line's, or in the /64 of one."""
        address = _parsed(ip)
        if address is None:
            return False
        return address in self.addresses or address.packed[:8] in self.prefixes

    def _is_ours(self, packed: bytes) -> bool:
        return packed[:8] in self.prefixes or packed[:7] in self.delegated

    def at_home(self, ip: str) -> bool:
        """`ip` is inside the home: its own, in its networks, or link-local."""
        address = _parsed(ip)
        if address is None:
            return False
        return self.covers(ip) or any(address in net for net in (*self.networks, *_LINK_LOCAL))

    def found_in(self, data: bytes) -> bool:
        """Whether any is there, in any form, also inside of what decodes."""
        return bool(self._spans(data, _DEPTH, {}, first=True))

    def blank_text(self, text: str) -> str:
        """`text` with BLANK in the place of each."""
        if not text:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        spans = self._spans(raw, _DEPTH, {})
        if not spans:
            return text
        return _filled(raw, spans).decode("utf-8", "replace")

    def blank_bytes(self, data: bytes) -> bytes:
        """The same for bytes."""
        return _filled(data, self._spans(data, _DEPTH, {}))

    def _spans(
        self,
        data: bytes,
        depth: int,
        clean: dict[tuple[bytes, int], int],
        *,
        first: bool = False,
        rare: int = _RARE,
    ) -> list[Span]:
        """`clean`: what was looked at on other ways so deep, and nothing was there."""
        if clean.get((data, rare), -1) >= depth:
            return []
        found = self._plain(data, first=first)
        if depth and not (first and found):
            for view in views(data, rare=rare > 0):
                deeper = rare - view.rare
                inside = self._spans(view.data, depth - 1, clean, first=first, rare=deeper)
                found += [view.back(s) for s in inside]
                if first and found:
                    return found
        if not found and depth < _DEPTH:
            clean[data, rare] = depth
        return found

    def _plain(self, data: bytes, *, first: bool) -> list[Span]:
        low, spans = data.lower(), list[Span]()
        binary: bool | None = None
        for form in self.index.forms_in(data, low):
            for place in form.spans(low if form.folded else data):
                if form.edge is Edge.BINARY and binary is None:
                    binary = _CONTROL.search(data) is not None
                span = self._accepted(form.edge, low, place, binary=bool(binary))
                if span is not None:
                    spans.append(span)
                    if first:
                        return spans
        return spans

    def _accepted(self, edge: Edge, low: bytes, span: Span, *, binary: bool) -> Span | None:
        """The match, perhaps with what belongs before it; None where it is something else."""
        start, end = span
        if edge is Edge.V6:
            return self._v6(low, span)
        if edge is Edge.V6_NUMBER:
            ours = self._is_ours(int(low[start:end]).to_bytes(16, "big"))
            return _number(low, span, hexadecimal=False) if ours else None
        if edge is Edge.MASKED:
            hides = MASK_BEFORE.search(low[max(0, start - LONGEST_MASK) : start])
            return None if hides is None else (start - len(hides[0]), end)
        if edge in {Edge.DIGITS, Edge.HEX}:
            return _number(low, span, hexadecimal=edge is Edge.HEX)
        fits = {
            Edge.NONE: True,
            Edge.BINARY: binary,
            Edge.COUNTED: low[max(0, start - 2) : start] in _COUNTS,
            Edge.WORD: _is_word(low, span),
        }
        return (start, end) if fits[edge] else None

    def _v6(self, low: bytes, span: Span) -> Span | None:
        """The text begins as one of our /56 does; is it one?"""
        start, end = span
        while start and low[start - 1] == _ZERO:
            start -= 1
        if _continues(low, start - 1, hexadecimal=True):
            return None
        text = low[start:end].decode("ascii")
        told = _FOUR.match(text)  # most are others': their first four groups say so
        if told and not self._is_ours(
            b"".join(int(g, 16).to_bytes(2, "big") for g in told.groups())
        ):
            return None
        groups = _GROUPS.split(text)
        for separator in (":", "-", "_"):
            for n in range(len(groups), 1, -1):
                joined = separator.join(text.split(separator)[:n])
                for parts in (joined, joined.rstrip(".-_")):
                    address = _parsed(parts.replace(separator, ":"))
                    if address is not None and self._is_ours(address.packed):
                        return start, start + len(parts)
        four = [int(g[1], 16) for g in map(_GROUP.match, groups[:4]) if g]
        network = b"".join(g.to_bytes(2, "big") for g in four)
        if self._is_ours(network):
            first, _, after = text.partition(".")  # then another label, or an IPv4 address
            own = text if any(c.isdigit() for c in after) else first
            return start, start + len(own.rstrip("-_"))
        return None


def is_telling(name: str) -> bool:
    """A name that can be looked for without blanking half of every page."""
    return len(name) >= _LEAST_NAME and name.lower() not in COMMON and not name.isdigit()


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _home_of(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The home's network around an address of it; `bits` of a public one's."""
    if isinstance(address, ipaddress.IPv6Address):
        bits = 48 if address in _ULA else 64 if address.is_link_local else bits
        return [ipaddress.IPv6Network((address, bits), strict=False)]
    return [
        ipaddress.IPv4Network((address, bits), strict=False)
        for whole, bits in _LAN_V4
        if address in whole
    ]


def _number(low: bytes, span: Span, *, hexadecimal: bool) -> Span | None:
    """A whole number, with its zeros or its 0x; None for a part of one."""
    start, end = span
    while start and low[start - 1] == _ZERO:
        start -= 1
    if low[max(0, start - 2) : start] == b"0x":
        return start - 2, end
    if any(_continues(low, at, hexadecimal=hexadecimal) for at in (start - 1, end)):
        return None
    return start, end


def _continues(low: bytes, at: int, *, hexadecimal: bool) -> bool:
    if not 0 <= at < len(low):
        return False
    return bool(_HEX_DIGIT.match(low, at)) if hexadecimal else low[at : at + 1].isdigit()


def _is_word(data: bytes, span: Span) -> bool:
    before, after = span[0] - 1, span[1]
    return not (before >= 0 and _WORD.match(data, before)) and not _WORD.match(data, after)


def _filled(data: bytes, spans: list[Span]) -> bytes:
    """With BLANK, or zeros among bytes that are no text, in the place of each span."""
    if not spans:
        return data
    out, last = bytearray(), 0
    for start, end in sorted(spans):
        if end <= last:
            continue
        piece = data[max(start, last) : end]
        if start >= last:
            out += data[last:start]
            out += bytes(len(piece)) if _CONTROL.search(piece) else BLANK.encode()
        last = end
    return bytes(out + data[last:])
