"""Random worlds: late arrivals, quarantine, releases, withdrawals, other verdicts."""

import random

from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import INVITED, OPEN, Sent, World

STATUSES = (Status.BLOCKED, Status.ACCESSIBLE, Status.DOWN)


def some(rng: random.Random, first: int, most: int, at: int) -> list[Sent]:
    """What comes on one day of November: much of it old, in no order."""
    return [
        Sent(
            n=n,
            sender=rng.choice((None, 0, 1, 2, 3)),
            day=f"2026-{rng.choice((9, 10)):02d}-{rng.randrange(1, 29):02d}",
            received=f"2026-11-{at:02d}",
            asn=rng.choice((9198, 9198, 21299)),
            url=rng.choice(("https://a.kz/", "https://b.kz/")),
            status=rng.choice((*STATUSES, Status.BLOCKED)),
            time=f"{rng.randrange(24):02d}:41:37",
        )
        for n in range(first, first + rng.randrange(1, most))
    ]


def happens(world: World, rng: random.Random, known: list[Sent], at: int) -> None:
    """One of the things that happen to a collector's file."""
    what = rng.choice(("come", "come", "come", "withdraw", "release", "judge"))
    if what == "come" or not known:
        new = some(rng, len(known), 30, at)
        world.collect(*new, terms=rng.choice((OPEN, INVITED)))
        known += new
        return
    with Store.open(world.source) as store:
        for sent in rng.sample(known, min(len(known), rng.randrange(1, 8))):
            if what == "withdraw":
                Intake(store).withdraw(sent.uid, sent.withdrawal, f"2026-11-{at:02d}")
            elif what == "release":
                Intake(store).release([sent.uid])
            elif store.contains(sent.uid):
                store.save_verdict(sent.uid, verdict(rng))


def verdict(rng: random.Random) -> Verdict:
    """Another one."""
    status = rng.choice(STATUSES)
    blocked = status is Status.BLOCKED
    return Verdict(
        status=status,
        confidence=rng.choice((0.6, 0.95)),
        summary="Judged again.",
        rules_version=2,
        layer=Layer.TLS if blocked else None,
        mechanism=rng.choice((Mechanism.TIMEOUT, Mechanism.MITM)) if blocked else None,
    )
