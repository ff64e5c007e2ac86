"""probe/demo/rules.py"""

from probe.demo.rules import Censor, ForgeAnswer, Reset, Rule, Silence, SwallowSyn
from probe.demo.wire import Name

SNI = Name("sni", "a.example")


def test_the_first_rule_that_matches_counts() -> None:
    """Order is the censor's own."""
    first, second = Rule(sni="a.example", action=Reset()), Rule(sni="a.example", action=Silence())
    assert first == Censor((first, second)).on_name(SNI, "1.1.1.1", in_first_segment=True)


def test_a_name_is_met_as_what_it_was_read_as() -> None:
    """A rule for the SNI leaves the same Host alone, and other names."""
    censor = Censor((Rule(sni="a.example", action=Reset()),))
    assert censor.on_name(Name("host", "a.example"), "1.1.1.1", in_first_segment=True) is None
    assert censor.on_name(Name("sni", "b.a.example"), "1.1.1.1", in_first_segment=True) is None


def test_name_and_address_must_both_match() -> None:
    """A rule for both is no rule for the address alone."""
    rule = Rule(sni="a.example", ip="1.1.1.1", action=Reset())
    censor = Censor((rule,))
    assert rule == censor.on_name(SNI, "1.1.1.1", in_first_segment=True)
    assert censor.on_name(SNI, "2.2.2.2", in_first_segment=True) is None
    assert censor.on_connect("1.1.1.1") is None


def test_who_does_not_reassemble_needs_the_name_at_once() -> None:
    """A later segment is not looked at."""
    censor = Censor((Rule(sni="a.example", action=Reset(), reassembles=False),))
    assert censor.on_name(SNI, "1.1.1.1", in_first_segment=True) is not None
    assert censor.on_name(SNI, "1.1.1.1", in_first_segment=False) is None


def test_swallowed_addresses_are_dark() -> None:
    """Only those."""
    rules = (Rule(ip="1.1.1.1", action=SwallowSyn()), Rule(ip="2.2.2.2", action=Reset()))
    assert frozenset({"1.1.1.1"}) == Censor(rules).dark()


def test_questions_are_met_by_their_name() -> None:
    """In any case, with or without the final dot."""
    forgery = ForgeAnswer("9.9.9.9")
    censor = Censor(
        (Rule(qname="a.example", action=forgery), Rule(sni="b.example", action=Reset()))
    )
    assert forgery == censor.on_question("A.example.")
    assert censor.on_question("b.example") is None
