"""Which certificates may be told: those that many saw, or a government's; not those of one computer."""

import dataclasses
import hashlib

import pytest

from measurements.analysis.chains import Chains, is_interception
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHTTP,
    Measurement,
)
from measurements.schema.records import QUICHandshake, Records, TLSHandshake
from measurements.schema.words import Layer, Mechanism
from tests.fakes.chains import Chain, antivirus, government, own, signed_by, strange
from tests.unit.measurements.analysis.collected import Sent


def shown(chain: Chain, failure: str | None = "ssl_unknown_authority") -> TLSHandshake:
    """A handshake that ended so."""
    return TLSHandshake(
        transaction_id=1, ip="192.0.2.1", port=443, server_name="t.example", t0=0, t=0,
        failure=failure, peer_certificates=chain,
    )  # fmt: skip


def shown_by_quic(chain: Chain) -> QUICHandshake:
    """The same over UDP."""
    return QUICHandshake(
        transaction_id=2, ip="192.0.2.1", port=443, server_name="t.example", t0=0, t=0,
        failure="ssl_unknown_authority", peer_certificates=chain,
    )  # fmt: skip


def control(*certificates: bytes) -> ControlAnswered:
    """One that was shown these, the leaf first."""
    hashes = tuple(hashlib.sha256(c).hexdigest() for c in certificates)
    endpoint = ControlEndpoint(ip="192.0.2.1", port=443, tls_done=True, chain_sha256=hashes)
    return ControlAnswered(
        depth=0, url="u", address="a", dns=ControlDNS(), http=ControlHTTP(), endpoints=(endpoint,)
    )


def made(
    *shakes: TLSHandshake,
    controls: tuple[ControlAnswered | ControlFailed, ...] = (),
    mechanism: Mechanism | None = None,
    quic: tuple[QUICHandshake, ...] = (),
) -> Measurement:
    """A measurement with these handshakes."""
    m = Sent(n=1, sender=1).measurement()
    assert m.verdict is not None
    return dataclasses.replace(
        m,
        records=Records(tls_handshakes=shakes, quic_handshakes=quic),
        controls=controls,
        verdict=dataclasses.replace(m.verdict, layer=Layer.TLS, mechanism=mechanism),
    )


@pytest.mark.parametrize("chain", [antivirus(), strange(), own()])
def test_one_computers_own_is_not_told(chain: Chain) -> None:
    """Nor may a sentence name who signed it."""
    found = Chains.of(made(shown(chain), quic=(shown_by_quic(chain),)), common=False)
    assert () == found.told(shown(chain)) == found.told(shown_by_quic(chain))
    assert (frozenset(), 1) == (found.kept, len(found.gone))


def test_a_governments_is_told() -> None:
    """It is everybody's in the country; nobody is known by it."""
    found = Chains.of(made(shown(government())), common=False)
    assert government() == found.told(shown(government()))
    assert frozenset() == found.gone


def test_what_a_control_was_shown_too_is_the_sites() -> None:
    """By its leaf; the authority above may have signed others for one house only."""
    leaf, above = own()
    kept = Chains.of(made(shown(own()), controls=(control(leaf, above),)), common=False)
    assert own() == kept.told(shown(own()))
    for other in (
        control(above),
        control(above, leaf),
        control(),
        ControlFailed(depth=0, url="u", failure="x"),
    ):
        assert () == Chains.of(made(shown(own()), controls=(other,)), common=False).told(
            shown(own())
        )


@pytest.mark.parametrize(
    ("common", "mechanism", "told"),
    [
        (True, Mechanism.MITM, True),
        (False, Mechanism.MITM, False),
        (True, Mechanism.RESET, False),
        (True, None, False),
    ],
)
def test_interception_that_many_met(
    *, common: bool, mechanism: Mechanism | None, told: bool
) -> None:
    """Only where it is the finding, and others found it too."""
    m = made(shown(strange()), mechanism=mechanism)
    found = Chains.of(m, common=common)
    assert (mechanism is Mechanism.MITM) == is_interception(m)
    assert (strange() if told else ()) == found.told(shown(strange()))
    assert bool(found.gone) != told


def test_a_chain_that_browsers_trust_stays() -> None:
    """Also where the connection failed for another reason; the same chain in doubt does not."""
    for failure in (None, "connection_reset", "generic_timeout_error"):
        fine = shown(strange(), failure)
        found = Chains.of(made(fine), common=False)
        assert strange() == found.told(fine)
        assert frozenset() == found.gone


def test_a_name_that_is_told_anyway_is_not_gone() -> None:
    """Two chains by authorities of one name: what may be said of one is no secret of the other."""
    other = signed_by("Gateway 7", serial=2)
    assert other != strange()
    m = made(shown(strange()), shown(other), controls=(control(*strange()),))
    found = Chains.of(m, common=False)
    assert (frozenset({strange()}), frozenset()) == (found.kept, found.gone)
    assert () == found.told(shown(other))
    both = Chains.of(made(shown(antivirus()), *m.records.tls_handshakes, controls=m.controls), common=False)  # fmt: skip
    assert 1 == len(both.gone)
    assert all("Kaspersky" in name for name in both.gone)


def test_what_came_over_quic_alone() -> None:
    """Is looked at in the same way."""
    m = made(quic=(shown_by_quic(government()), shown_by_quic(strange())))
    found = Chains.of(m, common=False)
    assert (frozenset({government()}), 1) == (found.kept, len(found.gone))
    assert government() == found.told(shown_by_quic(government()))


def test_no_verdict_and_no_handshakes() -> None:
    """Nothing to tell, nothing to hide."""
    m = dataclasses.replace(made(), verdict=None)
    found = Chains.of(m, common=True)
    assert (frozenset(), frozenset()) == (found.kept, found.gone)
    assert not is_interception(m)
    assert () == found.told(shown(()))
