"""What was asked for becomes a configuration. As a process: tests/e2e/test_collector.py."""

import os
from pathlib import Path

import pytest

from measurements.collector.config import Limits
from probe.engine.request import ServeCollectorRequest
from probe.wiring import serve_collector
from probe.wiring.serve_collector import config_of


def request(tmp_path: Path, **fields: object) -> ServeCollectorRequest:
    """On a port that the system picks."""
    return ServeCollectorRequest(host="127.0.0.1", port=0, db=tmp_path / "c.db", **fields)  # type: ignore[arg-type]


def test_usual_values(tmp_path: Path) -> None:
    """A worker a core; the limits as they are documented."""
    config = config_of(request(tmp_path))
    assert config.workers == os.cpu_count()
    assert config.limits == Limits()
    assert config.software_version


def test_rates_that_were_chosen(tmp_path: Path) -> None:
    """With their bursts."""
    limits = config_of(request(tmp_path, max_rate=5.0, client_rate=2.0, sender_rate=1.0)).limits
    assert (limits.rate, limits.burst) == (5.0, 250.0)
    assert (limits.client_rate, limits.client_burst) == (2.0, 100.0)
    assert (limits.sender_rate, limits.sender_burst) == (1.0, 50.0)


def test_a_proxy_that_is_none_is_refused(tmp_path: Path) -> None:
    """Before anything listens."""
    mask = os.umask(0o077)
    try:
        with pytest.raises(serve_collector.CollectorError, match="trusted-proxy"):
            serve_collector.serve_collector(request(tmp_path, trusted_proxies=("nonsense",)))
    finally:
        os.umask(mask)
