"""probe/demo/origin.py"""

from pathlib import Path as FilePath

from probe.demo.authority import PRETEND_ROOT, Authority, pem
from probe.demo.origin import Request, Response, by_server_name, over_tcp, over_tls, redirect
from probe.net.loopback import Listeners, connect_local
from probe.net.system import SystemClock
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps import tls
from tests.unit.probe.demo.conftest import Open


async def exchange(*parts: bytes) -> bytes:
    """What an echoing server says to `parts`."""

    def answer(request: Request) -> Response:
        text = f"{request.method} {request.host} {request.target} {request.body.decode()}"
        return Response(200, text.encode(), ())

    async with Listeners() as listeners:
        stream = await connect_local(listeners.tcp(over_tcp(answer)))
        for part in parts:
            await stream.write(part)
        stream.finish()
        data = b""
        while chunk := await stream.read(4096):
            data += chunk
        stream.close()
    return data


async def test_a_request_is_understood_however_it_is_cut() -> None:
    """Host without its port, target, body."""
    data = await exchange(
        b"POST /x?y HTTP/1.1\r\nHost: A.exa", b"mple:80\r\nContent-Length: 4\r\n\r\nab", b"cd"
    )
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"POST a.example /x?y abcd" == body
    assert b"Content-Length: 24" in head


async def test_what_is_no_request_has_no_answer() -> None:
    """Neither rubbish nor half a request."""
    assert b"" == await exchange(b"\0\1\2\r\n\r\n")
    assert b"" == await exchange(b"GET / HTTP/1.1\r\nHo")


def test_a_redirect_says_where_to() -> None:
    """With the status that was asked for."""
    answer = redirect("https://a.example/", 302)
    assert 302 == answer.status
    assert ("Location", "https://a.example/") in answer.headers


async def test_each_name_has_its_certificate(tmp_path: FilePath) -> None:
    """A client that names none of them gets the first's."""
    clock = SystemClock()
    root = Authority(PRETEND_ROOT, clock.utc())
    (tmp_path / "root.pem").write_bytes(pem(root.root))
    context = by_server_name(
        {name: root.server_context((name,), tmp_path) for name in ("a.example", "b.example")}
    )
    trust = Trust(tmp_path / "root.pem")

    async def judged(sni: str, name: str) -> str | None:
        stream = await connect_local(port)
        trace = Trace(None, clock, trust, 0.0, Notebook())  # type: ignore[arg-type]
        record, _ = await tls.handshake(
            trace, stream, "1.1.1.1", 443, transaction_id=1, server_name=sni, verify_name=name
        )
        stream.close()
        return record.failure

    async with Listeners() as listeners:
        port = listeners.tcp(over_tls(lambda _: redirect("/"), context))
        assert await judged("a.example", "a.example") is None
        assert await judged("b.example", "b.example") is None
        assert await judged("", "a.example") is None
        assert await judged("c.example", "a.example") is None


async def test_a_client_that_speaks_no_tls_is_let_go(stage: Open) -> None:
    """The server answers with an alert, and goes on serving."""
    async with stage() as probe:
        stream = await probe.network.connect_tcp("102.195.0.99", 443)
        await stream.write(b"GET / HTTP/1.1\r\nHost: free.example\r\n\r\n")
        await stream.read(100)
        stream.close()
        assert 200 == (await probe.https("free.example")).answer.status_code
