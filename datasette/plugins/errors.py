"""What goes wrong, in the visitor's language and without a trace of the inside."""

import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import BadRequest, Base400, Forbidden, Request, Response
from datasette.views.base import DatasetteError

from datasette import hookimpl
from datasette.plugins import pm

_LOG = logging.getLogger("anyqta.site")
_BAD, _NOT_FOUND, _TOO_MANY, _BUSY, _BROKEN = 400, 404, 429, 503, 500


@hookimpl(hookwrapper=True)
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Generator[None, Any, None]:
    """Instead of Datasette's, whose page knows no language, and which prints the visitor's request."""
    outcome = yield
    outcome.force_result([answer(datasette, request, exception)])


def answer(
    datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Awaitable[Response]]:
    """A page, or JSON where JSON was asked for."""

    async def inner() -> Response:
        asked = exception
        if "_next" in request.args and isinstance(exception, ValueError | LookupError):
            asked = BadRequest("_next: no such page")  # Datasette takes it as it comes
        status, title, says = told(asked, pm.get_plugin("language.py").of(request).say)
        if _too_long(asked) and set(request.args) - {"lang", "_lang"}:
            status = _BAD  # it is the question that is too much, not the site that is down
        headers = {"Cache-Control": "no-store"}
        if status == _BUSY:
            headers["Retry-After"] = "5"
        context = {"ok": False, "status": status, "title": title, "error": says}
        if request.path.split("?")[0].endswith(".json"):
            return Response.json(context, status=status, headers=headers)
        html = await datasette.render_template("error.html", context, request=request)
        return Response.html(html, status=status, headers=headers)

    return inner


async def later(datasette: Datasette, request: Request, seconds: int) -> Response:
    """Too many ask for whole tables just now: when to come again, and how to do without."""
    _ = pm.get_plugin("language.py").of(request).say
    context = {
        "ok": False,
        "status": _TOO_MANY,
        "title": _("Please ask again a little later"),
        "error": _(
            "Others are getting whole tables just now, and only a few can at a time. Try again in {n} seconds,"
            " or take a copy of the data, which has all of it."
        ).format(n=seconds),
    }
    headers = {"Cache-Control": "no-store", "Retry-After": str(seconds)}
    if request.path.endswith(".json"):
        return Response.json(context, status=_TOO_MANY, headers=headers)
    html = await datasette.render_template("error.html", context, request=request)
    return Response.html(html, status=_TOO_MANY, headers=headers)


def told(exception: Exception, _: Callable[[str], str]) -> tuple[int, str, str]:
    """The status, a title, a sentence."""
    title = getattr(exception, "title", None)
    replaced = type(exception).__name__ == "ReplacedError"  # probe/served.py: for half a second
    if replaced or _too_long(exception):
        title = _("Please ask again a little later") if replaced else _("That takes too long")
        less = _("Ask for less at once, or take a copy of the data.")
        return _BUSY, title, _("The data are being replaced just now.") if replaced else less
    if isinstance(exception, Forbidden):
        return exception.status, _("Not allowed"), _("This is not open to everybody.")
    if isinstance(exception, Base400 | DatasetteError):
        if exception.status == _NOT_FOUND:
            return _NOT_FOUND, _("Not found"), _("There is nothing at this address.")
        # "Cannot sort by …": Datasette takes the fault upon itself
        asked = exception.status == _BROKEN and _said(exception).startswith("Cannot ")
        status = _BAD if asked else exception.status
        if not getattr(exception, "message_is_html", False):
            return status, title or _("Not understood"), _said(exception)
        return status, title or _("Not understood"), ""
    _LOG.error("%s: %s", type(exception).__name__, str(exception)[:200])
    return _BROKEN, _("Something broke here"), _("It is not your fault. Please try another page.")


def _too_long(exception: Exception) -> bool:
    title = getattr(exception, "title", None)
    return isinstance(exception, QueryInterrupted) or title == "SQL Interrupted"


def _said(exception: Exception) -> str:
    return str(getattr(exception, "message", "") or " ".join(map(str, exception.args)))
