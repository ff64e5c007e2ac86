"""Which language the screen speaks, and the command line's own words (Typer's) in it."""

import codecs
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from probe import words
from probe.words import N_, _, told

if TYPE_CHECKING:
    import typer

_SETTING = re.compile(r"""^\s*language\s*=\s*["']([A-Za-z_.@-]+)["']""", re.MULTILINE)
# What Typer says by itself, in English whatever the language: found again by `told`.
TYPERS = (
    N_("Missing option {name}."),
    N_("Missing argument {name}."),
    N_("Missing command."),
    N_("No such command {name}."),
    N_("No such option: {name}"),
    N_("{problem} (Possible options: {names})"),
    N_("Invalid value: {problem}"),
    N_("Invalid value for {name}: {problem}"),
    N_("Got unexpected extra argument(s) ({names})"),
    N_("Option {name} requires an argument."),
    N_("Option {name} does not take a value."),
    N_("{value} is not one of {names}."),
    N_("Could not open file {name}: {problem}"),
    N_("File {name} does not exist."),
    N_("Path {name} does not exist."),
    N_("Directory {name} does not exist."),
    N_("path {name} is not readable."),
)
# What stands in those: pydantic's words, for a number.
NUMBERS = (
    N_("Input should be greater than or equal to {least}"),
    N_("Input should be less than or equal to {most}"),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be a valid number, unable to parse string as a number"),
)
# What Linux and macOS say when a file cannot be had; `told` finds it within our own sentences.
SYSTEMS = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("Read-only file system"),
    N_("Input/output error"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("File exists"),
    N_("File name too long"),
    N_("Too many open files"),
    N_("Too many levels of symbolic links"),
)
HELP = N_("Show this message and exit.")
SECTIONS = (N_("Options"), N_("Arguments"), N_("Commands"))
EXTRAS = (N_("required"), N_("default: {default}"), N_("(dynamic)"))


# The terminal's alphabet decides too: letters that it lacks would be numbers, and no word could be read.
_LETTERS = {"en": "", "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя", "kk": "әғқңөұүһі"}
_NEXT = {"kk": "ru", "ru": "en"}  # most who read Kazakh read Russian
PLAINER = "anyqta-plainer"
_PLAIN = str.maketrans(
    {"«": '"', "»": '"', "“": '"', "”": '"', "—": "-", "–": "-", "…": "...", "×": "x"}
)


def _plainer(exc: UnicodeError) -> tuple[str, int]:
    """For codecs: a plainer sign for one that the terminal has not; otherwise its number."""
    if not isinstance(exc, UnicodeEncodeError):
        raise exc
    lacking = exc.object[exc.start : exc.end]
    plain = lacking.translate(_PLAIN)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), exc.end


codecs.register_error(PLAINER, _plainer)


def showable(language: str, encodings: Sequence[str | None]) -> str:
    """The language, or the next that these encodings have the letters of."""
    while language != words.ENGLISH:
        try:
            for encoding in encodings:
                _LETTERS[language].encode(encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            language = _NEXT[language]
        else:
            break
    return language


def begin(arguments: Sequence[str]) -> None:
    """Choose, before any command is looked at: help and wrong usage are told in it too."""
    import os  # noqa: PLC0415 - lazily, all of it

    asked = words.known(os.environ.get("ANYQTA_LANG"))
    setting = None if asked else _setting(arguments)
    wanted = words.choose(os.environ, setting, None if asked or setting else _system())
    streams = [getattr(stream, "encoding", None) for stream in (sys.stdout, sys.stderr)]
    words.use(showable(wanted, streams))
    if not words.can_be_read():
        sys.stderr.write(
            f"anyqta: the texts in {words.LANGUAGES[words.language()]} cannot be read, so this is in"
            " English. To mend it, install anyqta again.\n"
        )
        words.use(words.ENGLISH)


def _setting(arguments: Sequence[str]) -> str | None:
    """`language` of config.toml. A file that is wrong is told of by the command that reads it."""
    import os  # noqa: PLC0415 - lazily

    home = home_option(arguments) or os.environ.get("ANYQTA_HOME")
    try:
        if home:
            folder = Path(home).expanduser()
        else:
            from platformdirs import user_data_path  # noqa: PLC0415 - lazily

            folder = user_data_path("anyqta", appauthor=False)
        found = _SETTING.search((folder / "config.toml").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, RuntimeError):  # the last: ~ stands for nobody
        return None
    return found[1] if found else None


def home_option(arguments: Sequence[str]) -> str | None:
    """What --home says, before the command line is parsed."""
    for number, word in enumerate(arguments):
        if word == "--home" and number + 1 < len(arguments):
            return arguments[number + 1]
        if word.startswith("--home="):
            return word.removeprefix("--home=")
    return None


def _system() -> str | None:
    """Windows' own language: no variable tells it there."""
    if sys.platform != "win32":
        return None
    import ctypes  # noqa: PLC0415 - lazily
    import locale  # noqa: PLC0415

    number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return locale.windows_locale.get(number)


def run(app: "typer.Typer") -> NoReturn:
    """The command line in another language than English: its help, and how wrong usage is told."""
    import typer  # noqa: PLC0415 - lazily
    import typer.core  # noqa: PLC0415
    import typer.main  # noqa: PLC0415

    command = typer.main.get_command(app)
    vars(typer.core)["_"] = _  # its own words in the help: "required", "default: …"
    translate(command)
    usage: Any = typer.BadParameter.__mro__[2]  # Typer's own ClickException
    try:
        status = command(standalone_mode=False)
    except usage as exc:
        _refuse(exc)
        sys.exit(getattr(exc, "exit_code", 1))
    except typer.Abort:
        typer.echo(_("Aborted!"), err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _refuse(exc: Any) -> None:  # noqa: ANN401 - Typer's own click
    """As Typer tells it, in this language."""
    import typer  # noqa: PLC0415 - lazily

    from probe.cli.clean import clean  # noqa: PLC0415

    context = getattr(exc, "ctx", None)
    if type(exc).__name__ == "NoArgsIsHelpError":
        typer.echo(exc.format_message(), err=True)
        return
    if context is not None:
        typer.echo(context.get_usage(), err=True)
        hint = _("Try '{command} {option}' for help.")
        typer.echo(hint.format(command=context.command_path, option="-h") + "\n", err=True)
    message = wrong_usage(exc.format_message())
    typer.echo(_("Error: {problem}").format(problem=clean(message)), err=True)


def wrong_usage(message: str) -> str:
    """Typer's frame first, then what stands in it: a sentence of ours may fit around the whole."""
    framed = (words.told_as(frame, message) for frame in TYPERS if "{" in frame)
    return next((one for one in framed if one is not None), None) or told(message)


def translate(command: Any) -> None:  # noqa: ANN401 - Typer's own click
    """Help of a command and of all below it, in place."""
    _formatter(command.context_class)
    for one in tree(command):
        one.help = paragraphs(one.help)
        one.short_help = told(one.short_help) if one.short_help else one.short_help
        one.options_metavar = _("[OPTIONS]")
        if hasattr(one, "subcommand_metavar"):
            one.subcommand_metavar = _("COMMAND [ARGS]...")
        for param in one.params:
            param.help = told(flat(param.help)) if getattr(param, "help", None) else None


def tree(command: Any) -> list[Any]:  # noqa: ANN401 - as above
    """A command and all below it."""
    below = getattr(command, "commands", {}).values()
    return [command, *(one for child in below for one in tree(child))]


def flat(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


def parts(text: str) -> list[str]:
    """The paragraphs of a help text, each a text of its own for the translator."""
    return [flat(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def paragraphs(text: str | None) -> str | None:
    """The same in the language of the screen."""
    return None if text is None else "\n\n".join(told(part) for part in parts(text))


def _formatter(context: Any) -> None:  # noqa: ANN401 - as above
    """`Usage:` and the headings, which Typer has no way to change."""
    base: Any = context.formatter_class

    class Formatter(base):  # type: ignore[misc]
        """Writes in the language of the screen."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            """`Usage: anyqta …`."""
            super().write_usage(prog, args, prefix or _("Usage: "))

        def write_dl(self, rows: Sequence[tuple[str, str]], *args: int) -> None:
            """That of --help comes from Typer."""
            super().write_dl([(name, told(text)) for name, text in rows], *args)

    context.formatter_class = Formatter
