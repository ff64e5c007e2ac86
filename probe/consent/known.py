"""What in a measurement cannot be about the volunteer: what was asked for, and what the control saw.

The rest is cleaned: of addresses that nobody asked for, of tokens, of what a URL was given on the way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from measurements.schema.measurement import ControlAnswered, Measurement
from probe.consent.needles import BLANK, Needles

_V4 = re.compile(r"(?<![0-9])[0-9]{1,3}([.\-_])[0-9]{1,3}\1[0-9]{1,3}\1[0-9]{1,3}(?![0-9])")
_V6 = re.compile(
    r"(?<![0-9A-Za-z:])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}(?![0-9A-Za-z:])"
)
_URL = re.compile(r"https?://[^\s\"'<>()“”]+", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_WORDS = re.compile(
    r"(?:[A-Za-z]{1,20}[0-9]{0,3}|[0-9]{1,3})(?:[._-](?:[A-Za-z]{1,20}[0-9]{0,3}|[0-9]{1,3}))*"
)
_LONGEST_PART = 48
_LEAST_TOKEN = 12  # characters: a shorter one is shared by thousands
_LEAST_V6 = 2


@dataclass(frozen=True, slots=True)
class Known:
    """Of one measurement. Make it with `of`."""

    addresses: frozenset[str]  # contacted, or an answer for the target, and not in the home
    urls: frozenset[str]
    parts: frozenset[str]  # of paths, and values of queries
    hosts: frozenset[str]
    headers: frozenset[tuple[str, str]]  # name in lower case, value
    titles: frozenset[str]
    hashes: frozenset[str]  # of bodies

    @classmethod
    def of(cls, m: Measurement, needles: Needles) -> "Known":
        """The input, the control's way from it; then controls whose URL says no more than those."""
        urls = {m.input}
        first = m.control(0)
        if isinstance(first, ControlAnswered):
            for hop in first.http.hops:
                urls |= {hop.url, hop.location or ""}
        urls.discard("")
        hosts = frozenset(h for u in urls if (h := host_of(u)))
        known = cls(
            addresses=frozenset(_addresses(m, needles)),
            urls=frozenset(urls),
            parts=frozenset(p for u in urls for p in _parts(u)),
            hosts=hosts,
            headers=frozenset(),
            titles=frozenset(),
            hashes=frozenset(),
        )
        seen = [c for c in m.controls if isinstance(c, ControlAnswered) and known.vouches(c)]
        return cls(
            addresses=known.addresses,
            urls=known.urls,
            parts=known.parts,
            hosts=known.hosts,
            headers=frozenset((k.lower(), v) for c in seen for k, v in c.http.headers),
            titles=frozenset(c.http.title for c in seen if c.http.title),
            hashes=frozenset(c.http.body_sha256 for c in seen if c.http.body_sha256),
        )

    def vouches(self, control: ControlAnswered) -> bool:
        """It was asked for a URL that holds nothing which this computer was given on the way."""
        return self.url(control.url) == control.url

    def url(self, url: str) -> str:
        """A URL with BLANK for what nobody else has; no user, no fragment."""
        if url in self.urls:
            return url
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return BLANK
        path = "/".join(self._part(p) for p in parts.path.split("/"))
        query = "&".join(self._pair(p) for p in parts.query.split("&")) if parts.query else ""
        place = self._place(host, port) if host else ""
        start = f"{parts.scheme}:" if parts.scheme else ""
        slashes = url.removeprefix(parts.scheme).removeprefix(":").startswith("//")
        start += f"//{place}" if slashes else ""
        return f"{start}{path}{f'?{query}' if query else ''}"

    def _place(self, host: str, port: int | None) -> str:
        name = self.host(host)
        name = f"[{name}]" if ":" in name else name
        return name if port is None else f"{name}:{port}"

    def host(self, host: str) -> str:
        """A host name; an address only where it is known."""
        try:
            address = str(ip_address(host.strip("[]").partition("%")[0]))
        except ValueError:
            if host.lower() in self.hosts:
                return host
            return ".".join(map(self._label, self._without_addresses(host).split(".")))
        return host if address in self.addresses else BLANK

    def _label(self, label: str) -> str:
        """A label of a name that nobody else was given: words, or it may be a number of the asker's."""
        told = len(label) < _LEAST_TOKEN or label.startswith("xn--") or self._is_plain(label)
        return label if told else BLANK

    def name(self, name: str) -> bool:
        """Whether the name of a header may leave: the control was given it too, or it is words."""
        known = {key for key, _ in self.headers}
        return name.lower() in known or len(name) < _LEAST_TOKEN or self._is_plain(name)

    def _part(self, part: str) -> str:
        """A part of a path: known, or plain words."""
        if not part or part in self.parts or unquote(part) in self.parts:
            return part
        return part if self._is_plain(part) else BLANK

    def _is_plain(self, text: str) -> bool:
        return len(text) <= _LONGEST_PART and bool(_WORDS.fullmatch(text)) and not _V4.search(text)

    def _pair(self, pair: str) -> str:
        """One of a query: its name if that is plain, its value if that is known."""
        key, equals, value = pair.partition("=")
        kept_key = key if self._is_plain(key) or unquote(key) in self.parts else BLANK
        if not equals:
            return kept_key
        if not value or unquote(value.replace("+", " ")) in self.parts:
            return f"{kept_key}={value}"
        asked = unquote(value)
        if asked in self.urls or asked in self.hosts:  # a block page is told what was asked for
            return f"{kept_key}={quote(asked, safe='')}"
        return f"{kept_key}={BLANK}"

    def text(self, text: str) -> str:
        """Free text: URLs cleaned, no addresses but known ones, no mail addresses, no tokens."""
        text = _URL.sub(lambda found: self.url(found[0]), text)
        text = _MAIL.sub(BLANK, text)
        return _TOKEN.sub(self._token, self._without_addresses(text))

    def _token(self, found: re.Match[str]) -> str:
        token = found[0]
        mixed = any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
        if not mixed or token in self.parts or "/" in token or self._is_plain(token):
            return token
        return BLANK

    def _without_addresses(self, text: str) -> str:
        return _V6.sub(self._v6, _V4.sub(self._v4, text))

    def _v4(self, found: re.Match[str]) -> str:
        octets = found[0].split(found[1])
        if any(int(n) > 255 for n in octets):  # noqa: PLR2004
            return found[0]
        return found[0] if ".".join(str(int(n)) for n in octets) in self.addresses else BLANK

    def _v6(self, found: re.Match[str]) -> str:
        try:
            address = str(ip_address(found[0]))
        except ValueError:
            return found[0]
        return found[0] if address in self.addresses or len(address) <= _LEAST_V6 else BLANK

    def body(self, body: bytes) -> bytes:
        """A page without addresses that nobody asked for."""
        text = body.decode("latin-1")  # every byte comes back as it was
        cleaned = self._without_addresses(text)
        return body if cleaned == text else cleaned.encode("latin-1")


def host_of(url: str) -> str:
    """In lower case; "" for what has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _parts(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        yield from (p for part in parts.path.split("/") for p in (part, unquote(part)) if p)
        yield from (t for pair in parse_qsl(parts.query, keep_blank_values=True) for t in pair if t)
    except ValueError:
        return


def _addresses(m: Measurement, needles: Needles) -> Iterator[str]:
    r = m.records
    found = {c.ip for c in r.tcp_connects} | {h.ip for h in r.http_transactions}
    found |= {h.ip for h in r.tls_handshakes} | {h.ip for h in r.quic_handshakes}
    found |= {ip for q in r.queries for ip in q.addresses}
    for c in m.controls:
        if isinstance(c, ControlAnswered):
            found |= {*c.dns.addresses, *(e.ip for e in c.endpoints), *(ip for ip, _ in c.ip_flags)}
    for text in found:
        try:
            address = str(ip_address(text.partition("%")[0]))
        except ValueError:
            continue
        if not needles.at_home(address):
            yield address
