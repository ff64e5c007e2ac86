"""A verdict in a few words, for a list where a target has one line; `show` tells the whole."""

from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status, Trigger

HOW: dict[tuple[Layer, Mechanism], str] = {
    (Layer.DNS, Mechanism.NXDOMAIN): "the resolver denies the name",
    (Layer.DNS, Mechanism.NO_ANSWER): "the resolver has no answer for it",
    (Layer.DNS, Mechanism.SERVFAIL): "the resolver fails for the name",
    (Layer.DNS, Mechanism.REFUSED): "the resolver refuses the name",
    (Layer.DNS, Mechanism.TIMEOUT): "no answer for the name",
    (Layer.DNS, Mechanism.BOGON): "an impossible address for the name",
    (Layer.DNS, Mechanism.BLOCKPAGE_IP): "a block page's address for the name",
    (Layer.DNS, Mechanism.INJECTION): "forged answers for the name",
    (Layer.DNS, Mechanism.HIJACK): "a stranger's address for the name",
    (Layer.TCP, Mechanism.TIMEOUT): "its address does not answer",
    (Layer.TCP, Mechanism.REFUSED): "its address refuses at once",
    (Layer.TCP, Mechanism.RESET): "its address resets connections",
    (Layer.TCP, Mechanism.UNREACHABLE): "its address is unreachable",
    (Layer.TLS, Mechanism.TIMEOUT): "goes silent once it is named",
    (Layer.TLS, Mechanism.RESET): "reset once it is named",
    (Layer.TLS, Mechanism.EOF): "closed once it is named",
    (Layer.TLS, Mechanism.ALERT): "an alert once it is named",
    (Layer.TLS, Mechanism.MITM): "intercepted, with another certificate",
    (Layer.TLS, Mechanism.THROTTLING): "the network slows it down",
    (Layer.HTTP, Mechanism.BLOCKPAGE): "a block page comes instead",
    (Layer.HTTP, Mechanism.REDIRECT): "the browser is sent elsewhere",
    (Layer.HTTP, Mechanism.TIMEOUT): "the request gets no answer",
    (Layer.HTTP, Mechanism.RESET): "the request is reset",
    (Layer.HTTP, Mechanism.EOF): "the request is cut off",
    (Layer.HTTP, Mechanism.TAMPERED): "the page is changed on the way",
    (Layer.HTTP, Mechanism.THROTTLING): "the network slows it down",
}
# The address is what counts, whatever name is sent.
ANY_NAME: dict[Mechanism, str] = {
    Mechanism.TIMEOUT: "encrypted connections go silent",
    Mechanism.RESET: "encrypted connections are reset",
    Mechanism.EOF: "encrypted connections are closed",
    Mechanism.ALERT: "encrypted connections get an alert",
}
OTHERWISE = {
    Status.SERVER_SIDE: "the site itself refuses or fails",
    Status.DOWN: "does not work from outside either",
    Status.INCONCLUSIVE: "too little to go by",
}


def brief(v: Verdict) -> str:
    """Without the site's name. Empty where there is nothing to add to the status."""
    if v.status in OTHERWISE:
        return OTHERWISE[v.status]
    if v.status is Status.ACCESSIBLE:
        touched = v.partial[0] if v.partial else None
        return (
            "" if touched is None else f"opens; in part: {_how(touched.layer, touched.mechanism)}"
        )
    if v.layer is Layer.TLS and v.trigger is Trigger.IP and v.mechanism in ANY_NAME:
        return ANY_NAME[v.mechanism]
    return _how(v.layer, v.mechanism)


def _how(layer: Layer | None, mechanism: Mechanism | None) -> str:
    """QUIC, and what is not foreseen: in the words of the verdict."""
    if layer is not None and mechanism is not None and (layer, mechanism) in HOW:
        return HOW[layer, mechanism]
    return " ".join(word for word in (layer, mechanism) if word)
