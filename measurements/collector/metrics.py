"""Numbers for Prometheus, and the same for the log's minute. No label says who or where."""

from collections import Counter as Counts
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from measurements.collector.jobs import Reply

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One collector's, in a registry of its own."""

    def __init__(self) -> None:
        """All zero."""
        self._registry = registry = CollectorRegistry()
        self._submissions = Counter(
            "anyqta_submissions",
            "Requests that bring measurements",
            ["protocol", "outcome"],
            registry=registry,
        )
        self._documents = Counter(
            "anyqta_documents",
            "Measurements, by what became of them",
            ["status", "code"],
            registry=registry,
        )
        self._quarantined = Counter(
            "anyqta_quarantined", "Measurements taken that wait in quarantine", registry=registry
        )
        self._refusals = Counter(
            "anyqta_refusals", "Requests refused as a whole", ["code"], registry=registry
        )
        self._withdrawals = Counter(
            "anyqta_withdrawals", "Withdrawals asked for", ["status"], registry=registry
        )
        self._seconds = Histogram(
            "anyqta_submission_seconds",
            "From the request's head to its answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._minute: Counts[str] = Counts()

    def watch(self, name: str, says: str, value: Callable[[], float]) -> None:
        """A gauge that is asked when somebody looks."""
        Gauge(name, says, registry=self._registry).set_function(value)

    def replied(self, protocol: str, reply: Reply, seconds: float) -> None:
        """A request that brought measurements was answered."""
        self._seconds.observe(seconds)
        if reply.error is not None:
            self._submissions.labels(protocol, "refused").inc()
            return
        self._submissions.labels(protocol, "answered").inc()
        for (status, code), count in Counts((o.status, o.code) for o in reply.outcomes).items():
            self._documents.labels(status, code).inc(count)
            self._minute[status] += count
        hidden = sum(o.quarantined for o in reply.outcomes if o.status == "accepted")
        self._quarantined.inc(hidden)

    def withdrew(self, reply: Reply) -> None:
        """Withdrawals were answered."""
        for status, count in Counts(o.status for o in reply.outcomes).items():
            self._withdrawals.labels(status).inc(count)
            self._minute[status] += count

    def refused(self, code: str) -> None:
        """A request, as a whole."""
        self._refusals.labels(code).inc()
        self._minute[f"refused_{code}"] += 1

    def minute(self) -> dict[str, int]:
        """What happened since this was last asked."""
        counted, self._minute = dict(sorted(self._minute.items())), Counts()
        return counted

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)
