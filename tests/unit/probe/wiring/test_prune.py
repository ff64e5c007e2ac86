"""What is old is told by the clock."""

from pathlib import Path

from probe import home as homes
from probe.wiring import prune as wiring
from tests.fakes.homes import fill


def test_so_many_days_ago(tmp_path: Path) -> None:
    """Nothing was measured a century ago; all of it before tomorrow."""
    fill(tmp_path, 2)
    long_ago = wiring.terms(36_500, keep_changed=False, even_unsent=False)
    assert long_ago.before.startswith(f"{homes.now().year - 100}")
    assert 0 == wiring.plan(tmp_path, long_ago).gone
    late = wiring.Terms(before="2100-01-01T00:00:00Z")
    assert 2 == wiring.plan(tmp_path, late).gone
    told: list[int] = []
    assert 2 == wiring.prune(tmp_path, late, told.append).gone
    assert [2] == told
