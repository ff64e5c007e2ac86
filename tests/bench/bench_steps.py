"""What one HTTPS visit costs this computer: CPU of connect, handshake, verify, fetch.

    .venv/bin/python -m tests.bench.bench_steps [VISITS]

The server runs in a process of its own, so that only the client's CPU is counted.
"""

import asyncio
import contextlib
import multiprocessing
import resource
import ssl
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from probe.net.resolvers import Endpoint
from probe.net.trust import Trust
from probe.steps import dns, http, quic, tcp, tls
from tests.fakes.certificates import issue, leaf, root, trust_in
from tests.fakes.loopback import V4, new_trace

NAME = "site.example"
BODY = b"<html><title>bench</title>" + b"x" * 60_000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


def server(pipe: Connection, chain: str, key: str) -> None:
    """Serve until killed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
            writer.close()

    async def main() -> None:
        listening = await asyncio.start_server(serve, V4, 0, ssl=context)
        pipe.send(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()

    asyncio.run(main())


async def visit(trust: Trust, port: int) -> None:
    """As the base visit does it."""
    trace = new_trace(trust=trust)
    _, stream = await tcp.connect(trace, V4, port, transaction_id=1)
    assert stream is not None
    record, secure = await tls.handshake(
        trace, stream, V4, port, transaction_id=1, server_name=NAME, verify_name=NAME
    )
    assert secure is not None
    assert record.failure is None
    request = http.Request(url=f"https://{NAME}/", host=NAME, ip=V4, port=port)
    page = await http.fetch(trace, secure, request, transaction_id=1)
    assert page.body == BODY, page.failure
    secure.close()


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def many(trust: Trust, port: int, visits: int) -> None:
    """One after the other."""
    for _ in range(visits):
        await visit(trust, port)


def per_call(label: str, calls: int, since: float) -> None:
    """Print it."""
    print(f"{label:<44}{(time.process_time() - since) / calls * 1000:8.2f} ms CPU")


def main() -> None:
    """Measure and print."""
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    folder = Path(tempfile.mkdtemp())
    chain, key = leaf(NAME).write(folder)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=server, args=(there, str(chain), str(key)), daemon=True
    )
    process.start()
    port = here.recv()

    start = time.process_time()
    trust = trust_in(root(), folder)
    per_call("Trust() of the bundled list", 1, start)
    chains = [leaf(NAME).chain for _ in range(50)]
    start = time.process_time()
    for each in chains:
        trust.failure(each, NAME)
    per_call("verify a chain, the first time", len(chains), start)
    start = time.process_time()
    for each in chains:
        trust.failure(each, NAME)
    per_call("verify a chain, again", len(chains), start)
    bad = issue(NAME, sans=(NAME,)).chain
    assert trust.failure(bad, NAME) == "ssl_unknown_authority"

    asyncio.run(many(trust, port, 5))
    before = peak_mb()
    start = time.process_time()
    asyncio.run(many(trust, port, visits))
    per_call("connect + TLS + verify + fetch of 60 kB", visits, start)
    print(f"{'memory grew by':<44}{peak_mb() - before:8.2f} MB over {visits} visits")

    question = dns.Question(hostname=NAME, query_type="A", resolver=Endpoint(V4, 9), role="public")
    start = time.process_time()
    for _ in range(500):
        dns.ask(question).to_wire()
    per_call("make a DNS question", 500, start)

    before, start = peak_mb(), time.process_time()
    asyncio.run(
        quic.handshake(new_trace(), V4, 9, transaction_id=1, server_name=NAME, timeout=0.01)
    )
    per_call("first QUIC Initial, with aioquic's import", 1, start)
    print(f"{'aioquic brought':<44}{peak_mb() - before:8.2f} MB")
    print(f"{'peak memory':<44}{peak_mb():8.2f} MB")
    process.kill()


if __name__ == "__main__":
    main()
