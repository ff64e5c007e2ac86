"""OONI's calls over real sockets: what each answer means."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from measurements.collector import ooni
from measurements.collector.jobs import ItemAnswer, Refusal, Refused, Reply
from measurements.schema.codec import to_document
from tests.fakes.real_collector import Answer, Served, measurements, served

JSON = {"Content-Type": "application/json"}


def document(n: int = 0) -> dict[str, Any]:
    whole = to_document(measurements(n + 1)[n])
    del whole["measurement_uid"]
    return whole | {"probe_asn": "AS9198", "probe_cc": "KZ"}


async def post(collector: Served, path: str, body: object) -> Answer:
    return await collector.ask(orjson.dumps(body), path=path, headers=JSON)


async def opened(collector: Served, slash: str = "") -> str:
    fields = ("data_format_version", "software_name", "software_version", "test_name")
    opening = {name: document()[name] for name in (*fields, "test_version")}
    opening |= {"format": "json", "probe_asn": "AS9198", "probe_cc": "KZ"}
    answer = await post(collector, f"/report{slash}", opening)
    assert answer.status == 200
    return str(answer.body["report_id"])


def update(content: object, report_id: str) -> dict[str, Any]:
    assert isinstance(content, dict)
    return {"format": "json", "content": content | {"report_id": report_id}}


@pytest.mark.parametrize("slash", ["", "/"])
async def test_open_update_close(tmp_path: Path, slash: str) -> None:
    async with served(tmp_path) as collector:
        report_id = await opened(collector, slash)
        path = f"/report/{report_id}"
        first = await post(collector, f"{path}{slash}", update(document(), report_id))
        assert first.status == 200
        assert first.body["status"] == "accepted"
        assert first.body["measurement_uid"].startswith("20")
        again = await post(collector, path, update(document(), report_id))
        assert again.body == first.body | {"status": "duplicate"}
        closed = await post(collector, f"{path}/close{slash}", {})
        assert (closed.status, closed.body) == (200, {})


async def test_another_document_under_a_uid_of_its_own_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as collector:
        report_id = await opened(collector)
        path = f"/report/{report_id}"
        named = document() | {"measurement_uid": "mine"}
        assert (await post(collector, path, update(named, report_id))).status == 200
        other = named | {"test_runtime": 1.5}
        refused = await post(collector, path, update(other, report_id))
        assert (refused.status, refused.error) == (409, "different")


async def test_a_document_with_a_bad_field_is_refused_and_the_field_named(tmp_path: Path) -> None:
    async with served(tmp_path) as collector:
        report_id = await opened(collector)
        bad = document() | {"test_runtime": -1}
        refused = await post(collector, f"/report/{report_id}", update(bad, report_id))
        assert (refused.status, refused.error) == (400, "invalid")
        assert "/test_runtime" in refused.body["says"]


async def test_more_than_is_allowed_at_a_time_is_for_later(tmp_path: Path) -> None:
    limits = {"rate": 0.001, "burst": 1.0}
    async with served(tmp_path, limits=limits) as collector:
        report_id = await opened(collector)
        path = f"/report/{report_id}"
        assert (await post(collector, path, update(document(0), report_id))).status == 200
        later = await post(collector, path, update(document(1), report_id))
        assert (later.status, later.error) == (503, "rate")
        assert int(later.headers["Retry-After"]) > 1


def rejected(code: str) -> Reply:
    answer = ItemAnswer(measurement_uid="u", status="rejected", code=code, says="because")
    return Reply(outcomes=(answer,))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("different", 409),
        ("withdrawn", 410),
        ("too_large", 413),
        ("crashed", 422),
        ("invalid", 400),
    ],
)
def test_a_rejection_is_never_a_200(code: str, status: int) -> None:
    reply = rejected(code)
    with pytest.raises(Refused) as caught:
        ooni._answered(reply, named_by_us=False)
    assert caught.value.refusal.status == status


def test_a_uid_that_is_the_contents_makes_another_report_a_duplicate() -> None:
    reply = rejected("different")
    assert ooni._answered(reply, named_by_us=True).status == 200
    gone = rejected("withdrawn")
    with pytest.raises(Refused):
        ooni._answered(gone, named_by_us=True)


def test_what_cannot_be_stored_now_is_said_as_it_is() -> None:
    refusal = Refusal(status=503, code="unavailable", says="later", retry_after=15.0)
    with pytest.raises(Refused) as caught:
        ooni._answered(Reply(error=refusal), named_by_us=True)
    assert caught.value.refusal == refusal
