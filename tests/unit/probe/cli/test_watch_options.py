"""Times, networks, and what a schedule keeps."""

from pathlib import Path

import pytest
import typer

from probe.cli import watch_options
from probe.cli.watch_options import SCHEDULE, Stored, Wanted, asn, span


def test_times_and_networks() -> None:
    """With their twins."""
    assert (1800.0, 21600.0, 604800.0) == (span("30m", "x"), span("6h", "x"), span("7d", "x"))
    assert (9198, 9198) == (asn("AS9198"), asn("9198"))
    for bad in ("", "6", "h", "-6h", "6 h", "99999h"):
        with pytest.raises(typer.BadParameter):
            span(bad, "--every")
    for bad in ("", "0", "AS", "4294967296", "Kazakhtelecom"):
        with pytest.raises(typer.BadParameter):
            asn(bad)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(every="1h"), True),
        (Wanted(every="59m"), False),
        (Wanted(every="32d"), False),
        (Wanted(every="6h", jitter="3h"), True),
        (Wanted(every="6h", jitter="4h"), False),
        (Wanted(only_network=["9198"]), True),
        (Wanted(only_network=["9198"], same_network=True), False),
    ],
)
def test_plans(wanted: Wanted, fits: bool) -> None:
    """What cannot be is wrong usage."""
    if fits:
        assert wanted.plan().jitter <= wanted.plan().every / 2
        return
    with pytest.raises(typer.BadParameter):
        wanted.plan()


def test_a_schedule_there_and_back(tmp_path: Path) -> None:
    """And what cannot be read is none."""
    stored = Stored(kind="cron", wait=1.5, wanted=Wanted(url=["https://a.kz/"], max_data=7))
    (tmp_path / SCHEDULE).write_text(watch_options.encode(stored))
    assert stored == watch_options.read(tmp_path)
    for bad in ("", "[]", "{}", '{"kind": 1, "wait": 1, "wanted": {}}',
                '{"kind": "cron", "wait": 1, "wanted": {"other": 1}}',
                '{"kind": "cron", "wait": 1, "wanted": {"url": [1]}}'):  # fmt: skip
        (tmp_path / SCHEDULE).write_text(bad)
        assert watch_options.read(tmp_path) is None
    assert watch_options.read(tmp_path / "none") is None
