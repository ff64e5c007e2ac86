"""Refusals that a censor writes in the site's name: in the clear nobody can tell who wrote them."""

from __future__ import annotations

from tests.netlab.model import Expect, Inject, Page, Rule, Scenario
from tests.netlab.scenarios.build import HTML, pair, reply

TITLES = ("Just a moment...", "Access Denied")
_CHALLENGE = (
    b"<!doctype html><html><head><title>Just a moment...</title></head><body>"
    b"<h1>Checking your browser before accessing this site.</h1><div id='challenge-stage'></div>"
    b"<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"
)
_REFUSAL = (
    b"<!doctype html><html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>"
    b"<p>This content is not available in your country.</p></body></html>"
)
_FORGED = [
    (
        "challenge-forged",
        "A challenge as a CDN's, forged on the way.",
        reply(503, _CHALLENGE, HTML, ("cf-mitigated", "challenge"), reason="Service Unavailable"),
    ),
    (
        "geoblock-forged",
        "A refusal of the country in the site's name, forged on the way.",
        reply(403, _REFUSAL, HTML, reason="Forbidden"),
    ),
]


def _forged() -> list[Scenario]:
    expect = Expect("blocked", "http", "blockpage", trigger="http_host", locus="network")
    found = []
    for slug, why, data in _FORGED:
        found += pair(
            slug,
            expect,
            why,
            rules=lambda s, data=data: (Rule(Inject(data), host=(s.name,)),),  # type: ignore[misc]
            scheme="http",
            site={"http": Page(), "https": Page()},
        )
    return found


SCENARIOS = _forged()
