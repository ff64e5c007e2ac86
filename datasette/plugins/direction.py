"""Signs that turn the writing around are shown as what they are: on no page may gpj.exe look like exe.jpg.

Whatever a template writes goes through here, Datasette's own too; JSON and CSV have the text as it was sent.
"""

import re

from jinja2 import Environment
from markupsafe import Markup

from datasette import hookimpl

_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown(value: object) -> object:
    """The same without them: each is a replacement character."""
    if not isinstance(value, str) or value.isascii() or not _TURNS.search(value):
        return value
    plain = _TURNS.sub("\ufffd", str(value))
    return Markup(plain) if isinstance(value, Markup) else plain  # noqa: S704 - it was before


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """For every template."""
    env.finalize = shown
