"""A command in a network of its own, where every packet that leaves is counted. Needs root.

The default route leads into a cable whose other end nobody reads; loopback counts too. IPv6 is off, so
that the kernel itself has nothing to say; strace, where it is there, sees what was meant for it.
"""

import re
import shutil
from pathlib import Path

_WORLD = """
ip link set lo up
ip link add v0 type veth peer name v1
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip addr add 198.51.100.2/24 dev v0
ip link set v0 up
ip link set v1 up
ip route add default via 198.51.100.1 dev v0
ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 dev v0
"""
_CALLS = "connect,sendto,sendmsg,sendmmsg"
_PACKETS = re.compile(r"^ *(?:lo|v0): *\d+(?: +\d+){8} +(\d+)", re.MULTILINE)


def prefix(folder: Path) -> tuple[str, ...]:
    """Before the command's words. What it did stands in `folder` afterwards; see `sent`."""
    folder.mkdir(parents=True, exist_ok=True)
    trace = ""
    if shutil.which("strace"):
        trace = f"strace -f -qq --seccomp-bpf -e trace={_CALLS} -o {folder}/calls"
    script = f'set -e{_WORLD}set +e\n{trace} "$@"\ns=$?\ncat /proc/net/dev > {folder}/dev\nexit $s'
    return ("unshare", "-n", "sh", "-c", script, "sh")


def sent(folder: Path) -> int:
    """The packets that left, over any interface."""
    counts = _PACKETS.findall((folder / "dev").read_text())
    assert 2 == len(counts), "the counter itself is broken"
    return sum(map(int, counts))


def called(folder: Path) -> list[str]:
    """Calls that were meant for the Internet; none where nothing can see them."""
    path = folder / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if "AF_INET" in line]
