"""How often hosts were named on the wire since a moment: what this computer measured itself."""

from collections import Counter
from urllib.parse import urlsplit

from measurements.store.store import Store

_RECENT = """SELECT m.id FROM measurements m JOIN runs r ON r.id = m.run_id
  WHERE m.measurement_start_time >= ? AND r.source = 'run'"""
# A hello names the site, over TCP or QUIC; and so does a request in the clear.
_HELLOS = f"""SELECT s.value, count(*) FROM (
  SELECT server_name_id AS name FROM tls_handshakes WHERE measurement_id IN ({_RECENT})
  UNION ALL
  SELECT server_name_id FROM quic_handshakes WHERE measurement_id IN ({_RECENT}))
  JOIN strings s ON s.id = name GROUP BY 1"""  # noqa: S608 - words of ours
_REQUESTS = f"""SELECT s.value, count(*) FROM http_transactions h JOIN strings s ON s.id = h.url_id
  WHERE h.measurement_id IN ({_RECENT}) AND s.value LIKE 'http:%' GROUP BY 1"""  # noqa: S608


def named_since(store: Store, moment: str) -> dict[str, int]:
    """Host -> connections that named it in measurements that began then (ISO 8601 UTC) or later."""
    found = Counter[str]()
    with store.reading() as conn:
        for name, count in conn.execute(_HELLOS, (moment, moment)):
            found[str(name)] += count
        for url, count in conn.execute(_REQUESTS, (moment,)):
            found[_host(str(url))] += count
    found.pop("", None)
    return dict(found)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
