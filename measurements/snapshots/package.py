"""datapackage.json (Frictionless Data Package, version 2): every file, and every column described."""

import json
from collections.abc import Mapping, Sequence

from measurements.snapshots.manifest import DATABASE, Listed
from measurements.snapshots.tables import Table

NAME = "datapackage.json"
JSONL = "measurements.jsonl.gz"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_RESOURCE = "https://datapackage.org/profiles/2.0/dataresource.json"
_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}
TITLE = "Anyqta: what is blocked, where and how"
DESCRIPTION = (
    "Measurements of reachability, made by volunteers and judged from their observations; with the"
    " evidence, the dated events of legislation and the state registry's entries. Times are to the"
    " hour. What is in it, and what it cannot tell: README.md."
)


def describe(
    made_on: str, tables: Sequence[Table], files: Mapping[str, Listed], counts: Mapping[str, int]
) -> bytes:
    """The file's bytes; `files` as they lie in the folder, by name."""
    resources: list[dict[str, object]] = []
    for table in tables:
        resources.append(_csv(table, files[f"csv/{table.name}.csv"], counts[table.name]))
        if parquet := files.get(f"parquet/{table.name}.parquet"):
            says = f"{table.title}; the same rows as {table.name}"
            media = "application/vnd.apache.parquet"
            resources.append(_file(f"{table.name}-parquet", says, "parquet", media, parquet))
    for name, says, form, media, file in (
        ("documents", _DOCUMENTS, "jsonl", "application/gzip", files[JSONL]),
        ("database", _DATABASE, "sqlite", "application/vnd.sqlite3", files[DATABASE]),
    ):
        resources.append(_file(name, says, form, media, file))
    package = {
        "$schema": _PROFILE,
        "name": "anyqta",
        "title": TITLE,
        "description": DESCRIPTION,
        "version": made_on,
        "created": f"{made_on}T00:00:00Z",
        "keywords": ["censorship", "measurement", "kazakhstan", "ooni"],
        "contributors": [{"title": "The Anyqta authors", "roles": ["publisher"]}],
        "licenses": [LICENCE],
        "resources": resources,
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


_DOCUMENTS = "Whole measurements in OONI's format (web_connectivity), one a line, by uid"
_DATABASE = "Everything, as an SQLite database; read its views (docs/data-formats.md)"


def _file(name: str, says: str, form: str, media: str, file: Listed) -> dict[str, object]:
    return {
        "$schema": _RESOURCE,
        "name": name,
        "description": says,
        "path": file.path,
        "format": form,
        "mediatype": media,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }


def _csv(table: Table, file: Listed, rows: int) -> dict[str, object]:
    schema: dict[str, object] = {
        "$schema": _SCHEMA,
        "fields": [
            {
                "name": column.name,
                "type": column.type,
                "description": column.says,
                **({"constraints": {"required": True}} if column.required else {}),
            }
            for column in table.columns
        ],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.refers:
        schema["foreignKeys"] = [
            {"fields": [own], "reference": {"resource": other, "fields": [own]}}
            for own, other in table.refers
        ]
    return {
        **_file(table.name, table.title, "csv", "text/csv", file),
        "type": "table",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\r\n"},
        "rows": rows,
        "schema": schema,
    }
