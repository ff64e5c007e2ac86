"""A bare visit of URLs with plain sockets, to see what the lab does without our product.

`python -m tests.netlab.visit [--resolver IP] URL…` prints one JSON object a URL: where the visit ended, and how.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import select
import socket
import ssl
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import dns.exception
import dns.message
import dns.rcode
from tests.netlab import places

Json = dict[str, Any]
WAIT = 4.0


class Ended(Exception):
    """The visit ended here; args: stage, word."""


def lookup(name: str, resolver: str, kind: str) -> tuple[list[str], str, int]:
    """Addresses of the first answer, its rcode (or timeout), and how many different answers came."""
    query = dns.message.make_query(name, kind)
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((resolver, 53))
        answers: list[dns.message.Message] = []
        for _ in range(2):
            sock.send(query.to_wire())
            until = time.monotonic() + WAIT / 2
            while (left := until - time.monotonic()) > 0:
                if not select.select([sock], [], [], left)[0]:
                    break
                try:
                    answers.append(dns.message.from_wire(sock.recv(4096)))
                except (OSError, dns.exception.DNSException):
                    continue
                until = min(until, time.monotonic() + 0.5)
            if answers:
                break
    if not answers:
        return [], "timeout", 0
    texts = [[*sorted(x.to_text() for r in a.answer for x in r), dns.rcode.to_text(a.rcode())] for a in answers]
    addresses = [x.to_text() for r in answers[0].answer if r.rdtype.name == kind for x in r]
    return addresses, dns.rcode.to_text(answers[0].rcode()), len({tuple(t) for t in texts})


def word(error: Exception) -> str:
    """An error in a word."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timeout"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "cert"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, http.client.RemoteDisconnected):
        return "eof"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return "reset"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, EOFError, http.client.BadStatusLine)):
        return "eof"
    if isinstance(error, ssl.SSLError):
        return "alert" if "ALERT" in str(error).upper() else "eof"
    return "unreachable" if isinstance(error, OSError) and error.errno in (101, 113) else type(error).__name__


def connect(addresses: list[str], port: int) -> tuple[socket.socket, str]:
    """The first address that connects."""
    last = "no_answer"
    for address in addresses:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.settimeout(WAIT)
        try:
            sock.connect((address, port))
            return sock, address  # noqa: TRY300
        except OSError as error:
            last = word(error)
            sock.close()
    raise Ended("tcp", last)


def exchange(sock: socket.socket, url: SplitResult, cookie: str, seen: Json) -> tuple[int, dict[str, str], bytes]:
    """One request and its answer."""
    host = url.netloc
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\nConnection: close\r\n"
    begun = time.monotonic()
    try:
        sock.sendall((request + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode())
        response = http.client.HTTPResponse(sock)
        response.begin()
        body = b""
        while len(body) < 1 << 19 and time.monotonic() - begun < 12:
            piece = response.read1(65536)
            if not piece:
                break
            body += piece
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Ended("http", word(error)) from error
    seen.update(seconds=round(time.monotonic() - begun, 2), length=len(body))
    return response.status, {k.lower(): v for k, v in response.getheaders()}, body


def step(url: SplitResult, resolver: str, cookie: str, seen: Json) -> tuple[int, dict[str, str], bytes]:
    """One hop of a visit."""
    host = (url.hostname or "").encode("idna").decode()
    url = url._replace(netloc=host + (f":{url.port}" if url.port else ""))
    found = [lookup(host, resolver, k) for k in ("A", "AAAA")]
    seen.update(addresses=found[0][0] + found[1][0], answers=max(f[2] for f in found), rcode=found[0][1])
    if not seen["addresses"]:
        raise Ended("dns", "no_answer" if seen["rcode"] == "NOERROR" else seen["rcode"].lower())
    sock, seen["address"] = connect(seen["addresses"], url.port or (443 if url.scheme == "https" else 80))
    with sock:
        if url.scheme == "https":
            try:
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            except OSError as error:
                raise Ended("tls", word(error)) from error
        with sock:
            return exchange(sock, url, cookie, seen)


def visit(text: str, resolver: str = places.ISP_RESOLVER4) -> Json:
    """A whole visit, redirects followed."""
    seen: Json = {"input": text, "hops": 0}
    url, cookie = text, ""
    try:
        for hop in range(11):
            seen["hops"] = hop
            status, headers, body = step(urlsplit(url), resolver, cookie, seen)
            cookie = headers.get("set-cookie", cookie).split(";")[0]
            if not (300 <= status < 400 and "location" in headers):
                title = re.search(rb"<title>(.*?)</title>", body)
                return {
                    **seen,
                    "stage": "ok",
                    "word": "ok",
                    "status": status,
                    "url": url,
                    "title": title.group(1).decode("utf-8", "replace") if title else "",
                    "script": b"ads.isp.kz" in body,
                    "cattle": b"cattle" in body,
                }
            url = urljoin(url, headers["location"])
            if not urlsplit(url).hostname:
                raise Ended("http", "bad_location")  # noqa: TRY301
        raise Ended("http", "too_many_redirects")  # noqa: TRY301
    except Ended as end:
        return {**seen, "stage": end.args[0], "word": end.args[1], "url": url}


def syn_trace(address: str, port: int = 443, hops: int = 8) -> dict[int, str]:
    """The router that answers for each TTL of a SYN; "open" or "refused" from where the server answers."""
    six = ":" in address
    level, ttl_option, errors = (41, 16, 25) if six else (0, 2, 11)
    found: dict[int, str] = {}
    for ttl in range(1, hops + 1):
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setsockopt(level, errors, 1)
            sock.setsockopt(level, ttl_option, struct.pack("i", ttl))
            sock.setblocking(False)
            sock.connect_ex((address, port))
            poll = select.poll()
            poll.register(sock, select.POLLOUT | select.POLLERR)
            poll.poll(1500)
            try:
                control = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)[1][0][2]
                found[ttl] = socket.inet_ntop(sock.family, control[24:40] if six else control[20:24])
            except OSError:
                state = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                try:
                    sock.getpeername()
                    found[ttl] = "open"
                except OSError:
                    found[ttl] = "refused" if state == 111 else "silence"
        if found[ttl] in ("open", "refused"):
            break
    return found


def main() -> None:
    """Visit all, a few dozen at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolver", default=places.ISP_RESOLVER4)
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument("urls", nargs="*")
    options = parser.parse_args()
    urls = options.urls or sys.stdin.read().split()
    with ThreadPoolExecutor(options.at_once) as pool:
        for found in pool.map(lambda u: visit(u, options.resolver), urls):
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
