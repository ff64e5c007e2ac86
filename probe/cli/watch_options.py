"""What `watch` and `schedule` are asked for, and how a schedule keeps it in the home folder."""

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from probe.engine.watch import Plan

SCHEDULE = "schedule.json"
LEAST_DATA, USUAL_DATA = 5, 300  # megabytes; `run -l kz --dry-run`: about 12
_SPAN = re.compile(r"([0-9]{1,4})([mhd])")
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0}
_ASN = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_MB = 10**6

Every: TypeAlias = Annotated[
    str | None, typer.Option(help="A round so often: 6h, 24h (default), 7d.", metavar="TIME")
]
Jitter: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Earlier or later by up to this; by default half of --every.", metavar="TIME"
    ),
]
MaxData: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="At most so many megabytes in any 24 hours (300).", min=LEAST_DATA, metavar="MB"
    ),
]
SkipMetered: TypeAlias = Annotated[
    bool, typer.Option("--skip-metered", help="No round while the network is paid by amount.")
]
OnlyNetwork: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Only on this network (AS number); repeatable.", metavar="ASN"),
]
SameNetwork: TypeAlias = Annotated[
    bool, typer.Option("--same-network", help="Only on the network of the first round.")
]
Upload: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--upload/--no-upload",
        help="Send after each round where you agreed to share (default), or never.",
    ),
]
Notify: TypeAlias = Annotated[
    bool, typer.Option("--notify", help="Say on the desktop, without names, that results changed.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """As the options have it; plain values that JSON holds."""

    url: list[str] | None = None
    file: list[str] | None = None
    lists: list[str] | None = None
    category: list[str] | None = None
    control: list[str] | None = None
    no_control: bool = False
    diagnose: bool | None = None
    upload: bool | None = None
    every: str | None = None
    jitter: str | None = None
    max_data: int | None = None
    skip_metered: bool = False
    only_network: list[str] | None = None
    same_network: bool = False
    notify: bool = False

    def plan(self) -> "Plan":
        """Checked; wrong usage otherwise."""
        from probe.engine import watch  # noqa: PLC0415 - lazily

        every = span(self.every or "24h", "--every")
        if not watch.LEAST_EVERY <= every <= watch.MOST_EVERY:
            raise typer.BadParameter("--every is from 1h to 31d")
        jitter = every / 2 if self.jitter is None else span(self.jitter, "--jitter")
        if jitter > every / 2:
            raise typer.BadParameter("--jitter is at most half of --every")
        if self.only_network and self.same_network:
            raise typer.BadParameter("--only-network and --same-network exclude each other")
        return watch.Plan(
            every=every,
            jitter=jitter,
            max_bytes=(self.max_data or USUAL_DATA) * _MB,
            skip_metered=self.skip_metered,
            networks=frozenset(map(asn, self.only_network or ())),
            same_network=self.same_network,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A schedule: which scheduler runs it, what it runs, and for how long at most a round of it waits
    first, where the scheduler itself knows no chance."""

    kind: str
    wait: float
    wanted: Wanted


def read(folder: Path) -> Stored | None:
    """The home's; None where there is none that can be read."""
    try:
        return decode((folder / SCHEDULE).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def encode(stored: Stored) -> str:
    """As it stands in the home folder."""
    return json.dumps(asdict(stored), indent=1) + "\n"


def decode(text: str) -> Stored:
    """The opposite; raises ValueError, KeyError or TypeError."""
    value: dict[str, Any] = json.loads(text)
    kind, wait, wanted = value["kind"], value["wait"], Wanted(**value["wanted"])
    if not isinstance(kind, str) or type(wait) not in {int, float}:
        raise TypeError("another version's")
    for field in fields(Wanted):
        found = getattr(wanted, field.name)
        listed = [found] if isinstance(found, str) else found
        if isinstance(listed, list) and not all(isinstance(text, str) for text in listed):
            raise TypeError(field.name)
    return Stored(kind=kind, wait=float(wait), wanted=wanted)


def span(text: str, option: str) -> float:
    """30m, 6h, 7d as seconds."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{option} {text!r} is no time; write 30m, 6h or 7d")
    return int(found[1]) * _UNITS[found[2]]


def asn(text: str) -> int:
    """9198, or AS9198."""
    found = _ASN.fullmatch(text.strip())
    if found is None or not 0 < int(found[1]) < 2**32:
        raise typer.BadParameter(f"{text!r} is no AS number; `anyqta results --json` tells yours")
    return int(found[1])
