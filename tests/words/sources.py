"""Which file's texts stand in which catalog, and how a text is known where nothing marks it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "probe" / "locale"
LANGUAGES = ("ru", "kk")

# Every sentence in these is shown, whatever makes it; and the words that `words` puts into a rule's fields.
WHOLE = (
    "measurements/verdict/rules_*.py",
    "measurements/verdict/matrix.py",
    "measurements/verdict/view_*.py",
    "measurements/verdict/compare.py",
    "measurements/verdict/*_evidence.py",
    "measurements/verdict/partials.py",
    "measurements/verdict/conclude.py",
    "measurements/verdict/second_look.py",
    "measurements/verdict/summary*.py",
)


# The same, of the area `tools`.
WHOLE_TOOLS = (
    *(f"probe/engine/{name}.py" for name in ("doctor", "doctor_network", "watch", "watchman")),
    *(f"probe/wiring/{name}.py" for name in ("watch", "wipe", "wipe_names", "schedule")),
    *(f"probe/upload/{name}.py" for name in ("answers", "line", "uploader")),
    "measurements/store/errors.py",
)

# Their sentences are stored, and published on the site.
PUBLISHED = (
    *WHOLE,
    "measurements/verdict/rules.py",
    "probe/engine/environment.py",
    "probe/engine/learned.py",
    "probe/consent/*.py",
)

# The first that fits. One catalog an area, so that two who translate do not meet.
FILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("verdict", WHOLE),
    (
        "consent",
        (
            *("probe/cli/consent*.py", "probe/consent/*.py", "probe/engine/budget.py"),
            *(f"probe/cli/{name}.py" for name in ("asking", "dry_run", "first_start", "narrow")),
            "probe/wiring/keeping.py",
        ),
    ),
    (
        "core",
        (
            *(
                f"probe/cli/{name}.py"
                for name in ("app", "run", "run_options", "results", "changes")
            ),
            *(f"probe/cli/{name}.py" for name in ("show", "story", "timeline", "progress", "page")),
            *(f"probe/cli/{name}.py" for name in ("lists", "lines", "demo", "explore", "exchange")),
            *(
                f"probe/cli/{name}.py"
                for name in ("language", "verdict_words", "brief", "time_left")
            ),
            "probe/experiments/*.py",
            *(f"probe/engine/{name}.py" for name in ("gate", "environment", "runner", "learned")),
            *("probe/wiring/measure.py", "probe/explorer.py", "measurements/exchange/ooni*.py"),
        ),
    ),
    (
        "tools",
        (
            *("probe/cli/*.py", "probe/engine/*.py", "probe/wiring/*.py", "probe/upload/*.py"),
            *("probe/home.py", "probe/settings.py", "probe/net/resolvers.py"),
            "measurements/store/*.py",
        ),
    ),
)
# Operators read English: of these commands only what `anyqta --help` says of them is translated.
OPERATORS = frozenset(
    {"serve", "collector", "snapshot", "site", "registry", "manual", "completion"}
)
OPERATORS_FILES = (
    *(f"probe/cli/{name}.py" for name in ("serve", "collector", "snapshot", "site", "registry")),
    *(f"probe/cli/{name}.py" for name in ("manual", "completion", "tree", "quarantine", "clean")),
    "probe/cli/operator_words.py",
    *(
        f"probe/wiring/{name}.py"
        for name in ("serve", "serve_collector", "site", "collector", "snapshot", "mirror")
    ),
)

# Below the command line nothing is marked: these make sentences for a person, so what is written in their
# arguments is one. `raise Any(…)` is always taken.
CALLS = frozenset({"Check", "NoTargetLeftError", "CannotReadError", "SettingsError"})
# These too as names of variables that a sentence is kept in before.
KEYWORDS = frozenset({"why", "says", "todo", "advice", "reason"})
# Module-level names whose texts are all shown.
CONSTANTS = frozenset({"SENTENCES", "QUESTION", "_SAYS"})


def is_whole(path: str) -> bool:
    """Whether no mark is looked for."""
    return any(Path(path).match(pattern) for pattern in (*WHOLE, *WHOLE_TOOLS))


def domain_of(path: str) -> str | None:
    """The catalog of a file, by its path from the root; None where nobody is spoken to."""
    if any(Path(path).match(pattern) for pattern in OPERATORS_FILES):
        return None
    for domain, patterns in FILES:
        if any(Path(path).match(pattern) for pattern in patterns):
            return domain
    return None
