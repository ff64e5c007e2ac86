"""This computer's own addresses and names, all through a run: in memory, to blank them."""

from collections.abc import Callable, Iterable

from measurements.schema.measurement import Measurement
from probe.consent.blank import blank
from probe.consent.needles import Needles
from probe.net import machine


class Own:
    """Grows while a run goes on: interfaces change (a hotspot), and controls tell what they see."""

    def __init__(
        self,
        addresses: Iterable[str],
        *,
        told: Callable[[], Iterable[str]],
        names: Iterable[str] = (),
        look: Callable[[], Iterable[str]] = machine.all_addresses,
    ) -> None:
        """`told`: what controls have said so far. `look`: the interfaces now."""
        self._seen, self._told, self._look = set(addresses), told, look
        self._names = tuple(names)
        self._made_of: frozenset[str] | None = None
        self._needles = Needles.of(())

    def needles(self) -> Needles:
        """All that was ever seen."""
        self._seen |= {*self._look(), *self._told()}
        now = frozenset(self._seen)
        if now != self._made_of:
            self._needles, self._made_of = Needles.of(now, names=self._names), now
        return self._needles

    def blank(self, m: Measurement) -> Measurement:
        """Without any of them."""
        return blank(m, self.needles())
