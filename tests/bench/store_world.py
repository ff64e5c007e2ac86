"""Random but plausible measurements for the bench of the store."""

import ipaddress
import random
from collections.abc import Iterator
from typing import Any

from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHop,
    ControlHTTP,
    Measurement,
    Place,
)
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Evidence, LayerOutcome, Verdict
from measurements.schema.words import Layer, Mechanism, Outcome, Status

TARGETS = 500
Site = dict[str, Any]


class World:
    """Random but plausible measurements: 500 sites, each with its addresses and certificates."""

    def __init__(self, seed: int) -> None:
        """Sites."""
        self.rng = random.Random(seed)
        self.intermediates = [self.rng.randbytes(1300) for _ in range(12)]
        self.sites = [self._site(i) for i in range(TARGETS)]

    def _site(self, i: int) -> Site:
        rng = self.rng
        return {
            "host": f"www.site-number-{i}.example",
            "v4": [f"203.0.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(2)],
            "v6": [
                f"2001:db8:{rng.randrange(65536):x}::{rng.randrange(65536):x}" for _ in range(2)
            ],
            "chain": (rng.randbytes(1500), rng.choice(self.intermediates)),
            "shingles": tuple(sorted(rng.randrange(2**32) for _ in range(96))),
            "title": f"Site {i}: news and other things",
        }

    def measurement(self, n: int, day: int) -> Measurement:
        """An ordinary one: accessible in nine of ten, else TLS silence."""
        rng, site = self.rng, self.sites[n % TARGETS]
        host = site["host"]
        blocked = n % 10 == 3
        at = _Clock(rng)
        records = Records(
            queries=tuple(self._queries(site, at)),
            tcp_connects=tuple(
                TCPConnect(transaction_id=100 + i, ip=ip, port=443, t0=at.now, t=at.next())
                for i, ip in enumerate([*site["v4"], *site["v6"]])
            ),
            tls_handshakes=tuple(self._handshakes(site, at, blocked=blocked)),
            http_transactions=() if blocked else (self._http(site, at),),
            network_events=tuple(self._events(at)),
        )
        return Measurement(
            measurement_uid=f"{rng.randrange(16**32):032x}",
            run_id=f"run-{day:04d}",
            input=f"https://{host}/",
            measurement_start_time=f"{_date(day)}T06:{n % 60:02d}:00Z",
            test_start_time=f"{_date(day)}T06:00:00Z",
            test_runtime=at.now,
            software_name="anyqta",
            software_version="0.1.0",
            category_code="NEWS",
            probe=Place(asn=9198, as_org_name="JSC Kazakhtelecom", cc="KZ"),
            resolver=Place(asn=9198, as_org_name="JSC Kazakhtelecom", cc="KZ"),
            resolver_ip="192.0.2.53",
            records=records,
            controls=(self._control(site),),
            verdict=_verdict(str(host), blocked=blocked),
        )

    def _queries(self, site: Site, at: "_Clock") -> Iterator[DNSQuery]:
        places = [
            ("getaddrinfo", "system", ""),
            ("udp", "configured", "192.0.2.53:53"),
            ("udp", "public", "8.8.8.8:53"),
            ("udp", "public", "1.1.1.1:53"),
            ("doh", "public", "https://9.9.9.9/dns-query"),
        ]
        for i, (engine, role, resolver) in enumerate(places):
            for kind, addresses in (("A", site["v4"]), ("AAAA", site["v6"])):
                ttl = self.rng.randrange(300)
                raw = (
                    None
                    if engine == "getaddrinfo"
                    else _wire(self.rng, site["host"], addresses, ttl)
                )
                yield DNSQuery(
                    transaction_id=i,
                    engine=engine,
                    role=role,
                    resolver_address=resolver,
                    hostname=site["host"],
                    query_type=kind,
                    t0=at.now,
                    t=at.next(),
                    rcode=0 if raw else None,
                    answers=tuple(
                        DNSAnswer(
                            answer_type=kind, value=a, ttl=ttl, asn=64500, as_org_name="Hoster"
                        )
                        for a in addresses
                    ),
                    raw_response=raw,
                )

    def _handshakes(self, site: Site, at: "_Clock", *, blocked: bool) -> Iterator[TLSHandshake]:
        for i, ip in enumerate([*site["v4"], *site["v6"]]):
            yield TLSHandshake(
                transaction_id=100 + i,
                ip=ip,
                port=443,
                server_name=site["host"],
                t0=at.now,
                t=at.next(),
                failure="generic_timeout_error" if blocked else None,
                tls_version="" if blocked else "TLSv1.3",
                cipher_suite="" if blocked else "TLS_AES_128_GCM_SHA256",
                negotiated_protocol="" if blocked else "h2",
                peer_certificates=() if blocked else site["chain"],
                last_operation="write_1" if blocked else "read_3",
                bytes_sent=517,
                bytes_received=0 if blocked else self.rng.randrange(3000, 6000),
            )

    def _http(self, site: Site, at: "_Clock") -> HTTPTransaction:
        rng = self.rng
        body = rng.randbytes(2000)  # not kept: only its hash is
        headers = (
            ("Date", f"Mon, {rng.randrange(1, 28)} Nov 2026 06:{rng.randrange(60):02d}:00 GMT"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Server", "nginx"),
            ("Cache-Control", "private, max-age=0"),
            ("Set-Cookie", f"session={rng.randrange(16**32):032x}; path=/; HttpOnly; Secure"),
            ("ETag", f'W/"{rng.randrange(16**16):x}"'),
            ("Strict-Transport-Security", "max-age=31536000"),
            ("X-Request-Id", f"{rng.randrange(16**32):032x}"),
            ("Vary", "Accept-Encoding"),
        )
        return HTTPTransaction(
            transaction_id=100,
            url=f"https://{site['host']}/",
            ip=site["v4"][0],
            port=443,
            t0=at.now,
            t=at.next(),
            request_headers=(
                ("Host", site["host"]),
                ("User-Agent", "Mozilla/5.0"),
                ("Accept", "*/*"),
            ),
            status_code=200,
            headers=headers,
            body=body,
            body_length=rng.randrange(20_000, 200_000),
            body_sha256=f"{rng.randrange(16**64):064x}",
            title=site["title"],
            alpn="h2",
        )

    def _events(self, at: "_Clock") -> Iterator[NetworkEvent]:
        for i in range(4):
            for operation in (
                "connect",
                "tls_handshake_start",
                "write",
                "read",
                "tls_handshake_done",
            ):
                yield NetworkEvent(
                    transaction_id=100 + i, operation=operation, t=at.next(), num_bytes=517
                )
        for i in range(12):
            yield NetworkEvent(
                transaction_id=100,
                operation="bytes_received_cumulative",
                t=at.next(),
                num_bytes=16384 * i + self.rng.randrange(1000),
            )

    def _control(self, site: Site) -> ControlAnswered:
        chain = tuple(der[:32].hex() for der in site["chain"])
        addresses = (*site["v4"], *site["v6"])
        return ControlAnswered(
            depth=0,
            url=f"https://{site['host']}/",
            address="https://control.example/",
            dns=ControlDNS(addresses=addresses, ttls=(300,) * 4),
            http=ControlHTTP(
                status_code=200,
                title=site["title"],
                headers=(("Server", "nginx"), ("Content-Type", "text/html; charset=utf-8")),
                body_length=self.rng.randrange(20_000, 200_000),
                body_sha256=f"{self.rng.randrange(16**64):064x}",
                shingles=site["shingles"],
                stable=True,
                runtime=self.rng.random(),
                hops=(ControlHop(url=f"https://{site['host']}/", status_code=200),),
            ),
            endpoints=tuple(
                ControlEndpoint(
                    ip=ip, port=443, tls_done=True, server_name=site["host"], chain_sha256=chain
                )
                for ip in addresses
            ),
            ip_flags=tuple((ip, 11) for ip in addresses),
            runtime=self.rng.random(),
        )


def _date(day: int) -> str:
    return f"2026-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}"


class _Clock:
    """Times of steps, to the microsecond."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.now = 0.0

    def next(self) -> float:
        self.now = round(self.now + self._rng.random() / 20, 6)
        return self.now


def _wire(rng: random.Random, host: str, addresses: list[str], ttl: int) -> bytes:
    """A DNS answer with these addresses."""
    name = b"".join(bytes([len(part)]) + part.encode() for part in host.split(".")) + b"\0"
    values = [ipaddress.ip_address(address).packed for address in addresses]
    answer = b"\xc0\x0c\x00\x01\x00\x01" + ttl.to_bytes(4, "big") + b"\0"
    head = rng.randbytes(2) + b"\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"
    parts = [answer + bytes([len(value)]) + value for value in values]
    return head + name + b"\x00\x01\x00\x01" + b"".join(parts)


def _verdict(host: str, *, blocked: bool) -> Verdict:
    ok = [LayerOutcome(layer=layer, outcome=Outcome.OK) for layer in (Layer.DNS, Layer.TCP)]
    evidence = [
        Evidence(
            rule_id="dns.genuine", says=f"{host} resolves to its own address.", transactions=(0,)
        ),
        Evidence(rule_id="tcp.connected", says=f"{host} answers connections.", transactions=(100,)),
        Evidence(rule_id="tls.last", says=f"The handshake with {host}.", transactions=(100, 101)),
    ]
    return Verdict(
        status=Status.BLOCKED if blocked else Status.ACCESSIBLE,
        confidence=0.95,
        summary=f"{host} is blocked." if blocked else f"{host} opens.",
        rules_version=1,
        layer=Layer.TLS if blocked else None,
        mechanism=Mechanism.TIMEOUT if blocked else None,
        evidence=tuple(evidence),
        layers=tuple(ok),
        accessible=not blocked,
        blocking="tls" if blocked else False,
    )
