"""Which chains are good for which names, and what is wrong with the others."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from probe.net.trust import Trust, matches
from tests.fakes.certificates import Identity, intermediate, issue, leaf, root, trust_in

YESTERDAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """One that trusts our root."""
    return trust_in(root(), tmp_path_factory.mktemp("trust"))


def test_good(trust: Trust) -> None:
    """Leaf, intermediate, and a root that the bundle has."""
    chain = leaf("good.example").chain
    assert len(chain) == 2
    assert trust.failure(chain, "good.example") is None


def test_order_and_surplus_do_not_matter(trust: Trust) -> None:
    """Servers send more than they need, in any order, the leaf first."""
    good = leaf("good.example")
    other = issue("Another", ca=True)
    assert trust.failure((good.chain[0], *other.chain, *good.chain[1:]), "good.example") is None


def test_bundled_list_alone() -> None:
    """Without the extra file our root is as unknown as any."""
    assert Trust().failure(leaf("a.example").chain, "a.example") == "ssl_unknown_authority"


def test_self_signed(trust: Trust) -> None:
    """Nobody vouches for it."""
    alone = issue("a.example", sans=("a.example",))
    assert trust.failure(alone.chain, "a.example") == "ssl_unknown_authority"


def test_unknown_authority_comes_before_all_else(trust: Trust) -> None:
    """A forged, expired chain for another name is told as what it is: forged."""
    forger = issue("Forger", ca=True)
    forged = issue("b.example", forger, sans=("b.example",), until=YESTERDAY)
    assert trust.failure(forged.chain, "a.example") == "ssl_unknown_authority"
    whole = (*forged.chain, *forger.chain)
    assert trust.failure(whole, "a.example") == "ssl_unknown_authority"


def test_forged_signature(trust: Trust) -> None:
    """Who copies the names of a good chain, and lacks its key, is an unknown authority."""
    copied = Identity(
        issue("x").key, intermediate().certificate, above=intermediate().above
    )  # another key under the genuine name
    forged = issue("a.example", copied, sans=("a.example",))
    chain = (forged.chain[0], *intermediate().chain)
    assert trust.failure(chain, "a.example") == "ssl_unknown_authority"


def test_leaf_that_signs(trust: Trust) -> None:
    """A leaf is no authority: what it signs is forged."""
    owner = leaf("owner.example")
    forged = issue("a.example", owner, sans=("a.example",))
    chain = (forged.chain[0], *owner.chain)
    assert trust.failure(chain, "a.example") == "ssl_unknown_authority"


def test_missing_intermediate(trust: Trust) -> None:
    """A server that forgets it cannot be told from one that is not vouched for."""
    assert trust.failure(leaf("a.example").chain[:1], "a.example") == "ssl_unknown_authority"


def test_wrong_name_comes_before_the_date(trust: Trust) -> None:
    """Expired and of another name: the name."""
    old = leaf("b.example", until=YESTERDAY)
    assert trust.failure(old.chain, "a.example") == "ssl_invalid_hostname"
    assert trust.failure(old.chain, "b.example") == "ssl_invalid_certificate"


@pytest.mark.parametrize("chain", [(), (b"",), (b"junk",), (b"\x30\x82\x01",)])
def test_no_certificate(trust: Trust, chain: tuple[bytes, ...]) -> None:
    """What is no certificate is an invalid one."""
    assert trust.failure(chain, "a.example") == "ssl_invalid_certificate"


@given(data=st.data())
def test_damaged_certificates_are_failures(trust: Trust, data: st.DataObject) -> None:
    """A bit flipped anywhere in the chain is never good, and never an exception."""
    chain = list(LEAF.chain)
    which = data.draw(st.integers(0, len(chain) - 1))
    der = bytearray(chain[which])
    der[data.draw(st.integers(0, len(der) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    chain[which] = bytes(der)
    assert trust.failure(tuple(chain), "good.example") is not None


LEAF = leaf("good.example")


def test_same_question_is_answered_from_memory(trust: Trust) -> None:
    """By chain and by name: an experiment asks it a dozen times."""
    chain = leaf("memory.example").chain
    assert trust.failure(chain, "memory.example") is None
    before = len(trust._judged)
    assert trust.failure(chain, "memory.example") is None
    assert trust.failure(chain, "other.example") == "ssl_invalid_hostname"
    assert len(trust._judged) == before + 1


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("a.example", "a.example", True),
        ("A.Example", "a.EXAMPLE.", True),
        ("*.a.example", "www.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "x.www.a.example", False),
        ("*.example", "a.example", False),
        ("w*.a.example", "www.a.example", False),
        ("a.example", "b.example", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:0db8:0::1", True),
    ],
)
def test_names(pattern: str, name: str, *, expected: bool) -> None:
    """RFC 6125: case does not matter, a wildcard is the first label and never all of a domain."""
    assert matches(issue("x", sans=(pattern,)).certificate, name) is expected


def test_common_name_counts_for_nothing() -> None:
    """Browsers stopped looking at it in 2017."""
    assert not matches(issue("a.example").certificate, "a.example")


def test_unreadable_extra_file(tmp_path: Path) -> None:
    """SSL_CERT_FILE that is missing or no PEM is said, not passed over."""
    with pytest.raises(FileNotFoundError):
        Trust(tmp_path / "none.pem")
    (tmp_path / "junk.pem").write_text("hello")
    with pytest.raises(ValueError, match="not a PEM"):
        Trust(tmp_path / "junk.pem")


def test_certificate_without_names_is_parsed() -> None:
    """A leaf whose subjectAltName is of another kind has no name of ours."""
    mail = x509.RFC822Name("a@a.example")
    assert not matches(issue("x", sans=()).certificate, mail.value)
