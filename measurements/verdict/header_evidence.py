"""What response headers say about two answers being one site's.

OONI counts every header outside a short list as "uncommon", Content-Length among the counted ones.
Here a name is evidence only if boxes on the way do not send it as well.
"""

from collections.abc import Iterator

from measurements.schema.records import Headers

# Sent by plain servers, frameworks and block pages alike (FortiGate sends x-frame-options, CSP, …).
_ORDINARY = """accept-ranges access-control-allow-headers access-control-allow-methods
    access-control-allow-origin age allow alt-svc cache-control connection content-disposition
    content-encoding content-language content-length content-location content-md5
    content-security-policy content-type date etag expires keep-alive last-modified link location
    p3p pragma proxy-agent proxy-authenticate proxy-connection referrer-policy refresh retry-after
    server set-cookie status strict-transport-security trailer transfer-encoding upgrade vary via
    warning x-cache x-cache-lookup x-content-type-options x-download-options x-frame-options
    x-powered-by x-robots-tag x-squid-error x-ua-compatible x-xss-protection"""
ORDINARY = frozenset(_ORDINARY.split())
_GENERIC_SERVERS = frozenset({"nginx", "apache", "httpd", "microsoft-iis", "lighttpd", "openresty"})
_GENERIC_COOKIES = frozenset(
    {"phpsessid", "jsessionid", "asp.net_sessionid", "session", "sessionid"}
)
_CDN_HEADERS = {
    "cf-ray": "Cloudflare",
    "cf-cache-status": "Cloudflare",
    "x-amz-cf-id": "CloudFront",
    "x-amz-cf-pop": "CloudFront",
    "x-fastly-request-id": "Fastly",
    "x-served-by": "Fastly",
    "x-akamai-transformed": "Akamai",
    "akamai-grn": "Akamai",
    "x-iinfo": "Imperva",
    "x-vercel-id": "Vercel",
    "x-azure-ref": "Azure",
    "x-sucuri-id": "Sucuri",
    "x-qrator-id": "Qrator",
    "x-nf-request-id": "Netlify",
    "x-github-request-id": "GitHub",
}
_CDN_SERVERS = {
    "cloudflare": "Cloudflare",
    "akamaighost": "Akamai",
    "cloudfront": "CloudFront",
    "ddos-guard": "DDoS-Guard",
    "qrator": "Qrator",
    "gws": "Google",
    "esf": "Google",
    "sffe": "Google",
    "github.com": "GitHub",
    "netlify": "Netlify",
    "vercel": "Vercel",
    "bunnycdn": "Bunny",
    "ngenix": "NGENIX",
}
_LEAST, _MOST = -1.8, 2.5  # headers alone neither convict nor acquit
_Weight = tuple[float, str]


def weigh_headers(page: Headers, reference: Headers) -> Iterator[_Weight]:
    """Weights for and against one site, with the reason; nothing where a side has no headers."""
    if not page or not reference:
        return
    here, there = _by_name(page), _by_name(reference)
    yield _content_type(here, there)
    weights = [
        _names(here, there),
        _validators(here, there),
        _cookies(here, there),
        _cdns(here, there),
        _servers(here, there),
    ]
    total = sum(weight for weight, _ in weights)
    why = "; ".join(reason for weight, reason in weights if weight)
    yield round(min(max(total, _LEAST), _MOST), 3), why or "the headers say nothing"


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower().strip(), []).append(value.strip())
    return found


_Named = dict[str, list[str]]


def _content_type(here: _Named, there: _Named) -> _Weight:
    kinds = [h.get("content-type", [""])[0].split(";", 1)[0].strip().lower() for h in (here, there)]
    if not all(kinds):
        return 0.0, "a content type is missing"
    if kinds[0] == kinds[1]:
        return (0.0, "both are HTML") if "html" in kinds[0] else (0.7, f"both are {kinds[0]}")
    if {"text/html", "application/xhtml+xml"} == set(kinds):
        return 0.0, "both are HTML"
    return -1.0, f"{kinds[0]}, the other {kinds[1]}"


def _names(here: _Named, there: _Named) -> _Weight:
    mine, theirs = here.keys() - ORDINARY, there.keys() - ORDINARY
    if not theirs:
        return 0.0, ""
    shared = mine & theirs
    if not mine:
        weight = -0.3 if len(theirs) == 1 else -0.8
        return weight, f"no header like {', '.join(sorted(theirs)[:3])}"
    if not shared:
        return -0.8, f"no header like {', '.join(sorted(theirs)[:3])}"
    weight = 1.2 if len(shared) >= len(mine | theirs) / 2 else 0.6
    return weight, f"both send {', '.join(sorted(shared)[:3])}"


def _validators(here: _Named, there: _Named) -> _Weight:
    for name, weight in (("etag", 2.5), ("last-modified", 1.5)):
        mine, theirs = here.get(name, [""])[0], there.get(name, [""])[0]
        if mine.removeprefix("W/") and mine.removeprefix("W/") == theirs.removeprefix("W/"):
            return weight, f"the same {name}"
    return 0.0, ""


def _cookies(here: _Named, there: _Named) -> _Weight:
    mine, theirs = (
        {value.split("=", 1)[0].strip().lower() for value in h.get("set-cookie", [])}
        for h in (here, there)
    )
    shared = mine & theirs
    if shared - _GENERIC_COOKIES:
        return 1.2, f"both set the cookie {sorted(shared - _GENERIC_COOKIES)[0]}"
    return (0.3, "both set a session cookie") if shared else (0.0, "")


def cdns(headers: Headers) -> frozenset[str]:
    """The delivery networks that the headers name."""
    return _cdn_names(_by_name(headers))


def _cdn_names(headers: _Named) -> frozenset[str]:
    found = {cdn for name, cdn in _CDN_HEADERS.items() if name in headers}
    server = headers.get("server", [""])[0].lower()
    found |= {cdn for product, cdn in _CDN_SERVERS.items() if server.startswith(product)}
    return frozenset(found)


def _cdns(here: _Named, there: _Named) -> _Weight:
    mine, theirs = _cdn_names(here), _cdn_names(there)
    if not theirs:
        return 0.0, ""
    if mine & theirs:
        return 0.4, f"both come from {', '.join(sorted(mine & theirs))}"
    weight = -0.1 if mine else -0.6
    return weight, f"it does not come from {', '.join(sorted(theirs))}"


def _servers(here: _Named, there: _Named) -> _Weight:
    mine, theirs = (_product(h.get("server", [""])[0]) for h in (here, there))
    if mine == theirs:
        return (
            (0.5, f"both are served by {mine}")
            if mine and mine not in _GENERIC_SERVERS
            else (0, "")
        )
    return (-0.2, f"it is not served by {theirs}") if theirs else (0.0, "")


def _product(server: str) -> str:
    words = server.lower().split("/", 1)[0].split("(", 1)[0].split()
    return words[0] if words else ""
