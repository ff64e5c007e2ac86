"""Values of options that name places on the network: checked before anything begins."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

import typer

DNS_PORT = 53


def resolvers(values: Iterable[str] | None) -> tuple[str, ...]:
    """ip:port of each; [ip]:port for IPv6."""
    from probe.net.resolvers import parse_endpoint  # noqa: PLC0415 - lazily

    out = []
    for value in values or ():
        try:
            out.append(str(parse_endpoint(value, DNS_PORT)))
        except ValueError as exc:
            raise typer.BadParameter(
                f"--resolver {value!r}: give an address, maybe with a port,"
                " as 9.9.9.9, 9.9.9.9:5353, 2620:fe::fe or [2620:fe::fe]:53"
            ) from exc
    return tuple(out)


def urls(values: Iterable[str] | None, option: str) -> tuple[str, ...]:
    """http(s) URLs with a host."""
    out = []
    for value in values or ():
        try:
            parts = urlsplit(value)
            schemes = {"https"} if option == "--doh" else {"http", "https"}
            good = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc
            _ = parts.port
        except ValueError:
            good = False
        if not good:
            example = (
                "https://control.example/" if option == "--control" else "https://9.9.9.9/dns-query"
            )
            raise typer.BadParameter(f"{option} {value!r}: give a whole address, as {example}")
        out.append(value)
    return tuple(out)


def cidrs(values: Iterable[str] | None, option: str = "--allow-private") -> tuple[str, ...]:
    """Networks."""
    out = []
    for value in values or ():
        try:
            out.append(str(ipaddress.ip_network(value)))
        except ValueError as exc:
            raise typer.BadParameter(f"{option} {value!r}: {exc}") from exc
    return tuple(out)
