"""Stories of plain HTTP: what the tests of the HTTP tables begin with."""

from tests.fakes.measurements import IP, Story, a_measurement
from tests.fakes.pages import SITE

HTTP, HTTPS = "http://t.example/", "https://t.example/"


def plain(
    body: bytes = SITE, status: int = 200, http: str | None = None, *, told: bool = True
) -> Story:
    """A site in the clear, connected; the control gets that page."""
    return (
        a_measurement(HTTP)
        .control(IP, body=body, status=status, http=http, told=told)
        .system(IP)
        .tcp()
    )


def secure(body: bytes = SITE, status: int = 200, http: str | None = None) -> Story:
    """A site behind a good certificate."""
    return (
        a_measurement(HTTPS).control(IP, body=body, status=status, http=http).system(IP).tcp().tls()
    )


def alone(url: str = HTTP) -> Story:
    """Connected, without a control."""
    return a_measurement(url).no_control().system(IP).tcp()
