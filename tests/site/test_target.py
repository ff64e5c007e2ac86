"""The page of a target says what the database says, in each language; selftanu.kz is the example."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.site.dense import get, one, rows
from tests.site.plugin import plugin
from tests.site.served import public

SITE = "/target/selftanu.kz"


def test_selftanu(dense: Path) -> None:
    """Blocked by silence at TLS since February 2024, the ministry's decision beside it, n with everything."""
    page = get(dense, f"{SITE}?lang=en").text
    rows = "FROM latest_view WHERE url = 'https://selftanu.kz/'"
    n = one(dense, f"SELECT sum(n) {rows}")
    assert f"<dt>measurements</dt><dd>{n:,}, " in page
    assert re.search(r"first seen so on 2024-0[23]-\d\d", page)
    assert "selftanu.kz is restricted by the Ministry of Culture and Information" in page
    assert "TLS: silence (timeout)" in page
    assert page.count('class="mark named"') >= 2
    assert "never as their cause" in page
    hit = one(
        dense,
        f"SELECT count(*) {rows} AND state = 'interfered' AND agree >= 0.55 * votes",
    )
    assert f"{hit} of " in page


def test_each_cell_leads_to_as_many_measurements(dense: Path) -> None:
    """The n of a cell is the number of rows behind its link."""
    page = get(dense, f"{SITE}?lang=en").text
    cells = re.findall(r'<a href="(/measurements\?[^"]+)" title="[^"]*; n = (\d+)"', page)
    assert len(cells) > 100
    for link, n in cells[::40]:
        rows = get(dense, link.replace("&amp;", "&")).text
        assert min(int(n), 100) == rows.count('href="/measurement/'), link


def test_down_and_inconclusive_are_never_accessible(dense: Path) -> None:
    """A month of nothing but that has its own sign."""
    cell = plugin("lookup")["cell"]
    nothing = dict.fromkeys(
        ("accessible", "blocked", "throttled", "server_side", "down", "inconclusive"), 0
    )
    assert "down" == cell({**nothing, "n": 3, "down": 2, "inconclusive": 1})["kind"]
    assert "inconclusive" == cell({**nothing, "n": 3, "inconclusive": 3})["kind"]
    assert "none" == cell({**nothing, "n": 0})["kind"]
    mixed = cell({**nothing, "n": 9, "blocked": 2, "accessible": 2, "down": 5})
    assert ("mixed", 2, 4) == (mixed["kind"], mixed["agree"], mixed["of"])
    assert "blocked" == cell({**nothing, "n": 9, "blocked": 3, "accessible": 1, "down": 5})["kind"]
    assert "accessible" == cell({**nothing, "n": 9, "blocked": 1, "accessible": 3})["kind"]


def test_a_change_of_mechanism_is_no_beginning(dense: Path) -> None:
    """egov.press was blocked before it was intercepted."""
    page = get(dense, "/target/egov.press?lang=en").text
    assert "in this way since 2024-12" in page or "in this way since 2025-0" in page
    assert "≤&nbsp;" in page


def test_days_months_and_what_is_left_out(dense: Path) -> None:
    """A month's days; a month that is none is not believed."""
    assert "The days of 2024-02" in get(dense, f"{SITE}?month=2024-02&lang=en").text
    assert "The days of" not in get(dense, f"{SITE}?month=2024-13&lang=en").text
    assert 'rel="prev"' in get(dense, f"{SITE}?month=2024-02").text
    assert 29 == get(dense, f"{SITE}?month=2024-02").text.count(
        '<th scope="col"><span aria-label="2024-02-'
    )


def test_by_url_and_by_host_and_by_neither(dense: Path) -> None:
    """The same page; 404 otherwise."""
    assert (
        "<h1>https://selftanu.kz/</h1>" in get(dense, "/target/https%3A%2F%2Fselftanu.kz%2F").text
    )
    assert "<h1>https://selftanu.kz/</h1>" in get(dense, "/target/SELFTANU.KZ").text
    get(dense, "/target/selftanu.k", 404)
    get(dense, "/target/%27%20OR%201%3D1", 404)


@pytest.mark.parametrize(("lang", "word"), [("ru", "заблокирован"), ("kk", "бұғатталған")])
def test_languages(dense: Path, lang: str, word: str) -> None:
    """Asked for, or as the browser says; links keep what was asked for."""
    page = get(dense, f"{SITE}?lang={lang}").text
    assert word in page
    assert f'<html lang="{lang}">' in page
    inner = re.findall(r'href="(/(?:network|mechanism|measurement)/[^"]*)"', page)
    assert [] == [link for link in inner if f"lang={lang}" not in link]
    guessed = asyncio.run(
        public(dense).client.get(SITE, headers={"Accept-Language": f"{lang}, en;q=0.5"})
    )
    assert word in guessed.text


def test_what_was_found_last_is_said_where_it_contradicts_the_state(dense: Path) -> None:
    """A block of yesterday is no change yet: the page does not say only that the site opens."""
    said = plugin("target")["otherwise_of_late"]
    for state, last, contradicts in (
        ("open", "blocked", True),
        ("open", "throttled", True),
        ("open", "down", False),
        ("open", "accessible", False),
        ("interfered", "accessible", True),
        ("interfered", "inconclusive", False),
        ("mixed", "blocked", False),
    ):
        assert said({"state": state, "last_status": last}) is contradicts
    late = (
        "state = 'open' AND last_status IN ('blocked', 'throttled')"
        " OR state = 'interfered' AND last_status = 'accessible'"
    )
    where = f"agree >= 0.55 * votes AND ({late})"
    sql = f"SELECT url, count(*) FROM latest_view WHERE {where} GROUP BY url"
    assert rows(dense, sql)
    for url, n in rows(dense, sql):
        page = get(dense, f"/target/{url.split('/')[2]}?lang=en").text.split('id="matrix"')[0]
        assert page.count('<span class="note">last measured ') == n


def test_what_each_n_counts_is_said(dense: Path) -> None:
    """The matrix counts the columns shown, the timeline all: a page that shows a month says so of both."""
    page = get(dense, f"{SITE}?month=2024-02&lang=en").text
    whole = "FROM latest_view WHERE url = 'https://selftanu.kz/'"
    first, last = rows(
        dense,
        f"SELECT substr(min(first_measured), 1, 10), substr(max(last_measured), 1, 10) {whole}",
    )[0]
    assert "measurements in the columns shown, 2024-02-01 – 2024-02-29." in page
    assert f"all of its measurements of this site, {first} – {last}." in page
    n = one(
        dense,
        "SELECT sum(n) FROM daily_view WHERE url = 'https://selftanu.kz/' AND asn = 9198"
        " AND day LIKE '2024-02%'",
    )
    matrix = page.partition('class="matrix"')[2].partition("</table>")[0]
    assert f'<td class="n">{n}</td>' in matrix
    assert f"(n = {one(dense, f'SELECT n {whole} AND asn = 9198')})" in page
    for lang, says in (("ru", "в показанных столбцах"), ("kk", "Көрсетілген бағандардағы")):
        assert says in get(dense, f"{SITE}?lang={lang}").text.replace("көрсетілген", "Көрсетілген")
