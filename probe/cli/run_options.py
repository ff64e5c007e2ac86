"""The options of `anyqta run`, as CONTRACT §2 names them."""

from typing import Annotated, TypeAlias

import typer

Url: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="What to measure; a bare host means https://host/.")
]
Files: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--file", "-f", help="One URL a line, or a Citizen Lab CSV; - reads standard input."
    ),
]
Lists: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--list", "-l", help="A bundled list; `anyqta lists` names them."),
]
Categories: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Only these categories of the lists.", metavar="CODE,…"),
]
Controls: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="A control to compare with.", metavar="URL")
]
NoControl: TypeAlias = Annotated[
    bool, typer.Option("--no-control", help="Compare with nothing outside.")
]
Resolvers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="A resolver to ask in the clear beside the system's own; repeatable.",
        metavar="IP[:PORT]",
    ),
]
Doh: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A resolver to ask over HTTPS; repeatable.", metavar="URL"),
]
Concurrency: TypeAlias = Annotated[
    int | None, typer.Option(help="At most so many targets at once.", min=1, max=500)
]
MaxRuntime: TypeAlias = Annotated[
    float | None, typer.Option(help="Begin no more targets after so many seconds.", min=0.001)
]
Diagnose: TypeAlias = Annotated[
    bool | None,
    typer.Option("--diagnose/--no-diagnose", help="Find out how it is blocked, or only whether."),
]
Upload: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--upload/--no-upload",
        help="Send the results afterwards, or not. By default where you agreed to share.",
    ),
]
Resume: TypeAlias = Annotated[
    bool, typer.Option("--resume", help="Go on with the last run, if it was interrupted.")
]
DryRun: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Show what would be contacted, and how often; send nothing. Needs no consent.",
    ),
]
Yes: TypeAlias = Annotated[
    bool, typer.Option("--yes", help="Agree to the risks (`anyqta consent show`) for this run.")
]
