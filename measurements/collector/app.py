"""The collector's HTTP: what is asked, checked as far as it can be unopened, handed to a worker.

The client's address is looked up and named by a keyed hash here, and goes nowhere else.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from measurements.collector import answers, ooni
from measurements.collector.bodies import body as read_body
from measurements.collector.config import CollectorConfig
from measurements.collector.gate import Gate, Network, client_address, told_back
from measurements.collector.identity import Identity
from measurements.collector.jobs import Job, Refusal, Refused, Reply
from measurements.collector.log import Log
from measurements.collector.metrics import Metrics
from measurements.collector.pool import Pool
from measurements.schema import submission
from measurements.schema.measurement import Place
from measurements.schema.submission import BadSubmission, Submission, encode_key

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Locate = Callable[[str], Place]
_LARGE = 256 * 1024  # hashing more than this is done beside the event loop
_MAX_NONCE = 128
_HEALTH_LASTS = 2.0


class Clock(Protocol):
    """What is told of time."""

    def monotonic(self) -> float:
        """Seconds, never backwards."""
        ...

    def utc(self) -> float:
        """Seconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, as far as anything here may know."""

    name: bytes  # a keyed hash of the address
    place: Place | None
    here: bool = False  # this very computer: the operator's, or an onion service without addresses


_WITHDRAWAL_BYTES = 120  # of one in a request, about
_HERE = frozenset({"127.0.0.1", "::1"})


@dataclass(slots=True)
class Desk:
    """The handlers."""

    config: CollectorConfig
    identity: Identity
    clock: Clock
    gate: Gate
    pool: Pool
    metrics: Metrics
    log: Log
    locate: Locate | None = None
    proxies: tuple[Network, ...] = ()
    chance: Callable[[int], bytes] = os.urandom
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _health: tuple[float, Reply] | None = None
    _troubled: bool = False
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(client_max_size=self.config.limits.body, middlewares=[self._around])
        app.router.add_post(submission.PATH, self.submissions)
        app.router.add_post(submission.WITHDRAWALS, self.withdrawals)
        app.router.add_get(submission.ABOUT, self.about)
        app.router.add_get("/health", self.health)
        if self.config.takes_ooni:
            reports = ooni.Reports(
                desk=self,
                secret=self.identity.report_secret,
                utc=self.clock.utc,
                chance=self.chance,
                version=self.config.software_version,
                most=self.config.limits.document,
            )
            reports.add_to(app.router)
        else:
            app.router.add_post("/report{rest:.*}", self.no_reports)
        app.on_response_prepare.append(_unnamed)
        return app

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Plain, signed words for whatever goes wrong."""
        try:
            return await handler(request)
        except Refused as exc:
            return self.refuse(exc.refusal, request)
        except web.HTTPException as exc:
            refused = Refusal(status=exc.status, code=f"http_{exc.status}", says=exc.reason)
            return self.refuse(refused, request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as exc:  # noqa: BLE001 - the one place where a bug may end
            self.log.bug(exc)
            says = "a bug in the collector; what was sent is not lost: send it again later"
            refused = Refusal(status=500, code="bug", says=says, retry_after=60.0)
            return self.refuse(refused, request)

    def refuse(
        self, refused: Refusal, request: web.Request, digest: str | None = None
    ) -> web.Response:
        """A refusal of a whole request, counted."""
        self.metrics.refused(refused.code)
        response = answers.refusal(self.identity, refused, digest)
        if request.can_read_body and not request.content.at_eof():
            response.force_close()  # the rest of the body is not waited for
        return response

    def visitor(self, request: web.Request) -> Visitor:
        """Who asks; raises Refused where that is too often."""
        address = self.address(request)
        name = self.gate.name(address)
        place = self.locate(address) if self.locate is not None else None
        _raise(self.gate.request(name))
        return Visitor(name, place, here=address in _HERE)

    def address(self, request: web.Request) -> str:
        """Where they are; for the moment only."""
        peer = request.transport and request.transport.get_extra_info("peername")
        forwarded = request.headers.getall("X-Forwarded-For", ())
        return client_address(str(peer[0]) if peer else "", forwarded, self.proxies)

    def body(
        self, request: web.Request, most: int, encodings: Set[str] = frozenset({"identity"})
    ) -> AbstractAsyncContextManager[bytes]:
        """The request's body. Raises Refused."""
        return read_body(request, self.gate, most=most, stopping=self.stopping, encodings=encodings)

    def today(self) -> str:
        """The day, UTC."""
        return f"{datetime.fromtimestamp(self.clock.utc(), UTC):%Y-%m-%d}"

    # --- submissions -----------------------------------------------------------------------------

    async def submissions(self, request: web.Request) -> web.StreamResponse:
        """POST /api/v1/submissions."""
        began = self.clock.monotonic()
        visitor = self.visitor(request)
        if request.content_type != submission.CONTENT_TYPE:
            raise Refused(415, "content_type", f"a submission is {submission.CONTENT_TYPE}")
        async with self.body(request, self.config.limits.body) as data:
            sent = await _unsealed(data)
            self._check(sent)
            header = sent.header
            _raise(self.gate.documents(visitor.name, header.sender, header.documents))
            reply = await self._submit_batch(sent, visitor)
        self.metrics.replied("batch", reply, self.clock.monotonic() - began)
        if reply.error is not None:
            return self.refuse(reply.error, request, sent.digest)
        return answers.receipt(self.identity, sent.digest, reply)

    def _check(self, sent: Submission) -> None:
        limits, header = self.config.limits, sent.header
        if header.collector not in {b"", self.identity.public}:
            raise Refused(403, "other_collector", "this submission is for another collector")
        if header.documents > limits.documents:
            says = f"more than {limits.documents} documents in one submission"
            raise Refused(413, "too_many_documents", says)

    async def _submit_batch(self, sent: Submission, visitor: Visitor) -> Reply:
        day = self.today()
        may_be_new = visitor.here or self.gate.newcomer(visitor.name, day)
        new = False
        try:
            reply = await self._ask(
                Job(
                    kind="batch",
                    data=sent.payload,
                    header=sent.header,
                    place=visitor.place,
                    day=day,
                    may_be_new=may_be_new,
                )
            )
            new = reply.new_sender
        finally:
            if may_be_new and not visitor.here:
                self.gate.met(visitor.name, new=new)
        return reply

    async def _ask(self, job: Job) -> Reply:
        reply = await self.pool.submit(job)
        for where in reply.bugs:
            self.log.say("bug", where=where)
        if bool(reply.trouble) is not self._troubled and (reply.trouble or not reply.error):
            self._troubled = bool(reply.trouble)
            self.log.say("cannot store" if reply.trouble else "stores again", says=reply.trouble)
        return reply

    async def submit(self, document: bytes, visitor: Visitor) -> Reply:
        """A document of OONI's protocol, which knows no senders. Raises Refused."""
        began = self.clock.monotonic()
        _raise(self.gate.documents(visitor.name, None, 1))
        job = Job(kind="ooni", data=document, place=visitor.place, day=self.today())
        reply = await self._ask(job)
        self.metrics.replied("ooni", reply, self.clock.monotonic() - began)
        return reply

    async def no_reports(self, request: web.Request) -> web.StreamResponse:
        """OONI's calls, where they are not served."""
        raise Refused(403, "ooni_refused", "this collector does not take OONI's protocol")

    # --- the rest --------------------------------------------------------------------------------

    async def withdrawals(self, request: web.Request) -> web.StreamResponse:
        """POST /api/v1/withdrawals."""
        visitor = self.visitor(request)
        async with self.body(request, self.config.limits.small_body) as data:
            _raise(self.gate.withdrawals(visitor.name, 1 + len(data) // _WITHDRAWAL_BYTES))
            reply = await self._ask(Job(kind="withdraw", data=data, day=self.today()))
            digest = hashlib.sha256(data).hexdigest()
        if reply.error is not None:
            return self.refuse(reply.error, request)
        self.metrics.withdrew(reply)
        return answers.receipt(self.identity, digest, reply)

    async def about(self, request: web.Request) -> web.StreamResponse:
        """GET /api/v1/collector: what it is; with the nonce, so that no other can say it.

        And where the request came from, so that it can be looked for before anything is sent.
        """
        self.visitor(request)
        nonce = request.query.get("nonce", "")
        if len(nonce) > _MAX_NONCE:
            raise Refused(400, "malformed", f"nonce: not more than {_MAX_NONCE} characters")
        config, limits = self.config, self.config.limits
        says = {
            "format": answers.ABOUT_FORMAT,
            "collector": encode_key(self.identity.public),
            "mode": config.mode,
            "k": config.k,
            "ooni": config.takes_ooni,
            "limits": {
                "body": limits.body,
                "payload": limits.payload,
                "documents": limits.documents,
                "document": limits.document,
            },
            "software_version": config.software_version,
            "nonce": nonce,
            submission.YOUR_ADDRESS: told_back(self.address(request)),
        }
        return answers.signed(self.identity, answers.ABOUT_FORMAT, says)

    async def health(self, request: web.Request) -> web.StreamResponse:
        """GET /health: 200 while workers live and the database can be written."""
        async with self._asking:
            now = self.clock.monotonic()
            if self._health is None or now - self._health[0] > _HEALTH_LASTS:
                reply = await self._ask(Job(kind="ping", data=b"", day=self.today()))
                self._health = self.clock.monotonic(), reply
            reply = self._health[1]
        if reply.error is not None or self.stopping.is_set():
            return web.json_response({"status": "unavailable"}, status=503)
        return web.json_response({"status": "ok"})


async def _unsealed(data: bytes) -> Submission:
    try:
        if len(data) > _LARGE:
            return await asyncio.to_thread(submission.unseal, data)
        return submission.unseal(data)
    except BadSubmission as exc:
        forged = "signature does not hold" in str(exc)
        status, code = (401, "signature") if forged else (400, "malformed")
        raise Refused(status, code, str(exc)) from None


def _raise(refused: Refusal | None) -> None:
    if refused is not None:
        raise Refused(refused.status, refused.code, refused.says, refused.retry_after)


async def _unnamed(request: web.Request, response: web.StreamResponse) -> None:
    """Not what runs it."""
    response.headers["Server"] = "anyqta"
