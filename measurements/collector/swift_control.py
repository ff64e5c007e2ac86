"""Of fits.py: what controls said, and the sender's verdict. Pure."""

from msgspec import UNSET

from measurements.collector import fits, shape
from measurements.collector.fits import UnfitError
from measurements.schema.making import maker
from measurements.schema.measurement import (
    Control,
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHop,
    ControlHTTP,
)
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Locus

_new_endpoint, _new_answer, _new_http = (
    maker(ControlEndpoint),
    maker(ControlAnswered),
    maker(ControlHTTP),
)
_new_verdict, _new_evidence, _new_layer = maker(Verdict), maker(Evidence), maker(LayerOutcome)


def controls(keys: shape.Keys, helpers: shape.Helpers | None) -> tuple[Control, ...]:
    """As codec_verdict.decode_controls has them, of our keys only."""
    if helpers is not None and helpers.backend is not None:
        fits.url(helpers.backend.address or "")
        fits.word(helpers.backend.type or "")
    fits.failure(keys.control_failure or "")
    if not keys.x_controls:
        if keys.control_failure or keys.control:
            raise UnfitError
        return ()
    if keys.control:
        first = next((c.answer for c in keys.x_controls if c.depth == 0), UNSET)
        if keys.control != first:
            raise UnfitError  # it says something else, and nobody has looked at that
    return tuple([_control(c) for c in keys.x_controls])


def _control(c: shape.Said) -> Control:
    a = c.answer
    if a is UNSET:
        if not c.failure:
            raise UnfitError
        fits.url(c.address or "")
        return ControlFailed(depth=c.depth, url=fits.url(c.url), failure=fits.failure(c.failure))
    if c.address is None or c.failure is not None:
        raise UnfitError
    return _new_answer(
        depth=c.depth,
        url=fits.url(c.url),
        address=fits.url(c.address),
        dns=ControlDNS(
            failure=_said(a.dns),
            addresses=tuple(a.dns.addrs or ()),
            ttls=tuple(a.dns.x_ttls or ()),
        ),
        http=_http(a.http_request),
        endpoints=tuple(_endpoints(a)),
        ip_flags=tuple([(fits.named(ip), info.flags or 0) for ip, info in a.ip_info.items()]),
        runtime=a.x_runtime,
    )


def _http(h: shape.HelperHTTP) -> ControlHTTP:
    if h.x_headers_list is None or h.x_body_length is None:
        raise UnfitError
    return _new_http(
        failure=_said(h),
        status_code=-1 if h.status_code is None else h.status_code,
        title=h.title or "",
        headers=tuple(h.x_headers_list),
        body_length=h.x_body_length,
        body_total=h.x_body_total,
        body_sha256=fits.digest(h.x_body_sha256 or "") or None,
        shingles=tuple(h.x_shingles or ()),
        stable=h.x_stable,
        runtime=h.x_runtime,
        hops=tuple(
            [
                ControlHop(
                    url=hop.url or "", status_code=hop.status_code, location=hop.location or None
                )
                for hop in h.x_hops or ()
            ]
        ),
    )


def _endpoints(a: shape.Helper) -> list[ControlEndpoint]:
    tls = a.tls_handshake
    out = []
    for name in a.tcp_connect | tls:
        ip, port = fits.endpoint(name)
        if not ip:
            continue
        connect, hello = a.tcp_connect.get(name), tls.get(name)
        failed = None if connect is None else _failed(connect)
        if hello is None:
            out.append(_new_endpoint(ip=ip, port=port, tcp_failure=failed))
            continue
        out.append(
            _new_endpoint(
                ip=ip,
                port=port,
                tcp_failure=failed,
                tls_done=True,
                tls_failure=_failed(hello),
                server_name=hello.server_name or "",
                chain_sha256=tuple(map(fits.digest, hello.x_chain_sha256 or ())),
            )
        )
    return out


def _said(
    part: shape.HelperDNS | shape.HelperHTTP | shape.HelperTCP | shape.HelperTLS,
) -> str | None:
    """Our failure where there is that key, else OONI's word."""
    theirs, ours = part.failure, part.x_failure
    if theirs:
        fits.failure(theirs)
    if ours is UNSET:
        return theirs or None
    return fits.failure(ours) if ours else None


def _failed(part: shape.HelperTCP | shape.HelperTLS) -> str | None:
    return _said(part) or ("unknown_failure" if part.status is False else None)


def verdict(v: shape.Claimed, accessible: bool | None, blocking: bool | str | None) -> Verdict:
    """As codec_verdict.decode_verdict has it."""
    return _new_verdict(
        status=v.status,
        layer=v.layer,
        mechanism=v.mechanism,
        trigger=v.trigger,
        locus=v.locus or Locus.UNKNOWN,
        confidence=v.confidence or 0.0,
        summary=v.summary or "",
        reason=v.reason or None,
        label=v.label or None,
        rules_version=v.rules_version or 0,
        evidence=tuple(
            [
                _new_evidence(
                    rule_id=e.rule_id or "",
                    says=e.says or "",
                    transactions=tuple(e.transactions or ()),
                )
                for e in v.evidence or ()
            ]
        ),
        layers=tuple(
            [
                _new_layer(layer=layer, outcome=o.outcome, mechanism=o.mechanism, trigger=o.trigger)
                for layer, o in (v.layers or {}).items()
            ]
        ),
        partial=tuple(
            [
                Partial(layer=p.layer, mechanism=p.mechanism, where=p.where or "")
                for p in v.partial or ()
            ]
        ),
        accessible=accessible,
        blocking=blocking,
    )
