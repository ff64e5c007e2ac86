"""Measurements, told as they happen: what was asked, by whom, and what came back.

    a_measurement("https://t.example/").control("9.9.9.9").system("9.9.9.9").tcp().tls(D)

Every call adds records and returns the story. Letters stand for failures, as in verdict/symbols.
"""

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
    Measurement,
)
from measurements.schema.records import (
    Arm,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Verdict
from measurements.verdict.compare import shingles
from measurements.verdict.judge import assess
from measurements.verdict.judgement import Assessment
from measurements.verdict.urls import split_url
from tests.fakes.pages import SITE, STATUS

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
class Story:
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
            transaction_id=self.tid, ip=self.ip, port=self.port, failure=failure(why),
            **self._common(slow),
        )  # fmt: skip
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
            transaction_id=self.tid, ip=self.ip, port=self.port,
            server_name=self.sni if sni is None else sni, failure=failure(why),
            peer_certificates=chain, no_tls_verify=unverified, **self._common(0.08),
        )  # fmt: skip
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
            transaction_id=self.tid, url=url or self.url, ip=self.ip, port=self.port,
            failure=failure(why), status_code=status, headers=(*told, *headers),
            body=kept if answered else None, body_length=len(kept) if length is None else length,
            body_sha256=sha256(kept) if kept else None, title=None,
            body_is_truncated=answered and failure(why) is not None,
            **self._common(seconds),
        )  # fmt: skip
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
            transaction_id=self.tid, ip=self.ip, port=443, server_name=sni or self.host,
            failure=failure(why), **self._common(0.1),
        )  # fmt: skip
        return self._add("quic_handshakes", record)

    def received(self, count: int) -> Self:
        """A sample of the last transfer's bytes."""
        event = NetworkEvent(
            transaction_id=self.tid, operation="bytes_received_cumulative", t=self.clock,
            num_bytes=count, depth=self.depth, arm=self.arm_now,
        )  # fmt: skip
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
                ip=ip, port=port, tcp_failure=failure(tcp),
                tls_done=port != 80 and tcp == S and tls is not None,
                tls_failure=failure(tls) if port != 80 and tcp == S else None, chain_sha256=chain,
            )
            for ip in addresses for port in sorted(ports)
        )  # fmt: skip
        page = ControlHTTP(status_code=-1, failure=failure(http))
        if http is None:
            page = ControlHTTP(
                status_code=status, title=title(body), body_length=len(body), hops=tuple(hops),
                body_sha256=sha256(body) if told else None, shingles=shingles(body) if told else (),
                stable=True if told else None, runtime=0.2 if told else None,
            )  # fmt: skip
            page = replace(page, **more)
        answer = ControlAnswered(
            depth=self.depth, url=self.url, address="https://control.example/",
            dns=ControlDNS(failure=failure(dns), addresses=tuple(addresses)),
            http=page, endpoints=(*endpoints, *also), runtime=0.5,
        )  # fmt: skip
        self.controls.append(answer)
        return self

    def no_control(self) -> Self:
        """None answered."""
        self.controls.append(
            ControlFailed(depth=self.depth, url=self.url, failure="generic_timeout_error")
        )
        return self

    # --- experiments

    def again(self, **arms: str) -> Self:
        """ip_port: a letter for each connect of an arm (t, c, p)."""
        for name, letters in arms.items():
            for number, letter in enumerate(letters):
                self.arm("ip_port", name, number)
                where = {"c": ELSEWHERE}.get(name, self.ip)
                self._keep(lambda w=where, a=letter: self.tcp(w, a))  # type: ignore[misc]
        return self.base()

    def matrix(self, **arms: str) -> Self:
        """sni_matrix: a letter for each handshake of an arm (s1 … s7)."""
        for name, letters in arms.items():
            for number, letter in enumerate(letters):
                self.arm("sni_matrix", name, number)
                where = ELSEWHERE if name in {"s3", "s4"} else self.ip
                sni = {"s2": "c.example", "s4": "c.example", "s5": ""}.get(name, self.sni)
                self._keep(lambda w=where, a=letter, n=sni: self.tcp(w).tls(a, sni=n))  # type: ignore[misc]
        return self.base()

    def shown(self, why: str, **chains: tuple[bytes, ...]) -> Self:
        """sni_matrix: one handshake of each arm, with that failure and chain."""
        for name, chain in chains.items():
            self.arm("sni_matrix", name)
            where = ELSEWHERE if name in {"s3", "s4"} else self.ip
            sni = {"s2": "c.example", "s4": "c.example", "s5": ""}.get(name, self.sni)
            self._keep(lambda w=where, n=sni, c=chain: self.tcp(w).tls(why, sni=n, chain=c))  # type: ignore[misc]
        return self.base()

    def hosts(self, **arms: Sequence[str | bytes]) -> Self:
        """http_host: for each trial of an arm a letter, a body, or a URL that it is redirected to."""
        for name, trials in arms.items():
            for number, trial in enumerate(trials):
                self.arm("http_host", name, number)
                where = ELSEWHERE if name in {"h3", "h4"} else self.ip
                self._keep(lambda n=name, w=where, a=trial: self._host_trial(n, w, a))  # type: ignore[misc]
        return self.base()

    def _host_trial(self, name: str, where: str, answer: str | bytes) -> None:
        self.tcp(where, port=443 if name == "t1" else None)
        if name == "t1":
            self.tls(A if answer == A else S)
        if isinstance(answer, bytes):
            self.get(STATUS.get(answer, 200), answer)
        elif "://" in answer:
            self.redirects(answer)
        else:
            self.fails(answer)

    def transports(self, arm: str, *trials: Sequence[str] | str) -> Self:
        """dns_transports: for each question of an arm its addresses, or a failure."""
        engine = arm.split("_", maxsplit=1)[0]
        role = {"udp": "configured", "tcp": "configured", "public": "public"}.get(engine, "other")
        name = "c.example" if arm.endswith("_c") else None
        for number, trial in enumerate(trials):
            self.arm("dns_transports", arm, number)
            why = trial if isinstance(trial, str) else None
            answers = () if isinstance(trial, str) else tuple(trial)
            how = engine if engine in {"tcp", "dot", "doh"} else "udp"
            self.ask(role, how, answers, why, name=name)
        return self.base()

    def paces(self, **arms: Sequence[float]) -> Self:
        """throttling: kilobytes a second of each transfer of an arm."""
        for name, values in arms.items():
            for number, pace in enumerate(values):
                self.arm("throttling", name, number)
                size = 128 * 1024
                seconds = size / 1024 / max(pace, 0.1)
                self._keep(lambda s=seconds, n=size: self.tcp().get(length=n, seconds=s))  # type: ignore[misc]
        return self.base()

    def _keep(self, act: Any) -> None:  # noqa: ANN401 - a thunk
        ip, port = self.ip, self.port
        act()
        self.ip, self.port = ip, port

    # --- the end

    def told(self) -> Measurement:
        """The measurement."""
        return Measurement(
            measurement_uid="20261123000000.000000_KZ_webconnectivity_0123456789abcdef",
            run_id="r", input=self.input, measurement_start_time="2026-11-23T00:00:00Z",
            test_start_time="2026-11-23T00:00:00Z", test_runtime=self.clock,
            software_name="anyqta", software_version="0",
            findings=tuple(self.findings), controls=tuple(self.controls),
            records=Records(**{kind: tuple(items) for kind, items in self.parts.items()}),
        )  # fmt: skip

    def assessed(self) -> Assessment:
        """Judged, with what is still wanted."""
        return assess(self.told())

    def verdict(self) -> Verdict:
        """Judged."""
        return self.assessed().verdict

    def rules(self) -> set[str]:
        """The ids of all rules that fired, of the hop's side TLS and of the causal table too."""
        found: set[str] = set()
        for judged in self.assessed().judged:
            every = (*judged.findings, *([judged.side_tls] if judged.side_tls else []))
            found |= {f.rule_id for f in every}
            if judged.tls.experimented:
                found.add(judged.tls.row.id)
        return found


def a_measurement(url: str) -> Story:
    """The beginning of every story."""
    return Story(input=url, url=url, port=split_url(url)[2])


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
