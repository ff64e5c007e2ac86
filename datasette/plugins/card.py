"""/card/target/HOST.png, /card/network/AS9198.png, /card/all.png (and .svg): how things stand, as a picture to share.

SVG for pages and paper; PNG, because no social site shows SVG. Pillow draws its letters with the fonts in fonts/, one by
one as they stand: nothing turns the writing around. Without Pillow (it is in the extra `publish`) there is no PNG.
"""

import asyncio
import io
import unicodedata
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

A_LINE = 44  # letters that fit
LINES = 3
WIDTH, HEIGHT, LEFT = 1200, 630, 60
SMALLEST = 18  # of letters
FONTS = Path(__file__).parents[1] / "fonts"
COLOURS = {
    "blocked": "#f7c5c0",
    "mixed": "#f6dda6",
    "accessible": "#cdeccd",
    "inconclusive": "#e9e9e9",
}
SIGNS = {"blocked": "\u00d7", "mixed": "±", "accessible": "○", "inconclusive": "?"}
STATES = {  # of the rollups, as a sign and in words
    "interfered": ("blocked", "blocked or throttled"),
    "mixed": ("mixed", "mixed"),
    "open": ("accessible", "accessible"),
    "unclear": ("inconclusive", "not clear, or not confirmed for 30 days"),
}
# controls, what turns writing around, halves of letters, no characters, ends of lines and paragraphs
_NO_SIGN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_LATEST = "SELECT state, agree, votes, seen, n, last_measured, first_measured FROM latest"
_TARGET = f"{_LATEST} WHERE target_id = :key"
_NETWORK = f"{_LATEST} WHERE network_id IN ({{ids}})"
_ALL = """SELECT count(DISTINCT target_id) AS sites, count(DISTINCT network_id) AS networks, sum(n) AS n,
  min(first_measured) AS first, max(last_measured) AS last,
  count(DISTINCT CASE WHEN state = 'interfered' AND agree >= 0.55 * votes AND seen >= :fresh
    THEN target_id END) AS hit,
  count(DISTINCT CASE WHEN state IS NOT NULL AND agree >= 0.55 * votes AND seen >= :fresh
    THEN target_id END) AS known
  FROM latest"""
Row = dict[str, Any]


def can_draw() -> bool:
    """Whether there is what turns letters into pixels."""
    return find_spec("PIL") is not None


def folded(text: str) -> list[str]:
    """A long address in lines; what is cut ends with an ellipsis."""
    parts = wrap(text, A_LINE, break_on_hyphens=False) or [""]
    if len(parts) > LINES:
        parts = [*parts[: LINES - 1], parts[LINES - 1][: A_LINE - 1] + "…"]
    return parts


def visible(text: str) -> str:
    """Without what is no sign of its own, and what XML cannot hold: a mark that says so in its place."""
    return "".join("\ufffd" if unicodedata.category(c) in _NO_SIGN else c for c in text)


async def about_all(database: Database, words: Any, fresh: str) -> Row:  # noqa: ANN401 - language.py's Words
    """The card of the front page."""
    (found,) = await pm.get_plugin("lookup.py").rows(database, _ALL, {"fresh": fresh})
    _ = words.say
    none = found["sites"] - found["known"]
    lines = [
        ("blocked", _("blocked or throttled on at least one network"), found["hit"]),
        ("accessible", _("accessible"), found["known"] - found["hit"]),
        ("inconclusive", _("too little seen, or not confirmed for 30 days"), none),
    ]
    return {
        "title": _("Which sites are blocked, where, and how it is known"),
        "lines": [
            (kind, f"{words.number(n)} / {words.number(found['sites'])}: {text}")
            for kind, text, n in lines
        ],
        "foot": f"{_('networks')}: {found['networks']} · n = {words.number(found['n'] or 0)}",
        "how": "",
        "time": f"{(found['first'] or '')[:10]} \u2013 {(found['last'] or '')[:10]}",
    }


async def how(database: Database, words: Any, target: int, fresh: str) -> str:  # noqa: ANN401
    """Since when, as the target's page has it."""
    lookup, pages = pm.get_plugin("lookup.py"), pm.get_plugin("target.py")
    latest, states = [
        await lookup.rows(database, sql, {"target": target}) for sql in (pages.LATEST, pages.STATES)
    ]
    pages.date_back(latest, states)
    present = pages.now(latest, fresh)
    began = present["began"]
    if present["once"] and not began:
        day = present["once"]["seen"][:10]
        return str(words.say("last seen blocked or throttled on {day}").format(day=day))
    if not began:
        return ""
    text = "first seen so on {day}"
    if not began["otherwise"]:
        text = "{day} at the latest: it may have begun earlier"
    return str(words.say(text).format(day=began["began"][:10]))


async def about_one(database: Database, words: Any, kind: str, key: str, fresh: str) -> Row:  # noqa: ANN401
    """The card of a target or a network."""
    lookup, _ = pm.get_plugin("lookup.py"), words.say
    targets = await lookup.targets_of(database, key) if kind == "target" else []
    network = await lookup.network_of(database, key) if kind == "network" else None
    if targets:
        title = visible(targets[0]["url"])
        found = await lookup.rows(database, _TARGET, {"key": targets[0]["id"]})
    elif network:
        country = _("other networks in {country}").format(country=network["cc"] or "?")
        title = visible(f"AS{network['asn']} {network['name']}" if network["asn"] else country)
        found = await lookup.rows(database, _NETWORK.format(ids=network["ids"]))
    else:
        raise lookup.Absent("nothing by that name was measured")
    counts = dict.fromkeys(STATES, 0)
    for row in found:
        state = pm.get_plugin("age.py").kind(row, fresh)
        counts[state if state in counts else "unclear"] += 1
    first = min((row["first_measured"][:10] for row in found), default="")
    last = max((row["last_measured"][:10] for row in found), default="")
    n = words.number(sum(row["n"] for row in found))
    return {
        "title": title,
        "lines": [
            (sign, f"{_(text)}: {words.number(counts[state])} / {words.number(len(found))}")
            for state, (sign, text) in STATES.items()
        ],
        "foot": f"{_('networks') if targets else _('sites')}: {words.number(len(found))} · n = {n}",
        "how": await how(database, words, targets[0]["id"], fresh) if targets else "",
        "time": f"{first} \u2013 {last}",
    }


def drawn(card: Row) -> bytes:
    """The card in pixels."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - the extra `publish`

    def font(size: int, weight: str = "") -> Any:  # noqa: ANN401 - Pillow's
        path = FONTS / f"DejaVuSans{weight}.ttf"
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)

    def fitting(text: str, size: int) -> Any:  # noqa: ANN401
        """The size at which it fits."""
        while font(size).getlength(text) > WIDTH - 2 * LEFT - 76 and size > SMALLEST:
            size -= 2
        return font(size)

    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 14), fill="#14425a")
    for number, line in enumerate(folded(card["title"])):
        draw.text((LEFT, 62 + 50 * number), line, font=font(40, "-Bold"), fill="#111111")
    for number, (kind, text) in enumerate(card["lines"]):
        y = 225 + 70 * number
        box = (LEFT, y, LEFT + 54, y + 54)
        draw.rounded_rectangle(box, radius=8, fill=COLOURS[kind], outline="#333333")
        draw.text(
            (LEFT + 27, y + 26), SIGNS[kind], font=font(34, "-Bold"), fill="#111111", anchor="mm"
        )
        draw.text((LEFT + 76, y + 26), text, font=fitting(text, 34), fill="#111111", anchor="lm")
    draw.text((LEFT, 518), card["how"], font=fitting(card["how"], 28), fill="#111111")
    foot = f"Anyqta · {card['foot']} · {card['time']}"
    draw.text((LEFT, 575), foot, font=fitting(foot, 26), fill="#444444")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


async def page(datasette: Datasette, request: Request) -> Response:
    """One card."""
    lookup = pm.get_plugin("lookup.py")
    database, words = lookup.database_of(datasette), pm.get_plugin("language.py").of(request)
    kind, key = request.url_vars.get("kind", "all"), request.url_vars.get("key", "")
    if database is None or (request.url_vars["ending"] == "png" and not can_draw()):
        raise lookup.Absent("there is no picture of this")
    fresh = pm.get_plugin("age.py").first(datasette)
    if kind == "all":
        card = await about_all(database, words, fresh)
    else:
        card = await about_one(database, words, kind, key, fresh)
    card["time"] += f" · {pm.get_plugin('age.py').today(datasette)}"
    if request.url_vars["ending"] == "png":
        body = await asyncio.to_thread(drawn, card)
        return Response(body, content_type="image/png")
    context = {
        **card,
        "title_lines": folded(card["title"]),
        "colours": COLOURS,
        "signs": SIGNS,
    }
    text = await datasette.render_template("card.svg", context, request=request)
    return Response(text, content_type="image/svg+xml; charset=utf-8")


@hookimpl
def extra_template_vars() -> Row:
    """For a page's og: texts."""
    return {"has_cards": can_draw()}


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """With the ending, so that it can be kept as a file."""
    return [
        (r"^/card/all\.(?P<ending>svg|png)$", page),
        (r"^/card/(?P<kind>target|network)/(?P<key>.+)\.(?P<ending>svg|png)$", page),
    ]
