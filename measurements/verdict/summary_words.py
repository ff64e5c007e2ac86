"""The sentences of a summary. {host}: the site's name; {first}: the URL that was asked for.

"The network" is all that lies between this computer and the site: whether the provider does it, or somebody
behind the provider, no measurement from here alone can tell.
"""

from measurements.schema.words import Layer, Mechanism, Status, Trigger

Key = tuple[Layer, Mechanism]
GHOST = "dns.ghost"

# The translator finds what stands here by these names: tests/words/sources.py.
FIRST: dict[Status, str] = {
    Status.ACCESSIBLE: "{host} opens.",
    Status.BLOCKED: "{host} is blocked.",
    Status.THROTTLED: "{host} is slowed down.",
    Status.SERVER_SIDE: "{host} can be reached, but does not give its page.",
    Status.DOWN: "{host} does not work, and not from outside this network either: the site itself is down.",
    Status.INCONCLUSIVE: "It cannot be said whether {host} is blocked.",
}
VIA = "{first} leads there by a redirect."
REACHED = "The trouble is the site's own doing, not the network's."
LIKELY_REACHED = "The trouble is the site's own doing, as it seems."
UNFORESEEN = "Your provider's network, or one behind it, interferes with the connection."
SEEN_OUTSIDE = "Asked from outside this network, the name gets another answer."
LABEL = "Who does this is known by the certificate: {label}."

BY_RESOLVER: dict[Key, str] = {
    (
        Layer.DNS,
        Mechanism.NXDOMAIN,
    ): "The name server that this computer asks, usually your provider's, says that no site of this name exists.",
    (
        Layer.DNS,
        Mechanism.NO_ANSWER,
    ): "The name server that this computer asks, usually your provider's, gives no address for this name.",
    (
        Layer.DNS,
        Mechanism.SERVFAIL,
    ): "The name server that this computer asks, usually your provider's, answers with an error for this name.",
    (
        Layer.DNS,
        Mechanism.REFUSED,
    ): "The name server that this computer asks, usually your provider's, refuses to look this name up.",
    (
        Layer.DNS,
        Mechanism.TIMEOUT,
    ): "The name server that this computer asks, usually your provider's, is silent when asked for this name.",
    (
        Layer.DNS,
        Mechanism.BOGON,
    ): "The name server that this computer asks, usually your provider's, gives an address that no site can have.",
    (
        Layer.DNS,
        Mechanism.BLOCKPAGE_IP,
    ): "The name server that this computer asks, usually your provider's, gives the address of a block page "
    "instead of the site's.",
    (
        Layer.DNS,
        Mechanism.HIJACK,
    ): "The name server that this computer asks, usually your provider's, gives a stranger's address instead of "
    "the site's.",
}

BY_THE_NETWORK: dict[Key, str] = {
    (
        Layer.DNS,
        Mechanism.NXDOMAIN,
    ): "Your provider's network, or one behind it, answers in place of the name servers that no site of this name "
    "exists.",
    (
        Layer.DNS,
        Mechanism.NO_ANSWER,
    ): "Your provider's network, or one behind it, answers in place of the name servers that this name has no "
    "address.",
    (
        Layer.DNS,
        Mechanism.SERVFAIL,
    ): "Your provider's network, or one behind it, answers with an error in place of the name servers.",
    (
        Layer.DNS,
        Mechanism.REFUSED,
    ): "Your provider's network, or one behind it, refuses in place of the name servers to look this name up.",
    (
        Layer.DNS,
        Mechanism.TIMEOUT,
    ): "Your provider's network, or one behind it, swallows the questions for this name.",
    (
        Layer.DNS,
        Mechanism.BOGON,
    ): "Your provider's network, or one behind it, answers in place of the name servers, with an address that no "
    "site can have.",
    (
        Layer.DNS,
        Mechanism.BLOCKPAGE_IP,
    ): "Your provider's network, or one behind it, answers in place of the name servers, with the address of a "
    "block page.",
    (
        Layer.DNS,
        Mechanism.INJECTION,
    ): "Your provider's network, or one behind it, slips in a false answer for this name before the true one "
    "arrives.",
    (
        Layer.DNS,
        Mechanism.HIJACK,
    ): "Your provider's network, or one behind it, answers in place of the name servers, with a stranger's "
    "address.",
    (
        Layer.TCP,
        Mechanism.TIMEOUT,
    ): "Your provider's network, or one behind it, lets nothing through to the site's address: connections get no "
    "answer.",
    (
        Layer.TCP,
        Mechanism.REFUSED,
    ): "Your provider's network, or one behind it, turns away every connection to the site's address.",
    (
        Layer.TCP,
        Mechanism.RESET,
    ): "Your provider's network, or one behind it, breaks off connections to the site's address.",
    (
        Layer.TCP,
        Mechanism.UNREACHABLE,
    ): "Your provider's network, or one behind it, says that the site's address cannot be reached.",
    (
        Layer.TLS,
        Mechanism.TIMEOUT,
    ): "When your provider's network, or one behind it, sees the name {host}, it lets nothing more through.",
    (
        Layer.TLS,
        Mechanism.RESET,
    ): "When your provider's network, or one behind it, sees the name {host}, it breaks the connection off.",
    (
        Layer.TLS,
        Mechanism.EOF,
    ): "When your provider's network, or one behind it, sees the name {host}, it closes the connection.",
    (
        Layer.TLS,
        Mechanism.ALERT,
    ): "When your provider's network, or one behind it, sees the name {host}, it answers in place of the site, and "
    "refuses.",
    (
        Layer.TLS,
        Mechanism.MITM,
    ): "Someone on the way answers in place of the site with a false certificate, and can read and change all "
    "that passes.",
    (
        Layer.TLS,
        Mechanism.THROTTLING,
    ): "Your provider's network, or one behind it, lets the page through only at a crawl.",
    (
        Layer.HTTP,
        Mechanism.BLOCKPAGE,
    ): "Your provider's network, or one behind it, answers in place of the site with a block page.",
    (
        Layer.HTTP,
        Mechanism.REDIRECT,
    ): "Your provider's network, or one behind it, answers in place of the site, and sends the browser elsewhere.",
    (
        Layer.HTTP,
        Mechanism.TIMEOUT,
    ): "Your provider's network, or one behind it, swallows the request for {host}.",
    (
        Layer.HTTP,
        Mechanism.RESET,
    ): "When {host} is asked for, your provider's network, or one behind it, breaks the connection off.",
    (
        Layer.HTTP,
        Mechanism.EOF,
    ): "When {host} is asked for, your provider's network, or one behind it, closes the connection.",
    (
        Layer.HTTP,
        Mechanism.TAMPERED,
    ): "Your provider's network, or one behind it, changes the page on its way.",
    (
        Layer.HTTP,
        Mechanism.THROTTLING,
    ): "Your provider's network, or one behind it, lets the page through only at a crawl.",
}

HERE: dict[Key, str] = {
    (
        Layer.TLS,
        Mechanism.MITM,
    ): "A program on this computer, or a device on its own network, answers in place of the site with a certificate "
    "of its own, and can read and change all that passes.",
}

# Whatever name is asked for: the site itself may refuse this place as well.
EVERY_NAME: dict[Mechanism, str] = {
    Mechanism.TIMEOUT: "Whatever name is asked for, encrypted connections to the site's address go silent: the "
    "network does it, or the site refuses this place.",
    Mechanism.RESET: "Whatever name is asked for, encrypted connections to the site's address are broken off: the "
    "network does it, or the site refuses this place.",
    Mechanism.EOF: "Whatever name is asked for, encrypted connections to the site's address are closed: the "
    "network does it, or the site refuses this place.",
    Mechanism.ALERT: "Whatever name is asked for, encrypted connections to the site's address are refused: the "
    "network does it, or the site refuses this place.",
}

# What the rows of the causal table (matrix.py) have shown to work.
_SAME_SERVER = "The same server answers when asked under another name."
_BOTH = "The same server answers when asked under another name, and under this name another server answers."
ROWS: dict[str, str] = {
    "tls.matrix.sni": "Under another name such a connection passes; under this name it fails at another server too.",
    "tls.matrix.sni_and_ip": _BOTH,
    "tls.matrix.sni_and_ip_records": _BOTH,
    "tls.matrix.sni_and_ip_reassembled": _BOTH,
    "tls.matrix.sni_split": _SAME_SERVER,
    "tls.matrix.sni_records": _SAME_SERVER,
    "tls.matrix.sni_here": _SAME_SERVER,
    "tls.matrix.split_only": "When the name travels in two pieces, the same server answers.",
    "tls.matrix.ip": "Under this name other servers answer.",
    "tls.matrix.no_name_passes": "When no name is given, the same server answers.",
}
KEYED: dict[tuple[Layer, Trigger], str] = {
    (Layer.TCP, Trigger.IP): "No other port of this address answers either.",
    (Layer.TCP, Trigger.IP_PORT): "Another port of the same address answers.",
    (
        Layer.TLS,
        Trigger.SNI,
    ): "Asked under this name, another server's address shows that certificate too.",
    (
        Layer.TLS,
        Trigger.IP,
    ): "At this address that certificate comes under another name as well.",
    (
        Layer.TLS,
        Trigger.SNI_AND_IP,
    ): "Under another name, or at another server, that certificate does not come.",
    (
        Layer.HTTP,
        Trigger.HTTP_HOST,
    ): "Asked under another name, or with the name written otherwise, the server answers.",
    (Layer.HTTP, Trigger.HTTP_URL): "Other pages of the site come through.",
}

# Of a pace that is imposed: by the rule that saw it, and what brings the pace back.
_HIDDEN = "When the name cannot be seen, the same server is fast."
_LINE = "Other connections on this line are fast."
PACE: dict[tuple[str, Trigger], str] = {
    ("http.throttled", Trigger.SNI): _HIDDEN,
    ("http.throttled", Trigger.HTTP_HOST): _HIDDEN,
    ("http.throttled", Trigger.IP_PORT): "Another port of the same server is fast.",
    ("http.throttled_address", Trigger.IP): _LINE,
    ("http.frozen", Trigger.SNI): _LINE,
    ("http.frozen", Trigger.HTTP_HOST): _LINE,
    ("http.frozen", Trigger.IP_PORT): _LINE,
    ("http.frozen", Trigger.IP): _LINE,
}

# In brackets after them: where.
PARTLY: dict[Key, str] = {
    (Layer.DNS, Mechanism.NXDOMAIN): "an answer that the name does not exist",
    (Layer.DNS, Mechanism.SERVFAIL): "an error for the name",
    (Layer.DNS, Mechanism.REFUSED): "a refusal to look the name up",
    (Layer.DNS, Mechanism.TIMEOUT): "no answer for the name",
    (Layer.DNS, Mechanism.BOGON): "an address that cannot exist",
    (Layer.DNS, Mechanism.INJECTION): "false answers for the name",
    (Layer.DNS, Mechanism.HIJACK): "a stranger's address",
    (Layer.TCP, Mechanism.TIMEOUT): "no answer to connections",
    (Layer.TCP, Mechanism.REFUSED): "connections are turned away",
    (Layer.TCP, Mechanism.RESET): "connections are broken off",
    (Layer.TCP, Mechanism.UNREACHABLE): "the address cannot be reached",
    (Layer.TLS, Mechanism.TIMEOUT): "encrypted connections go silent",
    (Layer.TLS, Mechanism.RESET): "encrypted connections are broken off",
    (Layer.TLS, Mechanism.EOF): "encrypted connections are closed",
    (Layer.TLS, Mechanism.ALERT): "encrypted connections are refused",
    (Layer.TLS, Mechanism.MITM): "encrypted connections are read on the way",
    (Layer.QUIC, Mechanism.TIMEOUT): "no answer over QUIC",
    (Layer.QUIC, Mechanism.RESET): "QUIC connections are broken off",
}
