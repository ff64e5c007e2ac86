"""How often a name goes out: as chosen, and within a day."""

from measurements.schema.records import Records, TLSHandshake
from probe.engine.budget import LEFT_OUT, MOST_A_DAY, Allowance, allowance, host_of
from probe.engine.plan import EXPERIMENTS, MAX_NAMED


def hello(name: str) -> TLSHandshake:
    """One that names it."""
    return TLSHandshake(transaction_id=1, ip="192.0.2.1", port=443, server_name=name, t0=0.0, t=0.1)


def test_without_a_bound_all_is_allowed() -> None:
    """However often."""
    free = allowance(None, None, {"a.example": 10_000})
    assert EXPERIMENTS == free.arms_for("a.example")
    assert free.may_visit("a.example")
    assert () == free.finding(free.arms_for("a.example"))


def test_what_was_not_chosen_is_left_out_and_said() -> None:
    """An arm that nobody knows is none."""
    few = allowance(frozenset({"revisit", "unheard_of"}), None, {})
    assert frozenset({"revisit"}) == few.arms_for("a.example")
    (said,) = few.finding(few.arms_for("a.example"))
    assert LEFT_OUT == said.kind
    assert "not agreed to" in said.says
    assert "sni_matrix" in (said.subject or "").split(",")
    assert "revisit" not in (said.subject or "").split(",")


def test_a_day_is_bounded_to_the_connection() -> None:
    """First the tries go, then the visits; another host has its own."""
    for before, tries, visit in (
        (MOST_A_DAY - MAX_NAMED, True, True),
        (MOST_A_DAY - MAX_NAMED + 1, False, True),
        (MOST_A_DAY - 10, False, True),
        (MOST_A_DAY - 9, False, False),
    ):
        bound = allowance(None, MOST_A_DAY, {"a.example": before})
        assert tries == bool(bound.arms_for("a.example"))
        assert visit == bound.may_visit("a.example")
        assert bound.arms_for("b.example") == EXPERIMENTS


def test_the_reason_tells_which_bound_it_was() -> None:
    """Choice, or the day."""
    bound = allowance(None, MOST_A_DAY, {"a.example": MOST_A_DAY})
    (said,) = bound.finding(bound.arms_for("a.example"))
    assert "often enough" in said.says


def test_what_is_measured_counts_at_once() -> None:
    """Two URLs of one host share its day."""
    bound = Allowance(most_a_day=MOST_A_DAY)
    records = Records(tls_handshakes=tuple(hello("a.example") for _ in range(31)))
    bound.spend(records, ["a.example", "a.example", "other.example"])
    assert 31 == bound.named["a.example"]
    assert frozenset() == bound.arms_for("a.example")
    assert bound.may_visit("a.example")
    bound.spend(records, ["a.example"])
    assert not bound.may_visit("a.example")
    assert 0 == bound.named["other.example"]


def test_the_host_of_a_url() -> None:
    """As it stands on the wire."""
    assert "a.example" == host_of("https://A.example:8443/x") == host_of("http://a.example/")
