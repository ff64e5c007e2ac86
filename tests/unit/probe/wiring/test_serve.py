"""The servers' wiring is run as a process by tests/e2e/test_control.py; here, what it refuses."""

from pathlib import Path

import pytest

from probe.engine.request import ServeControlRequest
from probe.wiring import serve


def test_a_resolver_that_is_none_is_refused() -> None:
    request = ServeControlRequest(host="127.0.0.1", port=0, resolvers=("not an address",))
    with pytest.raises(ValueError, match="not an address"):
        serve.serve_control(request)


def test_a_certificate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    request = ServeControlRequest(
        host="127.0.0.1", port=0, tls_cert=tmp_path / "none", tls_key=tmp_path / "none"
    )
    with pytest.raises(OSError, match="No such file"):
        serve.serve_control(request)
