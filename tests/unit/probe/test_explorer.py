"""What serves the results: on loopback, to this computer's browser only."""

import socket
from pathlib import Path

import pytest

from measurements.store.store import Store
from probe import explorer
from probe.explorer import ExplorerError, Message, Scope


async def answer(host: str) -> int:
    """The status for a request with this Host header."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: object, send: explorer.Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"host", host.encode())]}
    await explorer.only_for({"127.0.0.1:8"}, app)(scope, receive, send)
    return int(sent[0]["status"])


async def test_other_names_are_refused() -> None:
    """A web page that made its own name resolve to 127.0.0.1 reads nothing."""
    assert 200 == await answer("127.0.0.1:8")
    assert 421 == await answer("evil.example:8")
    assert 421 == await answer("")


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """With what to do."""
    Store.open(tmp_path / "a.db").close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ExplorerError, match="leave --port out"):
            explorer.serve(tmp_path / "a.db", port=port, open_browser=False, say=print)


def test_the_configuration_is_found() -> None:
    """In the source tree, as in the installed package."""
    assert (explorer.config_folder() / "metadata.yaml").is_file()


def test_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text browser takes the terminal over."""
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not explorer.has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert explorer.has_display()
