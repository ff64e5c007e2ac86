"""URLs as a browser takes them: what it opens, and where an answer sends it."""

from urllib.parse import urljoin, urlsplit

from measurements.schema.records import HTTPTransaction
from measurements.verdict.addresses import canonical_host

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORT = {"http": 80, "https": 443}


def split_url(url: str) -> tuple[str, str, int]:
    """Scheme, host, port; ("", "", 0) for what no browser opens."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", "", 0
    scheme, name = parts.scheme.lower(), canonical_host(host)
    if scheme not in _DEFAULT_PORT or not name:
        return "", "", 0
    return scheme, name, port or _DEFAULT_PORT[scheme]


def redirect_target(transaction: HTTPTransaction) -> str | None:
    """Where an answer sends the browser; None where it is no redirect. May be a useless URL."""
    if transaction.status_code not in REDIRECTS:
        return None
    location = (transaction.header("location") or "").strip()
    if not location or "://" in location.split("?")[0]:  # urljoin would mend a useless "http://"
        return location or None
    try:
        return urljoin(transaction.url, location)
    except ValueError:
        return location


def same_name(name: str, host: str) -> bool:
    """A question's name is the host's, in whatever spelling; `host` is as split_url gives it."""
    return name == host or canonical_host(name) == host
