"""One collector, over real sockets: what is answered, what stays owed, and what is said about it."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.submission import Submission, encode_key
from probe.upload.outbox import State
from probe.upload.uploader import Packed
from tests.fakes.collector import IN_THE_FUTURE, FakeCollector, serving
from tests.fakes.ledger import NOW, deliver, ledger_of


async def test_all_of_it_in_batches() -> None:
    """Of a hundred; each exactly once; the key is noted."""
    ledger, collector = ledger_of(250), FakeCollector()
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 250} == ledger.states() == went.delivery.counts
    assert [100, 100, 50] == [s.header.documents for s in collector.took]
    assert {f"x-{uid}" for uid in ledger.rows} == set(collector.documents)
    assert set(ledger.rows) == {n.measurement_uid for n in went.news}
    assert collector.public == ledger.key
    assert (0, "", True) == (went.delivery.waiting, went.delivery.trouble, went.delivery.reached)


async def test_duplicates_and_rejections_are_answers() -> None:
    """With their reasons; nothing is owed any more."""

    def judge(document: dict[str, Any]) -> tuple[str, str]:
        return {"x-m0": ("rejected", "no verdict"), "x-m1": ("duplicate", "")}.get(
            document["measurement_uid"], ("accepted", "")
        )

    ledger = ledger_of(3)
    async with serving(FakeCollector(judge=judge).app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 1, "duplicate": 1, "rejected": 1} == ledger.states()
    assert {("rejected", "no verdict"): 1} == went.delivery.reasons
    assert [] == ledger.owed()


async def test_what_lies_in_the_future_waits() -> None:
    """Somebody's clock is wrong, and it may be the collector's: tried again after a day."""

    def judge(document: dict[str, Any]) -> tuple[str, str]:
        early = document["measurement_uid"] == "x-m1"
        return ("rejected", IN_THE_FUTURE) if early else ("accepted", "")

    ledger = ledger_of(3)
    async with serving(FakeCollector(judge=judge).app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 2, "sent": 1} == ledger.states()
    assert ["m1"] == [p.measurement_uid for p in ledger.owed()]
    assert (1, IN_THE_FUTURE) == (went.delivery.waiting, went.delivery.trouble)
    assert NOW + timedelta(days=1) == went.delivery.next_attempt_at
    async with serving(FakeCollector().app()) as url:
        await deliver(ledger, url, trust_new_key=True)
    assert {"accepted": 3} == ledger.states()


@pytest.mark.parametrize(
    ("sees", "told"),
    [("178.89.2.7", ["178.89.2.7"]), ("127.0.0.5", []), ("10.0.0.2", []), (None, [])],
)
async def test_where_the_collector_sees_us(sees: str | None, told: list[str]) -> None:
    """Is known before anything is packed; an inner address of theirs is not ours."""
    ledger = ledger_of(1)
    async with serving(FakeCollector(sees=sees).app()) as url:
        went = await deliver(ledger, url)
    assert (told, {"accepted": 1}) == (ledger.seen, ledger.states())
    assert "178.89" not in repr(went)


async def test_what_may_not_be_shared_stays_and_is_told() -> None:
    """The others go."""
    ledger, collector = ledger_of(3), FakeCollector()
    ledger.held = {"m1": "its URL holds a password"}
    async with serving(collector.app()) as url:
        await deliver(ledger, url)
    assert {"x-m0", "x-m2"} == set(collector.documents)
    assert State.REJECTED == ledger.rows["m1"].state
    assert "kept at home: its URL holds a password" == ledger.rows["m1"].last_answer


def twist(**changed: Any) -> Any:  # noqa: ANN401
    """A receipt with other fields."""
    return lambda body: body | changed


@pytest.mark.parametrize(
    ("collector", "says"),
    [
        (FakeCollector(twist=twist(submission="0" * 64)), "something else"),
        (FakeCollector(twist=twist(answers=[])), "exactly what was sent"),
        (FakeCollector(twist=twist(answers=["accepted"] * 2)), "no list of answers"),
        (FakeCollector(twist=lambda b: b | {"answers": b["answers"][::-1]}), "exactly what was"),
        (
            FakeCollector(
                twist=lambda b: (
                    b | {"answers": [a | {"measurement_uid": "other"} for a in b["answers"]]}
                )
            ),
            "exactly what was",
        ),
        (FakeCollector(judge=lambda _: ("thanks", "")), "does not know"),
        (FakeCollector(twist=twist(format="anyqta-receipt/9")), "not an answer"),
    ],
)
async def test_a_receipt_that_lies_is_no_answer(collector: FakeCollector, says: str) -> None:
    """All stays owed, with the reason and a next time."""
    ledger = ledger_of(2)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"sent": 2} == ledger.states()
    assert says in went.delivery.trouble
    assert all(r.next_attempt_at and says in (r.last_answer or "") for r in ledger.rows.values())
    assert went.delivery.next_attempt_at == NOW + timedelta(minutes=22.5)


def answer(status: int, text: str, kind: str = "text/html", **headers: str) -> Any:  # noqa: ANN401
    """Something in the collector's place."""

    async def spoil(request: web.Request) -> web.StreamResponse | None:
        if request.method != "POST":
            return None
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (answer(200, "<html>Log in</html>"), "a web page came"),
        (answer(200, '{"answers": []}', "application/json"), "not an answer"),
        (answer(200, "", "application/json"), "not an answer"),
        (answer(302, "", Location="http://127.0.0.1:1/login"), "sent on to another address"),
        (answer(511, "<html>"), "a web page came"),
        (answer(502, "bad gateway", "text/plain"), "status 502"),
        (answer(404, "?", "text/plain"), "status 404"),
        (answer(503, "busy", "text/plain"), "status 503"),
    ],
)
async def test_what_is_no_answer(spoil: Any, says: str) -> None:  # noqa: ANN401
    """Whatever its status: nothing is believed, nothing is lost, no redirect is followed."""
    ledger, collector = ledger_of(2), FakeCollector(spoil=spoil)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
        assert {"sent": 2} == ledger.states()
        assert says in went.delivery.trouble
        collector.spoil = None
        went = await deliver(ledger, url)
    assert {"accepted": 2} == ledger.states()


async def test_before_it_is_known_who_answers_nothing_is_sent() -> None:
    """A portal at the first question: not one document leaves."""

    async def portal(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Welcome", content_type="text/html")

    ledger, collector = ledger_of(2), FakeCollector(spoil=portal)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"waiting": 2} == ledger.states()
    assert ["/api/v1/collector"] == collector.asked
    assert "login page" in went.delivery.trouble


async def test_another_key_at_the_same_address() -> None:
    """Told; nothing is sent until it is trusted; a key in the URL wins over what was noted."""
    ledger, collector = ledger_of(1), FakeCollector()
    ledger.key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
        assert "another key" in went.delivery.trouble
        assert encode_key(collector.public)[:12] in went.delivery.trouble
        assert {"waiting": 1} == ledger.states()
        await deliver(ledger, url, expected=ledger.key, trust_new_key=True)
        assert {"waiting": 1} == ledger.states()
        await deliver(ledger, url, trust_new_key=True)
        assert {"accepted": 1} == ledger.states()
        ledger = ledger_of(1)
        ledger.key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        await deliver(ledger, url, expected=collector.public)
    assert ({"duplicate": 1}, collector.public) == (ledger.states(), ledger.key)


@pytest.mark.parametrize("status", [400, 413])
async def test_one_bad_document_does_not_hold_the_others(status: int) -> None:
    """The submission is halved until it is alone; it is rejected, 99 are accepted."""

    def refuse(_: Submission, documents: list[dict[str, Any]]) -> tuple[int, str] | None:
        bad = any(d["measurement_uid"] == "x-m37" for d in documents)
        return (status, "malformed") if bad else None

    ledger = ledger_of(100)
    async with serving(FakeCollector(refuse=refuse).app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 99, "rejected": 1} == ledger.states()
    assert State.REJECTED == ledger.rows["m37"].state
    assert {("rejected", "refused: malformed"): 1} == went.delivery.reasons


async def test_a_refusal_that_names_no_submission_rejects_nothing() -> None:
    """It may be an old one, played again: the document waits, the others go."""

    def refuse(_: Submission, documents: list[dict[str, Any]]) -> tuple[int, str] | None:
        return (400, "bad") if any(d["measurement_uid"] == "x-m2" for d in documents) else None

    ledger = ledger_of(5)
    async with serving(FakeCollector(refuse=refuse, bound=False).app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 4, "sent": 1} == ledger.states()
    assert 1 == went.delivery.waiting
    assert went.delivery.next_attempt_at is not None


@pytest.mark.parametrize(("status", "most"), [(400, 2), (413, 30)])
async def test_a_box_in_between_that_refuses_everything(status: int, most: int) -> None:
    """Unsigned: a proxy's limit on sizes is found by halving; anything else ends it. A thousand
    measurements do not become a thousand requests."""
    collector = FakeCollector(spoil=answer(status, "no", "text/plain"))
    ledger = ledger_of(1000)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert len(collector.asked) <= most
    assert 1000 == went.delivery.waiting == len(ledger.owed())
    assert f"status {status}" in went.delivery.trouble


async def test_an_unsigned_retry_after_is_an_hour_at_most() -> None:
    """Whoever sits in between cannot silence a probe for a day."""
    spoil = answer(503, "busy", "text/plain", **{"Retry-After": "86400"})
    ledger = ledger_of(1)
    async with serving(FakeCollector(spoil=spoil).app()) as url:
        went = await deliver(ledger, url)
    assert NOW + timedelta(hours=1) == went.delivery.next_attempt_at


async def test_large_ones_travel_alone_and_too_large_ones_not_at_all() -> None:
    """2 MiB compressed for a batch; what the collector itself says for one."""
    ledger, collector = ledger_of(6), FakeCollector()
    collector.limits["body"] = 3 * 2**20
    ledger.padding = dict.fromkeys(ledger.rows, 800_000) | {"m5": 4_000_000}
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 5, "rejected": 1} == ledger.states()
    assert "larger than" in (ledger.rows["m5"].last_answer or "")
    assert max(s.header.documents for s in collector.took) < 6
    assert max(len(s.payload) for s in collector.took) < 2 * 2**20
    assert 1 == went.delivery.counts["rejected"]


async def test_a_busy_collector_is_waited_for() -> None:
    """A moment, as it asks; then it goes on."""
    refusals = [(429, "rate"), (503, "busy")]
    collector = FakeCollector(
        refuse=lambda *_: refusals.pop() if refusals else None, retry_after="7"
    )
    ledger = ledger_of(3)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"accepted": 3} == ledger.states()
    assert [7.0, 7.0] == went.slept
    # up to a minute each, twenty times: whoever looks on is told that it is not stuck
    told = [n.says for n in went.news if not n.measurement_uid]
    assert 2 == len(told)
    assert all(says.endswith(". It is tried again in 7 s") for says in told)


@pytest.mark.parametrize(
    ("asks", "waits"), [("7200", timedelta(hours=2)), ("99999999", timedelta(days=1))]
)
async def test_a_long_retry_after_is_kept(asks: str, waits: timedelta) -> None:
    """A day at most; also a person in a hurry waits for what the collector itself asked."""
    collector = FakeCollector(refuse=lambda *_: (429, "rate"), retry_after=asks)
    ledger = ledger_of(3)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
        assert NOW + waits == went.delivery.next_attempt_at
        assert [] == went.slept
        asked = len(collector.asked)
        went = await deliver(ledger, url)
        assert asked == len(collector.asked)
        assert (False, 3) == (went.delivery.tried, went.delivery.waiting)
        assert "asked to wait" in went.delivery.trouble


async def test_the_pause_holds_unless_a_person_asks() -> None:
    """A later run leaves it alone; `anyqta upload` does not; a clock that jumped does not hold it."""
    ledger, collector = ledger_of(1), FakeCollector()
    row = ledger.rows["m0"]
    row.next_attempt_at = "2026-11-25T13:00:00Z"
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url, hurry=False)
        assert (False, {"waiting": 1}) == (went.delivery.tried, ledger.states())
        row.next_attempt_at = "2031-01-01T00:00:00Z"
        await deliver(ledger, url, hurry=False)
        assert {"accepted": 1} == ledger.states()
        row.state, row.next_attempt_at = State.WAITING, "2026-11-25T13:00:00Z"
        await deliver(ledger, url, hurry=True)
    assert {"duplicate": 1} == ledger.states()


async def test_by_invitation_only() -> None:
    """Without one nothing is sent; with one it travels in the signed header."""
    ledger, collector = ledger_of(1), FakeCollector(mode="invited")
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
        assert "--invite" in went.delivery.trouble
        assert {"waiting": 1} == ledger.states()
        await deliver(ledger, url, invite="token")
    assert ["token"] == [s.header.invite for s in collector.took]


async def test_a_refusal_of_the_sender_ends_it() -> None:
    """403 is nobody's document's fault: not halved, not tried again at once."""
    collector = FakeCollector(refuse=lambda *_: (403, "used up"))
    ledger = ledger_of(150)
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert 2 == len(collector.asked)
    assert {"sent": 100, "waiting": 50} == ledger.states()
    assert "refuses: refused: used up" in went.delivery.trouble


async def test_nobody_there() -> None:
    """Three quick tries, then a quarter of an hour at least."""
    ledger = ledger_of(2)
    async with serving(web.Application()) as gone:
        pass
    went = await deliver(ledger, gone)
    assert 2 == len(went.slept)
    assert (True, False) == (went.delivery.tried, went.delivery.reached)
    assert {"waiting": 2} == ledger.states()
    assert went.delivery.next_attempt_at is not None
    assert went.delivery.next_attempt_at >= NOW + timedelta(minutes=15)
    assert "cannot be reached" in went.delivery.trouble


async def test_half_an_answer() -> None:
    """The connection closes in the middle of a receipt, or before it: it stays owed."""

    async def cut(request: web.Request) -> web.StreamResponse | None:
        if request.method != "POST":
            return None
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(b'{"format": "anyqta-receipt/1"')
        assert request.transport is not None
        request.transport.close()
        return response

    ledger = ledger_of(2)
    async with serving(FakeCollector(spoil=cut).app()) as url:
        went = await deliver(ledger, url)
    assert {"sent": 2} == ledger.states()
    assert "cut short" in went.delivery.trouble
    assert went.delivery.reached


async def test_what_was_withdrawn_meanwhile_does_not_go() -> None:
    """By another process, between packing and sending."""
    ledger, collector = ledger_of(3), FakeCollector()
    pack = ledger.pack

    def packing(uids: Sequence[str]) -> Packed:
        ledger.rows["m1"].state = State.WITHDRAWN
        return pack(uids)

    ledger.pack = packing  # type: ignore[method-assign]
    async with serving(collector.app()) as url:
        went = await deliver(ledger, url)
    assert {"x-m0", "x-m2"} == set(collector.documents)
    assert 0 == went.delivery.waiting


async def test_only_some() -> None:
    """What `--run` names."""
    ledger, collector = ledger_of(3), FakeCollector()
    async with serving(collector.app()) as url:
        await deliver(ledger, url, only=frozenset({"m2"}))
    assert {"x-m2"} == set(collector.documents)
    assert dataclasses.asdict(ledger.rows["m0"])["state"] == State.WAITING
