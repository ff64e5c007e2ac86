"""How a collector is run: what the operator chooses, and the limits. Pure."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MIB = 2**20
Mode = Literal["open", "invited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one collector takes. Rates are documents a second, and each request costs one too."""

    body: int = 8 * MIB  # of a submission, compressed
    payload: int = 64 * MIB  # the same, decompressed
    documents: int = 1000  # in a submission, or of withdrawals in a request
    document: int = 4 * MIB  # one of them; OONI's largest are about 2 MiB
    small_body: int = MIB  # of a request for withdrawals
    header_field: int = 8190  # bytes of the request line, and of each header
    header_fields: int = 64
    sender_rate: float = 100.0  # one key
    sender_burst: float = 10_000.0
    client_rate: float = 500.0  # one address; many stand behind the same
    client_burst: float = 50_000.0
    rate: float = 2_000.0  # in all
    burst: float = 50_000.0
    withdrawal_rate: float = 1.0  # one address
    withdrawal_burst: float = 5_000.0
    early_withdrawals: int = 100_000  # of what never came, beyond as many as came
    new_senders: int = 2  # a client address and day; more are taken, but support nothing
    queue: int = 1024  # submissions that wait for a worker
    held: int = 256 * MIB  # bytes of bodies that are being read or wait
    connections: int = 4096  # in all
    connections_per_client: int = 1024
    idle_time: float = 10.0  # a connection without a whole request head
    body_time: float = 15.0  # for a body, and on top of it …
    body_rate: float = 1024.0  # … a second for so many bytes
    job_time: float = 30.0  # for a worker, then it is ended
    group: int = 256  # documents that are committed together, about
    stop_time: float = 7.0  # to finish what was read


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorConfig:
    """What `anyqta serve collector` was told. With a certificate `port` speaks TLS."""

    db: Path
    host: str = "127.0.0.1"
    port: int = 8090  # 0: the system picks one
    tls_cert: Path | None = None
    tls_key: Path | None = None
    metrics: tuple[str, int] | None = None
    mode: Mode = "open"
    k: int = 3
    window_days: int = 31
    ooni: bool | None = None  # None: as the mode has it
    workers: int = 2
    trusted_proxies: tuple[str, ...] = ()  # CIDR; their X-Forwarded-For is believed
    software_version: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def takes_ooni(self) -> bool:
        """Whether OONI's protocol is served: a collector by invitation knows no strangers."""
        return self.mode == "open" if self.ooni is None else self.ooni

    @property
    def key_path(self) -> Path:
        """The collector's own key."""
        return self.db.with_name(f"{self.db.name}.key")

    @property
    def lock_path(self) -> Path:
        """What its workers take turns by."""
        return self.db.with_name(f"{self.db.name}.lock")
