"""Folders that are gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder() -> Iterator[Path]:
    """A new one."""
    path = Path(tempfile.mkdtemp(prefix="anyqta-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)
