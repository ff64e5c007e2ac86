"""Every setting and every environment variable stands in docs/cli.md."""

import dataclasses
from pathlib import Path

import pytest

DOC = Path(__file__).parents[2] / "docs" / "cli.md"


def test_every_setting_is_documented() -> None:
    """By the name that config.toml uses."""
    settings = pytest.importorskip("probe.settings", exc_type=ModuleNotFoundError)
    text = DOC.read_text()
    names = [field.name for field in dataclasses.fields(settings.Settings)]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    "variable",
    [
        "ANYQTA_HOME",
        "ANYQTA_CONTROL",
        "ANYQTA_COLLECTOR",
        "SSL_CERT_FILE",
        "ANYQTA_LANG",
        "ANYQTA_PLAIN",
    ],
)
def test_every_environment_variable_is_documented(variable: str) -> None:
    """The contract names four."""
    assert f"`{variable}`" in DOC.read_text()
