"""From a collector's file to the one that everybody may see: docs/design/0011.

A pass looks at the months in which something changed since the last one (`touched`), decides who is in company
there (company.py), and makes the published file agree: what is missing is added, what may not be there any more
goes. What was received today waits for tomorrow, and only the first pass of a day adds or judges otherwise: so
no pass shows one sender's evening, nor the minute in which somebody's made a hidden one be shown. Later passes
of that day only take out. Of what lost its company a hash is kept (`lost …` in `rollup_state`): it never comes
back. Rows are written in batches, the last of which holds the rollups and how far was read: a pass that was
killed is made again, and one of ordinary size is a single transaction.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from measurements.analysis import follow
from measurements.analysis.company import Arrival, in_company, senders
from measurements.analysis.publishable import OTHER, Shown, publishable, published_uid
from measurements.analysis.rollup import Pair, refresh_in
from measurements.analysis.sources import Entry, Source
from measurements.schema.measurement import Place
from measurements.store.packed import pack
from measurements.store.store import Store
from measurements.store.tidy import tidy
from measurements.store.writing import delete, insert

BATCH = 5000
_HAVE = (
    "SELECT m.measurement_uid, m.id, n.asn, v.rules_version, v.status, v.layer, v.mechanism,"
    " v.confidence FROM measurements m JOIN networks n ON n.id = m.probe_network_id"
    " LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision"
    " WHERE m.measurement_start_time >= ? AND m.measurement_start_time < ? || '~'"
)
_PLACES = (
    "SELECT n.asn, cc.value, org.value FROM networks n JOIN strings cc ON cc.id = n.cc_id"
    " JOIN strings org ON org.id = n.as_org_name_id WHERE n.asn IS NOT NULL ORDER BY n.id DESC"
)
_SENDERS = (
    "UPDATE network_days SET senders = ? WHERE day = ? AND network_id IN (SELECT n.id FROM networks n"
    " JOIN strings cc ON cc.id = n.cc_id WHERE n.asn IS ? AND cc.value = ?)"
)
_ALL_TOUCHED = (
    "INSERT INTO touched SELECT network_id, day, row_number() OVER (ORDER BY day, network_id)"
    " + (SELECT ifnull(max(seq), 0) FROM touched) FROM network_days WHERE true"
    " ON CONFLICT (network_id, day) DO UPDATE SET seq = excluded.seq"
)
_PAIR = (
    "SELECT t.url, n.asn, cc.value FROM targets t, networks n LEFT JOIN strings cc ON cc.id = n.cc_id"
    " WHERE t.id = ? AND n.id = ?"
)
_KEYS = "SELECT measurement_uid, id FROM measurements WHERE target_id = ? AND probe_network_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a pass did. `waiting`: how many of the months that it looked at lack company, or the next day."""

    added: int
    removed: int
    changed: int
    waiting: int
    months: int


@dataclass(slots=True)
class _Plan:
    """What one month wants of the published file."""

    gone: list[int]
    new: list[tuple[str, Entry, Shown]]
    lost: list[str]  # published names of those of `gone` that lack company now
    changed: int
    waiting: int
    company: dict[tuple[str, int | None, str], int | None]  # (day, network, country) → senders


def publish(
    source: Path, target: Path, *, k: int, today: str, listed: frozenset[str] = frozenset()
) -> Published:
    """One pass. `today`: YYYY-MM-DD; `listed`: targets of public lists, known to all. Raises StoreError."""
    with Store.open(source, read_only=True) as kept, Store.open(target) as public:
        with Source(kept) as held:
            done = _Pass(held, public, k=k, today=today, listed=listed).run()
        with public.reading() as conn:
            untidy = conn.execute("SELECT 1 FROM rollup_state WHERE name = 'untidy'").fetchone()
        if untidy:  # texts of what went are in no table that is read, but in the file
            tidy(public)
            with public.writing() as conn:
                conn.execute("DELETE FROM rollup_state WHERE name = 'untidy'")
    return done


class _Pass:
    def __init__(
        self, held: Source, public: Store, *, k: int, today: str, listed: frozenset[str]
    ) -> None:
        self._held, self._public = held, public
        self._k, self._today, self._listed = k, today, listed
        lists = hashlib.sha256("\n".join(sorted(listed)).encode()).hexdigest()[:16]
        self._terms = f"k={k} lists={lists}"
        with public.reading() as conn:
            follow.begin(conn)
            self._state = dict(conn.execute("SELECT name, value FROM rollup_state").fetchall())
            known = conn.execute(_PLACES).fetchall()
        self._places = held.places() | {(asn, cc): org for asn, cc, org in known if org != OTHER}

    def run(self) -> Published:
        anew = self._state.get("terms") != self._terms
        adds = anew or self._state["read_day"] != self._today
        looked = (0, "") if anew else (self._looked(), self._state["read_day"])
        since = looked if not adds or anew else (self._state.get("read_seq", 0), looked[1])
        months, last = self._held.months(*since, today=self._today)
        waiting: list[tuple[str, Entry, Shown] | int] = []
        company: dict[tuple[str, int | None, str], int | None] = {}
        added = removed = changed = alone = 0
        for month in sorted(months):
            plan = self._plan(month, adds=adds)
            added += len(plan.new) - plan.changed
            removed += len(plan.gone) - plan.changed
            changed += plan.changed
            alone += plan.waiting
            company |= plan.company
            if plan.lost:  # before they go: who is killed between the two has not forgotten them
                with self._public.writing() as conn:
                    marks = [(_mark(uid),) for uid in plan.lost]
                    conn.executemany("INSERT OR IGNORE INTO rollup_state VALUES (?, 1)", marks)
            waiting += [*plan.gone, *plan.new]
            while len(waiting) > BATCH:
                with self._public.writing() as conn:
                    self._write(conn, waiting[:BATCH])
                waiting = waiting[BATCH:]
        with self._public.writing() as conn:
            self._write(conn, waiting)
            if anew:  # counts that may be told with another k are made again
                conn.execute(_ALL_TOUCHED)
            refresh_in(conn, k=self._k, tokens=self._tokens)
            self._finish(conn, company, last, adds=adds)
        return Published(
            added=added, removed=removed, changed=changed, waiting=alone, months=len(months)
        )

    def _looked(self) -> int:
        return int(max(self._state.get("read_seq", 0), self._state.get("looked_seq", 0)))

    def _plan(self, month: str, *, adds: bool) -> _Plan:
        entries = self._held.month(month, self._today)
        plan = _Plan(gone=[], new=[], lost=[], changed=0, waiting=len(entries), company={})
        with self._public.reading() as conn:
            have = {row[0]: row[1:] for row in conn.execute(_HAVE, (month, month))}
        intercepted, shown = self._held.interceptors(month), self._held.pages(month)
        for cc in sorted({e.arrival.cc or "ZZ" for e in entries}):
            part = [e for e in entries if (e.arrival.cc or "ZZ") == cc]
            names = {e.arrival.key: published_uid(e.uid, e.start, e.arrival.cc) for e in part}
            places = self._places_of(part, names, have)
            signers = self._common(intercepted, part)
            pages = self._common(shown, part)
            cells: dict[tuple[str, int | None, str], list[Entry]] = {}
            for e in part:
                key, uid = e.arrival.key, names[e.arrival.key]
                there = have.get(uid)
                if key not in places:
                    plan.lost += [uid] if there is not None else []
                    continue
                place = places[key]
                if there is None and not adds:
                    continue
                plan.waiting -= 1
                cells.setdefault((e.arrival.day, place, cc), []).append(e)
                have.pop(uid, None)
                if there is not None:
                    if there[1:] == (place, *e.verdict) or (there[1] == place and not adds):
                        continue
                    plan.gone.append(there[0])
                    plan.changed += 1
                as_told = Shown(
                    place=self._place(place, cc),
                    category=e.category,
                    chains=key in intercepted and intercepted[key] <= signers,
                    pages=pages,
                )
                plan.new.append((uid, e, as_told))
            plan.company |= {cell: self._told(found) for cell, found in cells.items()}
        plan.gone += [row[0] for row in have.values()]
        plan.new.sort(key=lambda one: one[0])
        return plan

    def _places_of(
        self,
        part: list[Entry],
        names: Mapping[int, str],
        have: Mapping[str, tuple[int, int | None]],
    ) -> Mapping[int, int | None]:
        """Who is in company; what is out stays as it is told, and what was lost is lost."""
        return in_company(
            (e.arrival for e in part),
            k=self._k,
            listed=self._listed,
            out={key: have[uid][1] for key, uid in names.items() if uid in have},
            lost={key for key, uid in names.items() if _mark(uid) in self._state},
        )

    def _common(self, found: Mapping[int, set[str]], part: list[Entry]) -> frozenset[str]:
        """What k senders met within this month."""
        met: dict[str, list[Arrival]] = {}
        for e in part:
            for what in found.get(e.arrival.key, ()):
                met.setdefault(what, []).append(e.arrival)
        return frozenset(what for what, by in met.items() if senders(by) >= self._k)

    def _told(self, cell: list[Entry]) -> int | None:
        count = senders(e.arrival for e in cell)
        return count if count >= self._k else None

    def _place(self, asn: int | None, cc: str) -> Place:
        if asn is None:
            return Place(asn=None, as_org_name=OTHER, cc=cc)
        return Place(asn=asn, as_org_name=self._places.get((asn, cc)), cc=cc)

    def _write(
        self, conn: sqlite3.Connection, changes: list[tuple[str, Entry, Shown] | int]
    ) -> None:
        for change in changes:
            if isinstance(change, int):
                delete(conn, change)
                conn.execute("INSERT OR REPLACE INTO rollup_state VALUES ('untidy', 1)")
                self._public.forget_parts()
                continue
            uid, entry, shown = change
            m = publishable(self._held.load(entry.arrival.key), shown)
            assert m.measurement_uid == uid
            insert(conn, self._public.ids, m, pack(m))

    def _finish(
        self,
        conn: sqlite3.Connection,
        company: Mapping[tuple[str, int | None, str], int | None],
        last: int,
        *,
        adds: bool,
    ) -> None:
        conn.executemany(
            _SENDERS, [(count, day, asn, cc) for (day, asn, cc), count in company.items()]
        )
        # which cells were changed last is when somebody's came; the file forgets it
        conn.execute("DELETE FROM touched")
        state: dict[str, int | str] = {"rolled": 0, "looked_seq": last}
        if adds:
            state |= {"read_seq": last, "read_day": self._today, "terms": self._terms}
        conn.executemany("INSERT OR REPLACE INTO rollup_state VALUES (?, ?)", state.items())

    def _tokens(self, conn: sqlite3.Connection, pair: Pair) -> dict[int, int | None]:
        """Who sent what of one line; known only here, and only while it is worked out."""
        url, asn, cc = conn.execute(_PAIR, pair).fetchone()
        sent = self._held.senders_of(url, asn, cc)
        return {key: sent[uid] for uid, key in conn.execute(_KEYS, pair) if uid in sent}


def _mark(uid: str) -> str:
    """What is kept of a published name that went for lack of company."""
    return f"lost {hashlib.sha256(uid.encode()).hexdigest()[:16]}"
