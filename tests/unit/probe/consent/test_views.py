"""Other readings of a text know where each byte came from."""

import base64

import pytest

from probe.consent.views import views


@pytest.mark.parametrize(
    ("text", "read", "origin"),
    [
        (b"a %39%32.1 z", b"92.1", b"%39%32.1"),
        (b"a \\u0039\\x32.1 z", b"92.1", b"\\u0039\\x32.1"),
        (b"a &#57;&#x32;&period;1 z", b"92.1", b"&#57;&#x32;&period;1"),
        (b"a =39=32.1 z", b"92.1", b"=39=32.1"),
        (b"a=\r\n9=\r\n2.1 z", b"92.1", b"9=\r\n2.1"),
        (b"x" + "secret-1".encode("utf-16-le") + b"y", b"secret-1", "secret-1".encode("utf-16-le")),
        (
            b"<" + base64.b64encode(b"a secret thing") + b">",
            b"secret",
            base64.b64encode(b"a secret thing").rstrip(b"="),
        ),
        (
            b"<" + b"a secret thing".hex().encode() + b">",
            b"secret",
            b"a secret thing".hex().encode(),
        ),
        (
            b"<" + base64.b32encode(b"secret") + b">",
            b"secret",
            base64.b32encode(b"secret").rstrip(b"="),
        ),
    ],
)
def test_a_place_and_where_it_came_from(text: bytes, read: bytes, origin: bytes) -> None:
    """What is found in the view is blanked in the text."""
    places = [v.back((at, at + len(read))) for v in views(text) if (at := v.data.find(read)) >= 0]
    assert any(text[start:end] == origin for start, end in places)


def test_plain_words_have_no_other_reading() -> None:
    """The twin."""
    assert not [v for v in views(b"plain words, 100 % sure & so on") if v.data.strip()]
