"""measurements/collector/app.py: each refusal with its status, and what passes just below it."""

import asyncio
import hashlib
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from measurements.collector.identity import Identity
from measurements.collector.invites import Invite, mint
from measurements.schema.measurement import Place
from measurements.schema.submission import (
    FORMAT,
    WITHDRAWALS,
    YOUR_ADDRESS,
    Item,
    canonical,
    encode_key,
    encode_payload,
    seal,
    sign,
)
from tests.fakes.real_collector import (
    Answer,
    Served,
    is_signed,
    item,
    items,
    key,
    measurements,
    sealed,
    served,
)
from tests.unit.measurements.collector import judges

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


JSON = {"Content-Type": "application/json"}


def query(db: Path, sql: str) -> list[Any]:
    """Rows."""
    with closing(sqlite3.connect(db)) as conn:
        return conn.execute(sql).fetchall()


def forged(documents: int, payload: bytes, **fields: object) -> bytes:
    """A submission of our own making, with a signature that holds."""
    header = {
        "collector": "",
        "documents": documents,
        "format": FORMAT,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "sender": encode_key(key().public_key().public_bytes_raw()),
    } | fields
    line = canonical(header)
    return line + b"\n" + sign(key(), FORMAT, line).encode() + b"\n" + payload


def refused(answer: Answer, status: int, code: str, *, wait: bool = False) -> None:
    """As a whole, signed, and with a time to wait where that helps."""
    assert (answer.status, answer.error) == (status, code)
    assert ("Retry-After" in answer.headers) is wait
    assert "Anyqta-Signature" in answer.headers
    assert answer.headers["Server"] == "anyqta"


async def test_what_is_no_submission(tmp_path: Path) -> None:
    """Malformed, forged, changed, for another, in another format, at another place."""
    good = sealed(1)
    line, signature, payload = good.split(b"\n", 2)
    other = sign(key(1), FORMAT, line).encode()
    async with served(tmp_path) as collector:
        refused(await collector.ask(b"nonsense"), 400, "malformed")
        refused(await collector.ask(b""), 400, "malformed")
        refused(await collector.ask(b"\n".join([line, other, payload])), 401, "signature")
        changed = b"\n".join([line, signature, payload + b"x"])
        refused(await collector.ask(changed), 400, "malformed")
        elsewhere = seal(items(1), key=key(), collector=b"x" * 32)
        refused(await collector.ask(elsewhere), 403, "other_collector")
        refused(await collector.ask(good, headers=JSON), 415, "content_type")
        gzipped = {"Content-Encoding": "gzip"}
        refused(await collector.ask(good, headers=gzipped), 415, "encoding")
        refused(await collector.ask(good, path="/nowhere"), 404, "http_404")
        refused(await collector.ask(None), 405, "http_405")
        refused(await collector.ask(forged(1, b"not zstd")), 400, "malformed")
        two = zstd.compress(encode_payload(items(2)))
        refused(await collector.ask(forged(3, two)), 400, "malformed")
        assert (await collector.ask(forged(2, two))).statuses == ["accepted"] * 2
        about = await collector.ask(None, path="/api/v1/collector")
        here = seal(items(1, seed=2), key=key(), collector=_raw(about.body["collector"]))
        answer = await collector.ask(here)
        assert answer.statuses == ["accepted"]
        assert is_signed(answer, about.body["collector"])
        long = await collector.ask(None, path="/api/v1/collector?nonce=" + "x" * 129)
        refused(long, 400, "malformed")


def files(folder: Path) -> list[bytes]:
    """All that is on the disk."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_the_asker_is_told_their_address(tmp_path: Path) -> None:
    """As the connection has it, or a proxy that is trusted; signed, in this answer only, nowhere kept."""
    about, far = "/api/v1/collector", {"X-Forwarded-For": "::ffff:178.89.2.7"}
    async with served(tmp_path, trusted_proxies=("127.0.0.6/32",)) as collector:
        seen = [
            await collector.ask(None, path=about, client=client, headers=headers)
            for client, headers in (
                ("127.0.0.5", None),
                ("127.0.0.5", far),
                ("127.0.0.6", far),
                ("127.0.0.6", {"X-Forwarded-For": "unknown"}),
            )
        ]
        other = await collector.ask(sealed(1), client="127.0.0.6", headers=far)
        assert other.statuses == ["accepted"]
    name = YOUR_ADDRESS
    assert [a.body[name] for a in seen] == ["127.0.0.5", "127.0.0.5", "178.89.2.7", None]
    assert {a.headers["Cache-Control"] for a in seen} == {"no-store"}
    assert name not in other.body
    kept = files(tmp_path)
    for address in (b"178.89.2.7", b"127.0.0.5", bytes([178, 89, 2, 7])):
        assert not any(address in data for data in (*kept, collector.log.getvalue().encode()))


def _raw(text: str) -> bytes:
    from measurements.schema.submission import decode_key  # noqa: PLC0415

    return decode_key(text)


async def test_sizes(tmp_path: Path) -> None:
    """Compressed, decompressed, in number: one more is too much; one document too large is alone."""
    whole = items(4)
    size = len(encode_payload(whole))
    small = [Item(document=b'{"a":1}'), *whole[:1]]
    longest = max(len(encode_payload([each])) for each in whole)
    limits = {"documents": 4, "payload": size, "document": longest}
    body = seal(whole, key=key())
    async with served(tmp_path, limits=limits | {"body": len(body)}) as collector:
        assert (await collector.ask(body)).statuses == ["accepted"] * 4
        refused(await collector.ask(body + b"x"), 413, "too_large")
        five = [*small, *small, Item(document=b"{}")]
        refused(await collector.ask(seal(five, key=key())), 413, "too_many_documents")
        bomb = zstd.compress(b" " * (size + 1))
        refused(await collector.ask(forged(1, bomb)), 413, "too_large")
        large = Item(document=b'{"a":"' + b"x" * limits["document"] + b'"}')
        answer = await collector.ask(seal([large, *whole[:1]], key=key()))
        assert [a.get("code", a["status"]) for a in answer.body["answers"]] == [
            "too_large",
            "duplicate",
        ]


@pytest.mark.parametrize(
    ("limits", "status", "code"),
    [
        ({"sender_rate": 1.0, "sender_burst": 3.0}, 429, "rate_sender"),
        ({"client_rate": 1.0, "client_burst": 5.0}, 429, "rate_client"),
        ({"rate": 1.0, "burst": 3.0}, 503, "rate"),
    ],
)
async def test_rates(tmp_path: Path, limits: dict[str, float], status: int, code: str) -> None:
    """Three pass (and each request costs its client one); the fourth must wait."""
    async with served(tmp_path, limits=limits) as collector:
        assert (await collector.ask(sealed(3))).status == 200
        answer = await collector.ask(sealed(1, seed=2))
        refused(answer, status, code, wait=True)
        assert 1 <= int(answer.headers["Retry-After"]) <= 6
        assert query(collector.db, "SELECT count(*) FROM measurements") == [(3,)]


async def test_another_client_has_its_own_rate(tmp_path: Path) -> None:
    """By address, or by what a trusted proxy says of it; a stranger's word is not believed."""
    limits = {"client_rate": 0.01, "client_burst": 2.0}
    said = {"X-Forwarded-For": "192.0.2.7"}
    proxies = ("127.0.0.9/32",)
    async with served(tmp_path, limits=limits, trusted_proxies=proxies) as collector:
        for client, headers in (("127.0.0.1", None), ("127.0.0.9", None), ("127.0.0.9", said)):
            statuses = [
                (await collector.ask(sealed(1), client=client, headers=headers)).status
                for _ in range(2)
            ]
            assert statuses == [200, 429]
        assert (await collector.ask(sealed(1), headers=said)).status == 429


async def test_the_queue_is_bounded(tmp_path: Path) -> None:
    """Whoever comes when it is full is told when to come again."""
    many = [seal([one], key=key()) for one in items(8)]
    limits = {"queue": 2, "group": 1}
    async with served(tmp_path, limits=limits, judge=judges.slow) as collector:
        answers = await asyncio.gather(*map(collector.ask, many))
        busy = [a for a in answers if a.status == 503]
        assert 1 <= len(busy) <= 6
        refused(busy[0], 503, "busy", wait=True)
        assert all(a.status in {200, 503} for a in answers)
        taken = sum(a.status == 200 for a in answers)
        assert query(collector.db, "SELECT count(*) FROM measurements") == [(taken,)]


async def test_memory_for_bodies_is_bounded(tmp_path: Path) -> None:
    """All bodies together."""
    body = sealed(2)
    async with served(tmp_path, limits={"held": len(body)}) as collector:
        assert (await collector.ask(body)).status == 200
        refused(await collector.ask(sealed(20)), 503, "busy", wait=True)
        assert (await collector.ask(body)).status == 200  # it was given back


async def test_new_senders_of_one_address_stop_counting(tmp_path: Path) -> None:
    """They are taken, but support nothing: or k keys would cost nothing."""
    async with served(tmp_path, limits={"new_senders": 2}) as collector:
        for number in range(4):
            answer = await collector.ask(sealed(1, number, sender=number), client="127.0.0.3")
            assert answer.status == 200
        assert query(collector.db, "SELECT count(*) FROM senders") == [(2,)]
        another = await collector.ask(sealed(1, 4, sender=4), client="127.0.0.2")
        assert another.statuses == ["accepted"]
        assert (await collector.ask(sealed(1, 5, sender=0))).statuses == ["accepted"]
        assert query(collector.db, "SELECT count(*) FROM senders") == [(3,)]
        senders = query(collector.db, "SELECT count(sender_id), count(*) FROM received")
        assert senders == [(4, 6)]
        for number in range(6, 9):  # from this computer: a proxy's or an onion service's senders
            assert (await collector.ask(sealed(1, number, sender=number))).status == 200
        assert query(collector.db, "SELECT count(*) FROM senders") == [(6,)]


async def test_withdrawals_are_bounded(tmp_path: Path) -> None:
    """Strangers' are remembered, so they may not be many; another address is not concerned."""
    entry = {"measurement_uid": "x" * 40, "secret": "A" * 43}
    body = canonical({"format": "anyqta-withdrawal/1", "withdrawals": [entry] * 20})
    async with served(tmp_path, limits={"withdrawal_burst": 60.0}) as collector:
        asked = [await collector.ask(body, path=WITHDRAWALS) for _ in range(3)]
        assert [a.status for a in asked[:2]] == [200, 200]
        refused(asked[2], 429, "rate_withdrawals", wait=True)
        assert (await collector.ask(body, path=WITHDRAWALS, client="127.0.0.9")).status == 200


async def test_by_invitation(tmp_path: Path) -> None:
    """No token, another's, an old one: refused. A good one lets so many in, who then need none."""
    identity = Identity.load_or_make(tmp_path / "collector.db.key")
    other = Identity.load_or_make(tmp_path / "other.key")
    good, old = (Invite(id=b"i", most=1, until=day) for day in ("2999-01-01", "2020-01-01"))

    def sent(number: int, token: str | None) -> bytes:
        return seal(items(1, seed=number), key=key(number), invite=token)

    async with served(tmp_path, mode="invited") as collector:
        refused(await collector.ask(sent(1, None)), 403, "invite_needed")
        for token in (mint(other, good), mint(identity, old), "x", "x.y"):
            refused(await collector.ask(sent(1, token)), 403, "invite_invalid")
        token = mint(identity, good)
        answer = await collector.ask(sent(1, token))
        assert answer.statuses == ["accepted"]
        assert "quarantined" not in answer.body["answers"][0]
        refused(await collector.ask(sent(2, token)), 403, "invite_used")
        assert (await collector.ask(sent(1, None))).statuses == ["duplicate"]
        refused(await collector.ask(b"{}", path="/report", headers=JSON), 403, "ooni_refused")


async def test_a_network_is_compared_and_only_that_is_kept(tmp_path: Path) -> None:
    """True, false, and null where it is not known."""
    places = {
        "127.0.0.2": Place(asn=9198, cc="KZ"),
        "127.0.0.3": Place(asn=64500, cc="KZ"),
        "127.0.0.4": Place(asn=None, cc=None),
    }
    async with served(tmp_path, locate=places.__getitem__) as collector:
        for number, client in enumerate(places):
            await collector.ask(sealed(1, seed=number), client=client)
        agrees = query(collector.db, "SELECT network_agrees FROM received ORDER BY measurement_id")
        assert agrees == [(1,), (0,), (None,)]


async def test_withdrawals_of_what_never_came(tmp_path: Path) -> None:
    """So many and no more; whoever asks is told, and it is no error of theirs."""
    entries = [{"measurement_uid": "x" * 40, "secret": c * 43} for c in "ABCDEFGH"]
    body = canonical({"format": "anyqta-withdrawal/1", "withdrawals": entries})
    async with served(tmp_path, limits={"early_withdrawals": 5}) as collector:
        for _ in range(2):  # those that are remembered are withdrawn however often
            answer = await collector.ask(body, path=WITHDRAWALS)
            found = answer.body["answers"]
            assert [a["status"] for a in found] == ["withdrawn"] * 5 + ["refused"] * 3
            assert "withdraw it then" in found[-1]["reason"]
        assert query(collector.db, "SELECT count(*) FROM withdrawn") == [(5,)]


async def test_withdrawals(tmp_path: Path) -> None:
    """What is none is told; more than allowed is refused."""

    async def withdraw(collector: Served, body: bytes) -> Answer:
        return await collector.ask(body, path="/api/v1/withdrawals", headers=JSON)

    def request(count: int, **fields: object) -> bytes:
        one = {"measurement_uid": "x" * 32, "secret": encode_key(b"s" * 32)} | fields
        return canonical({"format": "anyqta-withdrawal/1", "withdrawals": [one] * count})

    async with served(tmp_path, limits={"documents": 2, "small_body": 1000}) as collector:
        assert (await withdraw(collector, request(2))).status == 200
        refused(await withdraw(collector, request(3)), 413, "too_many_documents")
        refused(await withdraw(collector, b"x" * 1001), 413, "too_large")
        for bad in (b"", b"[]", b"{}", request(1, secret="?"), request(1, measurement_uid=5)):
            refused(await withdraw(collector, bad), 400, "malformed")


async def test_health(tmp_path: Path) -> None:
    """Well while it can write; not while another program holds the file."""
    async with served(tmp_path) as collector:
        assert (await collector.ask(None, path="/health")).status == 200
        await asyncio.sleep(2.1)  # as long as an answer lasts
        with closing(sqlite3.connect(collector.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (await collector.ask(None, path="/health")).status == 503
            refused(await collector.ask(sealed(1)), 503, "unavailable", wait=True)
        assert (await collector.ask(sealed(1))).statuses == ["accepted"]


async def test_a_document_of_oonis_protocol(tmp_path: Path) -> None:
    """Opened, added, closed; judged, and without a sender."""
    opening = canonical(
        {
            "data_format_version": "0.2.0",
            "format": "json",
            "probe_asn": "AS9198",
            "probe_cc": "KZ",
            "software_name": "miniooni",
            "software_version": "3.0.0",
            "test_name": "web_connectivity",
            "test_start_time": "2026-11-24 01:02:03",
            "test_version": "0.4.3",
        }
    )
    document = item(replace(measurements(1)[0], verdict=None)).document
    async with served(tmp_path) as collector:
        opened = await collector.ask(opening, path="/report", headers=JSON)
        report = opened.body["report_id"]
        body = b'{"format":"json","content":' + document + b"}"
        added = await collector.ask(body, path=f"/report/{report}", headers=JSON)
        assert added.status == 200, added.body
        closed = await collector.ask(b"", path=f"/report/{report}/close", headers=JSON)
        assert closed.status == 200
        assert query(collector.db, "SELECT protocol, sender_id FROM received") == [("ooni", None)]


async def test_a_bug_is_told_as_one_and_shows_nothing(tmp_path: Path) -> None:
    """500, signed, to be sent again; the log has its place, nobody has its message."""

    def locate(address: str) -> Place:
        raise RuntimeError(f"private {address}")

    async with served(tmp_path, locate=locate) as collector:
        refused(await collector.ask(sealed(1), client="127.0.3.4"), 500, "bug", wait=True)
        assert "test_app.py:" in collector.log.getvalue()
        assert "private" not in collector.log.getvalue()
        assert "127.0.3.4" not in collector.log.getvalue()


async def test_a_body_far_too_large_is_told_before_it_has_come(tmp_path: Path) -> None:
    """The sender still gets to read why."""
    async with served(tmp_path) as collector:
        refused(await collector.ask(b"x" * 30_000_000), 413, "too_large")
