"""Changes: the page, the Atom feeds, the cards."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from datasette.plugins import pm
from tests.site.dense import get, one, rows
from tests.site.plugin import plugin
from tests.site.served import public

ATOM = "{http://www.w3.org/2005/Atom}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
FEEDS = (
    ("/feed/all", "1"),
    ("/feed/target/egov.press", "url = 'https://egov.press/'"),
    ("/feed/network/AS9198", "asn = 9198"),
)


def entries(text: str) -> list[ET.Element]:
    """Of a feed."""
    return ET.fromstring(text).findall(f"{ATOM}entry")  # noqa: S314 - our own


def test_the_page(dense: Path) -> None:
    """All of them, and of one kind; an unknown kind is none."""
    n = one(dense, "SELECT count(*) FROM changes")
    assert 5 < n < 100
    assert n == get(dense, "/changes").text.count('<tr id="c-')
    some = one(dense, "SELECT count(*) FROM changes WHERE kind = 'unblocked'")
    assert some == get(dense, "/changes?kind=unblocked").text.count('<tr id="c-')
    assert n == get(dense, "/changes?kind=' OR 1").text.count('<tr id="c-')
    assert "no longer throttled" in get(dense, "/changes?lang=en").text


def test_it_can_be_cited(dense: Path) -> None:
    """How many changes, from when to when, of which kind and network; with the address, where there is one."""
    n, first, last = rows(
        dense,
        "SELECT count(*), substr(min(not_before), 1, 10), substr(max(not_after), 1, 10) FROM changes_view"
        " WHERE kind = 'unblocked' AND asn = 9198",
    )[0]
    path = "/changes?kind=unblocked&network=AS9198"
    page = get(dense, f"{path}&lang=en", host="site.example").text
    cited = page.partition('class="cite"')[2].partition("</p>")[0]
    assert f"changes told: {n}, {first} – {last}, CC BY 4.0" in cited
    assert "Changes: unblocked, AS9198" in cited
    assert "http://site.example/changes?kind=unblocked&amp;network=AS9198</a>" in cited
    assert 'class="cite"' not in get(dense, "/changes?kind=blocked&target=kloop.kg").text


def atom_faults(text: str) -> list[str]:
    """What RFC 4287 forbids: other elements, too few or too many of one, no IRI for an id, no RFC 3339 time."""
    root = ET.fromstring(text)  # noqa: S314 - our own
    wrong = [] if root.tag == f"{ATOM}feed" else [f"the root is {root.tag}"]
    for element in (root, *root.iter(f"{ATOM}entry")):
        names = [str(child.tag).removeprefix(ATOM) for child in element]
        known = {"id", "title", "updated", "author", "link", "category", "rights"}
        known |= {"entry", "subtitle"} if element is root else {"summary", "published"}
        wrong += [f"<{name}> in {element.tag}" for name in names if name not in known]
        wrong += [
            f"{names.count(n)} <{n}>" for n in ("id", "title", "updated") if names.count(n) != 1
        ]
        wrong += [f"{names.count(n)} <{n}>" for n in ("summary", "rights") if names.count(n) > 1]
        wrong += [] if re.match("[a-z]+:.", element.findtext(f"{ATOM}id") or "") else ["no IRI"]
        if not re.fullmatch(TIME, element.findtext(f"{ATOM}updated") or ""):
            wrong.append(f"no time: {element.findtext(f'{ATOM}updated')}")
        links = [
            tuple(link.get(k, "") for k in ("rel", "type", "hreflang"))
            for link in element.findall(f"{ATOM}link")
        ]
        wrong += [f"twice {link}" for link in links if links.count(link) > 1]
        wrong += [] if any(link[0] == "alternate" for link in links) else ["leads nowhere"]
        for link in element.findall(f"{ATOM}link"):
            wrong += [] if re.match("https?://", link.get("href", "")) else [str(link.attrib)]
    authors = [name.text for name in root.findall(f"{ATOM}author/{ATOM}name")]
    return wrong if authors else [*wrong, "no author"]


def test_what_no_feed_may_be_is_found(dense: Path) -> None:
    """The check itself: without a title, with two ids, with a made-up element, without a time."""
    good = get(dense, "/feed/all").text
    assert [] == atom_faults(good)
    for bad in (
        good.replace("<title>", "<subtitle>", 1).replace("</title>", "</subtitle>", 1),
        good.replace("<id>", "<id>urn:x:1</id><id>", 1),
        good.replace("<updated>2", "<updated>x", 2),
        good.replace("<author><name>Anyqta</name></author>", ""),
        good.replace('<category term="', '<kind term="', 1),
        good.replace("<id>urn:uuid:", "<id>", 1),
    ):
        assert atom_faults(bad), bad[:300]


def test_a_long_feed_names_the_next_page(dense: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut without a word: all pages together have every change once."""
    public(dense)  # so that the plugins are there
    monkeypatch.setattr(pm.get_plugin("feed.py"), "ENTRIES", 2)
    seen: list[str] = []
    path = "/feed/all?lang=ru"
    for _ in range(100):
        text = get(dense, path).text
        assert [] == atom_faults(text)
        seen += [str(e.findtext(f"{ATOM}id")) for e in entries(text)]
        more = re.search(r'rel="next"[^>]*href="http://localhost([^"]*)"', text)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
    assert one(dense, "SELECT count(*) FROM changes") == len(seen) == len(set(seen)) > 4


@pytest.mark.parametrize(("path", "where"), FEEDS)
def test_feeds(dense: Path, path: str, where: str) -> None:
    """Valid Atom: ids that are urns and never two alike, times, links; as many as there are."""
    answer = get(dense, f"{path}?lang=ru")
    assert "application/atom+xml; charset=utf-8" == answer.headers["content-type"]
    assert [] == atom_faults(answer.text)
    found = entries(answer.text)
    assert one(dense, f"SELECT count(*) FROM changes_view WHERE {where}") == len(found) > 0
    ids = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len(ids) == len(set(ids))
    assert all(str(each).startswith("urn:uuid:") for each in ids)
    for entry in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00:00Z", entry.findtext(f"{ATOM}updated") or "")
        (link,) = entry.findall(f"{ATOM}link")
        assert "lang=ru" in link.attrib["href"]


def test_a_month_of_them_can_be_taken_away(dense: Path) -> None:
    """As CSV, from the page, by clicking: what changed in the last month; also all of one kind and network."""
    page = get(dense, "/changes?kind=blocked&network=AS9198&lang=en").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/anyqta/[^"]*)"', page)]
    assert "/anyqta/changes_view?kind=blocked&asn=9198" in links
    (between,) = (link for link in links if "changes_between" in link)
    month = one(dense, "SELECT substr(max(day), 1, 7) FROM network_days")
    assert f"first={month}-01&last={month}-31" in between
    assert "kind,url," in get(dense, between.replace("?", ".csv?")).text


@pytest.mark.parametrize(
    "path",
    [
        "/changes?before=x.1.1.99999999999999999999",
        "/feed/all?before=2024.99999999999999999999.1.1",
        "/changes?before=x.%C2%B2.1.1",
        "/measurements?before=2024.%C2%B2",
        "/measurements?before=2024.99999999999999999999",
    ],
)
def test_what_is_no_number_for_sqlite_is_no_page_to_go_on_from(dense: Path, path: str) -> None:
    """Too long, or a digit only by Unicode's word: once an error of ours."""
    get(dense, path)


def test_an_entry_keeps_its_id(dense: Path) -> None:
    """In every feed, in every language."""
    everything = {e.findtext(f"{ATOM}id") for e in entries(get(dense, "/feed/all").text)}
    for path in ("/feed/network/AS9198.atom", "/feed/target/egov.press?lang=kk"):
        assert {e.findtext(f"{ATOM}id") for e in entries(get(dense, path).text)} <= everything
    get(dense, "/feed/target/nowhere.example", 404)
    get(dense, "/feed/network/AS1", 404)


CARDS = ("/card/target/selftanu.kz", "/card/network/AS9198", "/card/all")


@pytest.mark.parametrize("card", CARDS)
def test_cards(dense: Path, card: str) -> None:
    """Well-formed, with n, without script or link."""
    answer = get(dense, f"{card}.svg?lang=en")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    root = ET.fromstring(answer.text)  # noqa: S314 - our own
    assert {"svg", "title", "rect", "text"} == {e.tag.rpartition("}")[2] for e in root.iter()}
    assert re.search(r"n = [\d,]+", answer.text)
    get(dense, "/card/target/nowhere.example.svg", 404)


@pytest.mark.parametrize("card", CARDS)
def test_a_card_in_pixels(dense: Path, card: str) -> None:
    """As a social site wants it, for any site to show; other words are other pixels; a page names it."""
    answer = get(dense, f"{card}.png?lang=en")
    assert "image/png" == answer.headers["content-type"]
    assert "cross-origin" == answer.headers["cross-origin-resource-policy"]
    image = Image.open(io.BytesIO(answer.content))
    assert (1200, 630) == image.size
    assert len(image.convert("RGB").getcolors(1 << 20) or ()) > 20
    assert answer.content != get(dense, f"{card}.png?lang=kk").content
    page = card.removeprefix("/card").replace("/all", "/")
    shown = get(dense, f"{page}?lang=ru", host="site.example").text
    assert f'property="og:image" content="http://site.example{card}.png?lang=ru"' in shown
    assert f'rel="canonical" href="http://site.example{page}"' in shown
    assert "og:image" not in get(dense, page).text  # who has no address names none


def test_a_card_shows_what_turns_the_writing_around_as_a_sign() -> None:
    """And fits: no word of a stranger's is drawn beyond its lines."""
    card = plugin("card")
    assert "ab\ufffdc\ufffd\ufffd" == card["visible"]("ab\u202ec\x00\ud800")
    assert "\ufffd\ufffd\ufffd" == card["visible"]("\ufffe\u2028\ue000")
    assert [44, 44, 44] == [len(line) for line in card["folded"]("w" * 1000)]
    lines = [("blocked", "W" * 300)] * 4
    told = {"title": "\ufdfd" * 500, "lines": lines, "how": "", "foot": "", "time": ""}
    assert card["drawn"](told).startswith(b"\x89PNG")
