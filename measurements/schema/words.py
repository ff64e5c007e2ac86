"""The closed vocabularies of CONTRACT.md §1. The values are stored and published: ids for ever."""

from enum import StrEnum


class Status(StrEnum):
    """What became of a URL, as a user would meet it."""

    ACCESSIBLE = "accessible"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    SERVER_SIDE = "server_side"
    DOWN = "down"
    INCONCLUSIVE = "inconclusive"


class Layer(StrEnum):
    """Protocol layers, outermost first; a layer hides those after it."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    QUIC = "quic"
    HTTP = "http"


class Mechanism(StrEnum):
    """How the interference shows itself at its layer."""

    NXDOMAIN = "nxdomain"
    NO_ANSWER = "no_answer"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    BOGON = "bogon"
    BLOCKPAGE_IP = "blockpage_ip"
    INJECTION = "injection"
    HIJACK = "hijack"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    EOF = "eof"
    ALERT = "alert"
    MITM = "mitm"
    BLOCKPAGE = "blockpage"
    REDIRECT = "redirect"
    TAMPERED = "tampered"
    THROTTLING = "throttling"


class Trigger(StrEnum):
    """What the interference keys on, as far as an experiment has shown it."""

    DNS_NAME = "dns_name"
    IP = "ip"
    IP_PORT = "ip_port"
    SNI = "sni"
    SNI_AND_IP = "sni_and_ip"
    HTTP_HOST = "http_host"
    HTTP_URL = "http_url"


class Locus(StrEnum):
    """Who does it."""

    RESOLVER = "resolver"
    NETWORK = "network"
    SERVER = "server"
    LOCAL = "local"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of one layer."""

    OK = "ok"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    DOWN = "down"
    UNKNOWN = "unknown"
