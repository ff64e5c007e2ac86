"""`anyqta serve …`: what operators run."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.plainly import plainly, stop
from probe.cli.values import cidrs, resolvers, urls

app = typer.Typer(help="Serve for probes. (For operators.)", no_args_is_help=True)


@app.callback()
def serve() -> None:
    """Serve for probes. (For operators.)"""


@app.command()
@plainly
def control(  # noqa: PLR0913 - one option each
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8080,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain, PEM.", metavar="FILE")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.", metavar="FILE")] = None,
    http_port: Annotated[
        int | None, typer.Option(help="Also serve plain HTTP on this port.", min=0, max=65535)
    ] = None,
    resolver: Annotated[
        list[str] | None, typer.Option(help="Resolve with this.", metavar="IP[:PORT]")
    ] = None,
    doh: Annotated[
        list[str] | None, typer.Option(help="Resolve over HTTPS with this.", metavar="URL")
    ] = None,
    allow_private: Annotated[
        list[str] | None,
        typer.Option(help="Also visit these private addresses. For labs only.", metavar="CIDR"),
    ] = None,
) -> None:
    """Serve the control: it looks at a site from outside, for probes to compare with."""
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key belong together")
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            stop(f"{file} is not a file that can be read")
    from probe.engine.request import ServeControlRequest  # noqa: PLC0415 - lazily

    request = ServeControlRequest(
        host=host,
        port=port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        http_port=http_port,
        resolvers=resolvers(resolver),
        doh=urls(doh, "--doh"),
        allow_private=cidrs(allow_private),
    )
    from probe.wiring import serve as wiring  # noqa: PLC0415 - lazily

    wiring.serve_control(request)
