from measurements.analysis.votes import How, Seen, votes_of, weight


def test_a_day_of_one_sender_is_one_vote() -> None:
    seen = [
        Seen(
            hour=f"2026-01-01T{h:02d}", status="blocked", layer="tls", mechanism="timeout", sender=1
        )
        for h in range(9)
    ]
    (vote,) = votes_of(seen)
    assert (vote.hour, vote.how) == ("2026-01-01T00", How("blocked", "tls", "timeout"))


def test_what_says_nothing_of_the_network_is_no_vote() -> None:
    for status in ("down", "inconclusive", "server_side"):
        assert votes_of([Seen(hour="2026-01-01T00", status=status)]) == []
    assert votes_of([Seen(hour="2026-01-01T00", status="accessible", confidence=0.5)]) == []


def test_an_even_day_is_no_vote() -> None:
    day = [
        Seen(hour="2026-01-01T00", status="accessible"),
        Seen(hour="2026-01-01T01", status="blocked"),
    ]
    assert votes_of(day) == []
    assert len(votes_of([*day, Seen(hour="2026-01-01T02", status="blocked")])) == 1


def test_weight_grows_with_the_odds() -> None:
    assert weight(0.4) == weight(0.5) == 0
    assert 0 < weight(0.7) < weight(0.8) < weight(0.9) == weight(0.99) == 1
