"""measurements/collector/config.py: usual values that fit together."""

from pathlib import Path

from measurements.collector.config import CollectorConfig, Limits
from measurements.collector.validate import MAX_DOCUMENT


def test_the_limits_fit_together() -> None:
    """A submission that is allowed can pass every other bound."""
    give = Limits()
    assert give.document <= MAX_DOCUMENT <= give.payload
    assert give.documents <= min(give.sender_burst, give.client_burst, give.burst)
    assert give.body < give.held
    assert give.connections_per_client < give.connections
    assert give.stop_time < 10


def test_oonis_protocol_follows_the_mode() -> None:
    """Unless told otherwise."""
    db = Path("c.db")
    assert CollectorConfig(db=db).takes_ooni
    assert not CollectorConfig(db=db, mode="invited").takes_ooni
    assert CollectorConfig(db=db, mode="invited", ooni=True).takes_ooni
    assert not CollectorConfig(db=db, ooni=False).takes_ooni
    assert CollectorConfig(db=Path("/x/c.db")).key_path == Path("/x/c.db.key")
