"""What `doctor` says of the network, from what the gate and each door answered. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from measurements.schema.measurement import Finding
from probe.control.client import Hello, NoHello
from probe.engine.doctor import Check, State, broken, ok, warning
from probe.engine.environment import Checked

PORTAL = "open any page in a browser, log in to the network, then once more: anyqta doctor"
_NAMES = ("Internet", "Captive portal", "Clock", "IPv6", "Resolvers", "Controls")
_NOTHING = "nothing; a run goes by the others"
_NO_CONTROL = (
    "none is set, so nothing is compared with the outside: more verdicts will be inconclusive."
)


def unchecked(why: str, todo: str) -> list[Check]:
    """All that would send something."""
    return [_left_out(name, why, todo) for name in (*_NAMES, "Collectors")]


def _left_out(name: str, why: str, todo: str) -> Check:
    return Check(name=name, state=State.UNCHECKED, says=why, todo=todo, network=True)


def offline() -> list[Check]:
    """Then it tells nothing that nobody answers."""
    says = "this computer is offline, so whether they answer is not known."
    return [_left_out(name, says, "") for name in ("Resolvers", "Controls", "Collectors")]


def network(checked: Checked, *, clock_known: bool) -> list[Check]:
    """Internet, captive portal, clock, IPv6."""
    kinds = {finding.kind: finding for finding in checked.findings}
    return [
        replace(check, network=True)
        for check in (
            _internet(checked),
            _portal(checked, kinds),
            _clock(kinds, known=clock_known and isinstance(checked.hello, Hello)),
            _ipv6(checked),
        )
    ]


def _internet(checked: Checked) -> Check:
    if checked.online and not checked.portal:
        return ok("Internet", "it is there.")
    if checked.portal:
        return broken("Internet", "something else answers in its place.", PORTAL)
    says = "no resolver and no control answers: this computer is offline."
    todo = "check the cable, Wi-Fi or mobile data; flight mode; then once more: anyqta doctor"
    return broken("Internet", says, todo)


def _portal(checked: Checked, kinds: Mapping[str, Finding]) -> Check:
    if "captive_portal" in kinds:
        return broken("Captive portal", kinds["captive_portal"].says, PORTAL)
    if checked.hello is None and not checked.proved:
        says = "nobody answered who could tell."
        return _left_out("Captive portal", says, "")
    return ok("Captive portal", "none.")


def _clock(kinds: Mapping[str, Finding], *, known: bool) -> Check:
    if "clock_skew" in kinds:
        todo = "set the time, best automatically: certificates look expired otherwise"
        return broken("Clock", kinds["clock_skew"].says, todo)
    if not known:
        return _left_out("Clock", "no control told the time.", "")
    return ok("Clock", "agrees with the control's.")


def _ipv6(checked: Checked) -> Check:
    if checked.ipv6:
        return ok("IPv6", "it works.")
    if checked.ipv6 is False:
        return ok("IPv6", "there is none; sites are measured over IPv4 only.")
    return ok("IPv6", "there is a way out; a run finds out whether it leads anywhere.")


def resolvers(
    checked: Checked, own: tuple[str, ...], encrypted: Mapping[str, str | None]
) -> list[Check]:
    """One line each. `encrypted`: what failed, None where nothing did."""
    out = []
    for address, alive in checked.resolvers.items():
        mine = address in own
        name = f"Resolver {address} (this computer's)" if mine else f"Resolver {address}"
        if alive:
            out.append(ok(name, "answers."))
        elif mine:
            todo = "check the network's settings: sites may not open in a browser either"
            out.append(warning(name, "does not answer.", todo))
        else:
            says = "does not answer in the clear. Some networks close UDP port 53."
            out.append(warning(name, says, _NOTHING))
    if not own:
        says = "this computer's own is not known here."
        out.append(warning("Resolver", says, _NOTHING))
    for url, failure in encrypted.items():
        if failure is None:
            out.append(ok(f"Resolver {url}", "answers, with a good certificate."))
        else:
            todo = "nothing, some networks block it; to use another: `doh` in config.toml"
            out.append(warning(f"Resolver {url}", f"does not answer ({failure}).", todo))
    return [replace(check, network=True) for check in out]


def controls(answers: Mapping[str, Hello | NoHello]) -> list[Check]:
    """One line each; broken only where none answers."""
    if not answers:
        todo = "set one as `control` in config.toml, or with ANYQTA_CONTROL"
        return [replace(warning("Controls", _NO_CONTROL, todo), network=True)]
    any_answers = any(isinstance(answer, Hello) for answer in answers.values())
    out = []
    for url, answer in answers.items():
        name = f"Control {url}"
        if isinstance(answer, Hello):
            says = f"answers, in {answer.round_trip:.1f} s."
            if not answer.genuine:
                says = f"answers, in {answer.round_trip:.1f} s (OONI's, not one of ours)."
            out.append(ok(name, says))
            continue
        says = f"does not answer ({answer.failure})."
        if answer.portal:
            says = f"somebody else answers in its place ({answer.failure})."
        todo = "check its address; ask its operator; it may be blocked where you are"
        out.append(warning(name, says, todo) if any_answers else broken(name, says, todo))
    return [replace(check, network=True) for check in out]


def collector(url: str, *, trouble: str | None, other_key: bool, pinned: bool) -> Check:
    """One that was asked. A key that changed is no small matter; silence is: what waits is kept."""
    name = f"Collector {url}"
    if other_key:
        todo = "ask its operator; nothing is sent to it until you say that the key is right"
        found = broken(name, trouble or "it shows another key than before.", todo)
    elif trouble is not None:
        why = f"{trouble[:1].lower()}{trouble[1:].rstrip('.')}"
        says = f"{why}. What waits for it is kept."
        found = warning(name, says, "check its address; another way in: anyqta upload --proxy")
    elif pinned:
        found = ok(name, "answers, with the key that is known of it.")
    else:
        says = "answers. Its key is not known yet: the first upload notes it."
        found = ok(name, says)
    return replace(found, network=True)


def no_collectors(*, named: int, agreed: bool) -> list[Check]:
    """None to ask; or no leave to."""
    if not named:
        says = "none is set: what you measure stays on this computer."
        return [replace(ok("Collectors", says), network=True)]
    if not agreed:
        says = "you have not agreed to share, so none was asked."
        return [_left_out("Collectors", says, "to share what you measure: anyqta consent share")]
    return []
