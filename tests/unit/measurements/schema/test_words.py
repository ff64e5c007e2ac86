"""The words of CONTRACT.md §1, which are published and stored: ids for ever."""

from enum import StrEnum

import pytest

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (Status, "accessible blocked throttled server_side down inconclusive"),
        (Layer, "dns tcp tls quic http"),
        (
            Mechanism,
            "nxdomain no_answer servfail refused timeout bogon blockpage_ip injection hijack reset"
            " unreachable eof alert mitm blockpage redirect tampered throttling",
        ),
        (Trigger, "dns_name ip ip_port sni sni_and_ip http_host http_url"),
        (Locus, "resolver network server local unknown"),
        (Outcome, "ok blocked throttled down unknown"),
    ],
)
def test_words(words: type[StrEnum], values: str) -> None:
    """Each list is the contract's, to the letter; layers are in their order."""
    assert [word.value for word in words] == values.split()
