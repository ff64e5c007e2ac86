"""docs/operators.md tells the limits that the control and the collector have."""

from pathlib import Path

import pytest

from measurements.collector.config import Limits as CollectorLimits
from probe.control.limits import Limits

TEXT = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
NOW = Limits()
MIB = 2**20
THEN = CollectorLimits()


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


@pytest.mark.parametrize(
    "says",
    [
        f"compressed | {THEN.body // MIB} MiB |",
        f"decompressed | {THEN.payload // MIB} MiB |",
        f"withdrawals in one | {THEN.documents:,} |",
        f"a document | {THEN.document // MIB} MiB,",
        f"for withdrawals | {THEN.small_body // MIB} MiB |",
        f"their number | {THEN.header_field:,} bytes; {THEN.header_fields} |",
        f"| {THEN.sender_rate:.0f} a second, bursts of {THEN.sender_burst:,.0f} (`--sender-rate`)",
        f"| {THEN.client_rate:.0f} a second, bursts of {THEN.client_burst:,.0f} (`--client-rate`)",
        f"| {THEN.rate:,.0f} a second, bursts of {THEN.burst:,.0f} (`--max-rate`)",
        f"that count | {THEN.new_senders} a day |",
        f"wait for a worker | {THEN.queue:,} |",
        f"in memory | {THEN.held // MIB} MiB |",
        f"request head | {THEN.idle_time:.0f} s |",
        f"| {THEN.body_time:.0f} s, and a second more for each {THEN.body_rate:,.0f} bytes |",
        f"of an address | {THEN.connections:,}, {THEN.connections_per_client:,} |",
        f"on a submission | {THEN.job_time:.0f} s |",
    ],
)
def test_a_limit_of_the_collector_is_as_it_is_told(says: str) -> None:
    """In its table."""
    assert says in TEXT
