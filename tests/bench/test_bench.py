"""The bench's own arithmetic; nothing is timed here."""

from collections import Counter

import pytest

from tests.bench import matrix
from tests.bench.bound import bound, chains
from tests.bench.bulk import sampled
from tests.bench.figures import Figure, Json, table
from tests.netlab.bulk import TRUTH, bulk
from tests.netlab.scenarios import ALL

ROW: Json = {
    "scenario": "a",
    "kind": "benign",
    "loss": 0.0,
    "seed": 1,
    "truth": "accessible/-/-",
    "said": "accessible/-/-",
    "status": True,
    "triple": True,
    "partial": True,
    "details": True,
    "false_blocked": False,
    "false_down": False,
    "confidence": 0.97,
    "seconds": 1.0,
}
WRONG = ROW | {"said": "blocked/tls/reset", "status": False, "triple": False, "false_blocked": True}


@pytest.mark.parametrize(
    ("value", "limit", "best", "mark"),
    [
        (0.98, 0.98, "most", "ok"),
        (0.97, 0.98, "most", "MISSED"),
        (0, 0, "least", "ok"),
        (1, 0, "least", "MISSED"),
        (7, None, "least", ""),
    ],
)
def test_a_figure_stands_beside_its_limit(
    value: float, limit: float | None, best: str, mark: str
) -> None:
    """At the limit is within it."""
    figure = Figure("part", "name", value, "", limit, best)  # type: ignore[arg-type]
    assert figure.mark == mark
    assert table([figure]).splitlines()[-1].split()[-1] == (mark or str(int(value)))


def test_the_matrix_is_summed_up() -> None:
    """One of four accuses an innocent: every figure says so."""
    part = matrix.summary([ROW, ROW, ROW, WRONG | {"loss": 0.05}])
    found = {f.name: f.value for f in part.figures}
    assert found["exact status"] == found["exact triple"] == 0.75
    assert found["benign called blocked or throttled"] == 1
    assert found["exact status at 0% loss"] == 1.0
    assert found["exact status at 5% loss"] == 0.0
    assert [f.name for f in part.figures if f.mark == "MISSED"] == [
        "exact status",
        "exact triple",
        "benign called blocked or throttled",
    ]
    assert any("right 0.750" in line for line in part.lines)
    assert any(line.startswith("missed 1 of 2: a") for line in part.lines)


def test_a_sample_has_both_kinds() -> None:
    """About as in the whole."""
    kinds = Counter(s.kind for s in matrix.scenarios(60))
    assert kinds.total() == 60
    assert kinds["benign"] > kinds["censored"] > 10
    assert len(matrix.scenarios()) == len(ALL)


def test_the_sample_that_is_measured_one_by_one_has_every_kind() -> None:
    """Of each that fails a ninth."""
    made = bulk()
    urls = sampled(made, 60)
    assert len(urls) == 60
    counts = Counter(made.truth[url] for url in urls)
    assert {kind: counts[truth] for kind, truth in TRUTH.items()} == {
        "fine": 36,
        "tls": 6,
        "syn": 6,
        "dns": 6,
        "down": 6,
    }
    assert sampled(made, 0) == ()


def test_the_lower_bound() -> None:
    """The longest chain for a few targets; the slots for many."""
    longest = max(chain.seconds for chain in chains())
    counts = dict.fromkeys(TRUTH, 1)
    assert bound(counts, 48)[0] == pytest.approx(longest, abs=0.1)
    assert bound({**counts, "tls": 10_000}, 48)[0] > 10 * longest
    assert max(chain.seconds for chain in chains(per_address=2)) > 180
