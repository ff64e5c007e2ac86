"""Which network, and whether it costs: real files, real programs of a fake NetworkManager."""

from pathlib import Path

import pytest

from probe.net import whereabouts

_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def routes(tmp_path: Path, gateway: str) -> Path:
    """As /proc/net/route."""
    path = tmp_path / "route"
    lan = "wlan0\t0000A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n"
    path.write_text(f"{_HEAD}{lan}wlan0\t00000000\t{gateway}\t0003\t0\t0\t600\t00000000\t0\t0\t0\n")
    return path


def test_the_gateway(tmp_path: Path) -> None:
    """Of the default route; none where there is none."""
    assert "wlan0 192.168.0.1" == whereabouts.gateway(routes(tmp_path, "0100A8C0"))
    assert None is whereabouts.gateway(tmp_path / "none")
    assert None is whereabouts.gateway(routes(tmp_path, "nonsense"))


def test_the_mark_tells_networks_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another gateway or address is another network; IPv6 that comes late is not."""
    own: tuple[str, ...] = ("192.168.0.7",)
    monkeypatch.setattr("probe.net.machine.own_addresses", lambda: own)
    home = whereabouts.mark(routes(tmp_path, "0100A8C0"))
    assert home == whereabouts.mark(routes(tmp_path, "0100A8C0"))
    own = ("192.168.0.7", "2001:db8::1")
    assert home == whereabouts.mark(routes(tmp_path, "0100A8C0"))
    assert home != whereabouts.mark(routes(tmp_path, "FE00A8C0"))
    own = ("2001:db8:1:2:3::4",)
    six = whereabouts.mark(tmp_path / "none")
    own = ("2001:db8:1:2:5::6",)
    assert six == whereabouts.mark(tmp_path / "none")
    own = ()
    assert None is whereabouts.mark(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("u 1\n", True), ("u 3\n", True), ("u 2\n", False), ("u 4", False), ("u 0", None), ("", None)],
)
def test_busctl(text: str, expected: bool | None) -> None:
    """NMMetered's numbers."""
    assert expected == whereabouts.read_busctl(text)


def test_nmcli() -> None:
    """One metered device is enough; `unknown` says nothing."""
    assert whereabouts.read_nmcli("GENERAL.METERED:no\n\nGENERAL.METERED:yes (guessed)\n") is True
    assert whereabouts.read_nmcli("GENERAL.METERED:no (guessed)\n") is False
    assert whereabouts.read_nmcli("GENERAL.METERED:unknown\n") is None


def test_who_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on PATH; nobody, or one that fails, is no answer."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert whereabouts.metered() is None
    (tmp_path / "busctl").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "busctl").chmod(0o700)
    assert whereabouts.metered() is None
    (tmp_path / "nmcli").write_text("#!/bin/sh\necho GENERAL.METERED:yes\n")
    (tmp_path / "nmcli").chmod(0o700)
    assert whereabouts.metered() is True
    (tmp_path / "busctl").write_text("#!/bin/sh\necho u 2\n")
    assert whereabouts.metered() is False
