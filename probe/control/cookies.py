"""The cookies of one visit, as far as a redirect needs them (RFC 6265). Pure.

Paths and dates are not looked at: a visit is over in seconds. A cookie goes back to the host that
set it, and below its Domain where that is a parent with a dot in it.
"""

_MAX_COOKIES = 50
_MAX_HEADER = 8192


class Cookies:
    """What has been set so far."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool, str], tuple[str, bool]] = {}

    def take(self, host: str, set_cookie: str) -> None:
        """Keep what one Set-Cookie header of `host` says; nonsense is skipped."""
        first, *attributes = set_cookie.split(";")
        name, equals, value = first.strip().partition("=")
        if not equals or not name or not _sendable(f"{name}={value}"):
            return
        known = {
            key.strip().lower(): content.strip()
            for key, _, content in (attribute.partition("=") for attribute in attributes)
        }
        domain, exact = known.get("domain", "").lower().lstrip("."), False
        if not domain or domain == host:
            exact = not domain
            domain = host
        elif "." not in domain or not host.endswith(f".{domain}"):
            return
        key = (domain, exact, name)
        if _is_past(known.get("max-age", "")):
            self._kept.pop(key, None)
        elif key in self._kept or len(self._kept) < _MAX_COOKIES:
            self._kept[key] = (value, "secure" in known)

    def header(self, host: str, *, secure: bool) -> str | None:
        """The Cookie header for `host`; None where there is nothing to send."""
        pairs = [
            f"{name}={value}"
            for (domain, exact, name), (value, secure_only) in self._kept.items()
            if (host == domain or (not exact and host.endswith(f".{domain}")))
            and (secure or not secure_only)
        ]
        joined = "; ".join(pairs)
        return joined if joined and len(joined) <= _MAX_HEADER else None


def _sendable(pair: str) -> bool:
    return pair.isascii() and pair.isprintable()


def _is_past(max_age: str) -> bool:
    return max_age.startswith("-") or max_age.strip("0") == "" != max_age
