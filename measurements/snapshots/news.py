"""What a person asks first of a snapshot: what was found blocked last, and what is new. For README.md."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measurements.store.connect import explained

MOST = 30  # lines; the tables have all


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A target that is interfered with. `networks` of `told`: how many of those where enough was seen."""

    url: str
    how: str
    networks: int
    told: int
    measurements: int
    since: str
    seen: str  # so last, on some network


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """It began, ceased, or is done otherwise, between two days."""

    url: str
    network: str
    kind: str
    how: str
    first: str
    last: str
    votes: int


_HOW = "(status || coalesce(' ' || layer, '') || coalesce(' ' || mechanism, ''))"
_NOW = f"""
SELECT url, group_concat(DISTINCT CASE WHEN state = 'interfered' THEN {_HOW} END),
  sum(state = 'interfered'), sum(state IS NOT NULL), sum(n),
  min(CASE WHEN state = 'interfered' THEN substr(since, 1, 10) END),
  max(CASE WHEN state = 'interfered' THEN substr(seen, 1, 10) END)
FROM latest_view GROUP BY url HAVING sum(state = 'interfered') > 0
ORDER BY 3 DESC, 5 DESC, 1"""  # noqa: S608 - our own text
_EVENT = "url, asn, cc, kind, status, layer, mechanism, not_before, not_after"
_EVENTS = (
    f"SELECT {_EVENT}, votes_after FROM changes_view"  # noqa: S608 - our own text
    " ORDER BY not_after DESC, url, asn"
)


def now(path: Path) -> Iterator[Now]:
    """The most widely interfered with first."""
    with explained(path), closing(_only(path)) as conn:
        for url, how, networks, told, n, since, seen in conn.execute(_NOW):
            yield Now(
                url=url,
                how=how,
                networks=networks,
                told=told,
                measurements=n,
                since=since or "?",
                seen=seen or "?",
            )


def events(path: Path, previous: Path | None) -> Iterator[Event]:
    """The newest first; only those that the previous snapshot does not tell so."""
    old = set() if previous is None else {row[:-1] for row in _read(previous, _EVENTS)}
    for row in _read(path, _EVENTS):
        if row[:-1] in old:
            continue
        url, asn, cc, kind, status, layer, mechanism, first, last, votes = row
        yield Event(
            url=str(url),
            network=f"AS{asn}" if asn else f"other networks in {cc}",
            kind=str(kind),
            how=" ".join(str(word) for word in (status, layer, mechanism) if word),
            first=str(first)[:10],
            last=str(last)[:10],
            votes=int(str(votes)),
        )


def _read(path: Path, sql: str) -> Iterator[tuple[object, ...]]:
    """A snapshot of an older version may have no such view: then it told nothing."""
    with explained(path), closing(_only(path)) as conn:
        if conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'changes_view'").fetchone():
            yield from conn.execute(sql)


def _only(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None)
