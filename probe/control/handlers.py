"""What the control answers to each request: oohelperd's POST and GET, and our three under /x/."""

import asyncio
import hashlib
import logging
import math
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from measurements.schema.codec_verdict import encode_control
from measurements.serving.buckets import Buckets, client_key
from probe.control.guard import Guard, good_port
from probe.control.limits import Limits
from probe.control.look import CannotSeeError, Eye
from probe.control.protocol import (
    MARK,
    MAX_DOWNLOAD,
    MAX_NONCE,
    MESSAGE,
    YOUR_ADDRESS,
    BadRequest,
    ControlRequest,
    decode_json,
    decode_request,
    echo,
    told_address,
)
from probe.net.network import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_EVERYONE = b""
_CHUNK = 16 * 1024
_DOWNLOAD_TIME = 60.0
_BUSY_AGAIN = 3.0


class Located(Protocol):
    """Where an address is, as far as an offline table knows."""

    @property
    def asn(self) -> int | None:
        """The network's number."""
        ...

    @property
    def cc(self) -> str | None:
        """The country."""
        ...


Locate = Callable[[str], Located]


@dataclass(slots=True)
class Desk:
    """The handlers and the counters that they share."""

    eye: Eye
    guard: Guard
    clock: Clock
    limits: Limits
    secret: bytes
    noise: bytes  # what cannot be compressed
    locate: Locate | None = None
    trusted_proxies: frozenset[str] = frozenset()
    running: int = 0
    _clients: Buckets = field(init=False)
    _targets: Buckets = field(init=False)
    _bytes: Buckets = field(init=False)
    _client_bytes: Buckets = field(init=False)

    def __post_init__(self) -> None:
        """Empty counters."""
        give = self.limits
        self._clients = Buckets(give.client_rate, give.client_burst)
        self._targets = Buckets(give.target_rate, give.target_burst)
        self._bytes = Buckets(give.bytes_rate, give.bytes_burst)
        self._client_bytes = Buckets(give.client_bytes_rate, give.client_bytes_burst)

    def app(self) -> web.Application:
        """The application. Any Host is served, and any path to a GET."""
        app = web.Application(client_max_size=64 * 1024, middlewares=[self._around])
        app.router.add_post("/", self.measure)
        app.router.add_post("/x/hello", self.hello)
        app.router.add_get("/x/bytes", self.download)
        app.router.add_get("/{path:.*}", self.greet)
        app.on_response_prepare.append(self._mark)
        return app

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Client limit before, plain words for what goes wrong after."""
        local = request.transport and request.transport.get_extra_info("sockname")
        if local:
            self.guard.add_own(str(local[0]))
        wait = self._clients.take(self._client(request), self.clock.monotonic())
        if wait:
            return _later(429, "too many requests from this address", wait)
        try:
            return await handler(request)
        except BadRequest as exc:
            return web.json_response({"error": str(exc)}, status=400)
        except CannotSeeError:
            return _later(503, "the control has no network of its own", 10.0)
        except TimeoutError:
            return web.json_response({"error": "too slow"}, status=408)

    def _address(self, request: web.Request) -> str:
        """The client's, by X-Forwarded-For only where the operator trusts who set it."""
        peer = request.transport and request.transport.get_extra_info("peername")
        ip = str(peer[0]) if peer else ""
        if ip in self.trusted_proxies:
            return request.headers.get("X-Forwarded-For", ip).rpartition(",")[2].strip()
        return ip

    def _client(self, request: web.Request) -> bytes:
        return client_key(self._address(request), self.secret)

    async def _mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer says whose it is, and not what runs it.

        A probe is told the address that it asks from: behind a router it has no other way to know
        what it must not let out. A plain GET is not: experiments record those answers.
        """
        response.headers[MARK[0]] = MARK[1]
        response.headers["Server"] = "anyqta"
        asker = told_address(self._address(request))
        if asker is not None and (request.method == "POST" or request.path == "/x/bytes"):
            response.headers[YOUR_ADDRESS] = asker
            response.headers["Cache-Control"] = "no-store"

    async def greet(self, request: web.Request) -> web.StreamResponse:
        """GET anything: a word that cannot be mistaken for a site's; never a redirect."""
        return web.json_response(MESSAGE)

    async def measure(self, request: web.Request) -> web.StreamResponse:
        """POST /: OONI's question, our answer."""
        question = decode_request(await self._body(request))
        if not good_port(question.target.port):
            raise BadRequest("no browser opens that port")
        if self.running >= self.limits.running:
            return _later(503, "the control is busy", _BUSY_AGAIN)
        host = question.target.host.encode()
        key = hashlib.blake2b(host, key=self.secret, digest_size=8).digest()
        wait = self._targets.take(key, self.clock.monotonic())
        if wait:
            return _later(429, "this host is asked often enough", wait)
        self.running += 1
        try:
            return web.json_response(await self._look(question))
        finally:
            self.running -= 1

    async def _look(self, question: ControlRequest) -> dict[str, Any]:
        answer = encode_control(await self.eye.look(question))
        if self.locate is not None:
            for ip, info in answer["ip_info"].items():
                info["asn"] = self.locate(ip).asn or 0
        return answer

    async def hello(self, request: web.Request) -> web.StreamResponse:
        """POST /x/hello: proof that it was us, the time, and where the asker comes from."""
        nonce = decode_json(await self._body(request)).get("nonce")
        if not isinstance(nonce, str) or not 0 < len(nonce) <= MAX_NONCE:
            raise BadRequest(f"nonce: 1 to {MAX_NONCE} characters are needed")
        now = datetime.fromtimestamp(self.clock.utc(), UTC)
        place = self.locate(self._address(request)) if self.locate is not None else None
        return web.json_response(
            {
                "nonce_echo": echo(nonce),
                "utc": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "asn": place and place.asn,
                "cc": place and place.cc,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def download(self, request: web.Request) -> web.StreamResponse:
        """GET /x/bytes?n=…: that many bytes of noise, for comparing paces."""
        digits = request.query.get("n", "")
        if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:9]) <= MAX_DOWNLOAD):
            raise BadRequest(f"n: 1 to {MAX_DOWNLOAD} bytes")
        size, now = int(digits[:9]), self.clock.monotonic()
        wait = self._client_bytes.take(self._client(request), now, size)
        wait = wait or self._bytes.take(_EVERYONE, now, size)
        if wait:
            return _later(429, "enough bytes for now", wait)
        response = web.StreamResponse(
            headers={"Cache-Control": "no-store", "Content-Type": "application/octet-stream"}
        )
        response.content_length = size
        async with asyncio.timeout(_DOWNLOAD_TIME):
            await response.prepare(request)
            for at in range(0, size, _CHUNK):
                await response.write(self.noise[at : min(size, at + _CHUNK)])
            await response.write_eof()
        return response

    async def _body(self, request: web.Request) -> bytes:
        async with asyncio.timeout(self.limits.read_time):
            return await request.read()


def _later(status: int, says: str, wait: float) -> web.Response:
    after = str(max(1, math.ceil(wait)))
    return web.json_response({"error": says}, status=status, headers={"Retry-After": after})


class BlindFilter(logging.Filter):
    """Keeps a bug's place and kind; drops whatever could name a client or a URL."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter."""
        exc = record.exc_info[1] if record.exc_info else None
        if exc is None or isinstance(exc, HttpProcessingError | web.HTTPException | OSError):
            return False  # what clients do, not what we did wrong
        told = "".join(f"{type(e).__name__}\n{_frames(e)}" for e in _flat(exc))
        record.msg, record.args = f"a bug while answering: {told}", ()
        record.exc_info = record.exc_text = None
        return True


def _frames(exc: BaseException) -> str:
    return "".join(traceback.format_tb(exc.__traceback__))


def _flat(exc: BaseException) -> list[BaseException]:
    """The exception, and those in it if it is a group."""
    inner = exc.exceptions if isinstance(exc, BaseExceptionGroup) else ()
    return [exc, *(each for one in inner for each in _flat(one))]


def blind_logger() -> logging.Logger:
    """aiohttp's logger for the control: no client, no URL, not even in an error."""
    logger = logging.getLogger("anyqta.control")
    if not any(isinstance(f, BlindFilter) for f in logger.filters):
        logger.addFilter(BlindFilter())
    return logger
