"""What a bare visit must meet in each scenario, if the lab does what the scenario says."""

from __future__ import annotations

from typing import Any

from tests.netlab.model import Scenario
from tests.netlab.scenarios.build import BLOCK_TITLE
from tests.netlab.scenarios.forged import TITLES

Json = dict[str, Any]
_DNS_WORDS = {
    "nxdomain": "nxdomain",
    "servfail": "servfail",
    "refused": "refused",
    "timeout": "timeout",
    "no_answer": "no_answer",
}


def meets(s: Scenario, seen: Json) -> str:
    """Empty when the visit went as the truth has it, else what is odd."""
    e = s.expect
    got = f"{seen['stage']}.{seen['word']}"
    if any(site.flaky for site in s.sites):
        return ""
    if e.status == "accessible":
        return "" if seen["stage"] == "ok" and seen["status"] == 200 else f"should open: {got} {seen.get('status')}"
    if e.status == "throttled":
        slow = seen.get("seconds", 99) > 2.5 or seen["word"] == "timeout"
        return "" if slow else f"should be slow: {got} {seen.get('seconds')} s"
    if e.status == "down":
        return "" if seen["stage"] in ("dns", "tcp") else f"should be down: {got}"
    if e.status == "blocked":
        return _blocked(s, seen, got)
    return ""


def _blocked(s: Scenario, seen: Json, got: str) -> str:
    e = s.expect
    if e.layer == "dns":
        return _dns(s, seen, got)
    wanted = {("tls", "mitm"): "tls.cert", ("tls", "timeout"): "tls.timeout"}.get(
        (str(e.layer), str(e.mechanism)), f"{e.layer}.{e.mechanism}"
    )
    if e.layer == "http" and e.mechanism in ("blockpage", "redirect"):
        titles = (BLOCK_TITLE, "403 Forbidden", *TITLES)
        forged = seen["stage"] == "ok" and any(title in seen["title"] for title in titles)
        return "" if forged else f"should be a block page: {got} {seen.get('title')}"
    if e.mechanism == "tampered":
        return "" if seen.get("script") or seen.get("cattle") else f"should be tampered: {got}"
    sometimes = any(r.probability < 1 for r in s.rules)
    return "" if got == wanted or (sometimes and seen["stage"] == "ok") else f"should be {wanted}: {got}"


def _dns(s: Scenario, seen: Json, got: str) -> str:
    mechanism = s.expect.mechanism or ""
    if mechanism == "injection":
        return "" if seen.get("answers", 0) > 1 or seen["hops"] else f"should have two answers: {got}"
    if mechanism in _DNS_WORDS:
        return "" if got == f"dns.{_DNS_WORDS[mechanism]}" else f"should be dns.{mechanism}: {got}"
    honest = {a for x in s.sites for a in (*x.v4, *x.v6) if s.sites and x is s.sites[0]}
    lied = seen.get("addresses") and not set(seen["addresses"]) & honest
    return "" if lied else f"should have a false address: {seen.get('addresses')}"
