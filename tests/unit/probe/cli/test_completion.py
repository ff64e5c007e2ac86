"""Completion: real shells, asked as a person asks them."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from probe.cli import tree
from probe.cli.completion import Shell, script
from tests.unit.probe.cli.conftest import Invoke

ASKED = [
    (("anyqta", "ser"), {"serve"}),
    (("anyqta", "serve", ""), {"control", "collector"}),
    (("anyqta", "run", "--lis"), {"--list"}),
    (("anyqta", "run", "--list", ""), {"kz"}),
    (("anyqta", "run", "--json", "--no-cont"), {"--no-control"}),
    (("anyqta", "serve", "collector", "--mode", ""), {"open", "invited"}),
    (("anyqta", "import", "measured"), {"measured.jsonl"}),
]


def needs(shell: str) -> None:
    """Skip where it is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


@pytest.mark.parametrize("shell", list(Shell))
def test_every_command_and_option_is_in_it(anyqta: Invoke, shell: Shell) -> None:
    """None is forgotten, for it is the command line that writes it."""
    text = anyqta("completion", shell.value).stdout
    for node in tree.whole().all():
        assert node.path[-1] in text
        for option in node.options:
            for name in option.names:
                written = name if shell is not Shell.FISH else name.lstrip("-")
                assert written in text


@pytest.mark.parametrize("shell", list(Shell))
def test_the_shell_takes_it(tmp_path: Path, shell: Shell) -> None:
    """Without a word."""
    needs(shell)
    (tmp_path / "script").write_text(script(shell, tree.whole()))
    done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, check=False)
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("words", "expected"), ASKED, ids=lambda x: " ".join(sorted(x) if isinstance(x, set) else x)
)
def test_bash_completes(tmp_path: Path, words: tuple[str, ...], expected: set[str]) -> None:
    """As readline calls it."""
    needs("bash")
    (tmp_path / "measured.jsonl").touch()
    (tmp_path / "script").write_text(script(Shell.BASH, tree.whole()))
    ask = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); compopt() { :; }; _anyqta; printf "%s\\n" "${COMPREPLY[@]}"'
    command = ["bash", "--norc", "-uc", ask, str(tmp_path / "script"), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "" == done.stderr
    assert expected <= set(done.stdout.split())
    assert all(one.startswith(words[-1]) for one in done.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"), ASKED, ids=lambda x: " ".join(sorted(x) if isinstance(x, set) else x)
)
def test_fish_completes(tmp_path: Path, words: tuple[str, ...], expected: set[str]) -> None:
    """By its own program."""
    needs("fish")
    (tmp_path / "measured.jsonl").touch()
    (tmp_path / "script").write_text(script(Shell.FISH, tree.whole()))
    ask = f'source script; complete -C "{" ".join(words)}"'
    environment = {**os.environ, "HOME": str(tmp_path)}
    command = ["fish", "--no-config", "-c", ask]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert expected <= {line.split("\t")[0] for line in done.stdout.splitlines()}, done.stderr


@pytest.mark.parametrize("found", ["sourced", "in fpath"])
def test_zsh_completes(tmp_path: Path, found: str) -> None:
    """In a terminal: it is the only way."""
    needs("zsh")
    (tmp_path / "_anyqta").write_text(script(Shell.ZSH, tree.whole()))
    (tmp_path / "measured.jsonl").touch()
    begin = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D"
    if found == "sourced":
        begin = "autoload -U compinit; compinit -u -D; source ./_anyqta"
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvpe("zsh", ["zsh", "-f"], {**os.environ, "TERM": "dumb", "HOME": str(tmp_path)})  # noqa: S606
    try:
        os.write(terminal, f"PS1=ready; {begin}; setopt no_beep; echo be''gun\n".encode())
        until(terminal, "begun")
        for typed, completed in (
            ("anyqta ser\tX", "anyqta serve X"),
            ("anyqta serve coll\tX", "anyqta serve collector X"),
            ("anyqta run --no-cont\tX", "anyqta run --no-control X"),
            ("anyqta serve collector --mode inv\tX", "--mode invited X"),
            ("anyqta import meas\tX", "anyqta import measured.jsonl X"),
        ):
            os.write(terminal, typed.encode())
            until(terminal, completed)
            os.write(terminal, b"\x15")  # Ctrl-U: forget the line
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def until(terminal: int, wanted: str) -> None:
    """Read what the terminal shows until this is in it, spaces not counted."""
    seen, deadline = "", time.monotonic() + 20
    while wanted.replace(" ", "") not in re.sub(r"[ \x08]", "", seen):
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"no {wanted!r} in {seen!r}"
        seen += os.read(terminal, 4096).decode("utf-8", "replace")
