"""Pages: a site's, its block page's, and the others that a visit may end at."""

_WORDS = (
    "The river council met on Tuesday to hear about the bridge, whose northern pillar has moved "
    "by two centimetres since the flood of last spring. Engineers from the technical school "
    "showed drawings, and the mayor asked how long the repair would take. Shopkeepers on the "
    "market square fear for the summer season. A ferry might run in the meantime, said the "
    "harbour master, if the province pays for fuel and crew. "
)


def page(title: str, text: str, links: int = 3) -> bytes:
    """A plain page."""
    menu = "".join(f'<a class="menu-item-{n}" href="/p{n}">Section {n}</a>' for n in range(links))
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><nav class='top-bar'>{menu}</nav>"
        f"<main id='story-body'><h1>{title}</h1><p>{text}</p></main></body></html>"
    ).encode()


SITE = page("The River Gazette", _WORDS * 3, links=12)
# The same site's page a minute later.
SITE_LATER = page("The River Gazette", _WORDS * 3 + "Rain is expected on Friday.", links=12)
# Another site's: no block page, and not this one.
OTHER = page(
    "Kettles and Cups",
    "Our shop sells kettles of copper and steel, cups of stoneware, and teas from nine gardens. "
    "Every order is wrapped by hand and leaves the house on the same day. Visit the tasting room "
    "near the old station. " * 4,
)
BLOCKPAGE = page(
    "Access denied",
    "Access to this site has been blocked by decision of the Ministry of Information under the "
    "law on mass media.",
    links=0,
)
CAPTCHA = (
    b"<html><head><title>Just a moment...</title></head><body><div class='cf-browser-verification'>"
    b"<h1>Checking your browser before accessing the site.</h1><form id='challenge-form' "
    b"action='/cdn-cgi/challenge-platform/h/b'></form></div></body></html>"
)
GEOBLOCK = page(
    "Not available", "This content is not available in your country or region.", links=0
)
REFUSED = page("403 Forbidden", "Forbidden", links=0)
BROKEN = page("502 Bad Gateway", "Bad gateway", links=0)
# What an innocent name is answered with.
NEUTRAL = page("It works", "This is the default page of the server. " * 5)
# The status that each comes with, where it is not 200.
STATUS = {REFUSED: 403, GEOBLOCK: 403, CAPTCHA: 503, BROKEN: 502}
