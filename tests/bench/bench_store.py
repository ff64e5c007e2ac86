"""How fast the store writes and reads, and how large it grows: bench_store.py [N].

The same measurements are written by Store.save and, as the very rows that it made, by bare
executemany: once with the same transactions (one a measurement), once in one transaction a
thousand. Limits: at least half the rate of the former; `results` and `show` within 0.3 s as whole
commands; 3 kB for an ordinary accessible measurement.
"""

import ipaddress
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHop,
    ControlHTTP,
    Measurement,
    Place,
)
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Evidence, LayerOutcome, Verdict
from measurements.schema.words import Layer, Mechanism, Outcome, Status
from measurements.store.connect import connect
from measurements.store.packed import pack
from measurements.store.rows import INSERTS, Row, to_rows
from measurements.store.store import Store

TARGETS = 500
CHUNK = 1000
DICTIONARIES = (
    "strings",
    "networks",
    "targets",
    "runs",
    "arms",
    "certificates",
    "chains",
    "bodies",
    "answer_sets",
)
MEMBERS = {"dns_answers": "answer_set_id", "chain_certificates": "chain_id"}
ROOT = Path(__file__).parents[2]


class World:
    """Random but plausible measurements: 500 sites, each with its addresses and certificates."""

    def __init__(self, seed: int) -> None:
        """Sites."""
        self.rng = random.Random(seed)
        self.intermediates = [self.rng.randbytes(1300) for _ in range(12)]
        self.sites = [self._site(i) for i in range(TARGETS)]

    def _site(self, i: int) -> dict[str, object]:
        rng = self.rng
        return {
            "host": f"www.site-number-{i}.example",
            "v4": [f"203.0.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(2)],
            "v6": [
                f"2001:db8:{rng.randrange(65536):x}::{rng.randrange(65536):x}" for _ in range(2)
            ],
            "chain": (rng.randbytes(1500), rng.choice(self.intermediates)),
            "shingles": tuple(sorted(rng.randrange(2**32) for _ in range(96))),
            "title": f"Site {i}: news and other things",
        }

    def measurement(self, n: int, day: int) -> Measurement:
        """An ordinary one: accessible in nine of ten, else TLS silence."""
        rng, site = self.rng, self.sites[n % TARGETS]
        host = site["host"]
        blocked = n % 10 == 3
        at = _Clock(rng)
        records = Records(
            queries=tuple(self._queries(site, at)),
            tcp_connects=tuple(
                TCPConnect(transaction_id=100 + i, ip=ip, port=443, t0=at.now, t=at.next())
                for i, ip in enumerate([*site["v4"], *site["v6"]])
            ),
            tls_handshakes=tuple(self._handshakes(site, at, blocked=blocked)),
            http_transactions=() if blocked else (self._http(site, at),),
            network_events=tuple(self._events(at)),
        )
        return Measurement(
            measurement_uid=f"{rng.randrange(16**32):032x}",
            run_id=f"run-{day:04d}",
            input=f"https://{host}/",
            measurement_start_time=f"{_date(day)}T06:{n % 60:02d}:00Z",
            test_start_time=f"{_date(day)}T06:00:00Z",
            test_runtime=at.now,
            software_name="anyqta",
            software_version="0.1.0",
            category_code="NEWS",
            probe=Place(asn=9198, as_org_name="JSC Kazakhtelecom", cc="KZ"),
            resolver=Place(asn=9198, as_org_name="JSC Kazakhtelecom", cc="KZ"),
            resolver_ip="192.0.2.53",
            records=records,
            controls=(self._control(site),),
            verdict=_verdict(str(host), blocked=blocked),
        )

    def _queries(self, site: dict, at: "_Clock") -> Iterator[DNSQuery]:
        places = [
            ("getaddrinfo", "system", ""),
            ("udp", "configured", "192.0.2.53:53"),
            ("udp", "public", "8.8.8.8:53"),
            ("udp", "public", "1.1.1.1:53"),
            ("doh", "public", "https://9.9.9.9/dns-query"),
        ]
        for i, (engine, role, resolver) in enumerate(places):
            for kind, addresses in (("A", site["v4"]), ("AAAA", site["v6"])):
                ttl = self.rng.randrange(300)
                raw = (
                    None
                    if engine == "getaddrinfo"
                    else _wire(self.rng, site["host"], addresses, ttl)
                )
                yield DNSQuery(
                    transaction_id=i,
                    engine=engine,
                    role=role,
                    resolver_address=resolver,
                    hostname=site["host"],
                    query_type=kind,
                    t0=at.now,
                    t=at.next(),
                    rcode=0 if raw else None,
                    answers=tuple(
                        DNSAnswer(
                            answer_type=kind, value=a, ttl=ttl, asn=64500, as_org_name="Hoster"
                        )
                        for a in addresses
                    ),
                    raw_response=raw,
                )

    def _handshakes(self, site: dict, at: "_Clock", *, blocked: bool) -> Iterator[TLSHandshake]:
        for i, ip in enumerate([*site["v4"], *site["v6"]]):
            yield TLSHandshake(
                transaction_id=100 + i,
                ip=ip,
                port=443,
                server_name=site["host"],
                t0=at.now,
                t=at.next(),
                failure="generic_timeout_error" if blocked else None,
                tls_version="" if blocked else "TLSv1.3",
                cipher_suite="" if blocked else "TLS_AES_128_GCM_SHA256",
                negotiated_protocol="" if blocked else "h2",
                peer_certificates=() if blocked else site["chain"],
                last_operation="write_1" if blocked else "read_3",
                bytes_sent=517,
                bytes_received=0 if blocked else self.rng.randrange(3000, 6000),
            )

    def _http(self, site: dict, at: "_Clock") -> HTTPTransaction:
        rng = self.rng
        body = rng.randbytes(2000)  # not kept: only its hash is
        headers = (
            ("Date", f"Mon, {rng.randrange(1, 28)} Nov 2026 06:{rng.randrange(60):02d}:00 GMT"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Server", "nginx"),
            ("Cache-Control", "private, max-age=0"),
            ("Set-Cookie", f"session={rng.randrange(16**32):032x}; path=/; HttpOnly; Secure"),
            ("ETag", f'W/"{rng.randrange(16**16):x}"'),
            ("Strict-Transport-Security", "max-age=31536000"),
            ("X-Request-Id", f"{rng.randrange(16**32):032x}"),
            ("Vary", "Accept-Encoding"),
        )
        return HTTPTransaction(
            transaction_id=100,
            url=f"https://{site['host']}/",
            ip=site["v4"][0],
            port=443,
            t0=at.now,
            t=at.next(),
            request_headers=(
                ("Host", site["host"]),
                ("User-Agent", "Mozilla/5.0"),
                ("Accept", "*/*"),
            ),
            status_code=200,
            headers=headers,
            body=body,
            body_length=rng.randrange(20_000, 200_000),
            body_sha256=f"{rng.randrange(16**64):064x}",
            title=site["title"],
            alpn="h2",
        )

    def _events(self, at: "_Clock") -> Iterator[NetworkEvent]:
        for i in range(4):
            for operation in (
                "connect",
                "tls_handshake_start",
                "write",
                "read",
                "tls_handshake_done",
            ):
                yield NetworkEvent(
                    transaction_id=100 + i, operation=operation, t=at.next(), num_bytes=517
                )
        for i in range(12):
            yield NetworkEvent(
                transaction_id=100,
                operation="bytes_received_cumulative",
                t=at.next(),
                num_bytes=16384 * i + self.rng.randrange(1000),
            )

    def _control(self, site: dict) -> ControlAnswered:
        chain = tuple(der[:32].hex() for der in site["chain"])
        addresses = (*site["v4"], *site["v6"])
        return ControlAnswered(
            depth=0,
            url=f"https://{site['host']}/",
            address="https://control.example/",
            dns=ControlDNS(addresses=addresses, ttls=(300,) * 4),
            http=ControlHTTP(
                status_code=200,
                title=site["title"],
                headers=(("Server", "nginx"), ("Content-Type", "text/html; charset=utf-8")),
                body_length=self.rng.randrange(20_000, 200_000),
                body_sha256=f"{self.rng.randrange(16**64):064x}",
                shingles=site["shingles"],
                stable=True,
                runtime=self.rng.random(),
                hops=(ControlHop(url=f"https://{site['host']}/", status_code=200),),
            ),
            endpoints=tuple(
                ControlEndpoint(
                    ip=ip, port=443, tls_done=True, server_name=site["host"], chain_sha256=chain
                )
                for ip in addresses
            ),
            ip_flags=tuple((ip, 11) for ip in addresses),
            runtime=self.rng.random(),
        )


def _date(day: int) -> str:
    return f"2026-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}"


class _Clock:
    """Times of steps, to the microsecond."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.now = 0.0

    def next(self) -> float:
        self.now = round(self.now + self._rng.random() / 20, 6)
        return self.now


def _wire(rng: random.Random, host: str, addresses: list[str], ttl: int) -> bytes:
    """A DNS answer with these addresses."""
    name = b"".join(bytes([len(part)]) + part.encode() for part in host.split(".")) + b"\0"
    values = [ipaddress.ip_address(address).packed for address in addresses]
    answer = b"\xc0\x0c\x00\x01\x00\x01" + ttl.to_bytes(4, "big") + b"\0"
    head = rng.randbytes(2) + b"\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"
    parts = [answer + bytes([len(value)]) + value for value in values]
    return head + name + b"\x00\x01\x00\x01" + b"".join(parts)


def _verdict(host: str, *, blocked: bool) -> Verdict:
    ok = [LayerOutcome(layer=layer, outcome=Outcome.OK) for layer in (Layer.DNS, Layer.TCP)]
    evidence = [
        Evidence(
            rule_id="dns.genuine", says=f"{host} resolves to its own address.", transactions=(0,)
        ),
        Evidence(rule_id="tcp.connected", says=f"{host} answers connections.", transactions=(100,)),
        Evidence(rule_id="tls.last", says=f"The handshake with {host}.", transactions=(100, 101)),
    ]
    return Verdict(
        status=Status.BLOCKED if blocked else Status.ACCESSIBLE,
        confidence=0.95,
        summary=f"{host} is blocked." if blocked else f"{host} opens.",
        rules_version=1,
        layer=Layer.TLS if blocked else None,
        mechanism=Mechanism.TIMEOUT if blocked else None,
        evidence=tuple(evidence),
        layers=tuple(ok),
        accessible=not blocked,
        blocking="tls" if blocked else False,
    )


def dictionary_rows(conn: sqlite3.Connection, seen: dict[str, int]) -> dict[str, list[Row]]:
    """What the dictionaries got since the last time."""
    out = {}
    for table in (*DICTIONARIES, *MEMBERS):
        column = MEMBERS.get(table, "id")
        sql = f"SELECT {column}, * FROM {table} WHERE {column} > ?"  # noqa: S608 - our own names
        rows = conn.execute(sql, (seen.get(table, 0),)).fetchall()
        seen[table] = max([seen.get(table, 0), *(row[0] for row in rows)])
        out[table] = [row[1:] for row in rows]
    return out


def write_bare(
    conn: sqlite3.Connection,
    new: dict[str, list[Row]],
    measured: list[dict[str, list[Row]]],
    *,
    each: bool,
) -> float:
    """The same rows by bare executemany; seconds."""
    began = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    for table, rows in new.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            conn.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
    if each:
        conn.execute("COMMIT")
    for tables in measured:
        if each:
            conn.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            if rows:
                conn.executemany(INSERTS[table], rows)
        if each:
            conn.execute("COMMIT")
    if not each:
        conn.execute("COMMIT")
    return time.perf_counter() - began


def bench(folder: Path, total: int, synchronous: str) -> tuple[Path, dict[str, float]]:
    """Seconds of each way of writing, for measurements a second."""
    world, seen = World(1), dict[str, int]()
    seconds = {"save": 0.0, "bare, one transaction each": 0.0, "bare, one for 1000": 0.0}
    path = folder / f"{synchronous}.db"
    store = Store.open(path)
    others = [connect(folder / f"{synchronous}-{i}.db", read_only=False) for i in range(2)]
    for conn in (store._conn, *others):
        conn.execute(f"PRAGMA synchronous = {synchronous}")
    for first in range(0, total, CHUNK):
        batch = [
            world.measurement(n, n // TARGETS) for n in range(first, min(first + CHUNK, total))
        ]
        began = time.perf_counter()
        for m in batch:
            store.save(m)
        seconds["save"] += time.perf_counter() - began
        rows = [
            to_rows(m, key=first + i + 1, ids=store._ids, packed=pack(m))
            for i, m in enumerate(batch)
        ]
        new = dictionary_rows(store._conn, seen)
        for conn, name, each in zip(others, list(seconds)[1:], (True, False), strict=True):
            conn.execute("PRAGMA foreign_keys = ON")
            seconds[name] += write_bare(conn, new, rows, each=each)
    same = [
        conn.execute("SELECT count(*), sum(length(data)) FROM packed").fetchone()
        for conn in (store._conn, *others)
    ]
    assert same[0] == same[1] == same[2]
    store.close()
    for conn in others:
        conn.close()
    return path, seconds


def command(*arguments: str, home: Path) -> float:
    """The best of three of a whole command, in seconds."""
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "probe.cli", *arguments],
            check=True,
            cwd=ROOT,
            env=os.environ | {"ANYQTA_HOME": str(home)},
            capture_output=True,
        )
        best = min(best, time.perf_counter() - began)
    return best


def sizes(path: Path, total: int) -> None:
    """Bytes a measurement, and where they are."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    print(f"\nsize: {size / 1e6:.0f} MB, {size / total:.0f} bytes a measurement (limit 3000)")
    print(f"a year of 500 targets a day: {size / total * 500 * 365 / 1e6:.0f} MB")
    try:
        sql = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 14"
        for name, part in conn.execute(sql).fetchall():
            print(f"  {name:32} {part / total:7.1f} bytes")
    except sqlite3.OperationalError:
        pass
    conn.close()


def main() -> None:
    """Print it all."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="anyqta-bench-"))
    try:
        for synchronous in ("FULL", "NORMAL"):
            path, seconds = bench(folder, total, synchronous)
            print(f"\n{total} measurements, synchronous={synchronous}")
            for name, spent in seconds.items():
                ratio = seconds["bare, one transaction each"] / spent
                print(
                    f"  {name:28} {total / spent:8.0f} a second   {ratio:5.2f} of the second line"
                )
            ratio = seconds["bare, one transaction each"] / seconds["save"]
            print(
                f"  save / bare = {ratio:.2f} (limit 0.50): {'ok' if ratio >= 0.5 else 'TOO SLOW'}"
            )
        sizes(path, total)
        home = folder / "home"
        home.mkdir()
        shutil.move(path, home / "anyqta.db")
        print()
        for arguments in (
            ("results",),
            ("results", "--status", "throttled"),
            ("results", "--url", "number-77."),
            ("show", "last"),
            ("show", "https://www.site-number-7.example/"),
        ):
            spent = command(*arguments, home=home)
            verdict = "ok" if spent < 0.3 else "TOO SLOW"
            print(f"anyqta {' '.join(arguments):45} {spent:.3f} s (limit 0.3): {verdict}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
