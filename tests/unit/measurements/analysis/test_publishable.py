import dataclasses
import hashlib

import pytest

from measurements.analysis.publishable import (
    Shown,
    host_of,
    may_be_told,
    publishable,
    published_uid,
)
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHTTP,
    Measurement,
    Place,
)
from measurements.schema.records import HTTPTransaction, QUICHandshake, Records, TLSHandshake
from measurements.schema.words import Layer, Locus, Mechanism
from tests.fakes.chains import government, strange
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


def shown(chain: tuple[bytes, ...], failure: str | None = "ssl_unknown_authority") -> Records:
    """A handshake."""
    shake = TLSHandshake(
        transaction_id=1,
        ip="i",
        port=1,
        server_name="n",
        t0=0,
        t=0,
        failure=failure,
        peer_certificates=chain,
    )
    quic = QUICHandshake(
        transaction_id=2,
        ip="i",
        port=1,
        server_name="n",
        t0=0,
        t=0,
        failure=failure,
        peer_certificates=chain,
    )
    return Records(tls_handshakes=(shake,), quic_handshakes=(quic,))


def told(m: Measurement, by: Shown = HERE) -> tuple[set[tuple[bytes, ...]], str]:
    """Which chains, and the sentence."""
    out = publishable(m, by)
    r = out.records
    assert out.verdict is not None
    chains = {h.peer_certificates for h in r.tls_handshakes}
    assert chains == {h.peer_certificates for h in r.quic_handshakes}
    return chains, out.verdict.summary


def test_a_box_of_its_own_is_in_no_chain_and_no_sentence() -> None:
    """A chain that nobody vouches for, unless k were shown one by the same authority and it is the finding."""
    v = made().verdict
    assert v is not None
    says = dataclasses.replace(v, summary="Signed by CN=Gateway 7 here.")
    m = made(records=shown(strange()), verdict=says)
    assert told(m) == ({()}, "Signed by (not published) here.")
    common = dataclasses.replace(HERE, chains=True)
    assert told(m, common)[0] == {()}
    mitm = dataclasses.replace(m, verdict=dataclasses.replace(says, mechanism=Mechanism.MITM))
    assert told(mitm) == ({()}, "Signed by (not published) here.")
    assert told(mitm, common) == ({strange()}, says.summary)
    good = made(records=shown(strange(), None), verdict=says)
    assert told(good) == ({strange()}, says.summary)


def test_a_governments_chain_and_everybodys_stay() -> None:
    v = made().verdict
    assert v is not None
    m = made(records=shown(government()))
    assert told(m)[0] == {government()}
    control = ControlAnswered(
        depth=0,
        url="u",
        address="a",
        dns=ControlDNS(),
        http=ControlHTTP(),
        endpoints=(
            ControlEndpoint(
                ip="i", port=1, chain_sha256=(hashlib.sha256(strange()[0]).hexdigest(),)
            ),
        ),
    )
    assert told(made(records=shown(strange()), controls=(control,)))[0] == {strange()}


def test_what_is_judged_of_a_page_stays_and_what_knows_it_again_goes() -> None:
    """The same page, two measurements: no number of one is in the other; the finding k had is told."""
    words = " ".join(a + b + c for a in "klmnp" for b in "aeiou" for c in "rstvwxyz")
    page = f"<title>Ridder</title><p>{words}</p>".encode()
    h = HTTPTransaction(
        transaction_id=1,
        url="u",
        ip="i",
        port=1,
        t0=0,
        t=0.123456,
        status_code=200,
        body=page,
        body_length=len(page),
        body_sha256=hashlib.sha256(page).hexdigest(),
        title="Ridder",
    )
    records = Records(http_transactions=(h, dataclasses.replace(h, transaction_id=2)))
    v = made().verdict
    assert v is not None
    says = dataclasses.replace(v, summary=f"{len(page)} bytes, the other 1{len(page)} bytes")
    one, two = (
        publishable(made(measurement_uid=uid, records=records, verdict=says), HERE)
        for uid in ("one", "two")
    )
    (a, twin), (b, _) = one.records.http_transactions, two.records.http_transactions
    assert a.body_sha256 == twin.body_sha256
    assert a.features == twin.features
    assert a.body_sha256 not in {b.body_sha256, h.body_sha256}
    assert a.features is not None
    assert b.features is not None
    assert len(a.features.shingles) == len(b.features.shingles) >= 32
    assert not set(a.features.shingles) & set(b.features.shingles)
    assert a.features.text_length % 100 == 50
    assert (a.title, a.t, a.body) == ("…", 0.12, None)
    assert a.body_length > len(page)
    assert one.verdict is not None
    assert one.verdict.summary == f"about {a.body_length} bytes, the other 1{len(page)} bytes"
    blocked = dataclasses.replace(v, layer=Layer.HTTP, mechanism=Mechanism.BLOCKPAGE)
    by = dataclasses.replace(HERE, pages=frozenset({h.body_sha256 or "", "Ridder"}))
    (c, _) = publishable(made(records=records, verdict=blocked), by).records.http_transactions
    assert (c.title, c.body_sha256, c.body_length) == ("Ridder", h.body_sha256, len(page))
    (d, _) = publishable(made(records=records), by).records.http_transactions
    assert d.title == "…"  # not the finding


def test_versions_are_nobodys_and_a_fork_is_ours() -> None:
    m = publishable(made(software_name="my-fork", software_version="0.1.7"), HERE)
    assert (m.software_name, m.software_version, m.test_version) == ("anyqta", "", "")
    assert publishable(made(software_name="ooniprobe-android"), HERE).software_name == (
        "ooniprobe-android"
    )


def test_what_is_local_is_not_told() -> None:
    v = made().verdict
    assert v is not None
    assert may_be_told(made())
    assert may_be_told(made(verdict=None))
    assert not may_be_told(made(verdict=dataclasses.replace(v, locus=Locus.LOCAL)))
