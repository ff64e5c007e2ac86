"""README.md of a snapshot: counts with n, how to verify, what it does not claim."""

import dataclasses
import re
import subprocess
from pathlib import Path

from measurements.snapshots import notes
from measurements.snapshots.news import MOST, Event, Now
from tests.unit.measurements.snapshots.published import a_file, a_key, a_published, a_snapshot
from tests.unit.measurements.snapshots.test_manifest import MADE

COUNTS = {"measurements": 3, "targets": 2, "networks": 1}


def test_counts_stand_with_their_n() -> None:
    """Every status, also those of which there is none."""
    made = dataclasses.replace(MADE, counts=COUNTS)
    text = notes.text(made, {"blocked": 3}, ("2026-11-01", "2026-11-24"))
    assert "3 measurements, made between 2026-11-01 and 2026-11-24 UTC; 2 targets" in text
    assert "| blocked | 3 |" in text
    assert "| down | 0 |" in text
    assert "CC BY" in text or "Creative Commons Attribution" in text
    assert "not signed" in text
    assert "no snapshot before" in text


def test_what_changed_is_told() -> None:
    """Since which one."""
    made = dataclasses.replace(
        MADE,
        counts=COUNTS | {"new": 5, "judged_otherwise": 6, "gone": 7, "new_events": 8},
        previous={"made_on": "2026-10-25", "manifest_sha256": "0" * 64},
    )
    text = notes.text(made, {}, None)
    assert "Changes since 2026-10-25" in text
    assert "5 measurements are new, 6 are judged otherwise" in text
    assert "7 are gone" in text
    assert "8 changes of a state are new" in text


def test_what_is_blocked_and_what_is_new_is_told_with_its_n() -> None:
    """A sentence that can be quoted; a stranger's URL is text."""
    now = [
        Now(url=f"https://t{i}.kz/", how="blocked tls reset", networks=2, told=3, measurements=40,
            since="2024-02-12", seen=str(MADE.made_on) if i < 3 else "2024-03-01")
        for i in range(MOST + 5)
    ]  # fmt: skip
    event = Event(
        url="https://a.kz/`](x)\n# no", network="AS9198", kind="blocked", how="blocked tls reset",
        first="2024-02-10", last="2024-02-12", votes=9,
    )  # fmt: skip
    made = dataclasses.replace(MADE, counts=COUNTS)
    text = notes.text(made, {}, None, notes.News(now=now, events=[event]))
    assert f"35 sites, 3 of them seen so in the 30 days before {MADE.made_on}" in text
    assert (
        "- `https://t0.kz/`: on 2 of 3 networks where enough was seen, by 2024-02-12 or before,"
        f" last seen so on {MADE.made_on} (blocked tls reset; 40 measurements)\n" in text
    )
    assert "5 more are in `csv/latest.csv`" in text
    assert (
        "- `https://a.kz/?](x)?#?no` became blocked or throttled on AS9198 between 2024-02-10 and"
        " 2024-02-12 (blocked tls reset); 9 votes since\n" in text
    )
    assert "Nothing, as far as enough was measured" in notes.text(made, {}, None)


def test_its_lines_verify_it_without_us(tmp_path: Path) -> None:
    """A person copies them into a shell."""
    source = a_file(tmp_path / "a.db", [a_published(1)])
    a_snapshot(source, tmp_path / "out", key=a_key(tmp_path))
    text = (tmp_path / "out" / notes.NAME).read_text()
    (block,) = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    command = ["bash", "-euc", block]
    done = subprocess.run(
        command, cwd=tmp_path / "out", capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode
    assert 'Good "anyqta-snapshot" signature' in done.stdout
    with (tmp_path / "out" / "anyqta.db").open("ab") as file:
        file.write(b"x")
    done = subprocess.run(
        command, cwd=tmp_path / "out", capture_output=True, text=True, check=False
    )
    assert 0 != done.returncode
