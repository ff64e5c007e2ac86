"""Who may bring how much: rates, bytes held, new senders. Addresses only as keyed hashes."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from measurements.collector.config import Limits
from measurements.collector.jobs import Refusal
from measurements.serving.buckets import Buckets, client_key

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ALL = b""
_MOST_CLIENTS = 50_000


@dataclass(slots=True)
class Gate:
    """Its memory is bounded, and lives no longer than the process. `secret` names clients."""

    limits: Limits
    secret: bytes
    monotonic: Callable[[], float]
    held: int = 0
    _clients: Buckets = field(init=False)
    _senders: Buckets = field(init=False)
    _withdrawals: Buckets = field(init=False)
    _all: Buckets = field(init=False)
    _day: str = ""
    _newcomers: OrderedDict[bytes, int] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Empty counters."""
        give = self.limits
        self._clients = Buckets(give.client_rate, give.client_burst, _MOST_CLIENTS)
        self._senders = Buckets(give.sender_rate, give.sender_burst, _MOST_CLIENTS)
        self._withdrawals = Buckets(give.withdrawal_rate, give.withdrawal_burst, _MOST_CLIENTS)
        self._all = Buckets(give.rate, give.burst)

    def name(self, ip: str) -> bytes:
        """A client, so that it can be counted; useless after this process."""
        return client_key(ip, self.secret)

    def request(self, client: bytes) -> Refusal | None:
        """Whether this client may ask at all now."""
        return _later(
            429,
            "rate_client",
            "too many requests from this address",
            self._clients.take(client, self.monotonic()),
        )

    def documents(self, client: bytes, sender: bytes | None, count: int) -> Refusal | None:
        """Whether so many may come now, from this client and sender, and in all."""
        now = self.monotonic()
        if sender is not None and (wait := self._senders.take(sender, now, count)):
            return _later(429, "rate_sender", "too many measurements from this sender", wait)
        if wait := self._clients.take(client, now, count):
            return _later(429, "rate_client", "too many measurements from this address", wait)
        wait = self._all.take(_ALL, now, count)
        return _later(503, "rate", "too many measurements from everybody together", wait)

    def withdrawals(self, client: bytes, count: int) -> Refusal | None:
        """Whether so many may be withdrawn now: what nobody ever sent is remembered too."""
        wait = self._withdrawals.take(client, self.monotonic(), count)
        return _later(429, "rate_withdrawals", "too many withdrawals from this address", wait)

    def hold(self, size: int) -> bool:
        """Whether there is memory for so many more bytes. If so, `release` them."""
        if self.held + size > self.limits.held:
            return False
        self.held += size
        return True

    def release(self, size: int) -> None:
        """They are no longer needed."""
        self.held -= size

    def newcomer(self, client: bytes, day: str) -> bool:
        """Whether one more unknown sender from there may count today; if so, `met` it."""
        if day != self._day:
            self._day = day
            self._newcomers.clear()
        count = self._newcomers.get(client, 0)
        if count >= self.limits.new_senders:
            return False
        self._newcomers[client] = count + 1
        if len(self._newcomers) > _MOST_CLIENTS:
            self._newcomers.popitem(last=False)
        return True

    def met(self, client: bytes, *, new: bool) -> None:
        """The sender was new after all, or (its place is given back) was not."""
        if not new and self._newcomers.get(client, 0) > 0:
            self._newcomers[client] -= 1


def _later(status: int, code: str, says: str, wait: float) -> Refusal | None:
    if not wait:
        return None
    return Refusal(status=status, code=code, says=f"{says}; send it again later", retry_after=wait)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """CIDRs. Raises ValueError."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Whose request it is: X-Forwarded-For is believed only from trusted proxies, from its end."""
    chain = [part.strip() for line in forwarded for part in line.split(",")]
    address = peer
    while chain and _is_in(address, trusted):
        address = chain.pop()
    return address


def told_back(address: str) -> str | None:
    """The address as it is told to whoever asks from there; None for what is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)
