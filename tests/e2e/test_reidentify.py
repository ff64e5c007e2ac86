"""An observer with every published file there ever was, and time: what can be found out about one sender?"""

import dataclasses
import gzip
import hashlib
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from measurements.analysis.publishable import published_uid
from measurements.schema.measurement import ControlAnswered, ControlDNS, ControlHTTP, Measurement
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TLSHandshake,
)
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.fakes.chains import signed_by
from tests.unit.measurements.analysis.collected import OPEN, Sent, World
from tests.unit.measurements.snapshots.published import a_snapshot

NEEDLES = (
    *(
        b"odd0",
        b"203.0.113.77",
        b"my-own-page",
        b"Gateway",
        b"annotation-",
        b"Greetings",
        b"Ridder",
    ),
    *(b"a-fork", b"0.1.7", b"95.56.0.1"),
)
STREETS = ("Abai", "Tole", "Furmanov", "Dostyk", "Satpaev", "Zhandosov", "Rozybakiev", "Auezov")
SITES = [f"https://site-{i}.kz/" for i in range(6)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person(Sent):
    """One whose equipment is like nobody else's."""

    odd: bool = False

    def measurement(self) -> Measurement:
        """With all that could give them away, if they are odd."""
        m = super().measurement()
        who = f"odd{self.sender and self.sender % 100}" if self.odd else "plain"
        control = ControlAnswered(
            depth=0,
            url=self.url,
            address=f"https://{who}.control.example/",
            dns=ControlDNS(addresses=("192.0.2.1",), ttls=(self.seconds_left(3600),)),
            http=ControlHTTP(
                headers=(("Date", self.time), ("X-Cache", who)),
                status_code=200,
                title="Weather in New York",
                runtime=0.5 + self.jitter(),
            ),
            runtime=0.75 + self.jitter(),
        )
        return dataclasses.replace(
            m,
            software_name="a-fork" if self.odd else "anyqta",
            software_version="0.1.7" if self.odd else "0.1.0",
            test_version="1.0.3" if self.odd else "1.0.0",
            test_runtime=2.5,
            category_code=f"{who}" if self.odd else "LGBT",
            annotations=(("device", who),),
            controls=(control,),
            records=self.records(who),
        )

    def jitter(self) -> float:
        """How far a line's times are from everybody's: its own."""
        return 0.000_431 if self.odd else 0.000_112

    def seconds_left(self, ttl: int) -> int:
        """Of a record that the resolver fetched on the hour: it tells the second of the question."""
        _, minute, second = map(int, self.time.split(":"))
        return ttl - 60 * minute - second

    def records(self, who: str) -> Records:
        """What was seen."""
        jitter = self.jitter()
        query = DNSQuery(
            transaction_id=1,
            engine="udp",
            role="configured",
            resolver_address=f"{self.resolver}:53",
            hostname="a.kz",
            query_type="A",
            t0=0,
            t=0.1 + jitter,
            raw_response=f"raw {who}".encode(),
            answers=(DNSAnswer(answer_type="A", value="192.0.2.1", ttl=self.seconds_left(3600)),),
        )
        return Records(
            queries=(query,),
            tls_handshakes=(self.shake(who),),
            quic_handshakes=(self.quic(who),),
            http_transactions=(self.visit(who),),
            network_events=(
                NetworkEvent(transaction_id=2, operation="connect", t=0.1 + jitter, address=who),
                NetworkEvent(
                    transaction_id=2,
                    operation="write",
                    t0=0.1,
                    t=0.1 + jitter,
                    num_bytes=self.hello(),
                ),
            ),
        )

    def hello(self) -> int:
        """How long a line's first message is: a program of its own sends one of its own."""
        return 1537 if self.odd else 517

    def shake(self, who: str) -> TLSHandshake:
        """Through a box that signs with a key of its own."""
        return TLSHandshake(
            transaction_id=2,
            ip="192.0.2.1",
            port=443,
            server_name="a.kz",
            t0=0.1 + self.jitter(),
            t=0.2 + 3 * self.jitter(),
            failure="ssl_unknown_authority",
            peer_certificates=signed_by(f"Gateway of {who}"),
            bytes_sent=self.hello(),
        )

    def quic(self, who: str) -> QUICHandshake:
        """The same box."""
        return QUICHandshake(
            transaction_id=3,
            ip="192.0.2.1",
            port=443,
            server_name="a.kz",
            t0=0.1,
            t=0.2 + self.jitter(),
            failure="ssl_unknown_authority",
            peer_certificates=signed_by(f"Gateway of {who}"),
        )

    def visit(self, who: str) -> HTTPTransaction:
        """A page that was made for one town and one reader."""
        town = "Ridder" if self.odd else "Almaty"
        words = " ".join(f"{town} street {word}" for word in STREETS)
        page = f"<title>Weather in {town}</title><p>Greetings {who}. {words}</p>".encode()
        date = ("Date", f"Mon, 05 Oct 2026 {self.time} GMT")
        return HTTPTransaction(
            transaction_id=2,
            url=self.url,
            ip="192.0.2.1",
            port=443,
            t0=0.2 + self.jitter(),
            t=0.3 + self.jitter(),
            request_headers=(("X-Who", who),),
            headers=(("Server", "nginx"), ("Set-Cookie", f"id={who}"), date),
            status_code=200,
            body=page,
            body_length=len(page),
            body_sha256=hashlib.sha256(page).hexdigest(),
            title=f"Weather in {town}",
        )


def person(n: int, who: int, day: str, url: str, *, odd: bool) -> Person:
    """A measurement; the key is another one each month."""
    return Person(
        n=n,
        sender=who + 100 * int(day[5:7]),
        day=day,
        url=url,
        time=f"{5 + who % 3:02d}:{11 + n % 40:02d}:{13 + who:02d}",
        odd=odd,
        resolver="203.0.113.77" if odd else ("8.8.8.8", "95.56.0.1")[who % 2],
    )


def two_months() -> Iterator[Person]:
    """Person 0 is odd; 1 to 4 are not. All measure in both months, person 0 an odd page too."""
    n = 0
    for month in ("2026-09", "2026-10"):
        for day in range(1, 11):
            for who in range(5):
                for url in (*SITES, *(("https://my-own-page.kz/",) if who == 0 else ())):
                    n += 1
                    yield person(n, who, f"{month}-{day:02d}", url, odd=who == 0)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every single value of a measurement, with where it stands."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for part in value:
            yield from leaves(part, path)
    else:
        yield path, value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, k=3)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two months, published in one pass; only looked at."""
    world = World(tmp_path_factory.mktemp("two-months"), k=3)
    world.collect(*reversed(list(two_months())))
    assert 600 == world.publish().added
    return world


def test_nothing_joins_two_months_of_one_person(published: World) -> None:
    sent = list(two_months())
    whose = {
        published_uid(s.uid, f"{s.day}T{s.time}Z", "KZ"): (int(s.sender or 0) % 100, s.day[:7])
        for s in sent
    }
    seen: dict[tuple[str, object], set[tuple[int, str]]] = defaultdict(set)
    with Store.open(published.target, read_only=True) as store:
        for uid in store.iter_uids():
            for leaf in leaves(store.load(uid)):
                seen[leaf].add(whose[uid])
    joins = {
        leaf: people
        for leaf, people in seen.items()
        if len({who for who, _ in people}) == 1 and len(people) == 2
    }
    assert joins == {}
    for word in NEEDLES:
        assert word not in published.bytes(), word


def test_nothing_is_in_any_file_of_a_snapshot(published: World, tmp_path: Path) -> None:
    """Unpacked, too; nor is there a column in which one person of two months differs from the others."""
    a_snapshot(published.target, tmp_path / "out")
    seconds = [
        re.compile(rb"[0-9]T[0-9]{2}:(?!00:00)"),
        re.compile(rb"[0-9] [0-9]{2}:(?!00:00)[0-9]{2}:"),
    ]
    for path in sorted((tmp_path / "out").rglob("*")):
        if path.is_dir():
            continue
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        if path.suffix == ".parquet":
            data = repr(parquet.read_table(path).to_pydict()).encode()
        for word in NEEDLES:
            assert word not in data, (path.name, word)
        for exact in seconds:
            assert path.suffix == ".db" or not exact.search(data), (path.name, exact)
    documents = gzip.decompress((tmp_path / "out/measurements.jsonl.gz").read_bytes()).splitlines()
    assert len(documents) == 600
    keys = {
        "probe_ip": "127.0.0.1",
        "resolver_asn": "AS0",
        "resolver_ip": "",
        "software_version": "",
    }
    for line in documents[::50]:
        document = json.loads(line)
        assert keys == {key: document.get(key, "") or "" for key in keys}
        assert not re.search(rb'ttls?":\s*\[?[0-9]', line)


def test_times_are_to_the_hour_in_every_byte(published: World) -> None:
    sent = list(two_months())
    data = published.bytes()
    for s in sent[::7]:
        assert s.time.encode() not in data
        assert s.time.replace(":", "").encode() not in data
        assert s.uid.encode() not in data
        assert s.uid[-16:].encode() not in data


def test_the_order_of_rows_tells_nothing(published: World) -> None:
    uids = [
        uid for (uid,) in published.rows("SELECT measurement_uid FROM measurements ORDER BY id")
    ]
    assert uids == sorted(uids)  # type: ignore[type-var]


def test_one_alone_is_nowhere(world: World) -> None:
    company = [Sent(n=n, sender=n, day="2026-10-06") for n in range(5)]
    alone = Sent(n=50, sender=50, day="2026-10-07", asn=29355, url="https://planted.kz/")
    world.collect(*company, alone)
    world.publish()
    data = world.bytes()
    for word in (b"planted.kz", b"29355", b"2026-10-07", b"2026100706", alone.uid[-16:].encode()):
        assert word not in data, word
    assert hashlib.sha256(b"key 50").digest() not in data
    assert hashlib.sha256(b"key 1").digest() not in data
    assert company[0].withdrawal not in data


def test_one_alone_who_agreed_is_published_without_a_count(world: World) -> None:
    alone = Sent(n=50, sender=50, day="2026-10-07", asn=29355, url="https://planted.kz/")
    world.collect(alone)
    with sqlite3.connect(world.source) as conn:
        if "alone" not in {row[1] for row in conn.execute("PRAGMA table_info(received)")}:
            conn.execute("ALTER TABLE received ADD COLUMN alone INTEGER NOT NULL DEFAULT 0")
        conn.execute("UPDATE received SET alone = 1")
    conn.close()
    assert world.publish().added == 1
    assert world.rows("SELECT url, asn, senders FROM latest_view") == [
        ("https://planted.kz/", None, None)
    ]
    assert world.rows("SELECT senders FROM network_days") == [(None,)]


def test_quarantined_and_withdrawn_are_in_no_byte(world: World) -> None:
    world.collect(*(Sent(n=n, sender=n, day="2026-10-06") for n in range(5)))
    world.collect(
        *(Sent(n=20 + n, sender=n, url=f"https://hidden-{n}.kz/") for n in range(5)), terms=OPEN
    )
    gone = [
        Sent(n=30 + n, sender=n, day="2026-10-08", url="https://taken-back.kz/") for n in range(3)
    ]
    world.collect(*gone)
    world.publish()
    assert b"taken-back" in world.bytes()
    with Store.open(world.source) as store:
        for s in gone:
            assert Intake(store).withdraw(s.uid, s.withdrawal, "2026-10-09")
    world.publish()
    data = world.bytes()
    for word in (b"hidden-", b"taken-back", b"2026-10-08", b"2026100806"):
        assert word not in data, word
