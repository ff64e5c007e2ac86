"""One connection, plain or TLS with a chain that holds: a stream, or the failure."""

import ipaddress

from measurements.schema.records import HTTPTransaction, NetworkEvent
from probe.net.network import Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Notebook, Record, Trace
from probe.steps import tcp, tls


class BriefNotebook(Notebook):
    """Keeps everything but bodies and samples, which nobody asks it for: memory stays bounded."""

    def add(self, record: Record) -> None:
        """See Notebook."""
        if not isinstance(record, HTTPTransaction | NetworkEvent):
            super().add(record)


def is_address(host: str) -> bool:
    """Is `host` an address, not a name?"""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def dial(
    trace: Trace, endpoint: Endpoint, *, name: str | None, patience: float = 5.0
) -> Stream | str:
    """Connect; with `name`, TLS for it too. `patience` is for each of the two."""
    tid = trace.transaction()
    connect, stream = await tcp.connect(
        trace, endpoint.ip, endpoint.port, transaction_id=tid, timeout=patience
    )
    if stream is None:
        return connect.failure or "unknown_failure"
    if name is None:
        return stream
    secure: tls.TLSStream | None = None
    failure: str | None = "unknown_failure"
    try:
        record, secure = await tls.handshake(
            trace,
            stream,
            endpoint.ip,
            endpoint.port,
            transaction_id=tid,
            server_name="" if is_address(name) else name,
            verify_name=name,
            timeout=patience,
        )
        failure = record.failure
    finally:
        if secure is None or failure is not None:
            stream.close()
    return secure if secure is not None and failure is None else failure or "unknown_failure"
