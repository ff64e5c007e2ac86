"""`run`: what is asked of the wiring, what is refused before, how it ends."""

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import Result

from measurements.store.errors import StoreError
from probe.consent.choices import ALL_ARMS
from probe.engine.request import RunRequest
from tests.unit.probe.cli.conftest import FakeWiring, Invoke


def request(wiring: FakeWiring) -> RunRequest:
    """The only request."""
    (only,) = wiring.requests
    assert isinstance(only, RunRequest)
    return only


def urls(wiring: FakeWiring) -> list[str]:
    """Its URLs."""
    return [target.url for target in request(wiring).targets]


def json_lines(result: Result) -> list[dict[str, object]]:
    """Standard output, which must be JSON lines only."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_option_reaches_the_wiring(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """Checked, and in one spelling."""
    options = (
        "--control https://c/ --control http://d:8080/x --resolver 9.9.9.9 --resolver 2620:fe::fe"
    )
    more = "--resolver [2620:fe::fe]:5353 --doh https://9.9.9.9/dns-query --concurrency 9"
    last = "--max-runtime 60 --no-diagnose --yes"
    result = anyqta("run", "a.example", *f"{options} {more} {last}".split())
    assert 0 == result.exit_code, result.stderr
    got = request(wiring)
    assert ["https://a.example/"] == urls(wiring)
    assert ("https://c/", "http://d:8080/x") == got.controls
    assert ("9.9.9.9:53", "[2620:fe::fe]:53", "[2620:fe::fe]:5353") == got.resolvers
    assert ("https://9.9.9.9/dns-query",) == got.doh
    assert (9, 60.0, False, None, home) == (
        got.concurrency,
        got.max_runtime,
        got.diagnose,
        got.resume_run_id,
        got.home,
    )


def test_settings_stand_in_for_options(
    anyqta: Invoke, wiring: FakeWiring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And --no-control silences them."""
    home.mkdir()
    (home / "config.toml").write_text('concurrency = 3\ndiagnose = false\nresolver = "9.9.9.9"\n')
    monkeypatch.setenv("ANYQTA_CONTROL", "https://c/")
    anyqta("run", "a.example", "--yes")
    got = request(wiring)
    assert (3, False, ("9.9.9.9:53",), ("https://c/",)) == (
        got.concurrency,
        got.diagnose,
        got.resolvers,
        got.controls,
    )
    wiring.requests.clear()
    result = anyqta("run", "a.example", "--yes", "--no-control", "--diagnose")
    assert () == request(wiring).controls
    assert request(wiring).diagnose
    assert "no control" not in result.stderr


def test_json_alone_is_on_standard_output(anyqta: Invoke, wiring: FakeWiring) -> None:
    """A line for each target, with what the contract names."""
    result = anyqta("run", "a.example", "b.example", "--json", "--yes")
    lines = json_lines(result)
    assert ["https://a.example/", "https://b.example/"] == [line["input"] for line in lines]
    names = "measurement_uid run_id input measurement_start_time test_runtime probe_cc probe_asn"
    assert set(
        f"{names} resolver_asn verdict accessible blocking category_code upload upload_says".split()
    ) == set(lines[0])
    assert "2 measured" in result.stderr


def test_without_json_a_person_reads(anyqta: Invoke, wiring: FakeWiring) -> None:
    """On standard error, a line for each target."""
    result = anyqta("run", "a.example", "--yes")
    assert "" == result.stdout
    assert "[1/1] accessible   https://a.example/: It is accessible." in result.stderr
    assert "Measuring from KZ AS9198" in result.stderr
    assert "could not be measured" in result.stderr


def test_nothing_that_a_stranger_wrote_is_obeyed(anyqta: Invoke, wiring: FakeWiring) -> None:
    """Escapes and bidi overrides are shown, not done."""
    wiring.hostile = "\x1b[2J\u202e\x9b31m[red]"
    result = anyqta("run", "a.example", "--yes")
    for bad in ("\x1b", "\u202e", "\x9b"):
        assert bad not in result.stderr
    assert "\\x1b[2J" in result.stderr


def test_without_consent_nothing_is_sent(anyqta: Invoke, wiring: FakeWiring) -> None:
    """In any mode; and it says what to do."""
    for mode in ([], ["--json"], ["--no-control"]):
        result = anyqta("run", "a.example", *mode)
        assert 4 == result.exit_code
        assert "consent give" in result.stderr
    assert [] == wiring.requests
    assert 0 == anyqta("consent", "give", "--yes").exit_code
    assert 0 == anyqta("run", "a.example").exit_code
    anyqta("consent", "withdraw")
    assert 4 == anyqta("run", "a.example").exit_code


def test_yes_is_for_one_run(anyqta: Invoke, wiring: FakeWiring) -> None:
    """It is not stored."""
    assert 0 == anyqta("run", "a.example", "--yes").exit_code
    assert 4 == anyqta("run", "a.example").exit_code


def test_lists_files_and_standard_input(anyqta: Invoke, wiring: FakeWiring, tmp_path: Path) -> None:
    """Together, each URL once; bad lines named with their number and skipped."""
    plain = tmp_path / "a.txt"
    plain.write_text("# mine\na.example\nftp://no.example\nhttp://b.example/\n")
    csv = tmp_path / "b.csv"
    csv.write_text("url,category_code\nhttps://c.example/,NEWS\nhttps://a.example/,NEWS\n")
    result = anyqta(
        "run",
        "-f",
        str(plain),
        "--file",
        str(csv),
        "-f",
        "-",
        "--yes",
        input="d.example\nnot a url\n",
    )
    expected = [
        "https://a.example/",
        "http://b.example/",
        "https://c.example/",
        "https://d.example/",
    ]
    assert expected == urls(wiring)
    assert "a.txt:3: ftp://no.example: only http and https" in result.stderr
    assert "-:2: not a url" in result.stderr


def test_nothing_named_is_nothing_measured(anyqta: Invoke, wiring: FakeWiring) -> None:
    """Which names leave the computer is the volunteer's choice, each time."""
    result = anyqta("run", "--yes")
    assert 2 == result.exit_code
    assert "-l" in result.stderr
    assert [] == wiring.requests


def test_a_list_is_measured_as_was_chosen(anyqta: Invoke, wiring: FakeWiring) -> None:
    """--yes chooses nothing sensitive; what was stored holds with --yes too."""
    result = anyqta("run", "--yes", "-l", "kz", "selftanu.kz", "--json")
    codes = {target.category_code for target in request(wiring).targets[1:]}
    assert ("https://selftanu.kz/", False) == (urls(wiring)[0], "LGBT" in codes)
    assert "LGBT 8" in result.stderr
    assert request(wiring).arms == ALL_ARMS
    anyqta("consent", "give", "--yes", "--category", "LGBT", "--sites", "plain", "--tries", "visit")
    wiring.requests.clear()
    anyqta("run", "--yes", "-l", "kz")
    codes = {target.category_code for target in request(wiring).targets}
    assert ({"LGBT", "CTRL"}, False) == (codes & {"LGBT", "CTRL"}, "NEWS" in codes)
    assert frozenset() == request(wiring).arms
    wiring.requests.clear()
    anyqta("run", "-l", "kz", "--diagnose", "--category", "NEWS")
    assert {"NEWS"} == {target.category_code for target in request(wiring).targets}
    assert request(wiring).arms is None


def test_a_file_of_ones_own_is_measured_whole(
    anyqta: Invoke, wiring: FakeWiring, tmp_path: Path
) -> None:
    """Whatever its categories: who gives a file names what is in it."""
    path = tmp_path / "kz"  # as a list of ours is called
    path.write_text("url,category_code\nhttps://a.example/,LGBT\nhttps://b.example/,\n")
    result = anyqta("run", "-f", str(path), "--yes")
    assert ["https://a.example/", "https://b.example/"] == urls(wiring)
    assert "left out" not in result.stderr


def test_nothing_chosen_is_nothing_sent(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """A list of which nothing is left: status 4, with what to do."""
    home.mkdir()
    (home / "config.toml").write_text('list = "kz"\n')
    anyqta("consent", "give", "--yes")
    given = json.loads((home / "consent.json").read_text())
    given["choices"]["tiers"] = []
    (home / "consent.json").write_text(json.dumps(given))
    result = anyqta("run")
    assert (4, True) == (result.exit_code, "consent choose" in result.stderr)
    assert [] == wiring.requests


def test_a_list_is_narrowed_to_categories(anyqta: Invoke, wiring: FakeWiring) -> None:
    """kz, when it is asked for."""
    anyqta("run", "--yes", "-l", "kz", "--category", "lgbt,NEWS")
    assert {"LGBT", "NEWS"} == {target.category_code for target in request(wiring).targets}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"# nothing\n\n", "empty"),
        (b"ftp://a/\n", "leaves no target"),
        (b"\x7fELF\0\0\0", "not a text file"),
    ],
)
def test_a_file_without_targets_is_an_error(
    anyqta: Invoke, wiring: FakeWiring, tmp_path: Path, content: bytes, says: str
) -> None:
    """That says so; also from standard input."""
    path = tmp_path / "list"
    path.write_bytes(content)
    for result in (
        anyqta("run", "-f", str(path), "--yes"),
        anyqta("run", "-f", "-", "--yes", input=content),
    ):
        assert 1 == result.exit_code
        assert says in result.stderr
    assert [] == wiring.requests


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["-f", "/none/such"], 1, "cannot read"),
        (["-f", "/"], 1, "is a folder"),
        (["-l", "nolist"], 1, "no list is called nolist"),
        (["-l", "kz", "--category", "XXXX"], 1, "no target of category XXXX"),
        (["ftp://a.example/"], 2, "only http and https"),
        (["https://user:pw@a.example/"], 2, "password"),
        (["a.example", "--resolver", "dns.example"], 2, "--resolver"),
        (["a.example", "--resolver", "9.9.9.9:99999"], 2, "--resolver"),
        (["a.example", "--control", "c.example"], 2, "--control"),
        (["a.example", "--control", "https://["], 2, "--control"),
        (["a.example", "--doh", "ftp://x/"], 2, "--doh"),
        (["a.example", "--control", "https://c/", "--no-control"], 2, "exclude"),
        (["a.example", "--concurrency", "0"], 2, "concurrency"),
        (["a.example", "--concurrency", "x"], 2, "concurrency"),
        (["a.example", "--max-runtime", "-5"], 2, "max-runtime"),
        (["a.example", "--upload"], 2, "no collector is set"),
        (["a.example", "--resume"], 2, "--resume"),
        (["--resume"], 1, "nothing to resume"),
        (["--nonsense"], 2, "nonsense"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    anyqta: Invoke, wiring: FakeWiring, arguments: list[str], status: int, says: str
) -> None:
    """With the contract's status, in a sentence."""
    result = anyqta("run", *arguments, "--yes")
    assert status == result.exit_code, result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert [] == wiring.requests


def test_a_broken_setting_is_told(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """With the file's name."""
    home.mkdir()
    (home / "config.toml").write_text("concurrency = 'many'")
    result = anyqta("run", "a.example", "--yes")
    assert 1 == result.exit_code
    assert f"{home}/config.toml: concurrency" in result.stderr


def test_offline_is_status_3(anyqta: Invoke, wiring: FakeWiring) -> None:
    """With the reason."""
    wiring.exit_code = 3
    result = anyqta("run", "a.example", "--yes")
    assert 3 == result.exit_code
    assert "offline" in result.stderr


def test_when_the_time_is_up_the_command_to_go_on_can_be_pasted(
    anyqta: Invoke, wiring: FakeWiring, tmp_path: Path
) -> None:
    """With the folder and all that was said of how to measure."""
    wiring.left = 3
    there = tmp_path / "a memory stick"
    options = ["--control", "https://c/?a=b&c", "--doh", "https://9.9.9.9/dns-query"]
    options += ["--concurrency", "4", "--max-runtime", "90.5", "--diagnose", "--no-upload"]

    told = anyqta("run", "a.example", "--yes", *options, "--home", str(there)).stderr

    line = next(line for line in told.splitlines() if line.startswith("To go on: "))
    said = shlex.split(line.removeprefix("To go on: "))
    assert ["anyqta", "run", "--resume", *options, "--home", str(there)] == said


def test_an_interrupted_run_goes_on(anyqta: Invoke, wiring: FakeWiring) -> None:
    """With what is left of its targets, under its id."""
    wiring.interrupted = True
    result = anyqta("run", "a.example", "b.example", "--yes")
    assert "To go on: anyqta run --resume\n" in result.stderr
    wiring.interrupted = False
    wiring.requests.clear()
    result = anyqta("run", "--resume", "--yes")
    assert "1 target is left" in result.stderr
    assert ["https://b.example/"] == urls(wiring)
    assert "r1" == request(wiring).resume_run_id


def test_it_goes_on_as_it_was_asked_to(anyqta: Invoke, wiring: FakeWiring) -> None:
    """Targets are remembered, how to measure is not: the command to type has it."""
    wiring.interrupted = True
    said = ("--control", "https://c/?a=b&c", "--resolver", "9.9.9.9", "--no-diagnose")
    told = anyqta("run", "a.example", "--yes", *said).stderr
    assert "--resume --control 'https://c/?a=b&c' --resolver 9.9.9.9 --no-diagnose\n" in told


def test_a_full_disk_is_no_bug(anyqta: Invoke, wiring: FakeWiring, home: Path) -> None:
    """Also where a task group wraps it."""
    wiring.fails = ExceptionGroup("tasks", [StoreError("the disk is full")])
    result = anyqta("run", "a.example", "--yes")
    assert 1 == result.exit_code
    assert "anyqta: the disk is full" in result.stderr
    assert not (home / "crashes").exists()


def test_a_bug_leaves_a_file_without_secrets(
    anyqta: Invoke, wiring: FakeWiring, home: Path
) -> None:
    """Places in the code, no URL, no address, no traceback on the screen."""
    wiring.fails = RuntimeError("https://secret.example/ 203.0.113.7")
    result = anyqta("run", "secret.example", "--yes")
    assert 1 == result.exit_code
    assert "bug" in result.stderr
    (crash,) = (home / "crashes").iterdir()
    assert str(crash) in result.stderr
    text = crash.read_text()
    assert "RuntimeError" in text
    assert "in measure" not in result.stderr
    assert "measure" in text
    for secret in ("secret", "203.0.113.7"):
        assert secret not in text
    assert 0o600 == crash.stat().st_mode & 0o777
