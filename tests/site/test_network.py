"""The page of a network, and the list of them."""

import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from datasette.plugins import pm
from tests.site.dense import get, one, rows
from tests.site.plugin import plugin
from tests.site.served import public


def test_it_says_what_is_blocked_there(dense: Path) -> None:
    """Counts as in the database; each blocked site with its votes."""
    page = get(dense, "/network/AS9198?lang=en").text
    where = "FROM latest_view WHERE asn = 9198"
    sure = "state = 'interfered' AND agree >= 0.55 * votes"
    hit = one(dense, f"SELECT count(*) {where} AND {sure}")
    assert f"{hit} of {one(dense, f'SELECT count(*) {where}')} sites: blocked or throttled" in page
    for url, agree, votes in rows(dense, f"SELECT url, agree, votes {where} AND {sure}"):
        assert f">{url}</a>" in page
        assert f"{agree} of {votes}" in page
    n = one(dense, "SELECT sum(n) FROM network_days_view WHERE asn = 9198")
    assert f"<dd>{n:,}, 2024-01" in page


def test_it_dates_as_the_page_of_the_site_does(dense: Path) -> None:
    """egov.press was blocked before its mechanism changed; ≤ only where it was never seen otherwise."""
    began = {}
    for name in ("egov.press", "selftanu.kz", "kloop.kg"):
        days = [
            re.search(
                rf"{where}.*?<span class=\"n\">(≤?)[^<]*<time [^>]*>([\d-]+)<", page, re.DOTALL
            )
            for page, where in (
                (get(dense, f"/target/{name}?lang=en").text, 'id="now".*?/network/AS9198'),
                (get(dense, "/network/AS9198?lang=en").text, f'id="now".*?/target/{name}'),
            )
        ]
        assert days[0] is not None
        assert days[1] is not None
        assert days[0].groups() == days[1].groups()
        began[name] = "".join(days[0].groups())
    assert began["selftanu.kz"].startswith("2024-0")
    assert began["egov.press"].startswith("≤2024-01")


def test_any_spelling_and_none(dense: Path) -> None:
    """AS9198, 9198; an unknown one is 404, and so is what is no number."""
    assert get(dense, "/network/9198").text == get(dense, "/network/AS9198").text.replace(
        "/AS9198?", "/9198?"
    )
    for other in ("AS1", "AS99999999999", "other-KZ", "AS9198;", "x"):
        get(dense, f"/network/{other}", 404)


def test_all_of_them(dense: Path) -> None:
    """The list."""
    page = get(dense, "/network?lang=en").text
    for (asn,) in rows(dense, "SELECT DISTINCT asn FROM network_days_view"):
        assert f'href="/network/AS{asn}?lang=en"' in page


def test_n_and_its_time_go_together(dense: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer months are drawn than were counted: n is of all, and so are the months beside it."""
    public(dense)  # so that the plugins are there
    monkeypatch.setattr(pm.get_plugin("network.py"), "MOST_MONTHS", 3)
    page = get(dense, "/network/AS9198?lang=ru").text
    months = (
        "SELECT min(substr(day, 1, 7)) || ' – ' || max(substr(day, 1, 7)) FROM network_days_view"
    )
    assert page.count(one(dense, f"{months} WHERE asn = 9198")) == 2


@pytest.mark.parametrize(
    ("first", "count", "named"),
    [
        (
            "2023-12",
            36,
            ["2024-01", "2025-01"],
        ),  # the first would touch January's, the last nothing
        ("2024-01", 24, ["2024-01", "2025-01"]),
        ("2024-06", 24, ["2024-06", "2025-01", "2026-01"]),
        ("2024-11", 1, ["2024-11"]),
    ],
)
def test_no_name_of_a_month_touches_another(first: str, count: int, named: list[str]) -> None:
    """On a phone: of two that would, January's stays."""
    network = SimpleNamespace(**plugin("network"))
    year, month = int(first[:4]), int(first[5:])
    months = [
        f"{year + (month - 1 + i) // 12}-{(month - 1 + i) % 12 + 1:02d}" for i in range(count)
    ]
    columns = [{"month": m, "x": 100 * i / count} for i, m in enumerate(months)]
    told = [c for c in network.named(columns) if c["named"]]
    assert set(named) <= {c["month"] for c in told}
    edges = [(c["x"] - 13, c["x"]) if c["anchor"] == "end" else (c["x"], c["x"] + 13) for c in told]
    assert all(a[1] <= b[0] for a, b in pairwise(edges)), edges
