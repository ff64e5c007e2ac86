"""HTTP: {address of T, of C} x {Host T, Host C}, the Host written otherwise, another path, and the
same page over TLS (methods.md §1.8)."""

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from measurements.schema.records import HTTPTransaction
from probe.experiments.arms import Bench, together
from probe.experiments.kit import INNOCENT
from probe.net.resolvers import Endpoint
from probe.steps import http

NAME = "http_host"
QUESTION = "Does the Host header bring it about, and does it befall the site's own answer?"
_HEADERS_TIMEOUT = 5.0
_PAGE = 256 * 1024

Trial: TypeAlias = Coroutine[Any, Any, HTTPTransaction | None]


async def run(bench: Bench) -> None:
    """All arms; what they show is in the notebook."""
    subject, permits = bench.subject, bench.permits
    there = Endpoint(subject.ip, subject.port)
    other = bench.elsewhere()
    name_c = other.name if other is not None else INNOCENT
    place_c = other.http if other is not None else None
    plain = http.Request(
        url=subject.url,
        host=subject.authority,
        ip=subject.ip,
        port=subject.port,
        headers=subject.headers,
        max_body=_PAGE,
        headers_timeout=_HEADERS_TIMEOUT,
    )

    bare = tuple((k, v) for k, v in subject.headers if k.lower() != "cookie")

    def ask(arm: str, to: Endpoint, host: str) -> Trial:
        """With the site's cookies only where the site is asked by its name at its address."""
        headers = subject.headers if host == subject.authority and to == there else bare
        return bench.get(
            arm, to, replace(plain, host=host, ip=to.ip, port=to.port, headers=headers)
        )

    async def control_arms() -> bool:
        if place_c is not None:
            await ask("h4", place_c, name_c)
        passed = await ask("h2", there, name_c)
        return passed is not None and passed.status_code is not None

    await control_arms()
    if place_c is not None:
        await together(*(ask("h3", place_c, subject.authority) for _ in range(2)))
    permits.suspect(there)
    await together(*(ask("h1", there, subject.authority) for _ in range(3)))
    await together(*_variants(bench, there, plain))
    await together(*_over_tls(bench, plain))
    if await control_arms():  # the trailing ones: those before the trigger say nothing of after it
        permits.clear(there)


def _variants(bench: Bench, there: Endpoint, plain: http.Request) -> list[Trial]:
    """The same request as a server reads it, and as a simple machine in between does not."""
    subject = bench.subject
    line = len(f"GET {http.target_of(subject.url)} HTTP/1.1\r\nHost: ") + len(subject.host) // 2
    mixed = "".join(c.upper() if i % 2 else c for i, c in enumerate(subject.authority))
    found: list[Trial] = []
    for _ in range(2):
        found.append(bench.get("h6", there, replace(plain, split_at=line)))
        found.append(bench.get("h6c", there, replace(plain, host=mixed)))
    if urlsplit(subject.url).path not in {"", "/"}:
        scheme = subject.scheme
        other_page = f"{scheme}://{subject.authority}/"
        found += [bench.get("h7", there, replace(plain, url=other_page)) for _ in range(2)]
    return found


def _over_tls(bench: Bench, plain: http.Request) -> list[Trial]:
    """What the site itself says to this place, behind its own certificate."""
    subject = bench.subject
    parts = urlsplit(subject.url)
    if subject.port != 80:  # noqa: PLR2004 - beside another port there is no known TLS
        return []
    secure = Endpoint(subject.ip, 443)
    url = parts._replace(scheme="https").geturl()
    request = replace(plain, url=url, port=443)
    return [
        bench.get("t1", secure, request, sni=subject.sni, verify=subject.host) for _ in range(2)
    ]
