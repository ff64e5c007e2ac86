"""How often someone may ask: token buckets, and a name for a client that tells nothing. Pure."""

import hashlib
import ipaddress
from collections import OrderedDict

_V6_PREFIX = 56  # what one household gets (RFC 6177)


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
