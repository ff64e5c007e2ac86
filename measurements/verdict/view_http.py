"""What the HTTP table looks at: the answer, what it should have been, the Host arms, and its pace."""

from dataclasses import dataclass
from functools import cached_property

from measurements.schema.records import HTTPTransaction, NetworkEvent
from measurements.verdict.pace import (
    LONG_TIME,
    MIN_BYTES,
    SUSPICIOUS_PACE,
    Paces,
    Samples,
    pace,
    received,
    samples,
)
from measurements.verdict.symbols import LOCAL, symbol
from measurements.verdict.urls import split_url
from measurements.verdict.view_host import HostView

THROTTLING = "throttling"
SAME_SERVER_ARMS = ("c_sni", "c_split", "c_records", "c_none", "c_twin", "c_host")


@dataclass(frozen=True, kw_only=True)
class HTTPView(HostView):
    """One hop's page."""

    throttling: dict[str, list[HTTPTransaction]]
    throttling_events: tuple[NetworkEvent, ...]

    @cached_property
    def broken_off(self) -> bool:
        """A body began and did not end: silence, reset or end in the middle."""
        return self.fetch is not None and self.status > 0 and self.fetch.failure is not None

    @cached_property
    def slow(self) -> bool:
        """It came slowly enough to be worth pairs of downloads."""
        if self.fetch is None or self.status == 0:
            return False
        stalled = self.fetch.failure == "generic_timeout_error"
        crawls = self.pace < SUSPICIOUS_PACE
        long = self.fetch.t - self.fetch.t0 > LONG_TIME
        return stalled or (
            self.received >= MIN_BYTES and (crawls or (long and self.control_is_quick))
        )

    @cached_property
    def _samples(self) -> Samples:
        return samples(self.hop.events)

    @cached_property
    def _throttling_samples(self) -> Samples:
        return samples(self.throttling_events)

    @cached_property
    def received(self) -> int:
        """Bytes that came of the page."""
        return received(self.fetch, self._samples) if self.fetch else 0

    @cached_property
    def pace(self) -> float:
        """The page's bytes a second."""
        return pace(self.fetch, self._samples) if self.fetch else 0.0

    def paces(self, arm: str) -> Paces:
        """The target's paces beside those of one control arm."""
        return Paces(target=self._paces("t"), control=self._paces(arm))

    def _paces(self, *arms: str) -> tuple[float, ...]:
        return tuple(
            pace(t, self._throttling_samples)
            for arm in arms
            for t in self.throttling.get(arm, [])
            if symbol(t.failure) != LOCAL
        )

    @cached_property
    def slower_than(self) -> str | None:
        """The control arm at the same server that is faster beyond chance."""
        return next((arm for arm in SAME_SERVER_ARMS if self.paces(arm).throttled), None)

    @cached_property
    def slow_as_control_arms(self) -> bool:
        """A control arm at the same server is as slow."""
        return any(self.paces(arm).clean for arm in SAME_SERVER_ARMS)

    @cached_property
    def slower_than_line(self) -> bool:
        """Slower than the control's own download over this line, under whatever name it is asked.

        Where the same server is as slow under other names, those downloads are the address's too.
        """
        own = self._paces("t", *(SAME_SERVER_ARMS if self.slower_than is None else ()))
        return Paces(target=own, control=self._paces("c_line")).throttled

    @cached_property
    def control_is_quick(self) -> bool:
        """The control got the page at three times our pace at least, by its own clock or by ours."""
        http = self.control
        if http is None or not self.control_ok or self.fetch is None or http.body_length <= 0:
            return False
        runtime = http.runtime or (self.hop.answered.runtime if self.hop.answered else None)
        if not runtime:
            return False
        ours = max([*self.paces("c_line").target, self.pace])
        return min(http.body_length, 1 << 19) / runtime >= 3 * ours

    @cached_property
    def control_has_all(self) -> bool:
        """The control got the whole of a page that broke off here."""
        all_of_it = self.control is not None and self.control.body_length > self.received
        return self.control_ok and all_of_it

    @cached_property
    def throttling_run(self) -> bool:
        """Pairs of downloads were made."""
        return bool(self.throttling.get("t"))

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        target = split_url(self.target or "")[1] or "nowhere"
        return {
            "host": self.hop.host,
            "url": self.hop.url,
            "how": self.mechanism.value if self.mechanism else "answered",
            "status": str(self.status or "no status"),
            "control_status": str(self.control.status_code) if self.control else "nothing",
            "target": target,
            "looks": (self.kind.label or self.kind.kind) if self.kind else "no page",
            "why": "; ".join(self.versus_control.reasons[:2])
            if self.versus_control
            else "not compared",
            "kbytes": str(round(self.pace / 1024)),
            "tries": str(1 + len(self.arms.get("h1", []))),
        }

    @property
    def transactions(self) -> tuple[int, ...]:
        """See rule.View."""
        every = [t for ts in (*self.arms.values(), *self.throttling.values()) for t in ts]
        own = [self.fetch] if self.fetch else []
        return tuple(dict.fromkeys(t.transaction_id for t in (*own, *every)))[:24]
