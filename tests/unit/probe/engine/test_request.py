"""A request is a plain value: everything that is not said has a default."""

from pathlib import Path

from probe.engine.request import RunRequest
from probe.engine.targets import Target


def test_the_least() -> None:
    """A home and a target."""
    target = Target(url="https://a.example/", source="test")
    request = RunRequest(home=Path("/x"), targets=(target,))
    assert ((), (), (), None, None, True, None) == (
        request.controls,
        request.resolvers,
        request.doh,
        request.concurrency,
        request.max_runtime,
        request.diagnose,
        request.resume_run_id,
    )
