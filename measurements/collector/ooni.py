"""OONI's three calls over aiohttp: open a report, add a measurement, close it.

200 is answered for what is on the disk, and for nothing else. The connection's address is in
memory anyway: it is taken out of what is sent, which OONI's probes do only for the one they know.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import orjson
from aiohttp import web

from measurements.collector import ooni_documents, validate
from measurements.collector.jobs import ItemAnswer, Refused, Reply
from measurements.collector.ooni_documents import BadRequest, Report

ENCODINGS = frozenset({"", "identity", "gzip", "zstd"})
_SMALL = 64 * 1024
_LARGE = 256 * 1024  # more than this is read beside the event loop
# What is wrong with a document -> the request's status; the rest is 400.
_STATUS = {"different": 409, "withdrawn": 410, "too_large": 413, "crashed": 422, "unstorable": 422}
_V = TypeVar("_V")


class Desk(Protocol[_V]):
    """What the collector lends. Each of these raises Refused where it has to."""

    def visitor(self, request: web.Request) -> _V:
        """Who asks, counted."""
        ...

    def address(self, request: web.Request) -> str:
        """Where they are; for this request only."""
        ...

    def body(
        self, request: web.Request, most: int, encodings: frozenset[str]
    ) -> AbstractAsyncContextManager[bytes]:
        """The request's body, as it came; in no other encoding than these."""
        ...

    async def submit(self, document: bytes, visitor: _V) -> Reply:
        """Judged and stored, or not, and why."""
        ...


@dataclass(frozen=True, slots=True)
class Reports:
    """The handlers. `secret` proves reports' names, `chance` gives random bytes."""

    desk: Desk[Any]
    secret: bytes
    utc: Callable[[], float]
    chance: Callable[[int], bytes]
    version: str
    most: int = validate.MAX_DOCUMENT
    # a large document is some 100 MiB of objects while it is read: one at a time
    _one: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def add_to(self, router: web.UrlDispatcher) -> None:
        """The routes, with and without the slash that some clients put at their end."""
        for slash in ("", "/"):
            router.add_post(f"/report{slash}", self.open)
            router.add_post(f"/report/{{report_id}}{slash}", self.update)
            router.add_post(f"/report/{{report_id}}/close{slash}", self.close)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """POST /report: a name for what follows."""
        self.desk.visitor(request)
        async with self.desk.body(request, _SMALL, ENCODINGS) as data:
            try:
                plain = ooni_documents.decompressed(data, _encoding(request), most=_SMALL)
                report = ooni_documents.check_opening(validate.parse(plain))
            except (BadRequest, validate.Invalid) as exc:
                raise _refused(exc) from None
        return web.json_response(
            {
                "backend_version": self.version or "0",
                "report_id": ooni_documents.name_report(
                    report,
                    now=f"{datetime.fromtimestamp(self.utc(), UTC):%Y%m%dT%H%M%SZ}",
                    secret=self.secret,
                    random=self.chance(ooni_documents.RANDOM_BYTES),
                ),
                "supported_formats": ["json"],
            }
        )

    async def update(self, request: web.Request) -> web.StreamResponse:
        """POST /report/{report_id}: one measurement."""
        visitor = self.desk.visitor(request)
        report_id, report = self._report(request)
        async with self.desk.body(request, self.most, ENCODINGS) as data:
            encoding, address = _encoding(request), self.desk.address(request)
            work = (data, encoding, address, report_id, report)
            try:
                if len(data) > _LARGE or encoding != "identity":
                    async with self._one:
                        document, ours = await asyncio.to_thread(self._document, *work)
                else:
                    document, ours = self._document(*work)
            except (BadRequest, validate.Invalid) as exc:
                raise _refused(exc) from None
            reply = await self.desk.submit(document, visitor)
        return _answered(reply, named_by_us=ours)

    async def close(self, request: web.Request) -> web.StreamResponse:
        """POST /report/{report_id}/close: nothing was open, so nothing closes."""
        self.desk.visitor(request)
        self._report(request)
        return web.json_response({})

    def _report(self, request: web.Request) -> tuple[str, Report]:
        report_id = request.match_info["report_id"]
        try:
            return report_id, ooni_documents.read_report_id(report_id, secret=self.secret)
        except BadRequest as exc:
            raise Refused(404, exc.code, str(exc)) from None

    def _document(
        self, data: bytes, encoding: str, address: str, report_id: str, report: Report
    ) -> tuple[bytes, bool]:
        """The canonical document, and whether its id is ours. Raises BadRequest, Invalid."""
        plain = ooni_documents.decompressed(data, encoding, most=self.most)
        plain = ooni_documents.without_address(plain, address)
        content = ooni_documents.content_of(validate.parse(plain), report_id, report)
        named_by_us = not content.get("measurement_uid")
        return ooni_documents.document_of(content, report_id), named_by_us


def _encoding(request: web.Request) -> str:
    return request.headers.get("Content-Encoding", "identity").strip().lower() or "identity"


def _refused(exc: BadRequest | validate.Invalid) -> Refused:
    code = exc.code if isinstance(exc, BadRequest) else "invalid"
    return Refused(_STATUS.get(code, 400), code, str(exc))


def _answered(reply: Reply, *, named_by_us: bool) -> web.Response:
    if reply.error is not None:
        raise Refused(
            reply.error.status, reply.error.code, reply.error.says, reply.error.retry_after
        )
    answer = reply.outcomes[0]
    status = answer.status
    if status == "rejected" and answer.code == "different" and named_by_us:
        status = "duplicate"  # the id is the content's: only the report's name is another
    if status == "rejected":
        raise Refused(_STATUS.get(answer.code, 400), answer.code, answer.says)
    return web.Response(body=_body(answer, status), content_type="application/json")


def _body(answer: ItemAnswer, status: str) -> bytes:
    return orjson.dumps(
        {
            "measurement_uid": answer.measurement_uid,
            "quarantined": answer.quarantined,
            "status": status,
        }
    )
