"""HTTP to one collector: no cookies, no redirects, no environment, no connection used twice."""

import hashlib
import io
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp_socks import (
    ProxyConnectionError,
    ProxyConnector,
    ProxyError,
    ProxyTimeoutError,
    ProxyType,
)

from probe.upload.answers import MOST_ANSWER, Reply
from probe.upload.proxies import EXAMPLE, Proxy, needs_proxy

Sleep = Callable[[float], Awaitable[None]]
_TRIES = 3  # OONI's bk-003: the next one after that comes much later
_BETWEEN = (0.3, 1.0)
_CONNECT, _SILENCE, _IN_ALL = 30.0, 60.0, 300.0
_HANDSHAKES = 8000  # a name's lookup, TCP, TLS with a chain of certificates, headers
_HEADERS = {"User-Agent": "anyqta", "Accept-Encoding": "identity"}


class NotReached(Exception):  # noqa: N818 - it says what it is
    """No whole response came. `connected`: the collector (or the proxy's far end) was there."""

    def __init__(self, says: str, *, connected: bool) -> None:
        """`says` is for a person."""
        super().__init__(says)
        self.connected = connected


class Line:
    """Use as an asynchronous context manager."""

    def __init__(
        self,
        url: str,
        *,
        proxy: Proxy | None,
        tls: ssl.SSLContext,
        sleep: Sleep,
        count: Callable[[int], object] = lambda _: None,
    ) -> None:
        """`url` without a fragment; nothing is connected to yet. `count` is told of bytes, about."""
        self._count = count
        self._url = url.rstrip("/")
        self._proxy = proxy
        self._tls = tls
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Ready to ask."""
        self._session = aiohttp.ClientSession(
            connector=connector(self._proxy, self._tls, apart=self._url),
            timeout=aiohttp.ClientTimeout(
                total=_IN_ALL, sock_connect=_CONNECT, connect=_CONNECT, sock_read=_SILENCE
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers=_HEADERS,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str) -> Reply:
        """Raises NotReached."""
        return await self._patiently("GET", path, b"", "")

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Raises NotReached."""
        return await self._patiently("POST", path, body, content_type)

    async def _patiently(self, method: str, path: str, body: bytes, content_type: str) -> Reply:
        """Three tries where no connection came about; one where anything may have arrived."""
        host = urlsplit(self._url).hostname or ""
        if needs_proxy(host) and self._proxy is None:
            raise NotReached(
                f"an .onion address is reached through Tor only: start Tor and give --proxy {EXAMPLE}",
                connected=False,
            )
        for pause in (*_BETWEEN, None):
            try:
                return await self._once(method, path, body, content_type)
            except (
                aiohttp.ClientConnectorError,
                ProxyConnectionError,
                ProxyError,
                ProxyTimeoutError,
                aiohttp.ConnectionTimeoutError,
            ) as exc:
                if pause is None or isinstance(exc, ssl.SSLError):
                    raise NotReached(self._words(exc), connected=False) from exc
                await self._sleep(pause)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
                raise NotReached(self._words(exc), connected=True) from exc
        raise AssertionError("the last try ends in the loop")

    async def _once(self, method: str, path: str, body: bytes, content_type: str) -> Reply:
        assert self._session is not None
        address, auth = per_request(self._proxy)
        self._count(_HANDSHAKES + len(body) + len(body) // 10)
        async with self._session.request(
            method,
            self._url + path,
            data=io.BytesIO(body) if body else None,
            headers={"Content-Type": content_type} if content_type else None,
            allow_redirects=False,
            proxy=address,
            proxy_auth=auth,
        ) as response:
            found = bytearray()
            async for chunk in response.content.iter_chunked(65536):
                found += chunk
                self._count(len(chunk) + len(chunk) // 10)
                if len(found) > MOST_ANSWER:
                    raise aiohttp.ClientPayloadError("too long")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(status=response.status, headers=headers, body=bytes(found))

    def _words(self, exc: Exception) -> str:
        """Why, for a person. Types decide; a library's text may hold what is not to be shown."""
        if isinstance(exc, aiohttp.ClientProxyConnectionError | ProxyConnectionError):
            return f"the proxy {self._proxy!r} cannot be reached: is it running?"
        if isinstance(exc, aiohttp.ClientHttpProxyError):
            return "the proxy refused to connect to it, or wants a password"
        if isinstance(exc, ProxyError | ProxyTimeoutError):
            return "the proxy answers, and cannot reach it or wants a password"
        says = _why(exc)
        return says if self._proxy is None else f"through the proxy: {says}"


def _why(exc: Exception) -> str:
    if _is_about_a_certificate(exc):
        return _CERTIFICATE
    for kinds, says in _WORDS:
        if isinstance(exc, kinds):
            return says
    if isinstance(exc, OSError) and exc.strerror:
        return f"it cannot be reached: {exc.strerror}"
    return "it cannot be reached"


_CERTIFICATE = (
    "its certificate is not valid. Somebody may sit in between (a login page, a filter);"
    " nothing was sent"
)
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its name is not found"),
    (aiohttp.ClientSSLError, "no secure connection to it comes about"),
    (TimeoutError, "it does not answer in time"),
    (aiohttp.ClientPayloadError, "its answer was cut short, or too long"),
    (aiohttp.ServerDisconnectedError, "the connection broke before it answered"),
    (aiohttp.ClientResponseError, "what it said is not HTTP"),
    (aiohttp.ClientConnectorError, "it cannot be reached: nobody answers there"),
    (aiohttp.ClientOSError, "the connection broke before it answered"),
)


def _is_about_a_certificate(exc: BaseException | None) -> bool:
    """Through a proxy the reason is a cause further down."""
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False


def connector(proxy: Proxy | None, tls: ssl.SSLContext, *, apart: str) -> aiohttp.TCPConnector:
    """What opens connections; a new one for each. Tor keeps those of different `apart` on different
    circuits (IsolateSOCKSAuth), so that an exit cannot tell that one person feeds two collectors."""
    if proxy is None or proxy.kind != "socks5":
        return aiohttp.TCPConnector(ssl=tls, force_close=True)
    user, password = proxy.user, proxy.password
    if user is None:
        user, password = hashlib.sha256(apart.encode()).hexdigest()[:16], "anyqta"
    return ProxyConnector(
        host=proxy.host,
        port=proxy.port,
        proxy_type=ProxyType.SOCKS5,
        username=user,
        password=password or "",
        rdns=True,
        ssl=tls,
        force_close=True,
    )


def per_request(proxy: Proxy | None) -> tuple[str | None, aiohttp.BasicAuth | None]:
    """What aiohttp itself has to be told: an HTTP proxy's address, and who uses it."""
    if proxy is None or proxy.kind == "socks5":
        return None, None
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    auth = aiohttp.BasicAuth(proxy.user, proxy.password or "") if proxy.user else None
    return f"{proxy.kind}://{host}:{proxy.port}", auth
