"""The probe's side of the control: several, tried in order; an answer is kept for the run."""

import asyncio
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self, TypeAlias

from measurements.schema.codec_records import BadDocument
from measurements.schema.measurement import Control, ControlAnswered, ControlFailed
from probe.control.line import Line, LineError, Reply
from probe.control.protocol import (
    MAX_DOWNLOAD,
    BadRequest,
    decode_answer,
    decode_json,
    echo,
    encode_request,
    parse_url,
)
from probe.control.resolver import DEFAULT_RESOLVERS, Resolver, parse_server
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint
from probe.net.trust import Trust
from probe.steps.http import BROWSER_HEADERS

MAX_ANSWER = 1024 * 1024
NO_CONTROL = "unknown_failure: no control"
# Not ssl_invalid_certificate: a wrong clock here makes every certificate expired.
_PORTAL_FAILURES = frozenset({"ssl_unknown_authority", "ssl_invalid_hostname"})
# What a lost packet or a closed idle connection can do.
_PASSING = frozenset({"connection_reset", "eof_error", "generic_timeout_error"})
_OK, _TOO_MANY, _BUSY = 200, 429, 503
_PATIENT = 5.0  # a pause longer than this is used to ask the next control
_KEPT = 512
_FIRST_REST, _LONGEST_REST = 10.0, 300.0
_DEAD = 3  # failures running

Key: TypeAlias = tuple[str, frozenset[Endpoint]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A control said hello. `genuine`: it proved to be one of ours (a nonce came back hashed).

    `utc` is seconds since 1970 at the moment of `half`, the middle of the exchange on our monotonic
    clock. `asn` and `cc` are our own, as the control sees us.
    """

    url: str
    genuine: bool
    utc: float | None
    half: float
    round_trip: float
    asn: int | None = None
    cc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHello:
    """None did. `portal`: something else answered in the place of at least one of them."""

    failure: str
    portal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Noise from the control. `pace`: (seconds since the request, bytes so far)."""

    url: str
    endpoint: Endpoint
    size: int
    seconds: float
    pace: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A control as address C of an experiment: where it was reached, and under which name."""

    url: str
    name: str
    endpoint: Endpoint


@dataclass(slots=True)
class _Helper:
    """One control, and whether it is worth asking now."""

    url: str
    line: Line
    rests_until: float = 0.0
    rest: float = _FIRST_REST
    failure: str = ""
    failures: int = 0  # running

    def failed(self, failure: str, now: float) -> None:
        """It is left alone for a while, each time longer."""
        self.failures += 1
        self.failure, self.rests_until = failure, now + self.rest
        if self.failures >= _DEAD:
            self.rest = min(self.rest * 2, _LONGEST_REST)

    def answered(self) -> None:
        """It is well again."""
        self.rests_until, self.rest, self.failure, self.failures = 0.0, _FIRST_REST, "", 0


class _RefusedError(Exception):
    """This control does not want this question now; nothing is wrong with it."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(slots=True)
class Patience:
    """Seconds."""

    each: float = 20.0  # for one control's answer
    overall: float = 45.0  # for an answer from any
    hello: float = 8.0
    download: float = 60.0


class ControlClient:
    """All controls of a run. Close it, or use it in an `async with`."""

    def __init__(  # noqa: PLR0913 - the doors that wiring opens
        self,
        urls: tuple[str, ...],
        network: Network,
        clock: Clock,
        trust: Trust,
        *,
        resolvers: tuple[str, ...] = DEFAULT_RESOLVERS,
        at_once: int = 24,
        patience: Patience | None = None,
        randbytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """`resolvers` find a control whose name the system's does not give. Raises ValueError."""
        self._clock, self._randbytes = clock, randbytes
        self._patience = patience or Patience()
        self._gate = asyncio.Semaphore(at_once)
        fallback = Resolver(tuple(map(parse_server, resolvers)), network, clock, trust)

        async def encrypted(host: str) -> tuple[str, ...]:
            return (await fallback.lookup(host)).addresses

        self._helpers = [
            _Helper(url, Line(parse_url(url), network, clock, trust, encrypted)) for url in urls
        ]
        self._answers: OrderedDict[Key, ControlAnswered] = OrderedDict()
        self._asking: dict[Key, _Turn] = {}

    async def ask(self, url: str, endpoints: Sequence[Endpoint], depth: int = 0) -> Control:
        """What a control sees of `url` and of the `endpoints`. A failure is a result."""
        key = (url, frozenset(endpoints))
        turn = self._asking.setdefault(key, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:  # the same question twice at once is asked once
                answer = self._kept(key) or await self._ask_any(url, endpoints)
                if isinstance(answer, ControlAnswered):
                    self._keep(key, answer)
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._asking.pop(key, None)
        return replace(answer, depth=depth)

    def _kept(self, key: Key) -> ControlAnswered | None:
        if key in self._answers:
            self._answers.move_to_end(key)
        return self._answers.get(key)

    def _keep(self, key: Key, answer: ControlAnswered) -> None:
        self._answers[key] = answer
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)

    async def _ask_any(self, url: str, endpoints: Sequence[Endpoint]) -> Control:
        failure = next((h.failure for h in reversed(self._helpers) if h.failure), NO_CONTROL)
        body = encode_request(url, endpoints, BROWSER_HEADERS)
        try:
            async with self._gate, asyncio.timeout(self._patience.overall):
                for helper in self._willing():
                    answer = await self._ask_one(helper, url, body)
                    if not isinstance(answer, str):
                        return answer
                    failure = answer
        except TimeoutError:
            failure = "generic_timeout_error"
        return ControlFailed(depth=0, url=url, failure=failure)

    def _willing(self) -> list[_Helper]:
        """In order, those that rest last; one that failed three times running is left alone.

        A control that failed once is better than none: a lost packet must not cost a verdict.
        """
        now = self._clock.monotonic()
        worth = [h for h in self._helpers if h.failures < _DEAD or h.rests_until <= now]
        return sorted(worth, key=lambda helper: helper.rests_until > now)

    async def _ask_one(self, helper: _Helper, url: str, body: bytes) -> ControlAnswered | str:
        """The answer, or the failure."""
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._patience.each):
                reply = await self._post_twice(helper, body)
                answer = decode_answer(reply.body, depth=0, url=url, address=helper.url)
        except _RefusedError as exc:
            return exc.failure
        except (LineError, TimeoutError, BadDocument) as exc:
            failure = _failure_of(exc)
            helper.failed(failure, self._clock.monotonic())
            return failure
        helper.answered()
        return replace(answer, runtime=round(self._clock.monotonic() - started, 6))

    async def _post_twice(self, helper: _Helper, body: bytes) -> Reply:
        """A connection that fails once is made anew: a lost packet must not cost a verdict."""
        try:
            return await self._post(helper, body)
        except LineError as exc:
            if exc.failure not in _PASSING:
                raise
            await asyncio.sleep(0.5)
            return await self._post(helper, body)

    async def _post(self, helper: _Helper, body: bytes) -> Reply:
        """A reply with status 200. Raises LineError, _RefusedError."""
        while True:
            reply = await helper.line.request("POST", "/", body, most=MAX_ANSWER)
            if reply.status == _OK:
                return reply
            if reply.status not in {_TOO_MANY, _BUSY}:
                if reply.status in range(400, 500):
                    raise _RefusedError(f"http_request_failed: {reply.status}")
                raise LineError(f"http_request_failed: {reply.status}")
            wait = _retry_after(reply)
            if wait > (_PATIENT if len(self._helpers) > 1 else self._patience.each):
                raise _RefusedError(f"http_request_failed: {reply.status}")
            await asyncio.sleep(wait)

    async def hello(self) -> Hello | NoHello:
        """The first control that answers: the clock, our network, and that no portal is between."""
        failure, portal = NO_CONTROL, False
        for helper in self._helpers:
            try:
                async with asyncio.timeout(self._patience.hello):
                    return await self._hello(helper)
            except (BadRequest, BadDocument) as exc:
                failure, portal = _failure_of(exc), True
            except (LineError, TimeoutError) as exc:
                failure = _failure_of(exc)
                portal = portal or failure in _PORTAL_FAILURES
        return NoHello(failure=failure, portal=portal)

    async def _hello(self, helper: _Helper) -> Hello:
        nonce = self._randbytes(16).hex()
        question = json.dumps({"nonce": nonce}).encode()
        started = self._clock.monotonic()
        reply = await helper.line.request("POST", "/x/hello", question, most=4096)
        if reply.status in {_TOO_MANY, _BUSY}:
            raise LineError(f"http_request_failed: {reply.status}")
        genuine, utc, document = reply.status == _OK, None, dict[str, object]()
        if genuine:
            document = decode_json(reply.body)
            if document.get("nonce_echo") != echo(nonce):
                raise BadRequest("not a control's answer")
            utc = _utc(document.get("utc"))
        else:  # OONI's knows no hello; TLS has proved it, or its name has to do
            proved = helper.line.target.scheme == "https" and reply.status in range(400, 500)
            if not proved and "oohelperd" not in reply.headers.get("server", ""):
                raise BadRequest("not a control's answer")
            utc = _date(reply.headers.get("date"))
        helper.answered()
        asn, cc = document.get("asn"), document.get("cc")
        return Hello(
            url=helper.url,
            genuine=genuine,
            utc=utc,
            half=started + reply.seconds / 2,
            round_trip=reply.seconds,
            asn=asn if isinstance(asn, int) else None,
            cc=cc if isinstance(cc, str) and len(cc) == 2 else None,  # noqa: PLR2004 - ISO 3166
        )

    async def download(self, size: int) -> Download | ControlFailed:
        """`size` bytes of noise over a new connection, from the first control that has them."""
        failure = NO_CONTROL
        for helper in self._willing():
            path = f"/x/bytes?n={min(size, MAX_DOWNLOAD)}"
            try:
                async with asyncio.timeout(self._patience.download):
                    reply = await helper.line.request("GET", path, most=MAX_DOWNLOAD, fresh=True)
            except (LineError, TimeoutError) as exc:
                failure = _failure_of(exc)
                continue
            if reply.status != _OK or len(reply.body) != min(size, MAX_DOWNLOAD):
                failure = f"http_request_failed: {reply.status}"
            elif helper.line.endpoint is not None:
                return Download(
                    url=helper.url,
                    endpoint=helper.line.endpoint,
                    size=len(reply.body),
                    seconds=reply.seconds,
                    pace=reply.pace,
                )
        return ControlFailed(depth=0, url="", failure=failure)

    def asked_from(self) -> frozenset[str]:
        """This line's addresses, as the controls see them: all that were told so far."""
        return frozenset().union(*(helper.line.asked_from for helper in self._helpers))

    def control_address(self) -> Endpoint | None:
        """The address and port of the first control that was reached; None before any was."""
        found = self.reached()
        return None if found is None else found.endpoint

    def reached(self) -> Reached | None:
        """The same with its name and URL."""
        for helper in self._helpers:
            if helper.line.endpoint is not None:
                name = helper.line.target.host
                return Reached(url=helper.url, name=name, endpoint=helper.line.endpoint)
        return None

    def close(self) -> None:
        """Close idle connections."""
        for helper in self._helpers:
            helper.line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(slots=True)
class _Turn:
    """Those who ask the same thing at the same time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


def _failure_of(exc: Exception) -> str:
    if isinstance(exc, LineError):
        return exc.failure
    return "generic_timeout_error" if isinstance(exc, TimeoutError) else "json_parse_error"


def _retry_after(reply: Reply) -> float:
    """Seconds; a date or nonsense counts as five (RFC 9110 §10.2.3)."""
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 5.0  # noqa: PLR2004


def _utc(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told.timestamp() if told.tzinfo is not None else None


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError):
        return None
