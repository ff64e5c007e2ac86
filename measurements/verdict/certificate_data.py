"""Authorities that sign in the place of a site's own: a label, never by itself a proof.

Sources: the Qaznet section of Chromium's net/data/ssl/blocklist; OONI, "Kazakhstan: TLS MITM"
(2024-09-19, revised 2024-10-15); Mozilla bugs 1229827, 1879046 and 1883772; gosuslugi.ru/crt;
manuals of the products. Collected in research/pipeline.md §6.3. Names as an issuer has them.
"""

from enum import StrEnum
from typing import NamedTuple


class CAKind(StrEnum):
    """Whose it is. `server_default`: what a server makes for itself when it is set up."""

    GOVERNMENT = "government"
    VENDOR_PROXY = "vendor_proxy"
    ANTIVIRUS = "antivirus"
    CORPORATE = "corporate"
    TEST = "test"
    SERVER_DEFAULT = "server_default"


KAZAKHSTAN = "Kazakhstan, Information Security Certification Authority"
QAZNET = "Kazakhstan, Qaznet Trust Network"
KAZAKHSTAN_2015 = "Kazakhstan, root of 2015"
RUSSIA = "Russian Trusted Root CA"

# SHA-256 of the DER, in hex.
BY_SHA256 = {
    "00309c736dd661da6f1eb24173aa849944c168a43a15bffd192eecfdb6f8dbd2": (CAKind.GOVERNMENT, QAZNET),
    **dict.fromkeys(
        (
            "61c0fc2e38b5b6f9071b42cee54a9013d858b6697c68b460948551b3249576a1",
            "06fd20629c143b9eab28d2799caefc5d23fde267d16c631e3f5b8b4bab3f68e6",
            "1df696f021ab1c3ace9a376b07ed7256a40214cd3396d7934087614924e2d7ef",
            "0bd39de4793cdc117138f47708aa4d583acf67adb059a0d91f668d1803bf6489",
            "c95c133b68319ee516b5f41e377f589878af1556567cc2834ef03b1d10830fd3",
            "c530fadc9bfa265e63b755cc6ee04c2d70d60bb916ce2f331dc7359362571b25",
            "89107c8e50e029b7b5f4ff0ccd2956bcc9d0c8ba2bfb6a58374ed63a6b034a30",
            "3472e4f16c570e0dd388aaaa4a64a34a4b939f1ca770996b5be0037c1aded9c1",
            "0230a604d99220e5612ee7862ab9f7a6e18e4f1ac4c9e27075788cc5220169ab",
        ),
        (CAKind.GOVERNMENT, KAZAKHSTAN),
    ),
    **dict.fromkeys(
        (
            "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31",  # root, 2022
            "bbbde2103e790b999ec62bd03cf625a5a2e7c316e10afe6a490eedead8b3fd9b",  # sub, 2022
            "2155785036c900dbb5f1bb2a1569c80c55595bd6bf94867a29bbddbc7d88a3f2",  # sub, 2024
        ),
        (CAKind.GOVERNMENT, RUSSIA),
    ),
}

# SHA-1 of the DER, in hex, as OONI's reports print it: ISCA's 75-day intermediates and three roots.
BY_SHA1 = dict.fromkeys(
    (
        "fabda72f1fa620c160420a496194b61f82a01b4a",
        "ea5d093c312e1a516937e153c06c2d82127b47d6",
        "1375ebdcf56359aae0423e861ac8fc6231511ce6",
        "bfd7f531eca8e3d65b4738167b160b7a95a8d894",
        "c0e15a945595372030f0d45938ebb6081bb39fb5",
        "90f9aa29195ecbfbf2c943ab1d5102f3ec84a68c",
        "8634ecaefb5d02463d2a9ce42178001154752561",
        "cb074692a22395fa615a89a86d877c9abc034867",
        "dfcd9dcb64edd86e333ad6247e2deda7dcf10ebd",
        "5d54c6afa4fd4685359875595565ae9f8caab914",
        "76e9f2a52c149586be8f389d8a71ac41d3f423d1",
    ),
    (CAKind.GOVERNMENT, KAZAKHSTAN),
)


class Pattern(NamedTuple):
    """An issuer's name: every given part must fit. Stems of folded text; "" fits anything."""

    kind: CAKind
    name: str
    common_name: str = ""  # a prefix
    organization: str = ""  # a prefix
    country: str = ""  # equal
    anywhere: str = ""  # anywhere in the whole name


_G, _V, _A = CAKind.GOVERNMENT, CAKind.VENDOR_PROXY, CAKind.ANTIVIRUS
_C, _T, _D = CAKind.CORPORATE, CAKind.TEST, CAKind.SERVER_DEFAULT

# The first that fits. Ten roots were minted in one morning, so the name counts, not the hash alone.
PATTERNS = (
    Pattern(_G, KAZAKHSTAN, "information security certification authority", "isca", "kz"),
    Pattern(_G, KAZAKHSTAN, organization="isca", country="kz"),
    Pattern(_G, KAZAKHSTAN, "information security certification authority", country="kz"),
    Pattern(_G, QAZNET, "qaznet trust network"),
    Pattern(_G, QAZNET, "security certificate", country="kz"),
    Pattern(_G, KAZAKHSTAN_2015, "негізгі куәландырушы орталық"),
    Pattern(_G, RUSSIA, "russian trusted"),
    Pattern(_V, "Fortinet", organization="fortinet"),
    Pattern(_V, "Fortinet", "fortigate"),
    Pattern(_V, "Fortinet", "fortinet"),
    Pattern(_V, "Zscaler", organization="zscaler"),
    Pattern(_V, "Zscaler", "zscaler"),
    Pattern(_V, "Sophos", organization="sophos"),
    Pattern(_V, "Sophos", "sophos"),
    Pattern(_V, "Cisco Umbrella", "cisco umbrella"),
    Pattern(_V, "Cisco Umbrella", organization="opendns"),
    Pattern(_V, "Cisco Secure Web", "cisco wsa"),
    Pattern(_V, "Cisco Secure Web", "cisco ironport"),
    Pattern(_V, "Palo Alto Networks", organization="palo alto networks"),
    Pattern(_V, "Netskope", anywhere="netskope"),
    Pattern(_V, "Barracuda", anywhere="barracuda networks"),
    Pattern(_V, "Blue Coat", anywhere="blue coat"),
    Pattern(_V, "Blue Coat", anywhere="bluecoat"),
    Pattern(_V, "Allot", organization="allot"),
    Pattern(_V, "Allot", "allot"),
    Pattern(_V, "McAfee Web Gateway", anywhere="mcafee web gateway"),
    Pattern(_V, "Skyhigh", anywhere="skyhigh security"),
    Pattern(_V, "Forcepoint", anywhere="forcepoint"),
    Pattern(_V, "Forcepoint", anywhere="websense"),
    Pattern(_V, "SonicWall", anywhere="sonicwall"),
    Pattern(_V, "WatchGuard", anywhere="watchguard"),
    Pattern(_V, "Check Point", anywhere="check point"),
    Pattern(_V, "Smoothwall", anywhere="smoothwall"),
    Pattern(_V, "Lightspeed", anywhere="lightspeed systems"),
    Pattern(_V, "Securly", anywhere="securly"),
    Pattern(_V, "iboss", anywhere="iboss"),
    Pattern(_V, "ContentKeeper", anywhere="contentkeeper"),
    Pattern(_V, "Cyberoam", anywhere="cyberoam"),
    Pattern(_V, "Untangle", anywhere="untangle"),
    Pattern(_V, "Sangfor", anywhere="sangfor"),
    Pattern(_V, "Hillstone", anywhere="hillstone"),
    Pattern(_V, "Netsweeper", anywhere="netsweeper"),
    Pattern(_V, "Sandvine", anywhere="sandvine"),
    Pattern(_V, "A10", anywhere="a10 networks"),
    Pattern(_V, "UserGate", anywhere="usergate"),
    Pattern(_V, "Ideco", "ideco"),
    Pattern(_V, "Kerio", anywhere="kerio"),
    Pattern(_V, "Cloudflare Gateway", anywhere="gateway ca - cloudflare managed"),
    Pattern(_V, "Squid", anywhere="squid"),
    Pattern(_V, "pfSense", "pfsense"),
    Pattern(_A, "Kaspersky", anywhere="kaspersky"),
    Pattern(_A, "ESET", anywhere="eset ssl filter"),
    Pattern(_A, "ESET", organization="eset"),
    Pattern(_A, "Avast", anywhere="avast"),
    Pattern(_A, "AVG", anywhere="avg technologies"),
    Pattern(_A, "Bitdefender", anywhere="bitdefender"),
    Pattern(_A, "Dr.Web", anywhere="dr.web"),
    Pattern(_A, "Dr.Web", anywhere="spidergate"),
    Pattern(_A, "AdGuard", "adguard"),
    Pattern(_A, "G Data", organization="g data"),
    Pattern(_A, "BullGuard", anywhere="bullguard"),
    Pattern(_A, "Norton", anywhere="norton web/mail shield"),
    Pattern(_A, "Quick Heal", anywhere="quick heal"),
    Pattern(_A, "360", anywhere="360 total security"),
    Pattern(_A, "Net Nanny", anywhere="contentwatch"),
    Pattern(_A, "Qustodio", anywhere="qustodio"),
    Pattern(_A, "Superfish", anywhere="superfish"),
    Pattern(_T, "mitmproxy", anywhere="mitmproxy"),
    Pattern(_T, "Charles", anywhere="charles proxy"),
    Pattern(_T, "Fiddler", anywhere="fiddler"),
    Pattern(_T, "Burp", anywhere="portswigger"),
    Pattern(_T, "OWASP ZAP", anywhere="owasp zed attack"),
    Pattern(_T, "Proxyman", anywhere="proxyman"),
    Pattern(_T, "mkcert", "mkcert"),
    Pattern(_T, "Anyqta's lab", organization="anyqta lab"),
    Pattern(_D, "Kubernetes ingress", "kubernetes ingress controller fake"),
    Pattern(_D, "Traefik", "traefik default cert"),
    Pattern(_D, "Plesk", "plesk"),
    Pattern(_D, "Parallels", "parallels panel"),
    Pattern(_D, "localhost", "localhost"),
    Pattern(_D, "Synology", anywhere="synology"),
    Pattern(_D, "MikroTik", anywhere="mikrotik"),
    Pattern(_D, "Ubiquiti", organization="ubiquiti"),
    Pattern(_D, "OpenWrt", anywhere="openwrt"),
    Pattern(_D, "Internet Widgits (OpenSSL)", organization="internet widgits"),
    Pattern(_C, "a company's own authority", anywhere="corporate root"),
    Pattern(_C, "a company's own authority", anywhere="enterprise root"),
    Pattern(_C, "a company's own authority", anywhere="dc=local"),
    Pattern(_C, "a company's own authority", anywhere="corporate ca"),
)
