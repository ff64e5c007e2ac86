"""measurements/serving/buckets.py: token buckets and client names."""

from measurements.serving.buckets import Buckets, client_key


def test_burst_then_rate() -> None:
    """A burst is given, then so much a second; the wait is told."""
    buckets = Buckets(rate=2.0, burst=3.0)
    assert [buckets.take(b"a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take(b"b", 0.0) == 0.0
    assert buckets.take(b"a", 0.5) == 0.0
    assert buckets.take(b"a", 0.5) > 0


def test_more_than_a_burst_is_given_at_last() -> None:
    """A cost above the burst waits for a full bucket, not for ever."""
    buckets = Buckets(rate=1.0, burst=2.0)
    assert buckets.take(b"a", 0.0, 5.0) == 0.0
    assert buckets.take(b"a", 0.0, 5.0) == 5.0


def test_full_buckets_are_forgotten() -> None:
    """Whoever has not asked for a while is in nobody's memory."""
    buckets = Buckets(rate=1.0, burst=2.0)
    buckets.take(b"a", 0.0)
    buckets.take(b"b", 3.0)
    assert len(buckets) == 1


def test_memory_is_bounded() -> None:
    """A million addresses do not fill it."""
    buckets = Buckets(rate=1.0, burst=2.0, max_keys=10)
    for number in range(100):
        buckets.take(str(number).encode(), 0.0)
    assert len(buckets) <= 10


def test_a_household_is_one_client() -> None:
    """IPv6 by /56, IPv4 by address, mapped as IPv4; and the name needs the secret."""
    key = client_key("2001:db8:1:ff00::1", b"s")
    assert key == client_key("2001:db8:1:ff42::2", b"s")
    assert key != client_key("2001:db8:1:fe00::1", b"s")
    assert client_key("1.2.3.4", b"s") == client_key("::ffff:1.2.3.4", b"s")
    assert client_key("1.2.3.4", b"s") != client_key("1.2.3.4", b"t")
    assert client_key("nonsense", b"s") == client_key("", b"s")
