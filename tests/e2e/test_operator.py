"""The operator's commands beside a running collector, as processes."""

import json
import subprocess
import sys
from pathlib import Path

from measurements.schema.submission import join_bundle, seal
from tests.fakes.real_collector import ROOT, Command, ask, is_signed, items, key, sealed


def anyqta(*words: str) -> subprocess.CompletedProcess[str]:
    """The command."""
    line = [sys.executable, "-m", "probe.cli", "collector", *words]
    return subprocess.run(
        line, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


async def test_all_work_while_the_collector_runs(tmp_path: Path) -> None:
    stick, copy = tmp_path / "stick", tmp_path / "copy"
    stick.write_bytes(join_bundle([sealed(20, seed=2, sender=2)]))
    with Command(tmp_path) as collector:
        db = ("--db", str(collector.db))
        first = await ask(collector.port, sealed(20, seed=1, sender=1))
        assert first.statuses == ["accepted"] * 20
        done = anyqta("import", str(stick), *db)
        assert (done.returncode, "20 accepted" in done.stdout) == (0, True), done.stderr
        status = json.loads(anyqta("status", *db, "--json").stdout)
        assert status["received"] == {"batch": 20, "bundle": 20}
        uid = first.body["answers"][0]["measurement_uid"]
        assert anyqta("quarantine", "release", uid, *db).returncode == 0
        assert anyqta("quarantine", "drop", "--all", "--yes", *db).returncode == 0
        assert anyqta("backup", str(copy), *db).returncode == 0
        assert anyqta("tidy", *db).returncode == 0
        refused = anyqta("restore", str(copy), *db, "--yes")
        assert refused.returncode == 1
        assert "Stop the collector first" in refused.stderr
        # and it goes on taking, also what its workers remember of before
        again = await ask(collector.port, sealed(20, seed=1, sender=1))
        assert again.statuses == ["duplicate"] + ["accepted"] * 19
        more = await ask(collector.port, sealed(20, seed=3, sender=1))
        assert more.statuses == ["accepted"] * 20
        assert is_signed(more, anyqta("key", *db).stdout.strip())
        assert collector.stop() == 0
    assert anyqta("restore", str(copy), *db, "--yes").returncode == 0
    assert json.loads(anyqta("status", *db, "--json").stdout)["measurements"] == 1
    with collector:
        after = await ask(collector.port, sealed(1, seed=4, sender=1))
        assert after.statuses == ["accepted"]
        assert collector.stop() == 0


async def test_an_invitation_opens_a_closed_collector(tmp_path: Path) -> None:
    with Command(tmp_path, "--mode", "invited") as collector:
        db = ("--db", str(collector.db))
        assert (await ask(collector.port, sealed(1))).error == "invite_needed"
        token = anyqta("invite", "--uses", "1", *db).stdout.strip()
        taken = await ask(collector.port, seal(items(2), key=key(1), invite=token))
        assert taken.statuses == ["accepted"] * 2
        assert "quarantined" not in taken.body["answers"][0]
        used = await ask(collector.port, seal(items(1, seed=2), key=key(2), invite=token))
        assert used.error == "invite_used"
        second = anyqta("invite", "--uses", "9", *db).stdout.strip()
        assert anyqta("invite", "revoke", second, *db).returncode == 0
        gone = await ask(collector.port, seal(items(1, seed=2), key=key(2), invite=second))
        assert gone.error == "invite_used"
        assert token not in collector.log.read_text()
        assert collector.stop() == 0
