"""A run does what was chosen, or named on purpose; and says what it leaves out."""

from pathlib import Path

import pytest

from probe.cli.narrow import NOTHING, Purpose, codes, kept, narrowed, told
from probe.cli.plainly import Stop
from probe.consent.choices import ARMS, DEFAULT, NARROWEST, Choices, Tries
from probe.engine.request import RunRequest
from probe.engine.targets import Target, load_bundled, parse_targets

CSV = "url,category_code\nhttps://mine.example/,LGBT\nhttps://other.example/,\n"


def request(*targets: Target, diagnose: bool = True) -> RunRequest:
    """Of a bundled list, and of these."""
    return RunRequest(
        home=Path("/none"), targets=(*targets, *load_bundled("kz").targets), diagnose=diagnose
    )


def test_nothing_sensitive_of_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    """By default; it says how many of which kind, and how to include them."""
    found = narrowed(request(), DEFAULT)
    assert "LGBT" not in {t.category_code for t in found.targets}
    assert "NEWS" in {t.category_code for t in found.targets}
    says = capsys.readouterr().err
    assert "LGBT 9" in says
    assert "--category LGBT" in says
    assert "anyqta consent choose" in says


def test_what_was_named_is_measured() -> None:
    """By its URL or in a file of one's own, whatever its category; also where a list has it too."""
    mine = parse_targets(CSV, "file").targets
    found = narrowed(request(*mine), NARROWEST)
    assert mine == found.targets[:2]
    assert {"LGBT", None} == {t.category_code for t in found.targets[:2]}


def test_a_category_by_name_is_on_purpose() -> None:
    """For this run."""
    assert "LGBT" in {
        t.category_code
        for t in narrowed(request(), NARROWEST, Purpose(codes(["news", " lgbt ,x"]))).targets
    }


def test_a_chosen_category_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is said."""
    found = narrowed(request(), Choices(categories=frozenset({"LGBT"})))
    assert found.targets == request().targets
    assert "" == capsys.readouterr().err


def test_nothing_left_is_status_4() -> None:
    """Nothing is sent then."""
    sensitive = tuple(t for t in load_bundled("kz").targets if t.category_code == "LGBT")
    with pytest.raises(Stop) as stopped:
        narrowed(RunRequest(home=Path("/none"), targets=sensitive), DEFAULT)
    assert 4 == stopped.value.status


def test_tries_are_those_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless all are asked for by name, where somebody sits."""
    few = Choices(categories=frozenset({"LGBT"}), arms=ARMS[Tries.AGAIN])
    assert ARMS[Tries.AGAIN] == narrowed(request(), few).arms
    assert "--diagnose" in capsys.readouterr().err
    assert narrowed(request(), few, Purpose(all_tries=True)).arms is None
    assert ARMS[Tries.AGAIN] == narrowed(request(), few, NOTHING, attended=False).arms
    assert "--diagnose" not in capsys.readouterr().err
    narrowed(request(), few, NOTHING, aloud=False)
    narrowed(request(diagnose=False), few)
    assert "" == capsys.readouterr().err


def test_what_is_told() -> None:
    """One, or many; by itself no option widens."""
    _targets, left_out = kept(load_bundled("kz").targets, DEFAULT, frozenset({"LGBT"}))
    assert not left_out
    _targets, left_out = kept(load_bundled("kz").targets, NARROWEST, frozenset({"LGBT"}))
    assert any("are left out" in line for line in told(left_out))
    assert not any("--category" in line for line in told(left_out, attended=False))
