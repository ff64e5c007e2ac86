"""`anyqta completion`: what a shell needs to complete commands and options, from the command line itself.

The scripts hold all they know: nothing of ours is started when Tab is pressed.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from probe.cli import tree
from probe.cli.plainly import plainly


class Shell(StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@plainly
def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print what a shell needs to complete anyqta's commands and options."""
    typer.echo(script(shell, tree.whole()), nl=False)


def script(shell: Shell, root: tree.Node) -> str:
    """The whole script."""
    lines = {Shell.BASH: _bash, Shell.ZSH: _zsh, Shell.FISH: _fish}[shell](root)
    return "".join(f"{line}\n" for line in lines)


def _words(node: tree.Node) -> list[str]:
    names = [one.path[-1] for one in node.below]
    choices = [choice for one in node.arguments for choice in one.choices]
    return [*names, *choices, *(name for one in node.options for name in one.names)]


def _quoted(text: str) -> str:
    """In single quotes, for bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


# --- bash --------------------------------------------------------------------------------------

_BASH = r"""
_anyqta() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev='' path=anyqta word i words='' takes=''
    ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD-1]}
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        [[ -n ${_anyqta_words["$path $word"]+x} ]] && path="$path $word"
    done
    COMPREPLY=()
    takes=${_anyqta_takes["$path:$prev"]-}
    case $takes in
        word) return ;;
        file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        ?*) words=$takes ;;
        *)
            words=${_anyqta_words[$path]}
            if [[ $cur != -* && -n ${_anyqta_files[$path]-} ]]; then
                compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return
            fi
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _anyqta anyqta
"""


def _bash(root: tree.Node) -> Iterator[str]:
    yield "# Completion of anyqta for bash 4 or later; `anyqta completion bash` printed it."
    yield "declare -gA _anyqta_words=() _anyqta_takes=() _anyqta_files=()"
    for node in root.all():
        yield f"_anyqta_words[{_quoted(node.name)}]={_quoted(' '.join(_words(node)))}"
        if any(one.takes == "file" for one in node.arguments):
            yield f"_anyqta_files[{_quoted(node.name)}]=1"
        for one in node.options:
            value = " ".join(one.choices) or one.takes
            for name in one.names if value != "nothing" else ():
                yield f"_anyqta_takes[{_quoted(f'{node.name}:{name}')}]={_quoted(value)}"
    yield _BASH.strip()


# --- zsh ---------------------------------------------------------------------------------------

_ZSH_ACTIONS = {"file": "_files", "folder": "_files -/", "word": "()"}


def _zsh(root: tree.Node) -> Iterator[str]:
    yield "#compdef anyqta"
    yield "# Completion of anyqta for zsh; `anyqta completion zsh` printed it."
    for node in root.all():
        yield from _zsh_function(node)
    # Sourced, it is put in place; found by compinit in fpath, it is called.
    yield 'if [ "$funcstack[1]" = "_anyqta" ]; then _anyqta "$@"; else compdef _anyqta anyqta; fi'


def _zsh_function(node: tree.Node) -> Iterator[str]:
    yield f"{_zsh_name(node)}() {{"
    yield "    local curcontext=$curcontext state line"
    yield "    _arguments -C \\"
    for one in node.options:
        for name in one.names:
            yield f"        {_quoted(_zsh_option(name, one))} \\"
    if node.below:
        yield "        '1: :->command' '*:: :->rest'"
        yield "    case $state in"
        described = " ".join(
            _quoted(f"{b.path[-1]}:{_zsh_plain(b.short, ':')}") for b in node.below
        )
        yield f"        command) local -a known=({described}); _describe command known ;;"
        yield "        rest)"
        yield '            curcontext="${curcontext%:*}-$line[1]:"'
        yield "            case $line[1] in"
        for below in node.below:
            yield f"                {below.path[-1]}) {_zsh_name(below)} ;;"
        yield "            esac ;;"
        yield "    esac"
    else:
        yield from _zsh_arguments(node)
    yield "}"


def _zsh_arguments(node: tree.Node) -> Iterator[str]:
    for one in node.arguments:
        action = f"({' '.join(one.choices)})" if one.choices else _ZSH_ACTIONS[one.takes]
        yield f"        {_quoted(f'*: :{action}')} \\"
        break  # all are alike where there are several
    yield "        && return 0"


def _zsh_name(node: tree.Node) -> str:
    return "_" + "_".join(node.path).replace("-", "_")


def _zsh_plain(text: str, *special: str) -> str:
    kept = text.replace("\\", "\\\\")
    for sign in special:
        kept = kept.replace(sign, f"\\{sign}")
    return kept


def _zsh_option(name: str, one: tree.Parameter) -> str:
    says = _zsh_plain(one.help, "[", "]", ":")
    if one.takes == "nothing":
        return f"*{name}[{says}]"
    action = f"({' '.join(one.choices)})" if one.choices else _ZSH_ACTIONS[one.takes]
    return f"*{name}[{says}]: :{action}"


# --- fish --------------------------------------------------------------------------------------

_FISH = r"""
function __anyqta_at
    set -l path anyqta
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if contains -- "$path $word" $__anyqta_paths
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
"""


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish(root: tree.Node) -> Iterator[str]:
    yield "# Completion of anyqta for fish; `anyqta completion fish` printed it."
    yield "set -g __anyqta_paths " + " ".join(_fish_quoted(node.name) for node in root.all())
    yield _FISH.strip()
    for node in root.all():
        at = f"complete -c anyqta -n {_fish_quoted(f'__anyqta_at {_quoted(node.name)}')}"
        if not any(one.takes == "file" for one in node.arguments):
            yield f"{at} -f"
        for below in node.below:
            yield f"{at} -a {_fish_quoted(below.path[-1])} -d {_fish_quoted(below.short)}"
        for choices in (one.choices for one in node.arguments if one.choices):
            yield f"{at} -a {_fish_quoted(' '.join(choices))}"
        for one in node.options:
            yield f"{at} {_fish_option(one)}"


def _fish_option(one: tree.Parameter) -> str:
    names = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in one.names
    )
    takes = {"nothing": "", "word": " -x", "file": " -r -F", "folder": " -x"}[one.takes]
    values = ""
    if one.choices:
        takes, values = " -x", f" -a {_fish_quoted(' '.join(one.choices))}"
    elif one.takes == "folder":
        values = " -a '(__fish_complete_directories)'"
    return f"{names}{takes}{values} -d {_fish_quoted(one.help)}"
