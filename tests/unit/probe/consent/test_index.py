"""One question for hundreds of texts has the answers of hundreds of questions."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.consent.forms import Edge, Form, fixed
from probe.consent.index import Index

_WORDS = [
    b"abc",
    b"abcdefg",
    b"zyx-10.46.92",
    b"0123456",
    bytes(7),
    b"\xff\xfe\xfd\xfc\xfb\xfa\xf9",
]
_FORMS = [fixed(word, Edge.NONE, folded=word.islower()) for word in _WORDS]
_FORMS.append(Form(b"x.*y", Edge.NONE))  # it has no anchor: always asked


def _by_hand(data: bytes) -> list[Form]:
    return [f for f in _FORMS if f.anchor in (data.lower() if f.folded else data)]


@given(
    st.lists(st.sampled_from([*_WORDS, b"", b"ab", b"ABCDEFG", b"bcdefgh", b"."]), max_size=6),
    st.integers(0, 5000),
    st.integers(0, 7),
)
@settings(max_examples=200)
def test_the_same_as_one_by_one(words: list[bytes], before: int, after: int) -> None:
    """At whatever place of whatever size."""
    data = b"-" * before + b"".join(words) + b"-" * after
    assert list(Index(_FORMS).forms_in(data, data.lower())) == _by_hand(data)


@pytest.mark.parametrize("shift", range(8))
def test_every_place_of_a_large_one(shift: int) -> None:
    """Words are of four bytes; an anchor may begin in any of them, and be the last of all."""
    noise = random.Random(shift).randbytes(4096 + shift)
    for form in _FORMS[:-1]:
        for data in (noise + form.anchor, form.anchor + noise, noise + form.anchor + noise):
            found = list(Index(_FORMS).forms_in(data, data.lower()))
            assert form in found
            assert found == _by_hand(data)
