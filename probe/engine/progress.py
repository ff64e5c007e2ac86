"""What a run tells while it goes: events for a screen, a log, or nothing at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from measurements.schema.measurement import Finding, Measurement, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The environment gate is about to run; `total` targets wait."""

    run_id: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChecked:
    """The gate's findings (maybe none), the network, and whether the run can go on."""

    findings: tuple[Finding, ...]
    place: Place
    resolver: Place
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStarted:
    """The first operation for this input is about to go out."""

    input: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStage:
    """A target goes on with another question; `says` is for a person."""

    input: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFinished:
    """A target is measured, judged and in the database."""

    measurement: Measurement
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCouldNotRun:
    """We, not the network, failed: a bug or this computer's limits. `says` names the cause."""

    input: str
    says: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """All is done, or was interrupted; `measured` targets are in the database."""

    run_id: str
    measured: int
    failed: int
    interrupted: bool
    runtime: float


Event: TypeAlias = (
    RunStarted
    | EnvironmentChecked
    | TargetStarted
    | TargetStage
    | TargetFinished
    | TargetCouldNotRun
    | RunFinished
)
Listener: TypeAlias = Callable[[Event], None]
