"""Bundles and previews: whole or not at all; nothing is contacted."""

from pathlib import Path

import pytest

from measurements.schema.submission import encode_key, split_bundle, unseal
from measurements.store.outbox import Outbox
from probe import home as homes
from probe.engine.request import UploadRequest
from probe.wiring import bundle
from tests.fakes.homes import fill, uid_of

URL = "https://c.invalid"
KEY = b"k" * 32


def request(home: Path, url: str = URL, **more: object) -> UploadRequest:
    """For one collector."""
    return UploadRequest(home=home, collectors=(url,), **more)  # type: ignore[arg-type]


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    """No row, no key; not certain before they are there."""
    fill(tmp_path, 2)
    (shown,) = bundle.preview(request(tmp_path))
    assert (2, False) == (len(shown.documents), shown.final)
    assert not (tmp_path / "keys").exists()
    with homes.open_store(tmp_path, read_only=True) as store:
        assert [] == Outbox(store).collectors()


def test_a_bundle(tmp_path: Path) -> None:
    """For the key that the URL names; noted as sent, with the file's name and not its place."""
    fill(tmp_path, 2)
    path = tmp_path / "stick.bundle"
    done = bundle.to_file(request(tmp_path, f"{URL}/#key={encode_key(KEY)}"), path)
    assert (2, path.stat().st_size) == (done.documents, done.bytes)
    (part,), _ = split_bundle(path.read_bytes())
    assert KEY == unseal(part).header.collector
    with homes.open_store(tmp_path, read_only=True) as store:
        (state,) = Outbox(store).states(uid_of(0))
    assert ("sent", URL) == (state.state, state.url)
    assert state.says is not None
    assert state.says.startswith("written to stick.bundle on ")
    assert [path] == [p for p in tmp_path.iterdir() if "stick" in p.name]


@pytest.mark.parametrize("alone", [True, False])
def test_published_alone(tmp_path: Path, *, alone: bool) -> None:
    """As agreed: in the header, and in what the preview counts."""
    fill(tmp_path, 1)
    wanted = request(tmp_path, alone=alone)
    bundle.to_file(wanted, tmp_path / "b")
    (part,), _ = split_bundle((tmp_path / "b").read_bytes())
    assert alone == unseal(part).header.alone
    (shown,) = bundle.preview(wanted)
    assert (len(part), True) == (shown.bytes, shown.final)


def test_a_collector_that_was_never_met(tmp_path: Path) -> None:
    """The header names none."""
    fill(tmp_path, 1)
    bundle.to_file(request(tmp_path), tmp_path / "b")
    (part,), _ = split_bundle((tmp_path / "b").read_bytes())
    assert b"" == unseal(part).header.collector


def test_only_a_run(tmp_path: Path) -> None:
    """The others are not offered to it either."""
    fill(tmp_path, 2)
    uids = fill(tmp_path, 1, first=9)
    done = bundle.to_file(request(tmp_path, since="2026-11-24"), tmp_path / "none")
    assert (0, False) == (done.documents, (tmp_path / "none").exists())
    with homes.open_store(tmp_path) as store:
        run = store.load(uids[0]).run_id
    assert 1 == bundle.to_file(request(tmp_path, run_id=run), tmp_path / "b").documents


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A sentence; nothing counts as sent."""
    fill(tmp_path, 1)
    with pytest.raises(homes.HomeError, match="cannot be written"):
        bundle.to_file(request(tmp_path), tmp_path / "no" / "folder")
    with homes.open_store(tmp_path, read_only=True) as store:
        (state,) = Outbox(store).states(uid_of(0))
    assert "waiting" == state.state
