"""Measurements, told as they happen: what was asked, by whom, and what came back.

    a_measurement("https://t.example/").control("9.9.9.9").system("9.9.9.9").tcp().tls(D)

Every call adds records and returns the story. Letters stand for failures, as in verdict/symbols.
"""

from collections.abc import Callable, Sequence
from typing import Self

from measurements.schema.measurement import Measurement
from measurements.schema.records import Records
from measurements.schema.verdict import Verdict
from measurements.verdict.judge import assess
from measurements.verdict.judgement import Assessment
from measurements.verdict.urls import split_url
from tests.fakes.pages import STATUS
from tests.fakes.visit import (
    BOGON,
    ELSEWHERE,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    A,
    C,
    D,
    F,
    L,
    R,
    S,
    U,
    Visited,
    X,
    endpoint,
    sha256,
)

__all__ = [
    "BOGON",
    "ELSEWHERE",
    "IP",
    "IP6",
    "OTHER_IP",
    "STRANGER",
    "A",
    "C",
    "D",
    "F",
    "L",
    "R",
    "S",
    "Story",
    "U",
    "X",
    "a_measurement",
    "endpoint",
    "sha256",
]


class Story(Visited):
    """A measurement under construction: a visit, and the experiments after it."""

    def again(self, **arms: str) -> Self:
        """ip_port: a letter for each connect of an arm (t, c, p)."""
        for name, letters in arms.items():
            for number, letter in enumerate(letters):
                self.arm("ip_port", name, number)
                where = {"c": ELSEWHERE}.get(name, self.ip)
                self._keep(lambda w=where, a=letter: self.tcp(w, a))  # type: ignore[misc]
        return self.base()

    def matrix(self, **arms: Sequence[str]) -> Self:
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

    def _keep(self, act: Callable[[], object]) -> None:
        ip, port = self.ip, self.port
        act()
        self.ip, self.port = ip, port

    # --- the end

    def told(self) -> Measurement:
        """The measurement."""
        return Measurement(
            measurement_uid="20261123000000.000000_KZ_webconnectivity_0123456789abcdef",
            run_id="r",
            input=self.input,
            measurement_start_time="2026-11-23T00:00:00Z",
            test_start_time="2026-11-23T00:00:00Z",
            test_runtime=self.clock,
            software_name="anyqta",
            software_version="0",
            findings=tuple(self.findings),
            controls=tuple(self.controls),
            records=Records(**{kind: tuple(items) for kind, items in self.parts.items()}),
        )

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
