"""What measuring a site would bring: how often its name goes onto the wire, and how much data. Pure.

For `run --dry-run`. The worst is what the plan and the steps allow; the usual is what a run brings as a
rule (docs/risks.md tells the same).
"""

from dataclasses import dataclass

from probe.consent.choices import ALL_ARMS, ARM_TIERS, Choices
from probe.engine.plan import MAX_NAMED, MAX_REVISITS, NAMED_BY
from probe.experiments.addresses import MAX_ADDRESSES
from probe.experiments.throttling import BYTES, PAIRS
from probe.experiments.web_connectivity import MAX_REDIRECTS
from probe.steps.http import MAX_BODY

_MORE_ADDRESSES = 2  # that only the control was told
_OPENS = (1, 4)
_BLOCKED = {"visit": (1, 4), "again": (4, 8), "all": (10, 16)}
_PAGE_AND_REST = 200_000  # of an ordinary page, with its handshakes, answers and the control's
_HELLOS = 50_000
_DOWNLOADS = 3 * PAIRS  # of an experiment on pace, and those that look for its way
_RETRIES = 4  # questions that get no answer are asked again, and by some tries once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Connections that name the site: if it opens, if it does not (from, to), and at most. Questions to
    resolvers in the clear, and bytes: as a rule, and at most."""

    opens: tuple[int, int]
    blocked: tuple[int, int]
    most: int
    questions: tuple[int, int]
    data: tuple[int, int]
    tiers: tuple[int, ...]
    arms: tuple[str, ...]


def estimate(url: str, arms: frozenset[str] | None, *, resolvers: int) -> Estimate:
    """Of one site; `resolvers` are asked in the clear beside the system's own."""
    allowed = ALL_ARMS if arms is None else arms
    way = Choices(arms=allowed).tries
    asked = 2 * (2 + resolvers)  # the system, its resolver directly, the others: A and AAAA
    return Estimate(
        opens=_OPENS,
        blocked=_BLOCKED[way],
        most=_most(url, allowed),
        questions=(asked, asked * (_RETRIES if allowed else _RETRIES - 1)),
        data=(_PAGE_AND_REST, _most_data(allowed)),
        tiers=tuple(sorted({0, *(ARM_TIERS[arm] for arm in allowed)})),
        arms=tuple(sorted(allowed)),
    )


def _most(url: str, arms: frozenset[str]) -> int:
    """A visit: each address (twice where the page is not encrypted, as TLS is looked at too), QUIC, and a
    further hop each; with tries what the plan allows."""
    addresses = MAX_ADDRESSES + _MORE_ADDRESSES
    visit = addresses * (2 if url.startswith("http:") else 1) + 1 + MAX_REDIRECTS
    return max(visit, MAX_NAMED) if arms else visit


def _most_data(arms: frozenset[str]) -> int:
    visits = 1 + (MAX_REVISITS if "revisit" in arms else 0)
    most = visits * (MAX_REDIRECTS + 1) * MAX_BODY + _HELLOS * visits
    if "http_host" in arms:
        most += NAMED_BY["http_host"] * MAX_BODY
    if "throttling" in arms:
        most += _DOWNLOADS * BYTES
    return most
