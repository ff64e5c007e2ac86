import dataclasses

import pytest

from measurements.analysis.publishable import (
    Shown,
    host_of,
    may_be_told,
    publishable,
    published_uid,
)
from measurements.schema.measurement import Measurement, Place
from measurements.schema.records import HTTPTransaction, Records, TLSHandshake
from measurements.schema.words import Locus, Mechanism
from tests.unit.measurements.analysis.collected import Sent

HERE = Shown(place=Place(asn=9198, as_org_name="Telecom", cc="KZ"), category="LGBT")


def made(**more: object) -> Measurement:
    return dataclasses.replace(Sent(n=1, sender=1).measurement(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resolver", "host"),
    [
        ("8.8.8.8:53", "8.8.8.8"),
        ("[2620:fe::fe]:53", "2620:fe::fe"),
        ("2620:fe::fe", "2620:fe::fe"),
        ("https://dns.google/dns-query", "dns.google"),
        ("", ""),
    ],
)
def test_host_of_a_resolver(resolver: str, host: str) -> None:
    assert host_of(resolver) == host


def test_times_uids_and_runs() -> None:
    m = publishable(made(), HERE)
    assert m.measurement_start_time == m.test_start_time == "2026-10-05T06:00:00Z"
    assert m.measurement_uid.startswith("20261005060000.000000_KZ_webconnectivity_")
    assert (m.run_id, m.report_id, m.annotations, m.resolver) == ("published", "", (), Place())
    assert m.measurement_uid == published_uid(
        made().measurement_uid, made().measurement_start_time, "KZ"
    )
    assert published_uid("\udc80", "bad", "k z").startswith("0000000000")


def test_a_merged_network_is_in_no_sentence() -> None:
    v = made().verdict
    assert v is not None
    told = dataclasses.replace(v, summary="Name of AS9198 (AS9198) silences it.")
    m = publishable(made(verdict=told), Shown(place=Place(as_org_name="other networks", cc="KZ")))
    assert m.verdict is not None
    assert "9198" not in m.verdict.summary
    assert m.category_code is None


def test_pages_go_and_the_server_stays() -> None:
    page = HTTPTransaction(
        transaction_id=1,
        url="u",
        ip="i",
        port=1,
        t0=0,
        t=0,
        body=b"x",
        headers=(("Server", "s"), ("ETag", "e")),
    )
    (h,) = publishable(
        made(records=Records(http_transactions=(page,))), HERE
    ).records.http_transactions
    assert (h.body, h.headers) == (None, (("Server", "s"),))


def test_a_chain_nobody_vouches_for_stays_where_it_is_the_finding() -> None:
    shake = TLSHandshake(
        transaction_id=1,
        ip="i",
        port=1,
        server_name="n",
        t0=0,
        t=0,
        failure="ssl_unknown_authority",
        peer_certificates=(b"c",),
    )
    records = Records(tls_handshakes=(shake,))
    assert (
        publishable(made(records=records), HERE).records.tls_handshakes[0].peer_certificates == ()
    )
    v = made().verdict
    assert v is not None
    mitm = made(records=records, verdict=dataclasses.replace(v, mechanism=Mechanism.MITM))
    assert publishable(mitm, HERE).records.tls_handshakes[0].peer_certificates == (b"c",)
    good = dataclasses.replace(shake, failure=None)
    assert publishable(
        made(records=Records(tls_handshakes=(good,))), HERE
    ).records.tls_handshakes == (good,)


def test_what_is_local_is_not_told() -> None:
    v = made().verdict
    assert v is not None
    assert may_be_told(made())
    assert may_be_told(made(verdict=None))
    assert not may_be_told(made(verdict=dataclasses.replace(v, locus=Locus.LOCAL)))
