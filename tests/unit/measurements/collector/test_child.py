"""measurements/collector/child.py: frames, the configuration, the end. (The process: test_pool.)"""

import io
from pathlib import Path

import pytest

from measurements.collector.child import pack_config, read_frame, unpack_config, write_frame
from measurements.collector.config import Limits
from measurements.collector.worker import WorkerConfig
from measurements.verdict.judge import judge


def test_frames() -> None:
    """One after another, then the end; half of one is the end too."""
    sink = io.BytesIO()
    write_frame(sink, b"R", b"one")
    write_frame(sink, b"!", b"")
    source = io.BytesIO(sink.getvalue() + b"\0\0\0\5abc")
    assert [read_frame(source), read_frame(source)] == [b"Rone", b"!"]
    with pytest.raises(EOFError):
        read_frame(source)


@pytest.mark.parametrize("judging", [judge, None])
def test_the_configuration(judging: object) -> None:
    """A judge goes by its name."""
    config = WorkerConfig(
        db=Path("/a b/c.db"),
        lock=Path("/a b/c.db.lock"),
        collector=b"k" * 32,
        mode="invited",
        k=4,
        window_days=7,
        limits=Limits(document=5),
    )
    packed = pack_config(config, judging)  # type: ignore[arg-type]
    assert unpack_config(packed) == (config, judging)
