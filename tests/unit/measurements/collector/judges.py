"""Judges that misbehave; a worker imports them by name."""

import os
import time

from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.verdict.judge import judge

KILLER, SLEEPER, RAISER = (f"https://www.site-number-{n}.example/" for n in (1, 2, 3))


def kills(m: Measurement) -> Verdict:
    """The process ends at one site."""
    if m.input == KILLER:
        os._exit(9)
    return judge(m)


def sleeps(m: Measurement) -> Verdict:
    """Takes for ever at one site."""
    if m.input == SLEEPER:
        time.sleep(60)
    return judge(m)


def raises(m: Measurement) -> Verdict:
    """A bug at one site, whose message has what nobody may see."""
    if m.input == RAISER:
        raise RuntimeError(f"private {m.input}")
    return judge(m)


def slow(m: Measurement) -> Verdict:
    """A fifth of a second each."""
    time.sleep(0.2)
    return judge(m)
