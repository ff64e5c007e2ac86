"""Two years of Kazakhstan, as many measurements as one likes: site_world.py FILE [N] [--collector].

Networks of pipeline.md §6.2, the Citizen Lab list, blocks with known dates (TRUTH). As the published
file that the site serves, rollups included; or as the collector's that it is made from. Written by the
store's own rows (to_rows, INSERTS): of each target and outcome a few, then copied with other times.
"""

import hashlib
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from measurements.analysis.rollup import Pair, refresh_in
from measurements.schema.measurement import Measurement, Place
from measurements.schema.records import Arm, Records
from measurements.schema.verdict import Evidence, LayerOutcome, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.store.packed import pack
from measurements.store.rows import INSERTS, Row, to_rows
from measurements.store.store import Store
from tests.bench.store_world import World

LIST = Path(__file__).parents[2] / "probe" / "data" / "lists" / "kz.csv"
FIRST, DAYS, A_RUN, NOISE, CHUNK = date(2024, 1, 1), 730, 30, 0.02, 20_000
# network → (name, how many measure there; the first four are measured most)
NETWORKS: dict[int, tuple[str, int]] = {
    9198: ("JSC Kazakhtelecom", 40),
    21299: ("Kar-Tel LLC", 24),
    206026: ("Kar-Tel LLC", 12),
    41798: ("JSC Transtelecom", 12),
    29355: ("Kcell JSC", 8),
    48503: ("Mobile Telecom-Service LLP", 8),
    29555: ("Mobile Telecom-Service LLP", 5),
    35104: ("Jusan Mobile JSC", 4),
    39824: ("JSC Alma Telecommunications", 4),
    50482: ("JSC Kazakhtelecom", 3),
    43994: ("SMARTNET TOO", 3),
    48716: ("PS Internet Company LLP", 2),
    15736: ("Mobile Business Solution MBS LLP", 2),
    8200: ("Uplink LLC", 2),
    41124: ("BTcom", 1),
    43370: ("OBIT-Telecommunications", 1),
    44477: ("Stark Industries Solutions Ltd", 1),
    48502: ("ForteBank JSC", 1),
}
OPEN, TIMEOUT, MITM, SLOW, DOWN = "open", "timeout", "mitm", "slow", "down"
# host → (from day, to day, what): the rest opens, but for one in nine, that never does
TRUTH: dict[str, tuple[tuple[str, str, str], ...]] = {
    "selftanu.kz": (("2024-02-11", "2026-01-01", TIMEOUT),),
    "kloop.kg": (("2024-01-01", "2026-01-01", TIMEOUT),),
    "egov.press": (("2024-01-01", "2024-12-10", TIMEOUT), ("2024-12-10", "2026-01-01", MITM)),
    "xakep.ru": (("2024-01-01", "2024-08-01", MITM),),
    "regnum.ru": (("2024-01-01", "2024-09-15", TIMEOUT),),
    "www.azattyq.org": (("2024-11-01", "2025-02-15", SLOW),),
    "www.currenttime.tv": (("2025-05-01", "2025-05-20", SLOW),),
}
_MONTH = 30
LENGTH = 554
# trials of each kind, as in tests/golden/kz-silence: t is a timeout
SNI_ARMS = {"s1": "ttt", "s2": "ooo", "s3": "tt", "s4": "ooo", "s5": "o", "s6": "tt", "s7": "tt"}
_RECEIVED = (
    "INSERT INTO received (measurement_id, content_sha256, sender_id, day, protocol, withdraw_sha256,"
    " network_agrees) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SAID = {
    OPEN: (Status.ACCESSIBLE, None, None),
    TIMEOUT: (Status.BLOCKED, Layer.TLS, Mechanism.TIMEOUT),
    MITM: (Status.BLOCKED, Layer.TLS, Mechanism.MITM),
    SLOW: (Status.THROTTLED, Layer.TLS, Mechanism.THROTTLING),
    DOWN: (Status.DOWN, None, None),
}
Template = dict[str, list[Row]]
Target = tuple[str, str, str]  # URL, host, category


def targets() -> list[Target]:
    """Our part of the Citizen Lab list, selftanu.kz first, and names up to its real length."""
    import csv  # noqa: PLC0415

    out = {"https://selftanu.kz/": ("https://selftanu.kz/", "selftanu.kz", "LGBT")}
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            out.setdefault(row["url"], (row["url"], row["url"].split("/")[2], row["category_code"]))
    for i in range(LENGTH - len(out)):
        host = f"www.site-number-{i}.kz"
        out[host] = (f"https://{host}/", host, ("NEWS", "ANON", "COMM", "CULTR", "HUMR")[i % 5])
    return list(out.values())


class SiteWorld:
    """See the module. `truth` is what should be found."""

    def __init__(self, seed: int = 1, *, published: bool = True) -> None:
        """Nothing is written yet."""
        self.rng = random.Random(seed)
        self.world = World(seed)
        self.targets = targets()
        self.published = published
        self.senders: list[int] = [0]  # of the measurement with this key
        self._templates: dict[tuple[int, str, int], Template] = {}
        self._networks: dict[int, int] = {}

    def truth(self, host: str, day: str) -> str:
        """What is so."""
        for since, until, what in TRUTH.get(host, ()):
            if since <= day < until:
                return what
        if host in TRUTH:
            return OPEN
        number = hashlib.sha256(host.encode()).digest()[0]
        return TIMEOUT if number < 256 // 9 else DOWN if number > 250 else OPEN

    def fill(self, store: Store, total: int, *, first_day: int = 0, days: int = DAYS) -> int:
        """Write so many, in the order of time; how many there are then."""
        plan = self._plan(total, first_day, days)
        with store.reading() as conn:
            key: int = conn.execute("SELECT ifnull(max(id), 0) FROM measurements").fetchone()[0]
            conn.execute("PRAGMA synchronous = OFF")  # a bench's file need not survive a power cut
            conn.execute("PRAGMA cache_size = -200000")
        written = 0
        while written < total:
            with store.writing() as conn:
                rows: dict[str, list[Row]] = {table: [] for table in INSERTS}
                received: list[tuple[object, ...]] = []
                for _ in range(min(CHUNK, total - written)):
                    key += 1
                    self._one(store, key, next(plan), rows, received)
                    written += 1
                for table, part in rows.items():
                    conn.executemany(INSERTS[table], part)
                self._receive(conn, received)
        return key

    def roll_up(self, store: Store, k: int = 3) -> None:
        """The rollups, with the senders that the published file does not have."""
        with store.writing() as conn:
            refresh_in(conn, k=k, tokens=self._tokens)
            conn.execute("DELETE FROM touched")
            conn.execute("UPDATE rollup_state SET value = 0 WHERE name = 'rolled'")
        with store.reading() as conn:
            conn.execute("ANALYZE")

    def _plan(self, total: int, first_day: int, days: int) -> Iterator[tuple[str, int, int, int]]:
        """Day, hour and minute, network, sender, target: runs of thirty, spread over the days."""
        rng, numbers = self.rng, list(NETWORKS)
        weights = [weight for _, weight in NETWORKS.values()]
        runs = -(-total // A_RUN)
        for run in range(runs):
            number = first_day + run * days // runs
            day = FIRST + timedelta(days=number)
            network = rng.choices(numbers, weights)[0]
            person = rng.randrange(2 + NETWORKS[network][1] // 4)
            sender = (numbers.index(network) * 100 + person) * 1000 + number // _MONTH + 1
            hour = rng.randrange(24)
            for i in range(A_RUN):
                what = 0 if i == 0 and run % 3 == 0 else rng.randrange(len(self.targets))
                yield f"{day}T{hour:02d}:{i:02d}:00Z", network, sender, what

    def _one(
        self,
        store: Store,
        key: int,
        planned: tuple[str, int, int, int],
        rows: dict[str, list[Row]],
        received: list[tuple[object, ...]],
    ) -> None:
        start, network, sender, number = planned
        host = self.targets[number][1]
        what = self.truth(host, start[:10])
        if self.rng.random() < NOISE:
            what = TIMEOUT if what == OPEN else OPEN
        template = self._template(store, number, what)
        place = self._network(store, network)
        digits = start.translate({45: None, 58: None, 84: None, 90: None})
        name = hashlib.blake2b(f"{key} {sender}".encode(), digest_size=8).hexdigest()
        if self.published:
            start, digits = f"{start[:13]}:00:00Z", f"{digits[:10]}0000"
        (m,) = template["measurements"]
        uid = f"{digits}.000000_KZ_webconnectivity_{name}"
        rows["measurements"].append((key, uid, *m[2:4], start, *m[5:10], place, place, *m[12:]))
        for table, part in template.items():
            if table != "measurements":
                rows[table] += [(key, *row[1:]) for row in part]
        self.senders.append(sender)
        received.append((key, name.encode(), sender, start[:10], "batch", None, 1))

    def _receive(self, conn: sqlite3.Connection, received: list[tuple[object, ...]]) -> None:
        if self.published:
            return
        known = {(row[2], row[3][:7]) for row in received}  # type: ignore[index]
        conn.executemany(
            "INSERT OR IGNORE INTO senders VALUES (?, ?, ?, 1)",
            [
                (number, hashlib.sha256(str(number).encode()).digest(), month)
                for number, month in known
            ],
        )
        conn.executemany(_RECEIVED, received)

    def _network(self, store: Store, asn: int) -> int:
        if asn not in self._networks:
            self._networks[asn] = store.ids.network(asn, "KZ", NETWORKS[asn][0])
        return self._networks[asn]

    def _template(self, store: Store, number: int, what: str) -> Template:
        variant = self.rng.randrange(2)
        found = self._templates.get((number, what, variant))
        if found is None:
            m = self._measurement(number, what)
            found = to_rows(m, key=0, ids=store.ids, packed=pack(m))
            self._templates[number, what, variant] = found
        return found

    def _measurement(self, number: int, what: str) -> Measurement:
        url, host, category = self.targets[number]
        site = {**self.world.sites[number % len(self.world.sites)], "host": host}
        one = World.__new__(World)  # the same addresses, another name
        one.rng, one.intermediates, one.sites = (
            self.world.rng,
            self.world.intermediates,
            [site] * 500,
        )
        found = one.measurement(3 if what == TIMEOUT else 0, 0)  # each tenth is silent at TLS
        return replace(
            found,
            records=as_seen(found.records, dual=number % 2 == 0, arms=what == TIMEOUT),
            input=url,
            category_code=category,
            run_id="published" if self.published else f"run-{number % 50}",
            test_start_time="2024-01-01T00:00:00Z",
            resolver_ip=None,
            resolver=Place(),
            verdict=said(host, what),
        )

    def _tokens(self, conn: sqlite3.Connection, pair: Pair) -> Mapping[int, int | None]:
        sql = "SELECT id FROM measurements WHERE target_id = ? AND probe_network_id = ?"
        return {key: self.senders[key] for (key,) in conn.execute(sql, pair)}


def as_seen(records: Records, *, dual: bool, arms: bool) -> Records:
    """As many rows as the lab's measurements have: one asking of the system, one address of each kind.

    `dual`: the site has IPv6. `arms`: with the trials of a name that is met by silence.
    """
    asked, _, *others = records.queries
    both = asked.answers + records.queries[1].answers
    asked = replace(asked, query_type="ANY", answers=both[:: 2 if dual else 4])
    places = {records.tcp_connects[i].ip for i in ((0, 2) if dual else (0,))}
    connects = [c for c in records.tcp_connects if c.ip in places]
    handshakes = [h for h in records.tls_handshakes if h.ip in places]
    if arms:
        connect, handshake = connects[0], handshakes[0]
        for name, letters in SNI_ARMS.items():
            for i, letter in enumerate(letters):
                arm = Arm(experiment="sni_matrix", name=name, repetition=i)
                number = 200 + len(connects)
                connects.append(replace(connect, arm=arm, transaction_id=number))
                failure = handshake.failure if letter == "t" else None
                handshakes.append(
                    replace(handshake, arm=arm, transaction_id=number, failure=failure)
                )
    return replace(
        records,
        queries=(asked, *others),
        tcp_connects=tuple(connects),
        tls_handshakes=tuple(handshakes),
    )


def said(host: str, what: str) -> Verdict:
    """A verdict in the words of the real ones."""
    status, layer, mechanism = _SAID[what]
    says = (
        f"{host} opens."
        if what == OPEN
        else f"{host}: {status.value}, {mechanism or 'from everywhere'}."
    )
    return Verdict(
        status=status,
        layer=layer,
        mechanism=mechanism,
        trigger=Trigger.SNI if layer else None,
        locus=Locus.NETWORK if layer else Locus.UNKNOWN,
        confidence=0.95,
        summary=says,
        rules_version=1,
        evidence=(
            Evidence(
                rule_id="dns.genuine",
                says=f"{host} resolves to its own address.",
                transactions=(0,),
            ),
            Evidence(
                rule_id="tcp.connected", says=f"{host} answers connections.", transactions=(100,)
            ),
            Evidence(
                rule_id="tls.last", says=f"The handshake with {host}.", transactions=(100, 101)
            ),
        ),
        layers=tuple(LayerOutcome(layer=x, outcome=Outcome.OK) for x in (Layer.DNS, Layer.TCP)),
        accessible=what == OPEN,
        blocking="tls" if layer else False,
    )


def build(path: Path, total: int, *, published: bool = True, seed: int = 1) -> SiteWorld:
    """The whole file."""
    world = SiteWorld(seed, published=published)
    with Store.open(path) as store:
        world.fill(store, total)
        if published:
            world.roll_up(store)
    return world


def main() -> None:
    """Write one, and say how long it took."""
    numbers = [int(a) for a in sys.argv[2:] if a.isdigit()]
    total = numbers[0] if numbers else 1_000_000
    began = time.perf_counter()
    path = Path(sys.argv[1])
    build(path, total, published="--collector" not in sys.argv)
    seconds = time.perf_counter() - began
    print(f"{total} measurements in {seconds:.0f} s, {path.stat().st_size / total:.0f} bytes each")


if __name__ == "__main__":
    main()
