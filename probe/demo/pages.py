"""The pages that the pretend sites, and the pretend censor, show."""

from probe.demo.origin import HTML, Response

# fmt: off
_WORDS = (
    "river", "bread", "morning", "letter", "garden", "winter", "window", "bridge", "market",
    "story", "evening", "street", "music", "orchard", "lantern", "journey", "neighbour",
    "harvest", "station", "library", "mountain", "question", "colour", "summer",
)
# fmt: on


def genuine(name: str, title: str, size: int = 3000) -> Response:
    """A site's own page, of at least `size` bytes; each name has other words in it."""
    head = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>\n"
    step = 1 + sum(name.encode()) % (len(_WORDS) - 1)
    parts, length, at = [head], len(head), len(name)
    while length < size:
        words = [_WORDS[(at + step * i + i * i) % len(_WORDS)] for i in range(12)]
        parts.append(f"<p>{name} {at}: {' '.join(words)}.</p>\n")
        length += len(parts[-1])
        at += 1
    return Response(200, ("".join(parts) + "</body></html>\n").encode())


def block_page(length: int = 0) -> Response:
    """The censor's page, made as long as the page that it stands for."""
    page = (
        "<html><head><title>Access denied</title></head><body><h1>Access denied</h1>"
        "<p>Access to this resource is restricted by decision of the authorised body of the "
        "pretend state. Pretend Telecom.</p>"
    )
    filler = max(0, length - len(page) - len("<!---->") - len("</body></html>\n"))
    return Response(200, f"{page}<!--{' ' * filler}--></body></html>\n".encode())


def geoblock() -> Response:
    """What a site says itself to visitors from some countries."""
    return Response(
        451,
        b"<html><head><title>Not available in your country</title></head><body><h1>Sorry</h1>"
        b"<p>For licence reasons this service is not available in your region.</p></body></html>\n",
    )


def captcha() -> Response:
    """What a site's gatekeeper shows to visitors that it takes for robots."""
    return Response(
        403,
        b"<html><head><title>Just a moment...</title></head><body><h1>Are you human?</h1>"
        b"<p>Complete the CAPTCHA to continue: we check your browser's security.</p>"
        b'<div class="captcha-challenge"></div></body></html>\n',
        (*HTML, ("Cf-Mitigated", "challenge")),
    )


def nobody_here() -> Response:
    """For a Host that this server does not know."""
    return Response(404, b"<html><title>404</title><body>No such site here.</body></html>\n")
