"""One plain sentence for a person."""

from measurements.schema.verdict import Partial
from measurements.schema.words import Layer, Locus, Mechanism, Status, Trigger
from measurements.verdict.judgement import HopJudgement
from measurements.verdict.rule import Finding

_HOW: dict[tuple[Layer, Mechanism], str] = {
    (Layer.DNS, Mechanism.NXDOMAIN): "the resolver says that the name does not exist",
    (Layer.DNS, Mechanism.NO_ANSWER): "the resolver gives an empty answer for the name",
    (Layer.DNS, Mechanism.SERVFAIL): "the resolver fails for this name",
    (Layer.DNS, Mechanism.REFUSED): "the resolver refuses to answer for this name",
    (Layer.DNS, Mechanism.TIMEOUT): "questions for this name get no answer",
    (Layer.DNS, Mechanism.BOGON): "the name is answered with an address that cannot exist",
    (Layer.DNS, Mechanism.BLOCKPAGE_IP): "the name is answered with the address of a block page",
    (Layer.DNS, Mechanism.INJECTION): "someone on the way forges answers for the name",
    (Layer.DNS, Mechanism.HIJACK): "the name is answered with a stranger's address",
    (Layer.TCP, Mechanism.TIMEOUT): "connections to its address get no answer",
    (Layer.TCP, Mechanism.REFUSED): "connections to its address are refused at once",
    (Layer.TCP, Mechanism.RESET): "connections to its address are reset",
    (Layer.TCP, Mechanism.UNREACHABLE): "its address is reported unreachable",
    (Layer.TLS, Mechanism.TIMEOUT): "once the site's name is sent, the connection goes silent",
    (Layer.TLS, Mechanism.RESET): "once the site's name is sent, the connection is reset",
    (Layer.TLS, Mechanism.EOF): "once the site's name is sent, the connection is closed",
    (Layer.TLS, Mechanism.ALERT): "once the site's name is sent, an alert ends the connection",
    (
        Layer.TLS,
        Mechanism.MITM,
    ): "someone on the way opens the encrypted connection with a certificate of their own",
    (Layer.HTTP, Mechanism.BLOCKPAGE): "a block page comes instead of the site",
    (Layer.HTTP, Mechanism.REDIRECT): "someone on the way sends the browser elsewhere",
    (Layer.HTTP, Mechanism.TIMEOUT): "the request gets no answer",
    (Layer.HTTP, Mechanism.RESET): "the request is answered with a reset",
    (Layer.HTTP, Mechanism.EOF): "the connection is closed on the request",
    (Layer.HTTP, Mechanism.TAMPERED): "the page is changed on the way",
    (Layer.HTTP, Mechanism.THROTTLING): "the page comes at a crawl that the network imposes",
    (Layer.TLS, Mechanism.THROTTLING): "the page comes at a crawl that the network imposes",
}

_EVERY_NAME = {
    Mechanism.TIMEOUT: "encrypted connections to its address go silent",
    Mechanism.RESET: "encrypted connections to its address are reset",
    Mechanism.EOF: "encrypted connections to its address are closed",
    Mechanism.ALERT: "encrypted connections to its address are refused with an alert",
}

_WHO = {
    Locus.RESOLVER: "Your provider's resolver does it",
    Locus.NETWORK: "The network does it",
    Locus.LOCAL: "Something on this computer or its local network does it",
    Locus.SERVER: "The site does it",
    Locus.UNKNOWN: "The network does it, or the site refuses this place",
}

_KEY = {
    Trigger.SNI: "; another name passes",
    Trigger.SNI_AND_IP: "; it takes this name at this address",
    Trigger.HTTP_HOST: "; another name passes",
    Trigger.HTTP_URL: "; other pages of the site pass",
    Trigger.IP: "; the address itself is what counts",
    Trigger.IP_PORT: "; another port of the same address answers",
}


def summarise(
    first: str,
    at: HopJudgement,
    status: Status,
    deciding: Finding | None,
    touched: tuple[Partial, ...],
    reason: str | None,
) -> str:
    """The verdict on the URL `first` in words. `reason` is why it is inconclusive, where it is."""
    host = at.hop.host or first
    via = f" (reached by a redirect from {first})" if at.hop.depth else ""
    if reason is not None or deciding is None:
        told = _tail(reason or "nothing that was seen decides.")
        return f"It cannot be said whether {host} is blocked{via}: {told}"
    if status is Status.ACCESSIBLE:
        also = f", though {_partly(touched[0])}" if touched else ""
        return f"{host} opens{via}{also}."
    if status is Status.DOWN:
        return f"{host} is down for everyone{via}: it does not work from outside either."
    if status is Status.SERVER_SIDE:
        return (
            f"{host} was reached, and the trouble is of its own making{via}: {_tail(deciding.says)}"
        )
    return _interference(host, via, status, deciding, at)


def _tail(says: str) -> str:
    """A sentence as the end of another: only an ordinary word loses its capital."""
    first = says.split(" ", 1)[0]
    plain = first in {"The", "This", "Even", "A", "No", "Nothing", "Downloads", "For", "An"}
    return says[:1].lower() + says[1:] if plain else says


def _interference(host: str, via: str, status: Status, deciding: Finding, at: HopJudgement) -> str:
    word = "throttled" if status is Status.THROTTLED else "blocked"
    how = "its connections fail"
    every_name = deciding.layer is Layer.TLS and deciding.trigger is Trigger.IP
    if every_name and deciding.mechanism in _EVERY_NAME:
        how = _EVERY_NAME[deciding.mechanism]
    elif deciding.mechanism is not None:
        how = _HOW.get((deciding.layer, deciding.mechanism), how)
    key = _KEY.get(deciding.trigger, "") if deciding.trigger else ""
    who = _WHO[deciding.locus]
    label = at.tls.label if deciding.layer is Layer.TLS else None
    named = f" ({label.name})" if label is not None else ""
    return f"{host} is {word}{via}. {who}: {how}{named}{key}."


def _partly(p: Partial) -> str:
    how = _HOW.get((p.layer, p.mechanism), f"{p.layer.value} is interfered with")
    return f"{how} at {p.where}"
