"""`run` has the options of the contract (what they do: test_run)."""

from tests.unit.probe.cli.conftest import Invoke

CONTRACT = (
    *("--file", "-f", "--list", "-l", "--category", "--control", "--no-control", "--resolver"),
    *("--doh", "--concurrency", "--max-runtime", "--diagnose", "--no-diagnose", "--upload"),
    *("--no-upload", "--json", "--yes", "--home", "--resume"),
)


def test_all_are_there(anyqta: Invoke) -> None:
    """In its help."""
    words = anyqta("run", "--help").stdout.replace(",", " ").split()
    assert [] == [name for name in CONTRACT if name not in words]
