"""The records of a visit, told as they happen; measurements.py adds the experiments and the judge."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from measurements.schema.measurement import (
    Control,
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHop,
    ControlHTTP,
    Finding,
)
from measurements.schema.records import (
    Arm,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)
from measurements.verdict.compare import shingles
from measurements.verdict.urls import split_url
from tests.fakes.pages import SITE

S, D, R, F, A, X, U, C, L = "S", "D", "R", "F", "A", "X", "U", "C", "L"
FAILURE: dict[str, str | None] = {
    S: None,
    D: "generic_timeout_error",
    R: "connection_reset",
    F: "eof_error",
    A: "ssl_failed_handshake",
    X: "ssl_unknown_authority",
    U: "host_unreachable",
    C: "connection_refused",
    L: "address_not_available",
}
IP, IP6, OTHER_IP, ELSEWHERE = (
    "93.184.216.34",
    "2606:2800:220:1::1",
    "93.184.216.99",
    "185.199.110.53",
)
BOGON, STRANGER = "10.10.34.35", "92.46.53.80"


def failure(word: str | None) -> str | None:
    """A letter's failure; any other word is one already."""
    return FAILURE.get(word, word) if word is not None else None


@dataclass
class Visited:
    """A measurement under construction."""

    input: str
    url: str = ""
    depth: int = 0
    clock: float = 0.0
    tid: int = 0
    ip: str = IP
    port: int = 443
    arm_now: Arm | None = None
    parts: dict[str, list[Any]] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    # --- where we are

    @property
    def host(self) -> str:
        """The present hop's."""
        return split_url(self.url)[1]

    @property
    def sni(self) -> str:
        """The name that a hello carries."""
        literal = ":" in self.host or self.host.replace(".", "").isdigit()
        return "" if literal else self.host

    def hop(self, url: str) -> Self:
        """The redirect is followed: what comes now is of the next hop."""
        self.url, self.depth, self.port = url, self.depth + 1, split_url(url)[2]
        return self

    def arm(self, experiment: str, name: str, repetition: int = 0) -> Self:
        """What comes now is of this arm; `base()` ends it."""
        self.arm_now = Arm(experiment=experiment, name=name, repetition=repetition)
        return self

    def base(self) -> Self:
        """Back to the base visit."""
        self.arm_now = None
        return self

    def found(self, kind: str, subject: str | None = None) -> Self:
        """The environment gate found that."""
        self.findings.append(Finding(kind=kind, says=f"{kind} was found.", subject=subject))
        return self

    def _add(self, kind: str, record: Any) -> Self:  # noqa: ANN401 - any record
        self.parts.setdefault(kind, []).append(record)
        return self

    def _common(self, seconds: float) -> dict[str, Any]:
        t0, self.clock = self.clock, round(self.clock + seconds, 4)
        return {"t0": t0, "t": self.clock, "depth": self.depth, "arm": self.arm_now}

    # --- DNS

    def ask(
        self,
        role: str,
        engine: str,
        answers: Sequence[str],
        why: str | None = None,
        *,
        name: str | None = None,
        late: bool = False,
        same: bool = False,
        seconds: float = 0.02,
        asn: int | None = None,
    ) -> Self:
        """One question. `late`: a second answer to the last; `same`: of the same transaction."""
        if not (late or same):
            self.tid += 1
        v6 = bool(answers) and ":" in answers[0]
        kind = "AAAA" if v6 else "A"
        record = DNSQuery(
            transaction_id=self.tid,
            engine=engine,
            role=role,
            resolver_address=f"{role}:53",
            hostname=name or self.host,
            query_type=kind,
            failure=failure(why),
            answers=tuple(
                DNSAnswer(answer_type="AAAA" if ":" in a else "A", value=a, ttl=60, asn=asn)
                for a in answers
            ),
            late=late,
            **self._common(seconds),
        )
        return self._add("queries", record)

    def system(self, *answers: str, why: str | None = None, seconds: float = 0.02) -> Self:
        """As applications ask."""
        if answers:
            self.ip = answers[0]
        return self.ask("system", "getaddrinfo", answers, why, seconds=seconds)

    def configured(self, *answers: str, why: str | None = None, late: bool = False) -> Self:
        """The same resolver, asked directly."""
        return self.ask("configured", "udp", answers, why, late=late)

    def public(self, *answers: str, why: str | None = None, late: bool = False) -> Self:
        """A public resolver in the clear."""
        return self.ask("public", "udp", answers, why, late=late)

    def doh(self, *answers: str, why: str | None = None) -> Self:
        """An encrypted one."""
        return self.ask("public", "doh", answers, why)

    # --- connections

    def tcp(self, ip: str | None = None, why: str = S, port: int | None = None) -> Self:
        """A connect to the last address, or this one; what follows goes over it."""
        self.tid += 1
        self.ip = ip or self.ip
        self.port = port or split_url(self.url)[2]
        slow = {D: 8.0, L: 0.0001}.get(why, 0.04)
        record = TCPConnect(
            transaction_id=self.tid,
            ip=self.ip,
            port=self.port,
            failure=failure(why),
            **self._common(slow),
        )
        return self._add("tcp_connects", record)

    def tls(
        self,
        why: str = S,
        *,
        sni: str | None = None,
        chain: tuple[bytes, ...] = (),
        unverified: bool = False,
    ) -> Self:
        """The handshake on it."""
        record = TLSHandshake(
            transaction_id=self.tid,
            ip=self.ip,
            port=self.port,
            server_name=self.sni if sni is None else sni,
            failure=failure(why),
            peer_certificates=chain,
            no_tls_verify=unverified,
            **self._common(0.08),
        )
        return self._add("tls_handshakes", record)

    def get(
        self,
        status: int | None = 200,
        body: bytes = SITE,
        why: str = S,
        *,
        location: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        seconds: float = 0.1,
        length: int | None = None,
        url: str | None = None,
    ) -> Self:
        """The request on it, and the answer. `length`: what arrived, where it is not the body's."""
        answered = status is not None
        kept = body if answered and location is None else b""
        told = (("Location", location),) if location is not None else ()
        record = HTTPTransaction(
            transaction_id=self.tid,
            url=url or self.url,
            ip=self.ip,
            port=self.port,
            failure=failure(why),
            status_code=status,
            headers=(*told, *headers),
            body=kept if answered else None,
            body_length=len(kept) if length is None else length,
            body_sha256=sha256(kept) if kept else None,
            title=None,
            body_is_truncated=answered and failure(why) is not None,
            **self._common(seconds),
        )
        return self._add("http_transactions", record)

    def fails(self, letter: str) -> Self:
        """The request gets no answer."""
        return self.get(None, why=letter)

    def redirects(self, location: str, status: int = 302) -> Self:
        """The request is answered with a redirect."""
        return self.get(status, location=location)

    def opens(self, ip: str | None = None, body: bytes = SITE, status: int = 200) -> Self:
        """Connected, shaken hands where it is https, and the page."""
        self.tcp(ip)
        if self.url.startswith("https:"):
            self.tls()
        return self.get(status, body)

    def quic(self, why: str = D, sni: str | None = None) -> Self:
        """A QUIC handshake."""
        self.tid += 1
        record = QUICHandshake(
            transaction_id=self.tid,
            ip=self.ip,
            port=443,
            server_name=sni or self.host,
            failure=failure(why),
            **self._common(0.1),
        )
        return self._add("quic_handshakes", record)

    def received(self, count: int) -> Self:
        """A sample of the last transfer's bytes."""
        event = NetworkEvent(
            transaction_id=self.tid,
            operation="bytes_received_cumulative",
            t=self.clock,
            num_bytes=count,
            depth=self.depth,
            arm=self.arm_now,
        )
        return self._add("network_events", event)

    # --- the outside

    def control(
        self,
        *addresses: str,
        body: bytes = SITE,
        status: int = 200,
        http: str | None = None,
        dns: str | None = None,
        tcp: str = S,
        tls: str | None = S,
        also: Sequence[ControlEndpoint] = (),
        hops: Sequence[ControlHop] = (),
        chain: tuple[str, ...] = (),
        told: bool = True,
        **more: Any,  # noqa: ANN401 - of ControlHTTP
    ) -> Self:
        """The control's answer. `told`: hashes and sketches, as ours gives and OONI's does not."""
        ports = {443, split_url(self.url)[2]}
        endpoints = tuple(
            ControlEndpoint(
                ip=ip,
                port=port,
                tcp_failure=failure(tcp),
                tls_done=port != 80 and tcp == S and tls is not None,
                tls_failure=failure(tls) if port != 80 and tcp == S else None,
                chain_sha256=chain,
            )
            for ip in addresses
            for port in sorted(ports)
        )
        page = ControlHTTP(status_code=-1, failure=failure(http))
        if http is None:
            page = ControlHTTP(
                status_code=status,
                title=title(body),
                body_length=len(body),
                hops=tuple(hops),
                body_sha256=sha256(body) if told else None,
                shingles=shingles(body) if told else (),
                stable=True if told else None,
                runtime=0.2 if told else None,
            )
            page = replace(page, **more)
        answer = ControlAnswered(
            depth=self.depth,
            url=self.url,
            address="https://control.example/",
            dns=ControlDNS(failure=failure(dns), addresses=tuple(addresses)),
            http=page,
            endpoints=(*endpoints, *also),
            runtime=0.5,
        )
        self.controls.append(answer)
        return self

    def no_control(self) -> Self:
        """None answered."""
        self.controls.append(
            ControlFailed(depth=self.depth, url=self.url, failure="generic_timeout_error")
        )
        return self


def sha256(data: bytes) -> str:
    """In hex."""
    return hashlib.sha256(data).hexdigest()


def title(body: bytes) -> str:
    """What stands between <title> and </title>."""
    return body.partition(b"<title>")[2].partition(b"</title>")[0].decode()


def endpoint(ip: str, port: int = 443, tcp: str = S, tls: str | None = S) -> ControlEndpoint:
    """What the control saw there."""
    done = tls is not None and tcp == S and port != 80
    return ControlEndpoint(
        ip=ip,
        port=port,
        tcp_failure=failure(tcp),
        tls_done=done,
        tls_failure=failure(tls) if done else None,
    )
