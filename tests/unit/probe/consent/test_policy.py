"""What may be shared at all."""

from dataclasses import replace

import pytest

from measurements.schema.words import Locus
from measurements.verdict.judge import judge
from probe.consent.policy import may_share, reason_of_url
from probe.consent.record import Sharing
from tests.golden.cases import cases
from tests.unit.probe.consent.planted import measurement

YES = Sharing(upload=True, bodies=False, since="2026-11-25T00:00:00Z")
NO = Sharing(upload=False, bodies=False, since="2026-11-25T00:00:00Z")


def test_only_what_was_measured_here_and_agreed_to() -> None:
    """In words where not."""
    m = measurement()
    assert may_share(m, source="run", sharing=YES) is None
    assert "comes from: demo" in (may_share(m, source="demo", sharing=YES) or "")
    assert "comes from: import" in (may_share(m, source="import", sharing=YES) or "")
    assert "consent share" in (may_share(m, source="run", sharing=None) or "")
    assert "consent share" in (may_share(m, source="run", sharing=NO) or "")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://u@site.kz/", "user name"),
        ("https://:p@site.kz/", "user name"),
        ("http://10.0.0.1/", "private network"),
        ("http://[::1]/", "private network"),
        ("http://[::ffff:192.168.0.1]/", "private network"),
        ("http://router/", "private network"),
        ("http://nas.local./", "private network"),
        ("http://x.home.arpa/", "private network"),
        ("file:///etc/passwd", "no web address"),
        ("http://[", "cannot be read"),
        ("http://a.kz:99999/", "cannot be read"),
    ],
)
def test_urls_that_are_nobodys_business(url: str, says: str) -> None:
    """Private names and addresses, secrets, no web addresses."""
    assert says.replace("no web", "not a web") in (reason_of_url(url) or "")


@pytest.mark.parametrize(
    "url",
    [
        "https://site.kz/a?b=c",
        "http://93.184.216.34/",
        "https://[2606:4700::1]/",
        "https://local.kz/",
    ],
)
def test_public_ones(url: str) -> None:
    """The twin."""
    assert reason_of_url(url) is None


@pytest.mark.parametrize("name", ["mitm-antivirus", "mitm-corporate"])
def test_interception_on_this_computer_stays_here(name: str) -> None:
    """Its certificate names the computer. The twin: what the network intercepts is shared."""
    found = {case.name: case for case in cases()}
    m = found[name].measurement
    local = replace(m, verdict=judge(m))
    assert "opens TLS here" in (may_share(local, source="run", sharing=YES) or "")
    assert local.verdict is not None
    network = replace(local, verdict=replace(local.verdict, locus=Locus.NETWORK))
    assert may_share(network, source="run", sharing=YES) is None
