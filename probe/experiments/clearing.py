"""Is anything remembered where this target may have woken a censor? (methods.md §1.18)

An innocent hello or request answers that, and lets the next target in at once instead of after the
cool-down.
"""

from dataclasses import replace

from probe.experiments.arms import Bench, together
from probe.experiments.kit import INNOCENT
from probe.net.resolvers import Endpoint
from probe.steps import http

NAME = "clearing"
MAX_ENDPOINTS = 8


async def run(bench: Bench, endpoints: tuple[Endpoint, ...]) -> None:
    """One innocent connection to each; those that pass are cleared."""
    other = bench.elsewhere()
    name = other.name if other is not None else INNOCENT
    innocent = INNOCENT if name.replace(".", "").isdigit() or ":" in name else name
    plain = http.Request(
        url=f"http://{innocent}/", host=innocent, ip="", port=80, max_body=4096, headers_timeout=5.0
    )

    async def knock(endpoint: Endpoint) -> None:
        if endpoint.port == 80:  # noqa: PLR2004
            request = replace(plain, ip=endpoint.ip)
            answer = await bench.get("c", endpoint, request)
            passed = answer is not None and answer.status_code is not None
        else:
            record = await bench.shake("c", endpoint, innocent)
            passed = record is not None and (record.failure or "ssl_").startswith("ssl_")
        if passed:
            bench.permits.clear(endpoint)

    await together(*(knock(endpoint) for endpoint in endpoints[:MAX_ENDPOINTS]))
