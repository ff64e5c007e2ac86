"""The house rules a machine can check: lengths, the mirror of the tests, what may not exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
PACKAGES = ("probe", "measurements")
NOT_MIRRORED = {"__init__.py", "__main__.py"}
# probe/data holds files and the tools that make them, tested where they are read.
DATA = ROOT / "probe" / "data"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def source_files(*folders: str) -> list[Path]:
    """Every Python file of ours below these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def modules() -> list[Path]:
    """What must have a test file of its own."""
    return [
        path
        for path in source_files(*PACKAGES)
        if path.name not in NOT_MIRRORED and not path.is_relative_to(DATA)
    ]


def mirror(module: Path) -> Path:
    """probe/steps/dns.py is tested in tests/unit/probe/steps/test_dns.py."""
    inside = module.relative_to(ROOT)
    return UNIT / inside.parent / f"test_{inside.name}"


def name(path: Path) -> str:
    """As a person names it."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[Function, int]]:
    """Each function with its length, docstring and decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function) and node.end_lineno is not None:
            first = node.body[0]
            docstring = ast.get_docstring(node) is not None and first.end_lineno is not None
            counted = first.end_lineno - first.lineno + 1 if docstring and first.end_lineno else 0
            yield node, node.end_lineno - node.lineno + 1 - counted


@pytest.mark.parametrize("path", source_files(*PACKAGES, "datasette", "tests"), ids=name)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    """400 lines: past that it answers more than one question."""
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("path", source_files(*PACKAGES, "datasette", "tests"), ids=name)
def test_no_function_is_long(path: Path) -> None:
    """60 lines, the docstring not counted."""
    long = {
        f"{node.name} (line {node.lineno})": length
        for node, length in functions(path)
        if length > MAX_FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("module", modules(), ids=name)
def test_every_module_has_its_tests(module: Path) -> None:
    """In the same place below tests/unit."""
    assert mirror(module).is_file(), f"missing: {name(mirror(module))}"


def test_every_test_file_has_its_module() -> None:
    """A test of something that is gone, or that is called otherwise, is found here.

    views.sql is tested as a module is.
    """
    scripts = (path for folder in PACKAGES for path in (ROOT / folder).rglob("*.sql"))
    expected = {mirror(path.with_suffix(".py")) for path in (*modules(), *scripts)}
    found = {path for package in PACKAGES for path in (UNIT / package).rglob("test_*.py")}
    assert sorted(map(name, found - expected)) == []


def test_the_sites_folder_is_not_a_package() -> None:
    """With an __init__.py it would hide the real datasette from every import."""
    assert not (ROOT / "datasette" / "__init__.py").exists()


def test_the_site_knows_nothing_of_ours() -> None:
    """Its plug-ins read SQL views: they run where neither package need be installed."""
    for path in source_files("datasette"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not any(n.split(".")[0] in PACKAGES for n in names), name(path)


def test_a_package_that_only_says_what_it_is_for() -> None:
    """An __init__.py begins with a docstring: the first thing that a newcomer reads."""
    silent = [
        name(path)
        for path in source_files(*PACKAGES)
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_committed_file_names_a_package_index() -> None:
    """A lock that names an index works only where that index is."""
    for path in [*ROOT.glob("requirements*"), ROOT / "pyproject.toml", *(ROOT / ".ci").iterdir()]:
        text = path.read_text()
        for option in ("--index-url", "--extra-index-url", "--find-links", "--trusted-host"):
            lines = [line for line in text.splitlines() if line.strip().startswith(option)]
            assert lines == [], name(path)
