"""What comes in at a collector, for tests."""

import hashlib

from measurements.schema.measurement import Measurement, Place
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.intake import Arrival, Terms
from tests.unit.measurements.store.examples import a_measurement

DAY = "2026-11-25"
OPEN = Terms(quarantine=True, k=3, window_days=31)
INVITED = Terms(quarantine=False)


def blocked(mechanism: Mechanism = Mechanism.RESET) -> Verdict:
    """Blocked at TLS."""
    return Verdict(
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=mechanism,
        confidence=0.9,
        summary="It is blocked.",
        rules_version=1,
    )


def commitment(uid: str) -> bytes:
    """What came with it, for taking it back."""
    return hashlib.sha256(f"withdraw {uid}".encode()).digest()


def arrival(uid: str = "u1", *, sender: int | None = 1, **more: object) -> Arrival:
    """A measurement from the sender with this number, in AS 9198; `more` are Arrival's fields."""
    m = more.pop("m", None) or a_measurement(
        uid, probe=Place(asn=9198, cc="KZ", as_org_name="Telecom"), verdict=blocked()
    )
    assert isinstance(m, Measurement)
    fields: dict[str, object] = {
        "measurement": m,
        "claim": blocked(),
        "content_sha256": hashlib.sha256(uid.encode()).digest(),
        "withdraw_sha256": commitment(uid),
        "sender": None if sender is None else key(sender),
        "invited": False,
        "protocol": "batch",
        "day": DAY,
        "network_agrees": True,
    }
    return Arrival(**(fields | more))  # type: ignore[arg-type]


def key(number: int) -> bytes:
    """The SHA-256 of a sender's key."""
    return hashlib.sha256(f"sender {number}".encode()).digest()
