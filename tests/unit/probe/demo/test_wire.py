"""probe/demo/wire.py"""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.demo.wire import Name, Sight, read_name
from probe.steps.tls import shape


def hello(name: str | None) -> bytes:
    """OpenSSL's own ClientHello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_the_name_of_a_client_hello_is_read() -> None:
    """In lower case."""
    assert Name("sni", "a.example") == read_name(hello("A.example"))


def test_a_client_hello_without_a_name_has_none() -> None:
    """It is complete all the same."""
    assert Sight.NOTHING is read_name(hello(None))


def test_a_fragmented_client_hello_is_put_together() -> None:
    """One message in two records."""
    data = b"".join(shape(hello("a.example"), "fragmented", "a.example"))
    assert Name("sni", "a.example") == read_name(data)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.99])
def test_a_part_of_a_client_hello_is_incomplete(share: float) -> None:
    """Wherever it ends."""
    data = hello("a.example")
    assert Sight.INCOMPLETE is read_name(data[: 1 + int(len(data) * share) - 1] or data[:1])


@pytest.mark.parametrize(
    ("request_text", "seen"),
    [
        (b"GET / HTTP/1.1\r\nHost: A.example:8080\r\n\r\n", Name("host", "a.example")),
        (b"POST /x HTTP/1.1\r\nA: b\r\nhOsT:b.example\r\n\r\nbody", Name("host", "b.example")),
        (b"GET / HTTP/1.0\r\n\r\n", Sight.NOTHING),
        (b"GET / HTTP/1.1\r\nHost: a.exam", Sight.INCOMPLETE),
        (b"GE", Sight.INCOMPLETE),
        (b"", Sight.INCOMPLETE),
        (b"SSH-2.0-x\r\n", Sight.NOTHING),
        (b"\x16\x03\x01\x00\x00", Sight.NOTHING),
        (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", Sight.NOTHING),
        (b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", Sight.NOTHING),
    ],
)
def test_what_is_seen_in_a_request(request_text: bytes, seen: object) -> None:
    """The Host, nothing, or not enough."""
    assert seen == read_name(request_text)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x16\x03\x01\x00\x30\x01\x00\x00\x2c"]))
def test_no_bytes_are_a_surprise(data: bytes, start: bytes) -> None:
    """Anything is read without an exception."""
    read_name(start + data)
