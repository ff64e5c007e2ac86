"""Patterns, one for each way of writing."""

import base64
import re
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from probe.consent.forms import (
    forms_of_name,
    forms_of_v4,
    forms_of_v6,
    is_private,
    tokens_of_base64,
    usable,
)


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_base64_at_any_place(before: bytes, after: bytes) -> None:
    """A text is found inside base64, whatever stands before and after it."""
    forms = [f for f in forms_of_name("zhanibekov") if not f.folded and f.anchor]
    text = base64.b64encode(before + b"zhanibekov" + after)
    assert any(list(f.spans(text)) for f in forms)


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_base32_at_any_place(before: bytes, after: bytes) -> None:
    """The same, and in lower case."""
    forms = [f for f in forms_of_name("zhanibekov") if f.folded and f.anchor]
    text = base64.b32encode(before + b"zhanibekov" + after).lower()
    assert any(list(f.spans(text)) for f in forms)


@given(st.ip_addresses(v=4))
def test_every_form_has_its_anchor(address) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """A pattern never matches where its anchor is not."""
    text = str(address).encode() + base64.b64encode(str(address).encode())
    for form in forms_of_v4(address):
        where = text.lower() if form.folded else text
        if form.fixed:
            assert form.source == form.anchor
            continue
        found = re.search(form.source, where, re.DOTALL)
        assert found is None or form.anchor in found[0]
        assert (found is None) == (not list(form.spans(where)))


def test_addresses_that_tell_something() -> None:
    """Mapped ones are what they map; a zone is none of the address."""
    found = usable(["::ffff:92.46.10.77", "fe80::1%eth0", "127.0.0.1", "[2a00::1]", "x"])
    assert found == [ip_address("92.46.10.77"), ip_address("2a00::1"), ip_address("fe80::1")]
    assert is_private(ip_address("100.64.0.1"))  # type: ignore[arg-type]
    assert not is_private(ip_address("92.46.10.77"))  # type: ignore[arg-type]


def test_a_link_local_address_is_its_interface() -> None:
    """fe80::/64 is everybody's."""
    assert list(forms_of_v6(ip_address("fe80::1"))) == []  # type: ignore[arg-type]
    assert list(forms_of_v6(ip_address("fe80::a8bb:ccff:fedd:ee01")))  # type: ignore[arg-type]


def test_half_base64() -> None:
    """Cut anywhere, it is decoded as far as it goes."""
    assert tokens_of_base64(b"aGVsbG8") == b"hello"
    assert tokens_of_base64(b"aGVsbG8gd") == b"hello "
    assert tokens_of_base64(b"_-_-") == b"\xff\xef\xfe"
