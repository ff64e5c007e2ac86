"""The volunteer's side: measure, safely. Who may import whom is drawn in HOUSE.md and checked by import-linter."""

__version__ = "0.1.0"
