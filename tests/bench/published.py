"""From a collector's file to what the world has: publish, publish again, snapshot, verify, mirror. Seconds and memory of each.

python -m tests.bench.published [MEASUREMENTS]

10000 unless told; a tenth of it first: memory must not grow with it. k is 1, so all of them are published.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.site_world import build
from tests.netlab.lab import ROOT

_PUBLISH = (
    "import sys; from pathlib import Path; from probe.wiring.site import publish_once;"
    "print(publish_once(Path(sys.argv[1]), Path(sys.argv[2]), 1))"
)
_MEASURED = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr);"
    "sys.exit(done.returncode)"
)


def timed(name: str, *words: object) -> None:
    """One step in a process of its own; what it took."""
    command = [sys.executable, "-c", _MEASURED, sys.executable, *map(str, words)]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {name:9} {seconds:7.1f} s ({busy:6.1f} s of CPU) {done.stderr.split()[-1]:>5} MiB")


def chain(folder: Path, total: int) -> None:
    """All of them, on so many measurements at a collector."""
    source, target, key = folder / "collector.db", folder / "published.db", folder / "key"
    build(source, total, published=False)
    command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key))
    subprocess.run(command, check=True)
    print(f"{total} measurements at the collector, {source.stat().st_size / 2**20:.0f} MiB")
    cli = ("-m", "probe.cli")
    timed("publish", "-c", _PUBLISH, source, target)
    timed("again", "-c", _PUBLISH, source, target)
    timed("snapshot", *cli, "snapshot", folder / "out", "--db", target, "--key", key)
    signers = folder / "out" / "allowed_signers"
    timed("verify", *cli, "snapshot", "verify", folder / "out", "--signers", signers)
    timed("mirror", *cli, "site", "mirror", folder / "mirror", "--db", folder / "out/anyqta.db")
    files = [path for path in (folder / "mirror").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    print(f"  mirror: {len(files)} files, {size / 2**20:.0f} MiB")


def main() -> None:
    """A tenth, then all."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for part in (total // 10, total):
        with tempfile.TemporaryDirectory() as folder:
            chain(Path(folder), part)


if __name__ == "__main__":
    main()
