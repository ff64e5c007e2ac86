"""A home of one's own, and a wiring that measures nothing."""

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import probe.wiring
from measurements.schema.measurement import Finding, Place
from measurements.store.store import RunRow
from probe import home as homes
from probe.cli import app
from probe.engine.progress import (
    EnvironmentChecked,
    Listener,
    RunStarted,
    TargetCouldNotRun,
    TargetFinished,
    TargetStage,
    TargetStarted,
)
from probe.engine.request import DemoRequest, RunReport, RunRequest, ServeControlRequest
from tests.unit.measurements.store.examples import a_measurement


@dataclass
class FakeWiring:
    """Stores a small measurement for each target and tells of it."""

    requests: list[object] = field(default_factory=list)
    exit_code: int = 0
    interrupted: bool = False
    left: int = 0  # the time was up
    fails: Exception | None = None
    hostile: str = ""

    def measure(self, request: RunRequest, listener: Listener) -> RunReport:
        """As wiring.measure."""
        self.requests.append(request)
        if self.fails is not None:
            raise self.fails
        if self.exit_code == 3:
            return self._report(0)
        total = len(request.targets)
        listener(RunStarted(run_id="r1", total=total))
        place = Place(asn=9198, cc="KZ", as_org_name=f"Kazakhtelecom{self.hostile}")
        findings = (Finding(kind="vpn", says=f"A VPN is in use.{self.hostile}"),)
        listener(EnvironmentChecked(findings=findings, place=place, resolver=place, usable=True))
        with homes.open_store(request.home) as store:
            plan = [(t.url, t.category_code) for t in request.targets]
            if request.resume_run_id is None:
                store.begin_run(RunRow(run_id="r1", started_at="t", software_version="0"), plan)
            for done, target in enumerate(request.targets, 1):
                listener(TargetStarted(input=target.url))
                listener(TargetStage(input=target.url, says="asking another resolver"))
                m = a_measurement(
                    f"uid{done}", input=target.url, category_code=target.category_code
                )
                store.save(m)
                listener(TargetFinished(measurement=m, done=done, total=total))
                if self.interrupted:
                    break
            says = f"no more files{self.hostile}"
            listener(TargetCouldNotRun(input="https://z/", says=says, done=total, total=total))
            store.finish_run(
                "r1", finished_at="t", measured=1, failed=0, interrupted=self.interrupted
            )
        return self._report(total)

    def demo(self, request: DemoRequest, listener: Listener) -> RunReport:
        """As wiring.demo."""
        self.requests.append(request)
        return self._report(0)

    def serve_control(self, request: ServeControlRequest) -> None:
        """As wiring.serve_control."""
        self.requests.append(request)

    def _report(self, measured: int) -> RunReport:
        message = "This computer is offline." if self.exit_code == 3 else ""
        return RunReport(
            run_id="r1",
            measured=measured,
            failed=0,
            interrupted=self.interrupted,
            left=self.left,
            exit_code=self.exit_code,
            message=message,
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ANYQTA_HOME, and nothing else of the environment."""
    for name in ("ANYQTA_CONTROL", "ANYQTA_COLLECTOR", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANYQTA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def wiring(monkeypatch: pytest.MonkeyPatch) -> FakeWiring:
    """In the place of the real one."""
    fake = FakeWiring()
    for room, names in {"measure": ("measure", "demo"), "serve": ("serve_control",)}.items():
        module = types.ModuleType(f"probe.wiring.{room}")
        for name in names:
            setattr(module, name, getattr(fake, name))
        monkeypatch.setitem(sys.modules, f"probe.wiring.{room}", module)
        monkeypatch.setattr(probe.wiring, room, module, raising=False)
    return fake


Invoke = Callable[..., Result]


@pytest.fixture
def anyqta(home: Path) -> Invoke:
    """Run a command line."""

    def invoke(*arguments: str, input: str | bytes | None = None) -> Result:  # noqa: A002
        return CliRunner().invoke(app, list(arguments), input=input)

    return invoke
