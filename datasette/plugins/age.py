"""How long what was seen counts as now: `now` in templates says until when, and from which day on.

A state last confirmed longer ago than DAYS is "last seen" on a day, never "now". Thirty days: volunteers are asked to
measure each week, a sender is told from another within a month, and company is counted in months (docs/design/0011):
who looked within that time can say so, and nobody has to measure daily. Days are UTC, as all of ours are.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from datasette.app import Datasette

from datasette import hookimpl

DAYS = 30
SURE = 0.55  # of its votes; a smaller share, and a state is not said to be one
Row = dict[str, Any]


def today(datasette: Datasette) -> str:
    """The day by the clock, or by whoever serves (`anyqta_today`)."""
    given = vars(datasette).get("anyqta_today")
    return str(given()) if given else _clock()


def _clock() -> str:
    return datetime.now(UTC).date().isoformat()  # noqa: TID251 - plain Datasette gives its pages no clock


def since(day: str) -> str:
    """The first day that counts as now on this one."""
    return (date.fromisoformat(day) - timedelta(days=DAYS)).isoformat()


def first(datasette: Datasette) -> str:
    """The same for today."""
    return since(today(datasette))


def kind(row: Row, fresh: str) -> str:
    """What a row of `latest` says of now: its state; `unclear`; `old` where nobody confirmed it lately."""
    if not row["state"] or row["agree"] < SURE * row["votes"]:
        return "unclear"
    return "old" if row["seen"] < fresh else str(row["state"])


@hookimpl
def extra_template_vars(datasette: Datasette) -> Row:
    """`as_of`: the day; `fresh`: from which on; `days`: how many."""
    day = today(datasette)
    return {"as_of": day, "fresh": since(day), "days": DAYS}
