"""probe/control/limits.py: the values fit together."""

from probe.control.limits import Limits


def test_a_client_has_a_share_and_not_all() -> None:
    """One client cannot use up what is there for everybody."""
    give = Limits()
    assert give.connections_per_client < give.connections
    assert give.client_bytes_rate < give.bytes_rate
    assert give.client_bytes_burst < give.bytes_burst
