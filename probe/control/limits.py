"""What one control gives. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one control gives. The defaults serve some hundred probes on one small machine."""

    running: int = 64  # requests measured at once (oohelperd: 25)
    connections: int = 2048  # from probes, in all
    connections_per_client: int = (
        384  # a probe's own requests, and the arms that use us as address C
    )
    outgoing: int = 384  # connections to targets at once, in all
    client_rate: float = 40.0  # requests a second; a run of 550 targets in 90 s needs 12
    client_burst: float = 600.0
    target_rate: float = 1.0  # a host is asked as often as this, whoever wants it
    target_burst: float = 30.0
    address_rate: float = 20.0  # connections a second to one address, under whatever names
    address_burst: float = 200.0
    bytes_rate: float = 4 * 1024 * 1024.0  # of /x/bytes, in all
    bytes_burst: float = 64 * 1024 * 1024.0
    client_bytes_rate: float = 512 * 1024.0
    client_bytes_burst: float = 16 * 1024 * 1024.0
    request_time: float = 18.0  # the whole of one request
    read_time: float = 10.0  # to send us a request
    idle_time: float = 30.0  # a connection without a request, or with half of one
