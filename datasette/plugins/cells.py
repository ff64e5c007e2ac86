"""Cells of Datasette's tables: our words lead to our pages; a stranger's URL is text, never a link."""

from urllib.parse import quote

from datasette.app import Datasette
from markupsafe import Markup, escape

from datasette import hookimpl
from datasette.plugins import pm

_TARGETS = frozenset({"url", "target"})
_NETWORKS = frozenset({"asn", "probe_asn", "resolver_asn"})


@hookimpl
def render_cell(value: object, column: str, table: str | None, datasette: Datasette) -> object:
    """Whatever begins like a URL, and what has a page."""
    if column in _NETWORKS and isinstance(value, int) and value:
        return _link(datasette, f"/network/AS{value}", f"AS{value}")
    if not isinstance(value, str) or not value:
        return None
    if column == "measurement_uid":
        return _link(datasette, f"/measurement/{quote(value, safe='')}", value)
    is_url = value.strip()[:8].lower().startswith(("http://", "https://"))
    if not is_url:
        return None
    room = datasette.setting("truncate_cells_html")
    text = value if len(value) <= room else value[:room] + "…"
    lookup = pm.get_plugin("lookup.py")
    if column in _TARGETS and table != "http_view" and lookup is not None:
        return _link(datasette, f"/target/{lookup.target_key(value)}", text)
    return Markup("<bdi>{}</bdi>").format(escape(text))


def _link(datasette: Datasette, path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(datasette.urls.path(path), text)
