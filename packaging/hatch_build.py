"""Puts the man page and the completions into the wheel, where .ci/release has had them written."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Shared(BuildHookInterface):  # type: ignore[type-arg]
    """packaging/shared becomes share/ beside bin/: pipx and Python's own environments have it there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Nothing, where nothing was written: a checkout's own build goes without."""
        folder = Path(self.root) / "packaging" / "shared"
        if version == "editable" or not folder.is_dir():
            return
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                inside = path.relative_to(folder).as_posix()
                build_data["shared_data"][str(path)] = f"share/{inside}"
