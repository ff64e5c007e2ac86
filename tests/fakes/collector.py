"""A collector in memory, on a real socket: honest, or bent where a test bends it."""

import asyncio
import contextlib
import hashlib
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema import submission
from measurements.schema.submission import (
    RECEIPT,
    SIGNATURE_HEADER,
    TOO_EARLY,
    Submission,
    canonical,
    decode_payload,
    encode_key,
    sign,
)

Json = dict[str, Any]
Judge = Callable[[Json], tuple[str, str]]
Spoil = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


def accept(_: Json) -> tuple[str, str]:
    """Everything."""
    return "accepted", ""


IN_THE_FUTURE = "it is in the future"  # a reason, for `judge`, that has its code


@dataclass
class FakeCollector:
    """`spoil` may answer in its place; `judge` says what becomes of a document; `twist` changes a
    receipt before it is signed; `refuse` refuses a submission as a whole, as (status, error)."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    mode: str = "open"
    limits: Json = field(default_factory=lambda: {"body": 8 * 2**20, "documents": 1000})
    judge: Judge = accept
    spoil: Spoil | None = None
    twist: Callable[[Json], Json] = lambda body: body
    refuse: Callable[[Submission, list[Json]], tuple[int, str] | None] = lambda *_: None
    retry_after: str | None = None
    keeps: bool = True
    sees: str | None = None  # the address that it tells us is ours
    bound: bool = True  # a refusal says of which submission it is
    documents: dict[str, bytes] = field(default_factory=dict)
    commitments: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    took: list[Submission] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        """Its key."""
        return self.key.public_key().public_bytes_raw()

    def app(self) -> web.Application:
        """The three addresses."""
        app = web.Application(client_max_size=64 * 2**20, middlewares=[self._spoiled])
        app.router.add_get(submission.ABOUT, self._about)
        app.router.add_post(submission.PATH, self._submissions)
        app.router.add_post(submission.WITHDRAWALS, self._withdrawals)
        return app

    @web.middleware
    async def _spoiled(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        self.asked.append(request.path)
        spoilt = None if self.spoil is None else await self.spoil(request)
        return spoilt if spoilt is not None else await handler(request)

    def signed(self, what: str, body: Json, status: int = 200) -> web.Response:
        """JSON with its signature."""
        raw = canonical(body)
        headers = {SIGNATURE_HEADER: sign(self.key, what, raw)}
        if status != 200 and self.retry_after is not None:
            headers["Retry-After"] = self.retry_after
        return web.Response(
            body=raw, status=status, headers=headers, content_type="application/json"
        )

    async def _about(self, request: web.Request) -> web.Response:
        what = "anyqta-collector/1"
        body = {
            "format": what,
            "collector": encode_key(self.public),
            "mode": self.mode,
            "limits": self.limits,
            "nonce": request.query["nonce"],
            submission.YOUR_ADDRESS: self.sees,
        }
        return self.signed(what, body)

    async def _submissions(self, request: web.Request) -> web.Response:
        sent = submission.unseal(await request.read())
        assert sent.header.collector in {b"", self.public}
        lines = [orjson.loads(x) for x in decode_payload(sent.payload, most=64 * 2**20)]
        refused = self.refuse(sent, [line["document"] for line in lines])
        if refused is not None:
            status, error = refused
            refusal: Json = {"error": error, "says": f"refused: {error}"}
            if self.bound:
                refusal["submission"] = sent.digest
            return self.signed(RECEIPT, refusal, status)
        self.took.append(sent)
        answers = [self._take(line) for line in lines]
        body: Json = {
            "format": RECEIPT,
            "submission": sent.digest,
            "collector": encode_key(self.public),
            "answers": answers,
        }
        return self.signed(RECEIPT, self.twist(body))

    def _take(self, line: Json) -> Json:
        document = line["document"]
        uid, raw = document["measurement_uid"], canonical(document)
        known = self.documents.get(uid)
        if known is not None:
            status, reason = ("duplicate", "") if known == raw else ("rejected", "different")
        else:
            status, reason = self.judge(document)
        if status == "accepted" and self.keeps:
            self.documents[uid] = raw
            self.commitments[uid] = line["withdraw"]
        self.answers.append((uid, status))
        code = {"code": TOO_EARLY} if reason == IN_THE_FUTURE else {}
        return {"measurement_uid": uid, "status": status, "reason": reason} | code

    async def _withdrawals(self, request: web.Request) -> web.Response:
        raw = await request.read()
        answers = []
        for one in orjson.loads(raw)["withdrawals"]:
            uid = one["measurement_uid"]
            hashed = submission.withdraw_sha256(submission.decode_key(one["secret"]))
            good = self.commitments.get(uid, hashed) == hashed
            if good:
                self.documents.pop(uid, None)
                self.withdrawn.add(uid)
            answers.append({"measurement_uid": uid, "status": "withdrawn" if good else "refused"})
        body = {
            "format": RECEIPT,
            "submission": hashlib.sha256(raw).hexdigest(),
            "collector": encode_key(self.public),
            "answers": answers,
        }
        return self.signed(RECEIPT, self.twist(body))


@contextlib.asynccontextmanager
async def serving(
    app: web.Application, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """On loopback; its URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True, ssl_context=tls)
    await site.start()
    try:
        bound = runner.addresses[0][1]
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{bound}"
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def in_thread(
    make: Callable[[], contextlib.AbstractAsyncContextManager[str]],
) -> Iterator[str]:
    """A server of the above kind, beside the test, for processes that a test runs."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    over = asyncio.Event()
    found: list[str] = []

    async def run() -> None:
        async with make() as url:
            found.append(url)
            ready.set()
            await over.wait()

    def main() -> None:
        try:
            loop.run_until_complete(run())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
            ready.set()

    thread = threading.Thread(target=main)
    thread.start()
    ready.wait(10)
    try:
        assert found, "the server did not start"
        yield found[0]
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(over.set)
        thread.join(10)


@contextlib.contextmanager
def collecting(
    collector: FakeCollector, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """This one in a thread; its URL."""
    with in_thread(lambda: serving(collector.app(), port=port, tls=tls)) as url:
        yield url
