"""dictionary.yaml: what each view and column means, for Datasette's own pages and for /data."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from datasette.app import Datasette

from datasette import hookimpl

FILE = Path(__file__).parents[1] / "dictionary.yaml"
Row = dict[str, Any]


@cache
def dictionary() -> Row:
    """The file."""
    found: Row = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def columns(view: str, names: list[str]) -> dict[str, str]:
    """Each column of a view with its meaning."""
    known = dictionary()
    own = (known["views"].get(view) or {}).get("columns") or {}
    return {name: own.get(name) or known["columns"].get(name, "") for name in names}


@cache
def metadata() -> Row:
    """As Datasette wants it: views with titles and words, tables hidden."""
    known = dictionary()
    tables: Row = {}
    for name, view in known["views"].items():
        tables[name] = {"title": view["title"], "description": view["says"]}
        if view.get("inner"):
            tables[name] = {"description": view["says"], "hidden": True}
    tables["measurements_view"]["sort_desc"] = "measurement_start_time"
    for name in known["refused"]:
        tables[name] = {"hidden": True, "allow": False}
    return tables


@hookimpl
def get_metadata(datasette: Datasette, database: str | None, table: str | None) -> Row:
    """Beside metadata.yaml."""
    names = [name for name in datasette.databases if not name.startswith("_")]
    return {"databases": {name: {"tables": metadata()} for name in names}}


@hookimpl
def extra_template_vars(view_name: str) -> Row:
    """What the views are; by which columns of one counting is quick, for its page."""
    if view_name == "database":
        return {"described": dictionary()["views"]}
    if view_name != "table":
        return {}
    return {"count_by": {k: v.get("facets") for k, v in dictionary()["views"].items()}}
