"""The man page: every command is in it, and nothing in it is taken for roff."""

import shutil
import subprocess

import pytest

from probe.cli import tree
from probe.cli.manual import page, plain
from tests.unit.probe.cli.conftest import Invoke


@pytest.fixture(autouse=True)
def of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a release is made."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")


def test_every_command_and_option_is_in_it(anyqta: Invoke) -> None:
    """None is forgotten, for it is the command line that writes it."""
    shown = anyqta("manual").stdout.replace("\\-", "-")
    assert '"2025-11-25"' in shown.splitlines()[0]
    for node in tree.whole().all():
        if node.below == ():
            assert f"\\fB{node.name}\\fR" in shown
        assert f'.SS "{node.name}"' in shown or node.path == ("anyqta",)
        for option in node.options:
            assert (
                f"\\fB{plain(option.written)}\\fR".replace("\\-", "-") in shown
                or "-h" in option.names
            )


def test_what_looks_like_roff_is_text() -> None:
    """Also a line that is broken before a dot, and letters that are not ASCII."""
    assert "\\&.SH" == plain(".SH")
    assert "\\ealarm \\-x \\[u0410]" == plain("\\alarm -x \u0410")
    root = tree.Node(("x",), "x", "word " * 15 + ".SH BAD " * 20, "s", (), ())
    bad = [line for line in page(root, "1", "").splitlines() if line.startswith(".SH BAD")]
    assert bad == []


@pytest.mark.parametrize(
    "reader",
    [("groff", "-ww", "-man", "-Tutf8"), ("mandoc", "-T", "lint", "-W", "style")],
    ids=lambda reader: reader[0],
)
def test_it_is_read_without_a_complaint(anyqta: Invoke, reader: tuple[str, ...]) -> None:
    """By those that people have."""
    if shutil.which(reader[0]) is None:
        pytest.skip(f"{reader[0]} is not installed")
    text = anyqta("manual").stdout
    done = subprocess.run(reader, input=text, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    if reader[0] == "mandoc":
        assert "" == done.stdout
    else:
        assert "finds out whether" in done.stdout
