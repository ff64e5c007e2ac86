"""Whom a run would contact beside its sites. Nothing is sent."""

from dataclasses import dataclass

from probe.engine.request import RunRequest
from probe.net import resolvers as resolv
from probe.wiring.measure import DOH, PUBLIC_RESOLVERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """`own`: this computer's resolvers; `clear` and `doh`: those asked beside them."""

    own: tuple[str, ...]
    clear: tuple[str, ...]
    doh: tuple[str, ...]
    controls: tuple[str, ...]


def contacts(request: RunRequest) -> Contacts:
    """As wiring/measure.py makes its world."""
    own = tuple(str(endpoint) for endpoint in resolv.configured())
    asked = request.resolvers or tuple(f"{ip}:53" for ip in PUBLIC_RESOLVERS)
    return Contacts(
        own=own,
        clear=tuple(resolver for resolver in asked if resolver not in own[:1]),
        doh=request.doh or DOH,
        controls=request.controls,
    )
