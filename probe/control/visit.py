"""The control's fetch of a page: redirects followed, every hop resolved once, guarded, recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from measurements.schema.measurement import ControlHop, ControlHTTP
from measurements.schema.records import Headers, HTTPTransaction
from probe.control.cookies import Cookies
from probe.control.dial import dial
from probe.control.guard import Guard
from probe.control.protocol import BadRequest, Target, follow
from probe.control.resolver import Lookup
from probe.net.network import Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import http

Sketcher = Callable[[bytes], tuple[int, ...]]
Resolve = Callable[[str], Awaitable[Lookup]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 10
_ADDRESSES = 3  # tried for one hop
_HEADERS_TIMEOUT = _BODY_TIMEOUT = 8.0
# A second fetch, to see whether the page is the same twice, only of what costs a site little.
_QUICK, _SMALL = 2.0, 256 * 1024
_SECOND_TIMEOUT = 3.0
# Answers stay below some 200 kB whatever a site sends.
_MAX_HEADERS, _MAX_VALUE, _MAX_TITLE = 100, 1024, 512


@dataclass(slots=True)
class Visit:
    """One visit. `ports` are those that redirects may lead to."""

    trace: Trace
    guard: Guard
    resolve: Resolve
    ports: frozenset[int]
    v6_works: Callable[[], bool]
    headers: Headers = http.BROWSER_HEADERS
    sketcher: Sketcher | None = None
    sketching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    hops: list[ControlHop] = field(default_factory=list)
    _cookies: Cookies = field(default_factory=Cookies)

    async def fetch(self, target: Target, lookup: Lookup, *, until: float) -> ControlHTTP:
        """The last answer on the way that begins at `target`, before `until` (trace time)."""
        try:
            async with asyncio.timeout(until - self.trace.now()):
                found = await self._walk(target, lookup)
        except TimeoutError:
            found = "generic_timeout_error"
        if isinstance(found, str):
            return ControlHTTP(failure=found, hops=tuple(self.hops))
        last, answer = found
        stable = await self._same_again(last, answer, until)
        shingles = await self._sketch(answer.body or b"", until)
        return replace(self._result(answer), stable=stable, shingles=shingles)

    async def _walk(self, target: Target, lookup: Lookup) -> tuple[Target, HTTPTransaction] | str:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._hop(target, lookup)
            if isinstance(answer, str):
                return answer
            location = answer.header("location")
            if answer.status_code not in REDIRECTS or location is None:
                return target, answer
            try:
                target = follow(target, location)
            except BadRequest:
                return "http_invalid_redirect_location_host"
            if target.port not in self.ports:
                return "permission_denied"
            lookup = await self.resolve(target.host)
        return "unknown_failure: too many redirects"

    async def _hop(self, target: Target, lookup: Lookup) -> HTTPTransaction | str:
        """The answer of the first address that gives one, or the failure of the first tried."""
        if lookup.failure is not None:
            return lookup.failure
        allowed = [ip for ip in lookup.addresses if self.guard.allows(ip)]
        if not allowed:
            return "dns_bogon_error"
        failure: str | None = None
        for ip in sorted(allowed, key=lambda ip: ":" in ip)[:_ADDRESSES]:
            stream = await self._connect(target, ip)
            if not isinstance(stream, str):
                answer = await self._ask(target, ip, stream, _HEADERS_TIMEOUT)
                if answer.status_code is not None:
                    self._remember(target, answer)
                    return answer
                stream = answer.failure or "unknown_failure"
            failure = failure or stream
        return self._not_ours(failure or "unknown_failure", allowed)

    def _not_ours(self, failure: str, addresses: list[str]) -> str:
        """A failure that only says what this machine lacks becomes one of LOCAL_FAILURES."""
        if all(":" in ip for ip in addresses) and not self.v6_works():
            return "address_family_not_supported"
        if failure.startswith("unknown_failure"):  # out of file descriptors, say
            return "no_buffer_space"
        return "network_down" if failure == "network_unreachable" else failure

    async def _connect(self, target: Target, ip: str) -> Stream | str:
        name = target.host if target.scheme == "https" else None
        return await dial(self.trace, Endpoint(ip, target.port), name=name)

    async def _ask(
        self, target: Target, ip: str, stream: Stream, headers_timeout: float
    ) -> HTTPTransaction:
        cookie = self._cookies.header(target.host, secure=target.scheme == "https")
        request = http.Request(
            url=target.url,
            host=target.authority,
            ip=ip,
            port=target.port,
            headers=(*self.headers, ("Cookie", cookie)) if cookie else self.headers,
            headers_timeout=headers_timeout,
            body_timeout=_BODY_TIMEOUT,
        )
        try:
            return await http.fetch(
                self.trace, stream, request, transaction_id=self.trace.transaction()
            )
        finally:
            stream.close()

    def _remember(self, target: Target, answer: HTTPTransaction) -> None:
        location = answer.header("location")
        self.hops.append(
            ControlHop(
                url=target.url,
                status_code=answer.status_code or -1,
                location=location[:_MAX_VALUE] if location else None,
            )
        )
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self._cookies.take(target.host, value)

    async def _sketch(self, body: bytes, until: float) -> tuple[int, ...]:
        """The body's sketch; none where it cannot be had in time.

        Some 0.1 s of computing for the largest pages: not on the loop, and one at a time, or the
        threads starve the loop of the interpreter and its lookups time out.
        """
        if self.sketcher is None or not body:
            return ()
        try:
            async with asyncio.timeout(until - self.trace.now()), self.sketching:
                return await asyncio.to_thread(self.sketcher, body)
        except TimeoutError:
            return ()

    def _result(self, answer: HTTPTransaction) -> ControlHTTP:
        return ControlHTTP(
            failure=answer.failure,
            status_code=answer.status_code or -1,
            title=(answer.title or "")[:_MAX_TITLE],
            headers=tuple((k, v[:_MAX_VALUE]) for k, v in answer.headers[:_MAX_HEADERS]),
            body_length=answer.body_length,
            body_total=_total(answer),
            body_sha256=answer.body_sha256,
            runtime=round(answer.t - answer.t0, 6),
            hops=tuple(self.hops),
        )

    async def _same_again(
        self, target: Target, answer: HTTPTransaction, until: float
    ) -> bool | None:
        """Is the body the same a second time? None where that was not asked or not answered."""
        left = until - self.trace.now()
        if (
            answer.failure is not None
            or answer.body_is_truncated
            or answer.t - answer.t0 > _QUICK
            or answer.body_length > _SMALL
            or left < _SECOND_TIMEOUT
        ):
            return None
        try:
            async with asyncio.timeout(_SECOND_TIMEOUT):
                stream = await self._connect(target, answer.ip)
                if isinstance(stream, str):
                    return None
                again = await self._ask(target, answer.ip, stream, _SECOND_TIMEOUT)
        except TimeoutError:
            return None
        if again.failure is not None or again.status_code != answer.status_code:
            return None
        return again.body_sha256 == answer.body_sha256


def _total(answer: HTTPTransaction) -> int | None:
    """The announced length of a body longer than what is kept."""
    announced = answer.header("content-length") or ""
    encoded = answer.header("content-encoding") not in {None, "identity"}
    if not answer.body_is_truncated or encoded or not announced.isascii():
        return None
    return int(announced) if announced.isdigit() and len(announced) < 16 else None  # noqa: PLR2004
