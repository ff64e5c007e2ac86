"""`serve control`: what is asked of the wiring."""

import sys
import types
from pathlib import Path

import pytest

import probe.wiring
from probe.engine.request import ServeCollectorRequest, ServeControlRequest
from tests.unit.probe.cli.conftest import FakeWiring, Invoke


def test_every_option(anyqta: Invoke, wiring: FakeWiring, tmp_path: Path) -> None:
    """Checked."""
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    for file in (cert, key):
        file.write_text("")
    options = (
        "--host :: --port 443 --http-port 80 --resolver 9.9.9.9 --doh https://9.9.9.9/dns-query"
    )
    more = f"--allow-private 10.0.0.0/8 --tls-cert {cert} --tls-key {key}"
    result = anyqta("serve", "control", *options.split(), *more.split())
    assert 0 == result.exit_code, result.stderr
    expected = ServeControlRequest(
        host="::",
        port=443,
        tls_cert=cert,
        tls_key=key,
        http_port=80,
        resolvers=("9.9.9.9:53",),
        doh=("https://9.9.9.9/dns-query",),
        allow_private=("10.0.0.0/8",),
    )
    assert [expected] == wiring.requests


def test_what_is_wrong(anyqta: Invoke, wiring: FakeWiring) -> None:
    """Is told before anything listens."""
    assert 2 == anyqta("serve", "control", "--tls-cert", "/x").exit_code
    assert 1 == anyqta("serve", "control", "--tls-cert", "/x", "--tls-key", "/y").exit_code
    assert 2 == anyqta("serve", "control", "--port", "70000").exit_code
    assert 2 == anyqta("serve", "control", "--allow-private", "x").exit_code
    assert [] == wiring.requests


class CannotServeError(Exception):
    """What the real one raises."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ServeCollectorRequest]:
    """What the wiring was asked for; a port of 1 cannot be had."""
    requests: list[ServeCollectorRequest] = []

    def serve(request: ServeCollectorRequest) -> None:
        if request.port == 1:
            raise CannotServeError("cannot listen")
        requests.append(request)

    module = types.ModuleType("probe.wiring.serve_collector")
    module.serve_collector = serve  # type: ignore[attr-defined]
    module.CollectorError = CannotServeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "probe.wiring.serve_collector", module)
    monkeypatch.setattr(probe.wiring, "serve_collector", module, raising=False)
    return requests


def test_every_option_of_a_collector(
    anyqta: Invoke, asked: list[ServeCollectorRequest], tmp_path: Path
) -> None:
    """Checked; none but the file is needed."""
    db = tmp_path / "c.db"
    assert anyqta("serve", "collector", "--db", str(db)).exit_code == 0
    options = (
        "--host :: --port 443 --metrics [::1]:9108 --mode invited --k 4 --window-days 7 --ooni accept"
        " --workers 3 --trusted-proxy 127.0.0.1/32 --max-rate 9 --client-rate 8 --sender-rate 7"
    )
    result = anyqta("serve", "collector", "--db", str(db), "--no-judge", *options.split())
    assert result.exit_code == 0, result.stderr
    assert asked == [
        ServeCollectorRequest(host="127.0.0.1", port=8090, db=db),
        ServeCollectorRequest(
            host="::",
            port=443,
            db=db,
            metrics=("::1", 9108),
            mode="invited",
            k=4,
            window_days=7,
            ooni=True,
            workers=3,
            trusted_proxies=("127.0.0.1/32",),
            max_rate=9.0,
            client_rate=8.0,
            sender_rate=7.0,
            judge=False,
        ),
    ]


def test_what_is_wrong_with_a_collector(anyqta: Invoke, asked: list[ServeCollectorRequest]) -> None:
    """Is told before anything listens, or in the wiring's words."""
    for bad in ("--metrics 9108", "--metrics x:70000", "--trusted-proxy x", "--k 0", "--mode x"):
        assert anyqta("serve", "collector", "--db", "x", *bad.split()).exit_code == 2
    assert anyqta("serve", "collector").exit_code == 2
    failed = anyqta("serve", "collector", "--db", "x", "--port", "1")
    assert failed.exit_code == 1
    assert "cannot listen" in failed.stderr
    assert asked == []
