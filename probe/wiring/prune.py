"""`anyqta prune`: the home's store, and the clock that says what is old."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from measurements.store import prune as pruning
from measurements.store.health import examine
from measurements.store.prune import Plan, Pruned, Terms
from probe import home as homes

__all__ = ["Plan", "Pruned", "Terms"]


def terms(days: int, *, keep_changed: bool, even_unsent: bool) -> Terms:
    """Older than so many days, now."""
    before = f"{homes.now() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    return Terms(before=before, keep_changed=keep_changed, even_unsent=even_unsent)


def plan(home: Path, wanted: Terms) -> Plan:
    """What would go. Raises StoreError: also where the file is damaged, since deleting in it could
    lose what can still be saved."""
    if (trouble := examine(homes.database(home)).trouble) is not None:
        raise homes.StoreError(trouble)
    with homes.open_store(home, read_only=True) as store:
        return pruning.plan(store, wanted)


def prune(home: Path, wanted: Terms, told: Callable[[int], None]) -> Pruned:
    """Have it go. Raises StoreError."""
    with homes.open_store(home) as store:
        return pruning.prune(store, wanted, told=told)
