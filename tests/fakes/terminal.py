"""Somebody at a terminal who types what was prepared."""

import io
import sys

import pytest


class Typed(io.StringIO):
    """Standard input, or what is shown, of a terminal."""

    def isatty(self) -> bool:
        """It says that it is one."""
        return True


def typing(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Typed:
    """These lines are typed, then the input ends; what is shown is returned."""
    shown = Typed()
    monkeypatch.setattr(sys, "stdin", Typed("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr(sys, "stderr", shown)
    return shown
