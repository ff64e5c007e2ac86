"""Who answers at a collector's address: asked before anything else is said, by all that talk to one."""

from measurements.schema.submission import ABOUT
from probe.upload.answers import About, OtherKey, read_about
from probe.upload.line import Line


async def meet(line: Line, *, nonce: str, expected: bytes | None) -> About:
    """Who answers there, proven. Raises NotReached, NoAnswer, OtherKey."""
    about = read_about(await line.get(f"{ABOUT}?nonce={nonce}"), nonce=nonce)
    if expected is not None and about.key != expected:
        raise OtherKey(about.key)
    return about
