"""Where a bug happened, without what it happened to. Pure."""

import traceback
from pathlib import Path


def places(exc: BaseException) -> str:
    """Types and places in the code, also of causes; no messages: they hold what strangers sent."""
    lines: list[str] = []
    seen: BaseException | None = exc
    while seen is not None:
        frames = [
            f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        lines.append(f"{type(seen).__name__} at {' > '.join(frames)}")
        if isinstance(seen, BaseExceptionGroup):
            lines += [places(each) for each in seen.exceptions]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "; ".join(lines)
