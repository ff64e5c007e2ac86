"""What a run keeps in its home: that it began, each measurement with what is owed; what was named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from measurements.schema.measurement import Measurement
from measurements.store.errors import Duplicate, Unstorable
from measurements.store.named import named_since
from measurements.store.outbox import Outbox
from measurements.store.store import PlannedTarget, RunRow, Store
from probe import home as homes
from probe.engine.budget import Allowance, allowance, host_of
from probe.engine.request import RunRequest
from probe.engine.runner import NotKeptError, Run
from probe.engine.targets import Target
from probe.upload.collectors import parse_collector
from probe.wiring.ledger import new_secret

SENTENCES = (
    "Sites that were named on the wire often enough in the last 24 hours, and wait: {count}.",
)
OFTEN_ENOUGH = SENTENCES[0]
_DAY = timedelta(days=1)


def begin(
    store: Store, request: RunRequest, run: Run, source: str, now: datetime
) -> tuple[Run, int]:
    """Note what is to be measured. The run with what it is allowed; and how many of a resumed one's
    targets are there already."""
    run = replace(run, allowance=allowed(store, request, now))
    if request.resume_run_id is not None:
        return run, len(store.measured_inputs(run.run_id))
    row = RunRow(
        run_id=run.run_id,
        started_at=run.test_start_time,
        software_version=run.software_version,
        source=source,
    )
    store.begin_run(row, [_planned(t) for t in request.targets])
    return run, 0


def saving(store: Store, share_with: tuple[str, ...]) -> Callable[[Measurement], None]:
    """Stored and owed to each collector in one transaction: never one without the other."""
    collectors = [Outbox(store).collector(parse_collector(url).url).id for url in share_with]

    def save(measurement: Measurement) -> None:
        try:
            store.save(measurement, [(number, new_secret()) for number in collectors])
        except (Duplicate, Unstorable) as exc:  # this one; another may well be kept
            raise NotKeptError(str(exc)) from exc

    return save


def allowed(store: Store, request: RunRequest, now: datetime) -> Allowance:
    """What may be run, and what was named in the last 24 hours where that is bounded."""
    if request.most_a_day is None:
        return allowance(request.arms, None, {})
    since = f"{now - _DAY:%Y-%m-%dT%H:%M:%SZ}"
    return allowance(request.arms, request.most_a_day, named_since(store, since))


def spare(request: RunRequest, now: float) -> tuple[RunRequest, int]:
    """Without the sites that were named often enough in the last 24 hours; how many these are.

    `now` is Unix time.
    """
    if request.most_a_day is None or not homes.database(request.home).exists():
        return request, 0
    with homes.open_store(request.home, read_only=True) as store:
        so_far = allowed(store, request, datetime.fromtimestamp(now, UTC))
    left = tuple(t for t in request.targets if so_far.may_visit(host_of(t.url)))
    return replace(request, targets=left), len(request.targets) - len(left)


def _planned(target: Target) -> PlannedTarget:
    return target.input, target.category_code
