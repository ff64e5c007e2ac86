"""What the command line asks of the wiring, and what it gets back: checked, plain values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probe.engine.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """Measure these targets into this home.

    `resolvers` are ip:port ([ip]:port for IPv6), asked in the clear beside the system's own; none
    of them, or no `doh`, means the usual ones. `controls` and `doh` are URLs; no control means to
    judge without. `resume_run_id`: go on with this stored run, of which `targets` are what is left.
    `max_runtime` is seconds. `ca_file` adds to the bundled trust store. `share_with`: collectors'
    URLs that are owed what is measured. `arms`: the experiments that may be run (None: all);
    `most_a_day`: names on the wire in 24 hours for each site, see budget.py (None: no bound).
    """

    home: Path
    targets: tuple[Target, ...]
    controls: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    concurrency: int | None = None
    max_runtime: float | None = None
    diagnose: bool = True
    resume_run_id: str | None = None
    ca_file: Path | None = None
    share_with: tuple[str, ...] = ()
    arms: frozenset[str] | None = None
    most_a_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How a run went. `exit_code` is 0 measured, 1 failed, 3 offline or behind a captive portal.

    `message` is a sentence for a person, or empty. `left`: targets that a run which goes on will measure.
    """

    run_id: str
    measured: int
    failed: int
    interrupted: bool
    exit_code: int
    message: str = ""
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """Measure a pretend Internet with a pretend censor, on loopback, into this home."""

    home: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeControlRequest:
    """Serve the control until interrupted. `allow_private` are CIDRs, for a lab."""

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None
    http_port: int | None = None
    resolvers: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeCollectorRequest:
    """Collect until interrupted. `trusted_proxies` are CIDRs. None: the usual value."""

    host: str
    port: int
    db: Path
    tls_cert: Path | None = None
    tls_key: Path | None = None
    metrics: tuple[str, int] | None = None
    mode: Literal["open", "invited"] = "open"
    k: int = 3
    window_days: int = 31
    ooni: bool | None = None
    workers: int | None = None
    trusted_proxies: tuple[str, ...] = ()
    max_rate: float | None = None
    client_rate: float | None = None
    sender_rate: float | None = None
    judge: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSiteRequest:
    """Serve the observatory's pages until interrupted. `trusted_proxies` are CIDRs.

    `publish_to`: where a collector's file is published (None: beside it); with so many senders (`k`), again
    after so many `minutes`. `sql`: any SQL is answered, so only on this computer.
    """

    db: Path
    host: str = "127.0.0.1"
    port: int = 8070
    trusted_proxies: tuple[str, ...] = ()
    publish_to: Path | None = None
    k: int = 3
    minutes: int = 60
    sql: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    """Bring collectors what this home owes them.

    `collectors` are URLs, maybe with #key=…; `run_id`, `since`, `until` restrict as in `results`.
    `agreed_since`: what was measured before is left alone; None: that goes as well. `hurry`: now,
    whatever the pauses say. `invite`: for the only collector. `alone`: see consent's Sharing.
    """

    home: Path
    collectors: tuple[str, ...]
    proxy: str | None = None
    run_id: str | None = None
    since: str | None = None
    until: str | None = None
    bodies: bool = False
    alone: bool = False
    agreed_since: str | None = None
    invite: str | None = None
    trust_new_key: bool = False
    hurry: bool = True
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRequest:
    """Have these deleted at every collector (`collectors` empty) that has them; all: neither given."""

    home: Path
    uids: tuple[str, ...] = ()
    run_id: str | None = None
    collectors: tuple[str, ...] = ()
    proxy: str | None = None
    ca_file: Path | None = None
