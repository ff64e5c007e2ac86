"""measurements/collector/bodies.py: shown by test_app.py and test_server.py; here, what is left."""

from pathlib import Path

from measurements.schema.submission import PATH
from tests.fakes.real_collector import sealed, served
from tests.unit.measurements.collector.test_server import cut_off


async def test_a_body_without_a_length_is_counted_as_it_comes(tmp_path: Path) -> None:
    """Chunked: it may be as large as any other, and no larger."""
    whole = sealed(1)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.anyqta.submission\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ).encode()
    chunk = b"%x\r\n" % len(whole) + whole + b"\r\n"
    async with served(tmp_path, limits={"body": len(whole)}) as collector:
        assert b" 200 " in await cut_off(collector.port, head, chunk + b"0\r\n\r\n")
        assert b" 413 " in await cut_off(collector.port, head, chunk, chunk)
