"""A plugin file's names: it is no module that can be imported."""

import runpy
from typing import Any

from probe.explorer import config_folder


def plugin(name: str) -> dict[str, Any]:
    """Of datasette/plugins/NAME.py."""
    return runpy.run_path(str(config_folder() / "plugins" / f"{name}.py"))
