"""What the computer itself says of where it is."""

import socket

import pytest

from probe.wiring import whereami


def test_the_clock_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no address does."""
    monkeypatch.setattr(whereami, "interface_v6", frozenset)
    monkeypatch.setenv("TZ", ":Asia/Almaty")
    assert "KZ" == whereami.country()


def test_an_address_tells_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the bundled file: an address of the RIPE NCC, in Amsterdam."""
    monkeypatch.setattr(whereami, "interface_v6", lambda: frozenset({"2001:67c:2e8:22::c100:68b"}))
    monkeypatch.setenv("TZ", "Asia/Almaty")
    assert "NL" == whereami.country()


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that would send nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.delenv("TZ", raising=False)
    whereami.country()
