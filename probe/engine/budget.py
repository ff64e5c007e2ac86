"""How often a site's name may go onto the wire: as the volunteer chose, and within one day. Pure.

One measurement is bounded by plan.MAX_NAMED. This bounds what adds up when nobody sits there: a
watch that came by every hour would name a blocked site some 400 times a day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from measurements.schema.measurement import Finding
from measurements.schema.records import Records
from probe.engine.plan import EXPERIMENTS, MAX_NAMED, named
from probe.experiments.locations import locate

# For rounds by themselves, in 24 hours and of each site. Two measurements of a blocked site with
# all tries fit (12 to 16 each, 30 at worst), then single visits (one or two each).
MOST_A_DAY = 60
LEFT_OUT = "tries_left_out"
_VISIT = 10  # what a visit may bring: an address each, see plan.MAX_NAMED
SENTENCES = (
    "Tries that might settle it were left out: they were not agreed to.",
    "Tries that might settle it were left out: the site had been named often enough that day.",
    "{says} Tries that might settle it were left out: they were not agreed to.",
    "{says} Tries that might settle it were left out: the site had been named often enough that day.",
)
_NOT_AGREED, _OFTEN_ENOUGH = SENTENCES[:2]  # the others: how a verdict's reason has them


@dataclass(slots=True)
class Allowance:
    """`named`: host -> how often it went onto the wire in the last 24 hours; it grows as one goes."""

    arms: frozenset[str] = EXPERIMENTS
    most_a_day: int | None = None
    named: dict[str, int] = field(default_factory=dict)

    def arms_for(self, host: str) -> frozenset[str]:
        """The experiments that may be run on it now."""
        return self.arms if self._has_room(host, MAX_NAMED) else frozenset()

    def may_visit(self, host: str) -> bool:
        """Whether it may be contacted at all."""
        return self._has_room(host, _VISIT)

    def spend(self, records: Records, hosts: Iterable[str]) -> None:
        """Count what one measurement brought."""
        for host in set(hosts):
            self.named[host] = self.named.get(host, 0) + named(records, {host}).total

    def finding(self, arms: frozenset[str]) -> tuple[Finding, ...]:
        """What is stored where a measurement had these arms only: the judge is to know."""
        left_out = EXPERIMENTS - arms
        if not left_out:
            return ()
        says = _OFTEN_ENOUGH if arms < self.arms else _NOT_AGREED
        return (Finding(kind=LEFT_OUT, says=says, subject=",".join(sorted(left_out))),)

    def _has_room(self, host: str, more: int) -> bool:
        return self.most_a_day is None or self.named.get(host, 0) + more <= self.most_a_day


def host_of(url: str) -> str:
    """Whose name is counted."""
    here = locate(url)
    return here.host if here is not None else ""


def allowance(
    arms: frozenset[str] | None, most_a_day: int | None, named_before: Mapping[str, int]
) -> Allowance:
    """As a request has it."""
    allowed = EXPERIMENTS if arms is None else arms & EXPERIMENTS
    return Allowance(allowed, most_a_day, dict(named_before))
