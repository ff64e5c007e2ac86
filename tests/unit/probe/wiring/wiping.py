"""A home with some of everything that anyqta makes."""

from pathlib import Path

from tests.fakes.homes import consent, fill

KEY = "a" * 24 + "-2026-11.key"
CRASH = "20261125T033000Z.txt"


def a_home(home: Path) -> Path:
    """With some of everything."""
    fill(home, 1)
    consent(home)
    fill(home / "demo", 1, source="demo")
    (home / "config.toml").write_text("keep_days = 30\n")
    for folder, name, text in (
        ("keys", KEY, "k"),
        ("keys", f".{KEY}.0011aabb", "k"),
        ("keys", "b" * 24 + ".invite", "i"),
        ("crashes", CRASH, "anyqta on Python 3.11\n"),
        (".", "anyqta.db.before-update", ""),
        (".", "anyqta.db.before-update.77.part-wal", ""),
        (".", "watch.json", "{}"),
        (".", "notices.old.txt", ""),
        (".", "schedule.json", "{}"),
        (".", "run.lock", ""),
    ):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / name).write_text(text)
    for tree, name in (
        ("demo/.a_b1c2d3-pretend", "root.pem"),  # of a demonstration that was killed
        ("program-0a1b2c3d4e5f-cp311", ".whole"),  # anyqta.pyz's
    ):
        (home / tree / "inside").mkdir(parents=True)
        (home / tree / name).write_text("x")
    return home
