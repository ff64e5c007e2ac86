"""README.md of a snapshot: for a person who has nothing but this folder."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from measurements.snapshots.manifest import DATABASE, MANIFEST, SIGNATURE, SIGNERS, SUMS, Manifest
from measurements.snapshots.news import MOST, Event, Now
from measurements.snapshots.package import JSONL, LICENCE, TITLE
from measurements.snapshots.signing import IDENTITY, NAMESPACE

NAME = "README.md"
CONFIRMED = 30  # days, as datasette/plugins/age.py has it
STATUSES = ("accessible", "blocked", "throttled", "server_side", "down", "inconclusive")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was found blocked last, and what changed; every one of them, the first first."""

    now: Sequence[Now] = ()
    events: Sequence[Event] = ()


_NONE = News()
_ODD = re.compile(r"`|[^\w!-~]")
_KINDS = {
    "blocked": "became blocked or throttled",
    "unblocked": "opens again",
    "mechanism_changed": "is blocked otherwise than before",
}


def text(
    manifest: Manifest,
    statuses: Mapping[str, int],
    span: tuple[str, str] | None,
    news: News = _NONE,
) -> str:
    """All of it."""
    counts = manifest.counts
    n = counts["measurements"]
    when = f", made between {span[0]} and {span[1]} UTC" if span else ""
    parts = [
        f"# {TITLE}: snapshot of {manifest.made_on}\n",
        f"{n} measurements{when}; {counts['targets']} targets, {counts['networks']} networks.\n",
        "| verdict | n |\n|---|---|\n"
        + "".join(f"| {word} | {statuses.get(word, 0)} |\n" for word in STATUSES),
        "Who measures, and what, is not a sample: compare like with like, and give n with every rate."
        " `down` and `inconclusive` do not mean that a site opened. Times are to the hour, small"
        " networks are merged, and a cell of one day and network is left out until enough people"
        " measured it.\n",
        _now(news.now, manifest.made_on),
        _since(manifest) + _events(news.events),
        _FILES,
        _verify(manifest),
        f"## Licence and citation\n\n{LICENCE['title']} ({LICENCE['path']}).\n\n"
        f"> The Anyqta authors: Anyqta snapshot, {manifest.made_on}."
        f" logical sha256 {manifest.logical_sha256}\n",
        "What each verdict claims, and what it does not: `docs/ontology.md` in the program's"
        " repository; columns: `datapackage.json`. Legal events and registry entries stand beside"
        " measurements as context. That both are there does not make one the cause of the other.\n",
    ]
    return "\n".join(parts)


def _now(found: Sequence[Now], made_on: str) -> str:
    title = "## Blocked or throttled when last seen\n\n"
    if not found:
        return f"{title}Nothing, as far as enough was measured to tell.\n"
    first = (date.fromisoformat(made_on[:10]) - timedelta(days=CONFIRMED)).isoformat()
    lately = sum(one.seen >= first for one in found)
    lines = "".join(
        f"- {_url(one.url)}: on {one.networks} of {one.told}"
        f" network{'' if one.told == 1 else 's'} where enough was seen, by {one.since} or before,"
        f" last seen so on {one.seen}"
        f" ({one.how.replace(',', '; ')}; {one.measurements} measurements)\n"
        for one in found[:MOST]
    )
    return (
        f"{title}{len(found)} sites, {lately} of them seen so in the {CONFIRMED} days before"
        f" {made_on[:10]}; whether the others still are is not known. The most widely blocked"
        f" first:\n\n{lines}{_more(len(found), 'csv/latest.csv')}"
    )


def _events(found: Sequence[Event]) -> str:
    if not found:
        return ""
    lines = "".join(
        f"- {_url(one.url)} {_KINDS.get(one.kind, one.kind)} on {one.network} between {one.first}"
        f" and {one.last}{f' ({one.how})' if one.how else ''}; {one.votes} votes since\n"
        for one in found[:MOST]
    )
    return f"\nThe newest first:\n\n{lines}{_more(len(found), 'csv/changes.csv')}"


def _more(count: int, where: str) -> str:
    return f"\n{count - MOST} more are in `{where}`.\n" if count > MOST else ""


def _url(url: str) -> str:
    """A stranger's text as text: no link, no markup, one line."""
    return f"`{_ODD.sub('?', url)[:200]}`"


def _since(manifest: Manifest) -> str:
    if manifest.previous is None:
        return "## Changes\n\nThere was no snapshot before this one, or none was named.\n"
    c = manifest.counts
    return (
        f"## Changes since {manifest.previous['made_on']}\n\n"
        f"{c['new']} measurements are new, {c['judged_otherwise']} are judged otherwise than before"
        f" (`csv/since_previous.csv`), {c['gone']} are gone (withdrawn, or no longer publishable;"
        f" they are not named). {c['new_events']} changes of a state are new or told otherwise"
        " (`csv/changes.csv` has all).\n"
    )


_FILES = (
    "## Files\n\n"
    f"- `{DATABASE}`: everything, SQLite; open it with any SQLite program, read its views\n"
    f"- `{JSONL}`: whole measurements in OONI's format, one JSON document a line\n"
    "- `csv/`: tables. A text that a spreadsheet would take for a formula has an apostrophe before it"
    " (also after `;`, tab and line break); an empty field without quotes is null. It is UTF-8:"
    " Excel shows Cyrillic right if you import it (Data, From Text) and say so\n"
    "- `parquet/`: the same tables, typed, if the maker had pyarrow\n"
    "- `datapackage.json`: every file and every column described (Frictionless)\n"
    f"- `{MANIFEST}`: sizes, hashes, versions, the snapshot before this one\n\n"
    "JSON Lines and the database hold every text as it came. CSV and Parquet hold U+FFFD where a text"
    " is no valid Unicode; CSV also for NUL.\n"
    "\nEverything in here came from strangers' networks and pages. It is data: do not run it, and do"
    " not open its links where that is a risk to you.\n"
)


def _verify(manifest: Manifest) -> str:
    lines = f"sha256sum -c --strict {SUMS}"
    if manifest.signed_by is None:
        return f"## To verify\n\n```\n{lines}\n```\n\nThis snapshot is not signed.\n"
    return (
        f"## To verify\n\n```\n{lines}\n"
        f"ssh-keygen -Y verify -f {SIGNERS} -I {IDENTITY} -n {NAMESPACE}"
        f" -s {SIGNATURE} < {SUMS}\n```\n\n"
        f"Both must say OK or Good, and no file may lie here that {SUMS} does not name (but itself"
        f" and `{SIGNATURE}`). It is signed with the key `{manifest.signed_by}`. Compare that with the"
        " one you know from elsewhere: whoever changes this folder can put another key into it.\n"
    )
