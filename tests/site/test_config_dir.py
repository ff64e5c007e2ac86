"""The datasette folder is a configuration folder and nothing else."""

from pathlib import Path

import datasette.app

FOLDER = Path(__file__).parents[2] / "datasette"


def test_it_does_not_hide_the_library() -> None:
    """With an __init__.py it would."""
    assert not (FOLDER / "__init__.py").exists()
    assert not Path(datasette.app.__file__).is_relative_to(FOLDER)


def test_no_database_is_in_it() -> None:
    """Datasette would serve it to everybody."""
    assert [] == [
        file for file in FOLDER.rglob("*") if file.suffix in {".db", ".sqlite", ".sqlite3"}
    ]
