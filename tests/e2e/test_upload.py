"""`anyqta upload` and `withdraw` as a person or a script runs them: what goes, and what is said."""

import hashlib
import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from measurements.schema.submission import canonical, encode_key, split_bundle, unseal
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.commands import anyqta
from tests.fakes.homes import consent, fill, goes_as, uid_of


def states(home: Path) -> dict[str, int]:
    """How many pairs of measurement and collector are in each state."""
    with closing(sqlite3.connect(home / "anyqta.db")) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()
        return dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())


@pytest.fixture
def collector() -> FakeCollector:
    """An honest one."""
    return FakeCollector()


@pytest.fixture
def url(collector: FakeCollector) -> Iterator[str]:
    """Where it is."""
    with collecting(collector) as found:
        yield found


def test_all_that_was_agreed_to(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """Once; then there is nothing more to send. `results` and `show` tell it."""
    fill(tmp_path, 5)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", url)
    assert (0, f"{url}: 5 accepted.\n") == (done.returncode, done.stdout), done.stderr
    assert {goes_as(n) for n in range(5)} == set(collector.documents)
    again = anyqta(tmp_path, "upload", "--collector", url)
    assert (0, f"{url}: nothing to send.\n") == (again.returncode, again.stdout)
    assert 1 == len(collector.took)
    rows = anyqta(tmp_path, "results").stdout.splitlines()
    assert " sent  url" in rows[0]
    assert all(" yes   https" in row for row in rows[1:])
    line = json.loads(anyqta(tmp_path, "results", "--json", "--limit", "1").stdout)
    assert "accepted" == line["upload"]
    assert f"{url}: accepted" in anyqta(tmp_path, "show", "last").stdout


def test_published_alone_only_where_it_was_agreed(
    tmp_path: Path, url: str, collector: FakeCollector
) -> None:
    """The submission says so; agreed to without it, or for this time only (--yes), it does not."""
    consented: list[dict[str, bool]] = [{"alone": True}, {"alone": False}, {"sharing": False}]
    for number, given in enumerate(consented):
        home = tmp_path / str(number)
        fill(home, 1, first=number)
        consent(home, **given)  # type: ignore[arg-type]
        assert 0 == anyqta(home, "upload", "--yes", "--collector", url).returncode
    assert [True, False, False] == [sent.header.alone for sent in collector.took]


def test_without_sharing_there_is_no_column(tmp_path: Path) -> None:
    """Nor a section in `show`, and null for scripts."""
    fill(tmp_path, 1)
    assert "sent" not in anyqta(tmp_path, "results").stdout
    assert "Sharing" not in anyqta(tmp_path, "show", "last").stdout
    assert json.loads(anyqta(tmp_path, "results", "--json").stdout)["upload"] is None


def test_json_is_one_line_an_answer(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """Nothing else on standard output; rejected ones have their reason, and status 1."""
    collector.judge = lambda d: (
        ("rejected", "no verdict") if d["input"].endswith("site1.kz/") else ("accepted", "")
    )
    fill(tmp_path, 3)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", url, "--json")
    assert 1 == done.returncode
    found = {x["measurement_uid"]: x for x in map(json.loads, done.stdout.splitlines())}
    assert {uid_of(n) for n in range(3)} == set(found)
    assert {
        "measurement_uid": uid_of(1),
        "collector": url,
        "state": "rejected",
        "says": "no verdict",
    } == found[uid_of(1)]
    assert "2 accepted, 1 rejected" in done.stderr
    assert "1 rejected: no verdict" in done.stderr
    listed = anyqta(tmp_path, "results").stdout
    assert " no    https://site1" in listed
    assert "1 rejected: no verdict" in listed
    assert "no verdict" in anyqta(tmp_path, "show", uid_of(1)).stdout


@pytest.mark.parametrize("agreed", [None, False])
def test_no_consent_no_packet(
    tmp_path: Path, url: str, collector: FakeCollector, agreed: bool | None
) -> None:
    """Neither to the risks nor to sharing: status 4. With --yes, this once, all goes."""
    fill(tmp_path, 2)
    if agreed is not None:
        consent(tmp_path, sharing=agreed)
    for arguments in (("upload",), ("upload", "--to-file", str(tmp_path / "f"))):
        done = anyqta(tmp_path, *arguments, "--collector", url)
        assert (4, "") == (done.returncode, done.stdout)
        assert "anyqta consent" in done.stderr
    assert ([], {}) == (collector.asked, states(tmp_path))
    assert not (tmp_path / "f").exists()
    assert 0 == anyqta(tmp_path, "upload", "--collector", url, "--yes").returncode
    assert {"accepted": 2} == states(tmp_path)
    fill(tmp_path, 1, first=7)
    assert 4 == anyqta(tmp_path, "upload", "--collector", url).returncode


def test_what_is_older_than_the_agreement_is_left(tmp_path: Path, url: str) -> None:
    """Told; --yes sends it as well."""
    fill(tmp_path, 3)
    consent(tmp_path, since="2026-11-24T00:00:00Z")
    done = anyqta(tmp_path, "upload", "--collector", url)
    assert 0 == done.returncode
    assert "nothing to send" in done.stdout
    assert "3 measurements from before you agreed to share (2026-11-24): left out" in done.stderr
    done = anyqta(tmp_path, "upload", "--collector", url, "--yes")
    assert f"{url}: 3 accepted.\n" == done.stdout


@pytest.mark.parametrize("source", ["demo", "import"])
def test_what_was_not_measured_here_is_never_sent(tmp_path: Path, url: str, source: str) -> None:
    """Whatever is agreed to."""
    fill(tmp_path, 2, source=source)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", url, "--yes")
    assert (0, f"{url}: nothing to send.\n") == (done.returncode, done.stdout)
    shown = anyqta(tmp_path, "upload", "--collector", url, "--dry-run")
    assert (0, "") == (shown.returncode, shown.stdout)
    assert "Nothing would go." in shown.stderr
    why = "What the demonstration measured is pretended, so it is never shared.\n"
    assert [source == "demo"] * 2 == [why in one.stderr for one in (done, shown)]


def test_the_very_bytes_are_shown(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """--dry-run contacts nobody and changes nothing; later exactly these documents go."""
    fill(tmp_path, 3)
    before = hashlib.sha256((tmp_path / "anyqta.db").read_bytes()).digest()
    done = anyqta(tmp_path, "upload", "--collector", url, "--dry-run")
    assert 0 == done.returncode
    assert "3 would go" in done.stderr
    assert ([], False) == (collector.asked, (tmp_path / "keys").exists())
    assert before == hashlib.sha256((tmp_path / "anyqta.db").read_bytes()).digest()
    shown = [line.encode() for line in done.stdout.splitlines()]
    anyqta(tmp_path, "upload", "--collector", url, "--yes")
    assert sorted(shown) == sorted(collector.documents.values())


def test_the_digest_is_told_once_it_is_certain(tmp_path: Path, collector: FakeCollector) -> None:
    """After an attempt that came to nothing the key and the secrets are there."""
    fill(tmp_path, 2)
    consent(tmp_path)
    named = f"http://127.0.0.1:9/#key={encode_key(collector.public)}"
    assert 1 == anyqta(tmp_path, "upload", "--collector", named).returncode
    done = anyqta(tmp_path, "upload", "--collector", named, "--dry-run")
    path = tmp_path / "bundle"
    assert 0 == anyqta(tmp_path, "upload", "--collector", named, "--to-file", str(path)).returncode
    (sent,), wrong = split_bundle(path.read_bytes())
    assert wrong is None
    assert f"{len(sent)} bytes, SHA-256 {hashlib.sha256(sent).hexdigest()}\n" in done.stderr


def test_a_bundle_for_a_memory_stick(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """Private, signed, contacts nobody; it counts as sent, and a later upload asks what became of it."""
    fill(tmp_path, 150)
    consent(tmp_path)
    path = tmp_path / "stick"
    done = anyqta(tmp_path, "upload", "--collector", url, "--to-file", str(path))
    assert 0 == done.returncode, done.stderr
    assert "150 measurements written to" in done.stderr
    assert [] == collector.asked
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    parts, wrong = split_bundle(path.read_bytes())
    assert ([100, 50], None) == ([unseal(part).header.documents for part in parts], wrong)
    assert {"sent": 150} == states(tmp_path)
    assert "written to stick" in anyqta(tmp_path, "show", uid_of(3)).stdout
    assert 2 == anyqta(tmp_path, "upload", "--collector", url, "--to-file", str(path)).returncode
    for number in range(60):  # as if the operator had imported half of it by now
        collector.documents[goes_as(number)] = b"?"
    collector.judge = lambda _: ("accepted", "")
    collector.documents = {}
    done = anyqta(tmp_path, "upload", "--collector", url)
    assert f"{url}: 150 accepted.\n" == done.stdout
    empty = tmp_path / "empty"
    done = anyqta(tmp_path, "upload", "--collector", url, "--to-file", str(empty))
    assert "no file was written" in done.stderr
    assert not empty.exists()


def test_withdrawn(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """What was sent is deleted there by its secret; what waits is not sent; neither is offered again."""
    fill(tmp_path, 4)
    consent(tmp_path)
    anyqta(tmp_path, "upload", "--collector", url)
    assert 2 == anyqta(tmp_path, "withdraw", "--all").returncode
    assert 2 == anyqta(tmp_path, "withdraw", "--yes").returncode
    done = anyqta(tmp_path, "withdraw", uid_of(1), "--yes")
    assert (0, f"{url}: 1 deleted there.\n") == (done.returncode, done.stderr)
    assert {goes_as(1)} == collector.withdrawn
    assert goes_as(1) not in collector.documents
    done = anyqta(tmp_path, "withdraw", "--all", "--yes", "--json")
    assert 3 == json.loads(done.stdout)["withdrawn"]
    assert {} == collector.documents
    assert {"withdrawn": 4} == states(tmp_path)
    assert "nothing to send" in anyqta(tmp_path, "upload", "--collector", url).stdout
    with collecting(FakeCollector()) as other:
        assert "nothing to send" in anyqta(tmp_path, "upload", "--collector", other).stdout
    assert "nothing to withdraw" in anyqta(tmp_path, "withdraw", "--all", "--yes").stderr


def test_withdrawing_where_nobody_answers(tmp_path: Path) -> None:
    """What never left is kept back at once; what may have left stays until it is asked again."""
    fill(tmp_path, 2)
    consent(tmp_path)
    with collecting(FakeCollector()) as gone:
        anyqta(tmp_path, "upload", "--collector", gone)
    fill(tmp_path, 1, first=5)
    assert 1 == anyqta(tmp_path, "upload", "--collector", gone).returncode
    done = anyqta(tmp_path, "withdraw", "--all", "--yes")
    assert 1 == done.returncode
    assert "1 had not been sent and will not be, 2 not asked for yet" in done.stderr
    assert {"accepted": 2, "withdrawn": 1} == states(tmp_path)


def test_the_invitation_comes_in_a_file(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """Or on standard input; it is kept, private, and travels only signed, to this collector."""
    collector.mode = "invited"
    fill(tmp_path, 1)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", url)
    assert 1 == done.returncode
    assert "by invitation only" in done.stdout
    wrong = anyqta(tmp_path, "upload", "--collector", url, "--invite", "eyJh.secret-token-here")
    assert 2 == wrong.returncode
    assert "secret-token" not in wrong.stderr
    done = anyqta(tmp_path, "upload", "--collector", url, "--invite", "-", stdin="abcd.efgh\n ij\n")
    assert (0, ["abcd.efghij"]) == (done.returncode, [s.header.invite for s in collector.took])
    fill(tmp_path, 1, first=3)
    anyqta(tmp_path, "upload", "--collector", url)
    assert ["abcd.efghij"] * 2 == [s.header.invite for s in collector.took]
    for path in (tmp_path / "keys").iterdir():
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE((tmp_path / "keys").stat().st_mode)
    assert b"abcd" not in (tmp_path / "anyqta.db").read_bytes()


def test_one_key_a_month_and_collector(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """The same sender within it; two collectors see two; an older month's key is destroyed."""
    fill(tmp_path, 1)
    consent(tmp_path)
    other = FakeCollector()
    with collecting(other) as second:
        anyqta(tmp_path, "upload", "--collector", url, "--collector", second)
        (tmp_path / "keys" / f"{'0' * 24}-2026-01.key").write_bytes(b"x" * 32)
        fill(tmp_path, 1, first=3)
        anyqta(tmp_path, "upload", "--collector", url, "--collector", second)
    mine, theirs = ({s.header.sender for s in c.took} for c in (collector, other))
    assert (1, 1, set()) == (len(mine), len(theirs), mine & theirs)
    assert 2 == len(list((tmp_path / "keys").iterdir()))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--collector", "ftp://c.example/"),
        ("--collector", "https://c.example/#key=short"),
        ("--collector", "https://me:pass@c.example/"),
        ("--collector", "https://c.example/", "--collector", "https://C.example:443"),
        ("--collector", "https://c.example/", "--proxy", "127.0.0.1:9050"),
        ("--collector", "https://c.example/", "--since", "yesterday"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Status 2; no password is repeated."""
    fill(tmp_path, 1)
    done = anyqta(tmp_path, "upload", *arguments, "--yes")
    assert 2 == done.returncode, done.stderr
    assert "me:pass" not in done.stderr
    assert {} == states(tmp_path)


def test_settings(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """config.toml names collectors; the environment wins over it."""
    fill(tmp_path, 1)
    consent(tmp_path)
    (tmp_path / "config.toml").write_text(f'collector = ["{url}"]\n')
    assert 0 == anyqta(tmp_path, "upload").returncode
    assert 1 == len(collector.documents)
    with collecting(FakeCollector()) as other:
        done = anyqta(tmp_path, "upload", more={"ANYQTA_COLLECTOR": other})
    assert f"{other}: 1 accepted.\n" == done.stdout


def document(raw: bytes) -> dict[str, Any]:
    """Parsed; it is canonical."""
    found: dict[str, Any] = json.loads(raw)
    assert canonical(found) == raw
    return found


def test_times_to_the_minute(tmp_path: Path, url: str, collector: FakeCollector) -> None:
    """Nothing that left tells the second."""
    fill(tmp_path, 1)
    consent(tmp_path)
    anyqta(tmp_path, "upload", "--collector", url)
    (raw,) = collector.documents.values()
    found = document(raw)
    assert "2026-11-23 06:00:00" == found["measurement_start_time"]
    assert goes_as(0) == found["measurement_uid"]
