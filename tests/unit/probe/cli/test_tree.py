"""What is read from the command line is what the command line has."""

from probe.cli import tree


def node(name: str) -> tree.Node:
    """The one of this name."""
    (found,) = [one for one in tree.whole().all() if one.name == name]
    return found


def test_groups_and_their_commands() -> None:
    """With full names, as they are typed."""
    root = tree.whole()
    assert ("anyqta",) == root.path
    assert {"anyqta serve control", "anyqta serve collector", "anyqta serve site"} == {
        one.name for one in node("anyqta serve").below
    }
    assert node("anyqta run").usage.startswith("anyqta run [OPTIONS]")
    assert "config.toml" in node("anyqta run").text
    assert "\n" not in node("anyqta run").short


def test_what_an_option_takes() -> None:
    """Nothing, a word, one of some words, a file, a folder."""
    options = {name: one for one in node("anyqta run").options for name in one.names}
    assert ("nothing", ()) == (options["--json"].takes, options["--json"].choices)
    assert options["--diagnose"] is options["--no-diagnose"]
    assert "word" == options["--control"].takes
    assert "folder" == options["--home"].takes
    assert "kz" in options["--list"].choices
    assert "-h" in options
    served = {name: one for one in node("anyqta serve collector").options for name in one.names}
    assert ("open", "invited") == served["--mode"].choices
    assert "file" == served["--db"].takes


def test_what_an_argument_takes() -> None:
    """It has no dashes."""
    (files,) = node("anyqta import").arguments
    assert ((), "file") == (files.names, files.takes)
    (name,) = node("anyqta lists").arguments
    assert "kz" in name.choices
