"""Which values of headers may leave: the list is of what may, all else is left out."""

import re
from email.utils import format_datetime, parsedate_to_datetime

from measurements.schema.records import Headers
from probe.consent.known import Known
from probe.consent.needles import BLANK

_LONGEST = 300

# How the answer is packed, kept, and guarded: the same for every visitor.
_PLAIN = """accept-ranges age allow cache-control connection content-encoding content-language
    content-length content-type keep-alive pragma proxy-connection retry-after
    referrer-policy strict-transport-security trailer transfer-encoding upgrade vary
    x-content-type-options x-download-options x-frame-options x-robots-tag x-ua-compatible x-xss-protection"""
# Who made it, and what a box on the way says of itself: the evidence.
_MAKERS = """alt-svc cf-cache-status cf-mitigated proxy-agent proxy-authenticate server status via warning
    www-authenticate x-amzn-waf-action x-anyqta x-cache x-cache-lookup x-pi-hole x-powered-by
    x-squid-error"""
_HARMLESS = frozenset((_PLAIN + _MAKERS).split())
_WHERE = frozenset({"location", "content-location"})  # URLs
_AROUND = frozenset({"link", "refresh"})  # text with URLs in it
_TIMES = frozenset({"date", "expires", "last-modified"})
# One answer's own number, with which its server's log tells the second and the asker.
_NUMBERS = re.compile(
    r"cf-ray|x-amz-(?:cf-)?id(?:-2)?|akamai-grn|x-iinfo|.*request-?id.*|.*trace-?(?:id|parent).*|.*correlation.*"
    r"|x-azure-ref|x-sucuri-id|x-vercel-id|x-served-by|x-timer|report-to|nel|server-timing|traceparent|tracestate"
)
_SENT = """accept accept-encoding accept-language cache-control connection host upgrade-insecure-requests
    user-agent"""
_SENT_BY_US = frozenset(_SENT.split())
_COOKIE = re.compile(r"[A-Za-z._-]{1,32}[0-9]{0,2}(?==)")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")


def answered(headers: Headers, known: Known, *, vouched: bool = False) -> Headers:
    """An answer's headers: the names, and the values that tell nothing of who asked.

    A name that is no words and that the control was not given may be a number of the asker's.

    `vouched`: it is the control's own, for a URL that anybody may ask for.
    """
    return tuple(
        (k, _value(k.lower(), v, known, vouched=vouched))
        if vouched or known.name(k)
        else (BLANK, "")
        for k, v in headers
        if _NAME.fullmatch(k)
    )


def asked(headers: Headers, known: Known) -> Headers:
    """A request's headers: only those that the probe itself sends to everybody."""
    return tuple(
        (k, known.host(v) if k.lower() == "host" else v)
        for k, v in headers
        if k.lower() in _SENT_BY_US
    )


def _value(name: str, value: str, known: Known, *, vouched: bool) -> str:
    if name == "set-cookie":
        found = _COOKIE.match(value.strip())
        return f"{found[0]}=" if found else ""
    if name in _TIMES:
        return to_minute(value)
    if _NUMBERS.fullmatch(name):
        return ""
    if vouched or (name, value) in known.headers or _same_tag(name, value, known):
        return value
    return _cleaned(name, value, known)[:_LONGEST]


def _same_tag(name: str, value: str, known: Known) -> bool:
    """The control was given the same entity tag, weak or strong."""
    told = {v.removeprefix("W/") for n, v in known.headers if n == "etag"}
    return name == "etag" and value.removeprefix("W/") in told


def _cleaned(name: str, value: str, known: Known) -> str:
    if name in _WHERE:
        return known.url(value.strip())
    return known.text(value) if name in _HARMLESS | _AROUND else ""


def to_minute(date: str) -> str:
    """HTTP's date without its seconds; what is none is left out ("0" and "-1" say: expired)."""
    if date.strip() in {"0", "-1"}:
        return date.strip()
    try:
        return format_datetime(parsedate_to_datetime(date).replace(second=0), usegmt=True)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
