"""`anyqta lists`: what can be given to `run -l`."""

import json
from collections import Counter
from typing import Annotated

import typer

from probe.cli.options import AsJson
from probe.cli.plainly import plainly
from probe.words import _, ngettext


@plainly
def lists(
    name: Annotated[str | None, typer.Argument(help="Show this list's URLs.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the bundled target lists, or one list's URLs."""
    from probe.engine.targets import bundled_names, load_bundled  # noqa: PLC0415 - lazily

    if name is not None:
        for target in load_bundled(name).targets:
            values = {
                "url": target.url,
                "category_code": target.category_code,
                "notes": target.notes,
            }
            plain = f"{target.category_code or '-':5} {target.url}"
            typer.echo(json.dumps(values) if as_json else plain)
        return
    for known in bundled_names():
        targets = load_bundled(known).targets
        counts = Counter(target.category_code or "none" for target in targets)
        if as_json:
            typer.echo(json.dumps({"name": known, "targets": len(targets), "categories": counts}))
        else:
            named = [(_("none") if code == "none" else code, n) for code, n in counts.most_common()]
            categories = ", ".join(f"{code} {n}" for code, n in named)
            says = ngettext("{n} target: {categories}", "{n} targets: {categories}", len(targets))
            typer.echo(f"{known:12} {says.format(n=f'{len(targets):4}', categories=categories)}")
