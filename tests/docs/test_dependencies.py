"""What is imported is declared, and what is declared has its reason in docs/design."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTE = ROOT / "docs" / "design" / "0002-dependencies.md"
OURS = {"probe", "measurements", "tests"}
STDLIB = sys.stdlib_module_names | {"compression"}  # which Python 3.14 has
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normal(name: str) -> str:
    """PEP 503: pyOpenSSL is pyopenssl."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    """Their names."""
    return {normal(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in requirements}


NEEDED = declared(PROJECT["dependencies"])
FOR_WORK = declared(PROJECT["optional-dependencies"]["dev"])
TO_PUBLISH = declared(PROJECT["optional-dependencies"]["publish"])


def imported(*folders: str) -> dict[str, str]:
    """Each package of others that a file below imports, and one such file."""
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for top in {name.split(".")[0] for name in names}:
                if top not in OURS and top not in STDLIB:
                    found.setdefault(top, str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize(
    ("folders", "allowed"),
    [
        (("probe", "measurements", "datasette"), NEEDED | TO_PUBLISH),
        (("tests",), NEEDED | FOR_WORK | TO_PUBLISH),
    ],
    ids=["product", "tests"],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], allowed: set[str]) -> None:
    """A package that only comes along with another may go away with it."""
    distributions = packages_distributions()
    missing = {
        package: file
        for package, file in imported(*folders).items()
        if not allowed & {normal(name) for name in distributions.get(package, ["?"])}
    }
    assert missing == {}


def test_every_dependency_has_its_reason() -> None:
    """A row of the note, by the name that pyproject.toml uses."""
    text = normal(NOTE.read_text())
    assert {name for name in NEEDED | FOR_WORK | TO_PUBLISH if name not in text} == set()


def test_every_dependency_is_locked_with_hashes() -> None:
    """`.ci/setup` installs nothing else."""
    assert locked("requirements.lock") >= NEEDED
    assert locked("requirements-publish.lock") >= NEEDED | TO_PUBLISH
    assert locked("requirements-dev.lock") >= NEEDED | TO_PUBLISH | FOR_WORK


def locked(name: str) -> set[str]:
    """What a lock names, with a hash."""
    lock = (ROOT / name).read_text()
    found = re.findall(r"^([\w.-]+)==\S+ (?:; [^\n]+ )?\\\n    --hash=", lock, re.MULTILINE)
    return set(map(normal, found))


def test_no_volunteer_needs_what_publishing_needs() -> None:
    """It is in no lock of theirs, and imported only inside the functions that use it."""
    assert locked("requirements.lock") & TO_PUBLISH == set()
    at_import = [
        str(path)
        for folder in ("probe", "measurements", "datasette")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^(import|from) (pyarrow|PIL)", path.read_text(), re.MULTILINE)
    ]
    assert at_import == []
