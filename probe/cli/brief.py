"""A verdict in a few words, for a list where a target has one line; `show` tells the whole."""

from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status, Trigger
from probe.cli import verdict_words
from probe.words import N_, _, told

HOW: dict[tuple[Layer, Mechanism], str] = {
    (Layer.DNS, Mechanism.NXDOMAIN): N_("the resolver denies the name"),
    (Layer.DNS, Mechanism.NO_ANSWER): N_("the resolver has no answer for it"),
    (Layer.DNS, Mechanism.SERVFAIL): N_("the resolver fails for the name"),
    (Layer.DNS, Mechanism.REFUSED): N_("the resolver refuses the name"),
    (Layer.DNS, Mechanism.TIMEOUT): N_("no answer for the name"),
    (Layer.DNS, Mechanism.BOGON): N_("an impossible address for the name"),
    (Layer.DNS, Mechanism.BLOCKPAGE_IP): N_("a block page's address for the name"),
    (Layer.DNS, Mechanism.INJECTION): N_("forged answers for the name"),
    (Layer.DNS, Mechanism.HIJACK): N_("a stranger's address for the name"),
    (Layer.TCP, Mechanism.TIMEOUT): N_("its address does not answer"),
    (Layer.TCP, Mechanism.REFUSED): N_("its address refuses at once"),
    (Layer.TCP, Mechanism.RESET): N_("its address resets connections"),
    (Layer.TCP, Mechanism.UNREACHABLE): N_("its address is unreachable"),
    (Layer.TLS, Mechanism.TIMEOUT): N_("goes silent once it is named"),
    (Layer.TLS, Mechanism.RESET): N_("reset once it is named"),
    (Layer.TLS, Mechanism.EOF): N_("closed once it is named"),
    (Layer.TLS, Mechanism.ALERT): N_("an alert once it is named"),
    (Layer.TLS, Mechanism.MITM): N_("intercepted, with another certificate"),
    (Layer.TLS, Mechanism.THROTTLING): N_("the network slows it down"),
    (Layer.HTTP, Mechanism.BLOCKPAGE): N_("a block page comes instead"),
    (Layer.HTTP, Mechanism.REDIRECT): N_("the browser is sent elsewhere"),
    (Layer.HTTP, Mechanism.TIMEOUT): N_("the request gets no answer"),
    (Layer.HTTP, Mechanism.RESET): N_("the request is reset"),
    (Layer.HTTP, Mechanism.EOF): N_("the request is cut off"),
    (Layer.HTTP, Mechanism.TAMPERED): N_("the page is changed on the way"),
    (Layer.HTTP, Mechanism.THROTTLING): N_("the network slows it down"),
}
# The address is what counts, whatever name is sent.
ANY_NAME: dict[Mechanism, str] = {
    Mechanism.TIMEOUT: N_("encrypted connections go silent"),
    Mechanism.RESET: N_("encrypted connections are reset"),
    Mechanism.EOF: N_("encrypted connections are closed"),
    Mechanism.ALERT: N_("encrypted connections get an alert"),
}
OTHERWISE = {
    Status.SERVER_SIDE: N_("the site itself refuses or fails"),
    Status.DOWN: N_("does not work from outside either"),
    Status.INCONCLUSIVE: N_("too little to go by"),
}


def brief(v: Verdict) -> str:
    """Without the site's name. Empty where there is nothing to add to the status."""
    if v.status in OTHERWISE:
        return told(OTHERWISE[v.status])
    if v.status is Status.ACCESSIBLE:
        touched = v.partial[0] if v.partial else None
        if touched is None:
            return ""
        return _("opens; in part: {how}").format(how=_how(touched.layer, touched.mechanism))
    if v.layer is Layer.TLS and v.trigger is Trigger.IP and v.mechanism in ANY_NAME:
        return told(ANY_NAME[v.mechanism])
    return _how(v.layer, v.mechanism)


def _how(layer: Layer | None, mechanism: Mechanism | None) -> str:
    """QUIC, and what is not foreseen: in the words of the verdict."""
    if layer is not None and mechanism is not None and (layer, mechanism) in HOW:
        return told(HOW[layer, mechanism])
    return verdict_words.how(layer, mechanism)
