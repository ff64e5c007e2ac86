"""A plain OONI test helper: OONI's protocol and nothing more, for scenarios where the control is somebody else's.

`python -m tests.netlab.oohelper --host H --port P --tls-cert F --tls-key F --doh https://9.9.9.9/dns-query`
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import re
import socket
import ssl
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import dns.message
import dns.rcode
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

_TIMEOUT, _BODY = 10.0, 1 << 24
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,128})</title>", re.IGNORECASE)
Json = dict[str, Any]


class LookupFailed(OSError):
    """A name has no address; the message is OONI's word for it."""


class Doh(AbstractResolver):
    """Names through DNS over HTTPS only."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self.url = url
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=8))

    async def addresses(self, name: str) -> list[str]:
        """A and AAAA."""
        try:
            ipaddress.ip_address(name)
        except ValueError:
            pass
        else:
            return [name]
        both = await asyncio.gather(*(self._ask(name, kind) for kind in ("A", "AAAA")), return_exceptions=True)
        found = [a for x in both if isinstance(x, list) for a in x]
        if not found:
            raise next((x for x in both if isinstance(x, BaseException)), LookupFailed("dns_no_answer"))
        return found

    async def _ask(self, name: str, kind: str) -> list[str]:
        query = dns.message.make_query(name.encode("idna").decode(), kind, id=0)
        headers = {"Content-Type": "application/dns-message"}
        try:
            async with self.session.post(
                self.url,
                data=query.to_wire(),
                headers=headers,
                timeout=aiohttp.ClientTimeout(_TIMEOUT / 2),
            ) as response:
                answer = dns.message.from_wire(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise LookupFailed("dns_temporary_failure") from error
        if answer.rcode() == dns.rcode.NXDOMAIN:
            raise LookupFailed("dns_name_error")
        if answer.rcode() != dns.rcode.NOERROR:
            raise LookupFailed("dns_server_misbehaving")
        return [item.to_text() for rrset in answer.answer if rrset.rdtype.name == kind for item in rrset]

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """For aiohttp. A bogon makes the fetch fail, as in OONI's helper."""
        found = await self.addresses(host)
        if any(not ipaddress.ip_address(a).is_global for a in found):
            raise LookupFailed("dns_lookup_error")
        return [
            ResolveResult(
                hostname=host,
                host=a,
                port=port,
                proto=0,
                flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in a else socket.AF_INET,
            )
            for a in found
        ]

    async def close(self) -> None:
        """For aiohttp."""


def failure(error: BaseException) -> str:
    """OONI's word for an error of the connect or handshake stage."""
    text = str(error)
    if isinstance(error, LookupFailed):
        return text
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return "generic_timeout_error"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, ConnectionResetError):
        return "connection_reset"
    if isinstance(error, ssl.SSLCertVerificationError):
        if "hostname" in text.lower() or "IP address mismatch" in text:
            return "ssl_invalid_hostname"
        return "ssl_invalid_certificate" if "expired" in text else "ssl_unknown_authority"
    return "eof_error" if isinstance(error, (EOFError, ssl.SSLEOFError)) else f"unknown_failure: {type(error).__name__}"


def http_failure(error: BaseException) -> str:
    """OONI's helper knows few words for a failed fetch."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    word = failure(cause)
    if isinstance(cause, LookupFailed):
        return "dns_lookup_error"
    return {
        "connection_refused": "connection_refused_error",
        "connection_reset": "connection_reset_error",
        "generic_timeout_error": "generic_timeout_error",
    }.get(word, "unknown_error")


class Helper:
    """Answers one request: DNS, then endpoints and the fetch side by side."""

    def __init__(self, doh: str, clock_offset: float = 0.0) -> None:
        self.context = ssl.create_default_context()
        self.doh_url, self.clock_offset = doh, clock_offset
        self.resolver: Doh | None = None

    async def hello(self, _: web.Request) -> web.Response:
        """GET /."""
        return self._reply({"message": "Hello OONItarian!"})

    async def measure(self, request: web.Request) -> web.Response:
        """POST /."""
        try:
            body = json.loads(await request.read())
            url = urlsplit(str(body["http_request"]))
            host, default = url.hostname or "", 443 if url.scheme == "https" else 80
            port = url.port or default
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        self.resolver = self.resolver or Doh(self.doh_url, self.context)
        addresses: list[str] = []
        lookup: Json = {"failure": None, "addrs": addresses}
        try:
            addresses += await self.resolver.addresses(host)
        except OSError as error:
            lookup = {"failure": failure(error), "addrs": []}
        asked = [str(x) for x in body.get("tcp_connect") or ()]
        mine = [f"[{a}]:{port}" if ":" in a else f"{a}:{port}" for a in addresses]
        if port == 80:
            mine += [x[: -len("80")] + "443" for x in mine]
        endpoints = [e for e in dict.fromkeys([*asked, *mine]) if self._public(e)]
        fetch, ends = await asyncio.gather(
            self._fetch(body),
            asyncio.gather(*(self._endpoint(e, host, url.scheme) for e in endpoints)),
        )
        reply: Json = {
            "tcp_connect": {},
            "tls_handshake": {},
            "quic_handshake": {},
            "http_request": fetch,
            "http3_request": None,
            "dns": lookup,
            "ip_info": self._ip_info(endpoints, asked, addresses, ends),
        }
        for endpoint, (tcp, tls) in zip(endpoints, ends, strict=True):
            reply["tcp_connect"][endpoint] = tcp
            if tls is not None:
                reply["tls_handshake"][endpoint] = tls
        return self._reply(reply)

    def _reply(self, body: Json) -> web.Response:
        response = web.json_response(body)
        response.headers["Date"] = formatdate(time.time() + self.clock_offset, usegmt=True)
        return response

    @staticmethod
    def _public(endpoint: str) -> bool:
        try:
            return ipaddress.ip_address(endpoint.rpartition(":")[0].strip("[]")).is_global
        except ValueError:
            return False

    @staticmethod
    def _ip_info(
        endpoints: list[str],
        asked: list[str],
        mine: list[str],
        ends: list[tuple[Json, Json | None]],
    ) -> Json:
        info: Json = {}
        for endpoint, (_, tls) in zip(endpoints, ends, strict=True):
            address = endpoint.rpartition(":")[0].strip("[]")
            flags = (1 if endpoint in asked else 0) | (2 if address in mine else 0)
            flags |= 8 if tls is not None and tls["status"] else 0
            old = info.get(address, {"flags": 0})["flags"]
            info[address] = {"asn": 0, "flags": flags | old}
        return info

    async def _endpoint(self, endpoint: str, host: str, scheme: str) -> tuple[Json, Json | None]:
        address, _, port = endpoint.rpartition(":")
        writer = None
        try:
            async with asyncio.timeout(_TIMEOUT):
                _, writer = await asyncio.open_connection(address.strip("[]"), int(port))
        except (OSError, TimeoutError) as error:
            return {"status": False, "failure": failure(error)}, None
        tcp: Json = {"status": True, "failure": None}
        try:
            if port != "443" and scheme != "https":
                return tcp, None
            tls: Json = {"server_name": host, "status": True, "failure": None}
            try:
                async with asyncio.timeout(_TIMEOUT):
                    await writer.start_tls(self.context, server_hostname=host)
            except (OSError, TimeoutError, EOFError) as error:
                tls = {"server_name": host, "status": False, "failure": failure(error)}
            return tcp, tls
        finally:
            writer.transport.abort()

    async def _fetch(self, body: Json) -> Json:
        wanted = {"Accept", "Accept-Language", "User-Agent"}
        headers = {k: v[0] for k, v in (body.get("http_request_headers") or {}).items() if k in wanted and v}
        empty: Json = {
            "body_length": -1,
            "discovered_h3_endpoint": "",
            "failure": None,
            "title": "",
            "headers": {},
            "status_code": -1,
        }
        connector = aiohttp.TCPConnector(ssl=self.context, resolver=self.resolver, use_dns_cache=False)
        try:
            async with (
                asyncio.timeout(30),
                aiohttp.ClientSession(connector=connector, headers=headers) as session,
                session.get(body["http_request"], max_redirects=10) as response,
            ):
                data = bytearray()
                async for piece in response.content.iter_chunked(1 << 16):
                    data += piece
                    if len(data) >= _BODY:
                        break
                found = _TITLE.search(data)
                title = found.group(1).decode("utf-8", "replace").strip() if found else ""
                h3 = ""
                if "h3=" in response.headers.get("Alt-Svc", ""):
                    h3 = f"{response.url.host}:443"
                return {
                    **empty,
                    "body_length": min(len(data), _BODY),
                    "title": title,
                    "headers": dict(response.headers),
                    "status_code": response.status,
                    "discovered_h3_endpoint": h3,
                }
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return {**empty, "failure": http_failure(error)}


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--doh", default="https://9.9.9.9/dns-query")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds by which the Date header lies")
    options = parser.parse_args()
    context = None
    if options.tls_cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.tls_cert, options.tls_key)
    helper = Helper(options.doh, options.clock_offset)
    app = web.Application()
    app.add_routes([web.get("/", helper.hello), web.post("/", helper.measure)])
    web.run_app(app, host=options.host, port=options.port, ssl_context=context, print=None, access_log=None)


if __name__ == "__main__":
    main()
