"""`serve control`: what is asked of the wiring."""

from pathlib import Path

from probe.engine.request import ServeControlRequest
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
