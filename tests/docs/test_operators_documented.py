"""docs/operators.md tells the limits that the control has."""

from pathlib import Path

import pytest

from probe.control.limits import Limits

TEXT = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
NOW = Limits()
MIB = 2**20


@pytest.mark.parametrize(
    "says",
    [
        f"| {NOW.running}, then 503 |",
        f"| {NOW.client_rate:.0f} a second, bursts of {NOW.client_burst:.0f}, then 429 |",
        f"| {NOW.target_rate:.0f} a second, bursts of {NOW.target_burst:.0f}, then 429 |",
        f"| {NOW.address_rate:.0f} a second, bursts of {NOW.address_burst:.0f} |",
        f"| {NOW.connections_per_client}, {NOW.connections:,} |",
        f"| {NOW.outgoing} in all,",
        f"{NOW.client_bytes_rate / MIB} MiB a second for a client (bursts of"
        f" {NOW.client_bytes_burst / MIB:.0f}), {NOW.bytes_rate / MIB:.0f} in all"
        f" (bursts of {NOW.bytes_burst / MIB:.0f})",
        f"| {NOW.request_time:.0f} s | probes wait",
        f"within {NOW.read_time:.0f} s |",
        f"| {NOW.idle_time:.0f} s | slow clients |",
    ],
)
def test_a_limit_is_as_it_is_told(says: str) -> None:
    """In the table."""
    assert says in TEXT
