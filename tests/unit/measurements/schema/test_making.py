"""measurements/schema/making.py."""

import copy
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from measurements.schema.making import maker
from measurements.schema.records import DNSAnswer, NetworkEvent


def test_what_is_made_is_the_same() -> None:
    """Class, equality, hash, repr, defaults; frozen; `replace` and copies know it."""
    plain = NetworkEvent(transaction_id=1, operation="read", t=0.5)
    made = maker(NetworkEvent)(transaction_id=1, operation="read", t=0.5)
    assert type(made) is NetworkEvent
    assert made == plain
    assert hash(made) == hash(plain)
    assert repr(made) == repr(plain)
    assert replace(made, depth=2) == replace(plain, depth=2)
    assert copy.deepcopy(made) == plain
    with pytest.raises(FrozenInstanceError):
        made.depth = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        made.other = 1  # type: ignore[attr-defined]


def test_what_is_missing_or_too_much_is_told() -> None:
    """As the class itself does."""
    make = maker(DNSAnswer)
    with pytest.raises(TypeError, match="value"):
        make(answer_type="A")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        make(answer_type="A", value="a", other=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        make("A", "a")  # type: ignore[call-arg]


def test_a_default_that_is_made_anew_is_refused() -> None:
    """It would be shared."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Other:
        listed: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match="listed"):
        maker(Other)
