"""A collector's file for tests: who sent what, when."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measurements.analysis.publish import Published, publish
from measurements.schema.measurement import Measurement, Place
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Status
from measurements.store.intake import Arrival, Intake, Terms
from measurements.store.store import Store

OPEN, INVITED = Terms(quarantine=True, k=2), Terms(quarantine=False)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One measurement, told shortly. `sender` None: by OONI's protocol."""

    n: int
    sender: int | None
    day: str = "2026-10-05"
    received: str | None = None
    asn: int = 9198
    url: str = "https://selftanu.kz/"
    status: Status = Status.BLOCKED
    locus: Locus = Locus.NETWORK
    time: str = "06:41:37"
    resolver: str | None = None
    alone: bool = False

    @property
    def uid(self) -> str:
        """As a probe makes it."""
        minute = f"{self.day}{self.time}".replace("-", "").replace(":", "")
        return f"{minute}.000000_KZ_webconnectivity_{hashlib.sha256(str(self.n).encode()).hexdigest()[:16]}"

    @property
    def withdrawal(self) -> bytes:
        """What hashes to its secret."""
        return hashlib.sha256(f"withdraw {self.n}".encode()).digest()

    def measurement(self) -> Measurement:
        """With things in it that must not come out."""
        blocked = self.status is Status.BLOCKED
        return Measurement(
            measurement_uid=self.uid,
            run_id=f"run-{self.sender}-{self.day}",
            report_id=f"report-{self.sender}-{self.day}",
            input=self.url,
            measurement_start_time=f"{self.day}T{self.time}Z",
            test_start_time=f"{self.day}T06:40:01Z",
            test_runtime=2.123456,
            software_name="anyqta",
            software_version="0.1.0",
            annotations=(("who", f"annotation-{self.sender}"),),
            probe=Place(asn=self.asn, cc="KZ", as_org_name=f"Name of AS{self.asn}"),
            resolver=Place(asn=self.asn, cc="KZ", as_org_name=f"Name of AS{self.asn}"),
            resolver_ip=self.resolver,
            verdict=Verdict(
                status=self.status,
                confidence=0.95,
                summary=f"Blocked, says {self.resolver}." if self.resolver else "Blocked.",
                rules_version=1,
                locus=self.locus,
                layer=Layer.TLS if blocked else None,
                mechanism=Mechanism.TIMEOUT if blocked else None,
            ),
        )


def collect(path: Path, sent: Sequence[Sent], terms: Terms = INVITED) -> None:
    """Take them in, in this order."""
    with Store.open(path) as store:
        arrivals = [
            Arrival(
                measurement=s.measurement(),
                claim=None,
                content_sha256=hashlib.sha256(s.uid.encode()).digest(),
                withdraw_sha256=s.withdrawal,
                sender=None
                if s.sender is None
                else hashlib.sha256(f"key {s.sender}".encode()).digest(),
                invited=not terms.quarantine,
                protocol="batch",
                day=s.received or s.day,
                alone=s.alone,
            )
            for s in sent
        ]
        outcomes = Intake(store).take(arrivals, terms=terms)
        assert all(o.status == "accepted" for o in outcomes), outcomes


class World:
    """A collector's file and the published one beside it."""

    def __init__(self, folder: Path, k: int = 2) -> None:
        """In this folder."""
        self.source, self.target, self.k = folder / "collector.db", folder / "public.db", k

    def collect(self, *sent: Sent, terms: Terms = INVITED) -> None:
        """Take in."""
        collect(self.source, sent, terms)

    def publish(self, today: str = "2026-12-31", listed: frozenset[str] = frozenset()) -> Published:
        """A pass."""
        return publish(self.source, self.target, k=self.k, today=today, listed=listed)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """From the published file."""
        with Store.open(self.target, read_only=True) as store, store.reading() as conn:
            return conn.execute(sql).fetchall()

    def count(self) -> int:
        """Measurements in it."""
        return len(self.rows("SELECT 1 FROM measurements"))

    def bytes(self) -> bytes:
        """Everything that is on the disk of it."""
        folder = self.target.parent
        return b"".join(p.read_bytes() for p in sorted(folder.glob(f"{self.target.name}*")))
