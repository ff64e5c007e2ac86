"""How often someone may ask: token buckets, and a name for a client that tells nothing. Pure."""

import hashlib
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

_V6_PREFIX = 56  # what one household gets (RFC 6177)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one control gives. The defaults serve some hundred probes on one small machine."""

    running: int = 64  # requests measured at once (oohelperd: 25)
    connections: int = 2048  # from probes, in all
    connections_per_client: int = (
        384  # a probe's own requests, and the arms that use us as address C
    )
    outgoing: int = 384  # connections to targets at once, in all
    client_rate: float = 40.0  # requests a second; a run of 550 targets in 90 s needs 12
    client_burst: float = 600.0
    target_rate: float = 1.0  # a host is asked as often as this, whoever wants it
    target_burst: float = 30.0
    address_rate: float = 20.0  # connections a second to one address, under whatever names
    address_burst: float = 200.0
    bytes_rate: float = 4 * 1024 * 1024.0  # of /x/bytes, in all
    bytes_burst: float = 64 * 1024 * 1024.0
    client_bytes_rate: float = 512 * 1024.0
    client_bytes_burst: float = 16 * 1024 * 1024.0
    request_time: float = 18.0  # the whole of one request
    read_time: float = 10.0  # to send us a request
    idle_time: float = 30.0  # a connection without a request, or with half of one


class Buckets:
    """A token bucket a key. What has filled up again is forgotten, so that memory stays bounded."""

    def __init__(self, rate: float, burst: float, max_keys: int = 20_000) -> None:
        self._rate, self._burst, self._max_keys = rate, burst, max_keys
        self._levels: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def take(self, key: bytes, now: float, cost: float = 1.0) -> float:
        """0 where `cost` was taken; otherwise nothing was, and so many seconds are to wait."""
        self._forget(now)
        level, since = self._levels.get(key, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._rate)
        missing = min(cost, self._burst) - level
        if missing > 0:
            return missing / self._rate
        self._levels[key] = (level - cost, now)
        self._levels.move_to_end(key)
        return 0.0

    def _forget(self, now: float) -> None:
        full_after = self._burst / self._rate
        while self._levels:
            key, (_, since) = next(iter(self._levels.items()))
            if now - since < full_after and len(self._levels) < self._max_keys:
                return
            del self._levels[key]

    def __len__(self) -> int:
        """Keys in memory."""
        return len(self._levels)


def client_key(ip: str, secret: bytes) -> bytes:
    """A short name for a client, useless without `secret`, which lives as long as the process."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        packed = b""
    else:
        if isinstance(address, ipaddress.IPv6Address):
            mapped = address.ipv4_mapped
            packed = mapped.packed if mapped else address.packed[: _V6_PREFIX // 8]
        else:
            packed = address.packed
    return hashlib.blake2b(packed, key=secret, digest_size=8).digest()
