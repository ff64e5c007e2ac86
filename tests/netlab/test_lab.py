"""The lab shown to do what it says, with plain sockets and without our product: path, loss, pace, resolvers, interception."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.netlab import ns, places
from tests.netlab.lab import PYTHON, ROOT, Lab
from tests.netlab.marks import IN_THE_LAB
from tests.netlab.model import (
    Answer,
    DnsForge,
    Drop,
    Intercept,
    Link,
    Name,
    Page,
    Reset,
    Rule,
    Site,
    World,
)

pytestmark = IN_THE_LAB
V4, OTHER4, V6 = "93.184.200.1", "93.184.200.2", "2606:2800:200::1"
_SITES = (
    Site(("plain.example.org",), (V4,), (V6,), http=Page("big", size=2_000_000), h2=True, h3=True),
    Site(("cut.example.org",), (V4,), http=Page()),
    Site(("mitm.example.org",), (OTHER4,), http=Page()),
    Site(("reset.example.org",), (OTHER4,), http=Page()),
)
_NAMES = tuple(Name(s.names[0], Answer(s.v4, s.v6)) for s in _SITES)
_RULES = (
    Rule(Drop(), sni=("cut.example.org",), residual=3.0),
    Rule(Reset(), sni=("reset.example.org",), residual=3.0, scope="3tuple"),
    Rule(Intercept("isca"), sni=("mitm.example.org",)),
    Rule(Drop(), sni=("quic-cut.example.org",), quic=True),
    Rule(DnsForge(a=("10.9.8.7",)), qname=("forged.example.org",)),
)
WORLD = World(_SITES, _NAMES, _RULES)
_TLS = """
import json, socket, ssl, sys, time
def hello(address, name, port=0):
    context = ssl.create_default_context()
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0')
        sock.settimeout(1.5)
        if port: sock.bind(("", port))
        sock.connect((address, 443))
        sock = context.wrap_socket(sock, server_hostname=name)
        sock.close()
        return "ok"
    except ssl.SSLCertVerificationError: return "cert"
    except TimeoutError: return "timeout"
    except ConnectionRefusedError: return "refused"
    except ConnectionResetError: return "reset"
    except OSError as error: return repr(error)
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One lab for the tests that do not change the line."""
    with Lab(WORLD) as made:
        yield made


def told(lab: Lab, code: str, place: str = "probe") -> Any:  # noqa: ANN401  JSON
    """What a script in a namespace prints, as JSON."""
    done = lab.run(place, [PYTHON, "-c", _TLS + code])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("address", [V4, V6])
def test_every_hop_answers(lab: Lab, address: str) -> None:
    """Home, censor, ISP and transit say that the TTL is exceeded; the fifth hop is the server."""
    found = told(lab, f"from tests.netlab.visit import syn_trace; print(json.dumps(syn_trace({address!r})))")
    six = ":" in address
    routers = (
        [places.HOME6, places.CENSOR6, places.ISP6, places.TRANSIT_ISP6]
        if six
        else [places.HOME4, places.CENSOR4, places.ISP4, places.TRANSIT_ISP4]
    )
    assert found == {**{str(i + 1): r for i, r in enumerate(routers)}, "5": "open"}


def test_sni_rule_and_twin(lab: Lab) -> None:
    """The named handshake dies; another name at the same address lives, in both families."""
    code = (
        f'print(json.dumps([hello({V4!r}, "cut.example.org"), hello({V4!r}, "plain.example.org"),'
        f'hello({V6!r}, "plain.example.org")]))'
    )
    assert told(lab, code) == ["timeout", "ok", "ok"]


def test_residual_by_tuple(lab: Lab) -> None:
    """Flow scope kills the same source port only; 3-tuple scope every one; both end."""
    code = f"""
out = [hello({V4!r}, "cut.example.org", 45001), hello({V4!r}, "plain.example.org", 45001), hello({V4!r}, "plain.example.org")]
out += [hello({OTHER4!r}, "reset.example.org"), hello({OTHER4!r}, "harmless.example.org")]
time.sleep(4)
print(json.dumps(out + [hello({V4!r}, "plain.example.org", 45002), hello({OTHER4!r}, "harmless.example.org")]))"""
    assert told(lab, code) == ["timeout", "timeout", "ok", "reset", "refused", "ok", "cert"]


def test_interception_shows_its_authority(lab: Lab) -> None:
    """The forged chain carries the Kazakh root's name, serves the true page; the twin's chain is the lab's own."""
    code = f"""
def issuer(name):
    context = ssl._create_unverified_context()
    with context.wrap_socket(socket.create_connection(({OTHER4!r}, 443), 3), server_hostname=name) as sock:
        sock.sendall(f"GET / HTTP/1.1\\r\\nHost: {{name}}\\r\\nConnection: close\\r\\n\\r\\n".encode())
        page = b""
        while piece := sock.recv(65536): page += piece
        from cryptography import x509
        return [x509.load_der_x509_certificate(sock.getpeercert(True)).issuer.rfc4514_string(), b"200 OK" in page[:30]]
print(json.dumps([issuer("mitm.example.org"), issuer("harmless.example.org")]))"""
    forged, honest = told(lab, code)
    assert "O=ISCA" in forged[0]
    assert forged[1]
    assert "Lab TLS R3" in honest[0]


def test_forged_answer_and_the_honest_one(lab: Lab) -> None:
    """Two answers come for the forged name, one for its neighbour; over TLS and HTTPS nothing is forged."""
    code = """
from tests.netlab.visit import lookup
import dns.message, dns.query, dns.rcode
q = dns.message.make_query("forged.example.org", "A")
dot = dns.rcode.to_text(dns.query.tls(q, "9.9.9.9", 3, server_hostname="dns.quad9.net").rcode())
import httpx
def doh(address, two):
    with httpx.Client(http2=two) as client:
        kind = {"content-type": "application/dns-message"}
        r = client.post(f"https://{address}/dns-query", content=q.to_wire(), headers=kind)
        return [r.http_version, dns.rcode.to_text(dns.message.from_wire(r.content).rcode())]
doh = [doh("9.9.9.9", False), doh("8.8.8.8", True)]
tcp = dns.query.tcp(dns.message.make_query("plain.example.org", "A"), "1.1.1.1", 3).answer[0][0].to_text()
forged, fair = lookup("forged.example.org", "8.8.8.8", "A"), lookup("plain.example.org", "8.8.8.8", "A")[2]
print(json.dumps([forged, fair, dot, doh, tcp]))"""
    assert told(lab, code) == [
        [["10.9.8.7"], "NOERROR", 2],
        1,
        "NXDOMAIN",
        [["HTTP/1.1", "NXDOMAIN"], ["HTTP/2", "NXDOMAIN"]],
        V4,
    ]


def test_quic(lab: Lab) -> None:
    """HTTP/3 works, and dies for the name that is cut there."""
    code = f"""
import asyncio, os
from aioquic.asyncio import connect
from aioquic.quic.configuration import QuicConfiguration
async def try_(name):
    c = QuicConfiguration(alpn_protocols=["h3"], server_name=name, verify_mode=ssl.CERT_NONE)
    try:
        async with asyncio.timeout(2), connect({V4!r}, 443, configuration=c) as client:
            await client.wait_connected()
            return "ok"
    except (TimeoutError, ConnectionError): return "dead"
async def both(): return [await try_("plain.example.org"), await try_("quic-cut.example.org")]
print(json.dumps(asyncio.run(both())))"""
    assert told(lab, code) == ["ok", "dead"]


def test_round_trip(lab: Lab) -> None:
    """A connection takes the 40 ms that were asked, to the censor and back only a quarter."""
    code = f"""
took = []
for _ in range(9):
    begun = time.perf_counter(); socket.create_connection(({V4!r}, 443), 3).close(); took.append(time.perf_counter() - begun)
print(json.dumps(sorted(took)[4]))"""
    assert told(lab, code) == pytest.approx(0.041, abs=0.006)


def test_the_probe_has_a_public_face(lab: Lab) -> None:
    """Servers see the home's public address, not 192.168.1.2."""
    server = lab.prefix
    code = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('93.184.200.9', 5000)); s.settimeout(5)\n"
        "print(s.recvfrom(99)[1][0])"
    )
    listener = subprocess.Popen(
        ["ip", "netns", "exec", f"{server}-net", PYTHON, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.5)
    told(
        lab,
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('93.184.200.9', 5000)); print(1)",
    )
    assert listener.communicate(timeout=10)[0].strip() == places.PROBE_PUBLIC4


_COUNT = """
import socket, json, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setblocking(False)
import dns.message
got = 0
for i in range(2000):
    q = dns.message.make_query("plain.example.org", "A"); s.sendto(q.to_wire(), ("8.8.8.8", 53)); time.sleep(0.0005)
    try:
        while True: s.recv(999); got += 1
    except BlockingIOError: pass
time.sleep(0.5)
try:
    while True: s.recv(999); got += 1
except BlockingIOError: pass
print(json.dumps(got / 2000))
"""


def test_loss_is_what_was_asked() -> None:
    """10% each way leaves 81% of the answers."""
    with Lab(WORLD.with_link(loss_up=0.1, loss_down=0.1, seed=3)) as lossy:
        assert told(lossy, _COUNT) == pytest.approx(0.81, abs=0.03)


def _fetch(lab: Lab) -> float:
    code = f"""
s = socket.create_connection(({V4!r}, 80), 5); begun = time.perf_counter(); n = 0
s.sendall(b"GET / HTTP/1.1\\r\\nHost: plain.example.org\\r\\nConnection: close\\r\\n\\r\\n")
while n < 400_000 and (piece := s.recv(65536)): n += len(piece)
print(json.dumps(n * 8 / (time.perf_counter() - begun) / 1000))"""
    rate = told(lab, code)
    assert isinstance(rate, float)
    return rate


def test_pace_is_what_was_asked(lab: Lab) -> None:
    """A line of 1000 kbit/s carries about that; an unlimited one far more."""
    assert _fetch(lab) > 5_000
    with Lab(WORLD.with_link(kbps=1000.0)) as narrow:
        assert 750 < _fetch(narrow) < 1050


def test_forwarder_keeps_up() -> None:
    """At least 15,000 packets a second, by a download and its acknowledgements."""
    site = Site(("file.example.org",), (V4,), http=Page("big", size=60_000_000))
    with Lab(World((site,), link=Link(rtt=0.004))) as made:
        code = f"""
s = socket.create_connection(({V4!r}, 80), 5); begun = time.perf_counter(); n = 0
s.sendall(b"GET / HTTP/1.1\\r\\nHost: file.example.org\\r\\nConnection: close\\r\\n\\r\\n")
while piece := s.recv(1 << 20): n += len(piece)
print(json.dumps([n, time.perf_counter() - begun]))"""
        size, seconds = told(made, code)
    packets = made.stats["packets"]
    assert size > 60_000_000
    assert isinstance(packets, int)
    assert packets / seconds > 15_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_stays_behind(number: int) -> None:
    """A lab that is told to end removes its namespaces and processes."""
    code = (
        "import time; from tests.netlab.lab import Lab; from tests.netlab.model import World\n"
        "lab = Lab(World()).start(); print(lab.prefix, lab.folder, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        prefix, folder = process.stdout.readline().split()
        assert len(ns.existing(prefix)) == 7
        process.send_signal(number)
        process.wait(15)
    assert ns.existing(prefix) == []
    assert not Path(folder).exists()
