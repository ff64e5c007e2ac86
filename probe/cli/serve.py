"""`anyqta serve …`: what operators run."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from probe.cli.plainly import plainly, say, stop
from probe.cli.values import cidrs, resolvers, urls

_MAX_PORT = 65535

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
    _check_tls(tls_cert, tls_key)
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


class Mode(enum.StrEnum):
    """Who may send."""

    OPEN = "open"
    INVITED = "invited"


class Ooni(enum.StrEnum):
    """Whether OONI's protocol is served."""

    ACCEPT = "accept"
    REFUSE = "refuse"


Rate = Annotated[float | None, typer.Option(help="Measurements a second, in all.", min=0.1)]
ClientRate = Annotated[float | None, typer.Option(help="The same for one address.", min=0.1)]
SenderRate = Annotated[float | None, typer.Option(help="The same for one sender.", min=0.1)]
Metrics = Annotated[
    str | None, typer.Option(help="Show Prometheus its numbers there.", metavar="HOST:PORT")
]
WhichOoni = Annotated[
    Ooni | None,
    typer.Option(help="OONI's protocol: accept when open, refuse when by invitation."),
]
Workers = Annotated[
    int | None, typer.Option(help="Processes that check and store; one a core.", min=1, max=64)
]
Proxies = Annotated[
    list[str] | None, typer.Option(help="Believe the X-Forwarded-For of these.", metavar="CIDR")
]
Judged = Annotated[
    bool, typer.Option(help="Give each its verdict at once; `anyqta rescore` can later.")
]
Pem = Annotated[Path | None, typer.Option(help="Certificate chain, PEM.", metavar="FILE")]
PemKey = Annotated[Path | None, typer.Option(help="Its key, PEM.", metavar="FILE")]
Supporters = Annotated[
    int, typer.Option("--k", help="So many senders release what strangers found.", min=1)
]
Days = Annotated[int, typer.Option(help="Within so many days.", min=1, max=366)]


@app.command()
@plainly
def collector(  # noqa: PLR0913 - one option each
    *,
    db: Annotated[Path, typer.Option(help="The database; made if there is none.", metavar="FILE")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8090,
    tls_cert: Pem = None,
    tls_key: PemKey = None,
    metrics: Metrics = None,
    mode: Annotated[Mode, typer.Option(help="Who may send: all, or the invited.")] = Mode.OPEN,
    k: Supporters = 3,
    window_days: Days = 31,
    ooni: WhichOoni = None,
    workers: Workers = None,
    trusted_proxy: Proxies = None,
    max_rate: Rate = None,
    client_rate: ClientRate = None,
    sender_rate: SenderRate = None,
    judge: Judged = True,
) -> None:
    """Collect what probes upload: check it, judge it again, store it."""
    _check_tls(tls_cert, tls_key)
    from probe.engine.request import ServeCollectorRequest  # noqa: PLC0415 - lazily

    request = ServeCollectorRequest(
        host=host,
        port=port,
        db=db,
        tls_cert=tls_cert,
        tls_key=tls_key,
        metrics=_host_port(metrics),
        mode=mode.value,
        k=k,
        window_days=window_days,
        ooni=None if ooni is None else ooni is Ooni.ACCEPT,
        workers=workers,
        trusted_proxies=cidrs(trusted_proxy, "--trusted-proxy"),
        max_rate=max_rate,
        client_rate=client_rate,
        sender_rate=sender_rate,
        judge=judge,
    )
    from probe.wiring import serve_collector as wiring  # noqa: PLC0415 - lazily

    try:
        wiring.serve_collector(request)
    except wiring.CollectorError as exc:
        stop(str(exc))


@app.command()
@plainly
def site(  # noqa: PLR0913 - one option each
    *,
    db: Annotated[Path, typer.Option(help="A published file, or a collector's.", metavar="FILE")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8070,
    trusted_proxy: Proxies = None,
    publish_to: Annotated[
        Path | None,
        typer.Option(help="Publish a collector's file there; else beside it.", metavar="FILE"),
    ] = None,
    k: Annotated[int, typer.Option("--k", help="So many senders let a cell be shown.", min=1)] = 3,
    minutes: Annotated[
        int, typer.Option(help="Publish what came again after so many.", min=1, max=10080)
    ] = 60,
    sql: Annotated[
        bool, typer.Option("--sql", help="Answer any SQL; on this computer only.")
    ] = False,
) -> None:
    """Serve the observatory's pages. A collector's file itself is never served: it is published first."""
    from probe.engine.request import ServeSiteRequest  # noqa: PLC0415 - lazily

    request = ServeSiteRequest(
        db=db.expanduser(),
        host=host,
        port=port,
        trusted_proxies=cidrs(trusted_proxy, "--trusted-proxy"),
        publish_to=publish_to,
        k=k,
        minutes=minutes,
        sql=sql,
    )
    from probe.wiring import site as wiring  # noqa: PLC0415 - lazily

    try:
        wiring.serve_site(request, say=say)
    except wiring.SiteError as exc:
        stop(str(exc))


def _check_tls(tls_cert: Path | None, tls_key: Path | None) -> None:
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key belong together")
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            stop(f"{file} is not a file that can be read")


def _host_port(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _MAX_PORT:
        raise typer.BadParameter("--metrics takes HOST:PORT, such as 127.0.0.1:9100")
    return host.strip("[]"), int(port)
