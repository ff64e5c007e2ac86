"""What is read off this computer, without a packet."""

from pathlib import Path

import pytest

from probe.net import machine


def test_own_addresses_are_addresses() -> None:
    """None of them where there is no route."""
    assert all("." in ip or ":" in ip for ip in machine.own_addresses())


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("92.46.10.77", True),
        ("92.46.10.78", False),
        ("2a00:5da0:1:1::9", True),
        ("2a00:5da0:1:2::9", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_a_home_is_its_address_and_its_prefix(ip: str, inside: bool) -> None:
    """IPv4: the one address; IPv6: the /64 that all computers of a LAN share."""
    assert inside == machine.is_inside(ip, ("92.46.10.77", "2a00:5da0:1:1::2"))


def test_the_interface_that_has_the_address() -> None:
    """lo has 127.0.0.1 (Linux); nobody has one of a documentation network."""
    assert machine.default_interface(("127.0.0.1",)) in {"lo", "lo0", None}
    assert machine.default_interface(("192.0.2.1",)) is None
    assert machine.default_interface(()) is None


def test_the_hosts_file(tmp_path: Path) -> None:
    """The first line of a name counts, comments do not, no file is no entries."""
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n# 1.1.1.1 no\n10.0.0.1 A.example b # c\n10.0.0.2 b\n")
    assert {"localhost": "127.0.0.1", "a.example": "10.0.0.1", "b": "10.0.0.1"} == (
        machine.hosts_file(path)
    )
    assert {} == machine.hosts_file(tmp_path / "none")


def test_all_addresses_hold_those_that_traffic_leaves_by() -> None:
    """And loopback's, which is everybody's."""
    found = machine.all_addresses()
    assert set(machine.own_addresses()) <= found
    assert all("." in ip or ":" in ip for ip in found)


def test_own_names_are_said_once() -> None:
    """Host, user, home folder; never an empty one."""
    found = machine.own_names()
    assert len(found) == len(set(found))
    assert all(name.strip("/") for name in found)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nfqws", "nfqws"),
        ("/opt/zapret/tpws", "tpws"),
        ("C:\\Tools\\GoodbyeDPI.exe", "goodbyedpi.exe"),
        ("firefox", ""),
        ("nfqwsx", ""),
        ("my-zapret-notes", ""),
    ],
)
def test_what_gets_around_blocking(name: str, found: str) -> None:
    """By its whole name, wherever it lies."""
    assert tuple(filter(None, [found])) == machine.bypass_among(["sh", name])


def test_processes_that_run(tmp_path: Path) -> None:
    """As /proc has them; one that ended meanwhile is none."""
    for number, name in (("12", "nfqws\n"), ("13", "sh\n"), ("sys", "tpws\n")):
        (tmp_path / number).mkdir()
        (tmp_path / number / "comm").write_text(name)
    (tmp_path / "14").mkdir()
    assert ("nfqws",) == machine.bypass_tools(tmp_path)
    assert () == machine.bypass_tools(tmp_path / "12" / "comm")  # whatever `ps` shows here


def test_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names of the environment's variables."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    assert "http://127.0.0.1:3128" == machine.proxies()["https_proxy"]


def test_the_interface_of_macos() -> None:
    """As `route -n get` says it; none where it says nothing of the kind."""
    said = "   route to: 8.8.8.8\n    gateway: 10.0.0.1\n  interface: utun4\n      flags: <UP>\n"
    assert "utun4" == machine.interface_in(said)
    assert machine.interface_in("route: not in table\n") is None
