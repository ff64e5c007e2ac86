"""Small published files, in any order, and snapshots of them."""

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from measurements.exchange import csv_table, legal, ooni, parquet
from measurements.schema.measurement import Measurement, Place
from measurements.schema.records import HTTPTransaction, Records, TCPConnect
from measurements.schema.words import Status
from measurements.snapshots.manifest import Manifest
from measurements.snapshots.snapshot import Formats, Wanted, make
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict

HOSTILE = (
    *("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "a;=1", 'a",=1'),
    *(
        "'=quoted",
        "nul\x00inside",
        "half \ud800 pair",
        "\udfff",
        "\uff1d\uff11",
        "",
        " ",
        "x" * 100_000,
    ),
    *("<script>alert(1)</script>", "'; DROP TABLE measurements; --", "\u202eevil", "é\u0301\r\n"),
)
FORMATS = Formats(
    csv=csv_table.write_csv,
    parquet=parquet.write_parquet,
    documents=ooni.export,
    context=legal.load,
    versions={"anyqta": "test", "pyarrow": parquet.version()},
)


def a_published(i: int, *, status: Status | None = None, title: str = "t") -> Measurement:
    """The i-th; its status follows from i."""
    of = status or (Status.BLOCKED if i % 3 else Status.ACCESSIBLE)
    return a_measurement(
        f"20261123T06_KZ_{i:05d}",
        run_id="published",
        input=f"https://t{i % 5}.example/",
        verdict=a_verdict(of),
        probe=Place(asn=64500 + i % 4, cc="KZ", as_org_name=f"Net {i % 4}"),
        records=Records(
            tcp_connects=(TCPConnect(transaction_id=1, ip="192.0.2.1", port=443, t0=0.0, t=0.1),),
            http_transactions=(
                HTTPTransaction(
                    transaction_id=1,
                    url="https://t.example/",
                    ip="192.0.2.1",
                    port=443,
                    t0=0.1,
                    t=0.2,
                    title=title,
                ),
            ),
        ),
    )


def a_file(path: Path, measurements: Sequence[Measurement], *, seed: int | None = None) -> Path:
    """A published file; with a seed, filled in another order."""
    order = list(measurements)
    if seed is not None:
        random.Random(seed).shuffle(order)
    with Store.open(path) as store:
        for m in order:
            store.save(m)
    return path


def a_key(folder: Path, name: str = "key") -> Path:
    """A throw-away key."""
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def a_snapshot(
    source: Path, out: Path, *, key: Path | None = None, previous: Path | None = None
) -> Manifest:
    """Made on one and the same day."""
    wanted = Wanted(source=source, out=out, made_on="2026-11-25", key=key, previous=previous)
    return make(wanted, FORMATS, say=lambda _: None)
