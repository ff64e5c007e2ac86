"""The TLS table (methods.md §1.6, §1.7, §2.3). First match wins; ids are for ever."""

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.view_tls import TLSView

_MATRIX = ("sni_matrix",)


def _row_locus(v: TLSView) -> Locus:
    """Where every name fails at the address, the site itself may refuse this place as well."""
    by_name = v.row.trigger in {Trigger.SNI, Trigger.SNI_AND_IP}
    return Locus.NETWORK if by_name else Locus.UNKNOWN


def _row_trigger(v: TLSView) -> Trigger | None:
    return v.row.trigger


TLS_RULES: tuple[Rule[TLSView], ...] = (
    Rule(
        id="tls.no_data",
        layer=Layer.TLS,
        when=lambda v: not v.handshakes,
        status=None,
        why="No TLS handshake with {host} could be tried.",
    ),
    Rule(
        id="tls.mitm_government",
        layer=Layer.TLS,
        when=lambda v: (
            v.government and not (v.control_bad_certificate and v.same_authority is not False)
        ),
        status=Status.BLOCKED,
        why="The certificate for {host} was made by {label}, a government's interception "
        "authority: someone on the way reads this connection.",
        mechanism=Mechanism.MITM,
        trigger=lambda v: v.mitm_trigger,
        locus=Locus.NETWORK,
        confidence=0.98,
    ),
    Rule(
        id="tls.good_chain",
        layer=Layer.TLS,
        when=lambda v: v.any_ok,
        status=Status.ACCESSIBLE,
        why="{host} showed a certificate that is good for its name.",
        confidence=0.99,
    ),
    Rule(
        id="tls.local",
        layer=Layer.TLS,
        when=lambda v: not v.failed,
        status=Status.INCONCLUSIVE,
        why="This computer could not make a TLS connection of its own.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="tls.bad_certificate_everywhere",
        layer=Layer.TLS,
        when=lambda v: (
            v.only_certificates and v.control_bad_certificate and v.same_authority is not False
        ),
        status=Status.SERVER_SIDE,
        why="{host} shows a bad certificate ({issuer} signed it), and shows it to the control as "
        "well: the site is misconfigured.",
        locus=Locus.SERVER,
        confidence=0.96,
        outcome=Outcome.DOWN,
    ),
    Rule(
        id="tls.bad_certificate_differs",
        layer=Layer.TLS,
        when=lambda v: (
            v.only_certificates
            and v.control_bad_certificate
            and v.mitm_trigger is Trigger.SNI
            and not v.intercepts_all
        ),
        status=Status.BLOCKED,
        why="{host} shows a bad certificate to the control, and another one here, signed by "
        "{issuer}; under this name the control's own address shows it as well.",
        mechanism=Mechanism.MITM,
        trigger=Trigger.SNI,
        locus=lambda v: v.mitm_locus,
        confidence=0.9,
    ),
    Rule(
        id="tls.bad_certificate_both",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates and v.control_bad_certificate and v.same_failure,
        status=Status.SERVER_SIDE,
        why="{host} shows a certificate that is bad in the same way to the control.",
        locus=Locus.SERVER,
        confidence=0.8,
        outcome=Outcome.DOWN,
    ),
    Rule(
        id="tls.bad_certificates_disagree",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates and v.control_bad_certificate,
        status=Status.INCONCLUSIVE,
        why="{host} shows a bad certificate to the control, and another one here, signed by {issuer}: "
        "a careless site, or someone on the way.",
        confidence=0.6,
        wants=_MATRIX,
    ),
    Rule(
        id="tls.clock",
        layer=Layer.TLS,
        when=lambda v: (
            v.only_certificates
            and v.found("clock_skew")
            and all(h.failure == "ssl_invalid_certificate" for h in v.failed)
        ),
        status=Status.INCONCLUSIVE,
        why="The certificate's dates do not fit this computer's clock, and the clock is wrong.",
        locus=Locus.LOCAL,
        confidence=0.9,
    ),
    Rule(
        id="tls.mitm_everything",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates and v.intercepts_all,
        status=Status.INCONCLUSIVE,
        why="{label} signs every certificate on this line, the control's too: this computer or "
        "its network opens all TLS, so nothing is shown about {host}.",
        mechanism=Mechanism.MITM,
        locus=Locus.LOCAL,
        confidence=0.85,
    ),
    Rule(
        id="tls.mitm",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates and v.control_ok and v.experimented,
        status=Status.BLOCKED,
        why="{host} shows a certificate signed by {issuer} here, while the control is shown a "
        "good one at the same address: someone on the way reads this connection.",
        mechanism=Mechanism.MITM,
        trigger=lambda v: v.mitm_trigger,
        locus=lambda v: v.mitm_locus,
        confidence=0.96,
    ),
    Rule(
        id="tls.mitm_once",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates and v.control_ok,
        status=Status.BLOCKED,
        why="{host} shows a certificate signed by {issuer} here, while the control is shown a "
        "good one at the same address.",
        mechanism=Mechanism.MITM,
        locus=lambda v: v.mitm_locus,
        confidence=0.9,
        wants=_MATRIX,
    ),
    Rule(
        id="tls.mitm_no_control",
        layer=Layer.TLS,
        when=lambda v: v.only_certificates,
        status=Status.INCONCLUSIVE,
        why="{host} shows a certificate signed by {issuer} that no browser trusts; no control "
        "could say whether others see it too.",
        confidence=0.6,
        wants=_MATRIX,
    ),
    Rule(
        id="tls.alert_everywhere",
        layer=Layer.TLS,
        when=lambda v: (
            v.mechanism is Mechanism.ALERT
            and any((e.tls_failure or "").startswith("ssl_failed_handshake") for e in v.theirs)
            and not v.control_ok
        ),
        status=Status.SERVER_SIDE,
        why="{host} refuses the handshake, and refuses the control's as well.",
        locus=Locus.SERVER,
        confidence=0.93,
        outcome=Outcome.DOWN,
    ),
    Rule(
        id="tls.sni_blocked_though_down",
        layer=Layer.TLS,
        when=lambda v: (
            v.experimented
            and v.row.id == "tls.matrix.sni"
            and v.control_fails
            and v.fails_alike_elsewhere
        ),
        status=Status.BLOCKED,
        why="The hello with the name {host} fails ({how}, {tries} of {tries}): {row}.",
        mechanism=lambda v: v.mechanism,
        trigger=Trigger.SNI,
        locus=Locus.NETWORK,
        confidence=0.9,
    ),
    Rule(
        id="tls.down",
        layer=Layer.TLS,
        when=lambda v: v.control_fails and not (v.experimented and v.row.blocks is False),
        status=Status.DOWN,
        why="{endpoint} does not finish a handshake ({how}), and not with the control either.",
        locus=Locus.SERVER,
        confidence=0.9,
        wants=_MATRIX,
    ),
    Rule(
        id="tls.flaky",
        layer=Layer.TLS,
        when=lambda v: v.experimented and v.row.blocks is False,
        status=Status.INCONCLUSIVE,
        why="The hello with the name {host} failed once ({how}); {row}.",
        confidence=0.5,
        wants=("revisit",),
    ),
    Rule(
        id="tls.line_broken",
        layer=Layer.TLS,
        when=lambda v: v.experimented and v.row.id == "tls.matrix.invalid",
        status=Status.INCONCLUSIVE,
        why="The hello with the name {host} fails ({how}), but {row}.",
        locus=Locus.LOCAL,
        confidence=0.8,
    ),
    Rule(
        id="tls.blocked",
        layer=Layer.TLS,
        when=lambda v: v.experimented and v.row.blocks is True and v.control_ok,
        status=Status.BLOCKED,
        why="The hello with the name {host} fails ({how}, {tries} of {tries}), while the "
        "control's passes; {row}.",
        mechanism=lambda v: v.mechanism,
        trigger=_row_trigger,
        locus=_row_locus,
        confidence=lambda v: v.row.confidence,
    ),
    Rule(
        id="tls.blocked_no_control",
        layer=Layer.TLS,
        when=lambda v: v.experimented and v.row.blocks is True and v.row.alone > 0,
        status=Status.BLOCKED,
        why="The hello with the name {host} fails ({how}, {tries} of {tries}); {row}.",
        mechanism=lambda v: v.mechanism,
        trigger=_row_trigger,
        locus=Locus.NETWORK,
        confidence=lambda v: v.row.alone,
    ),
    Rule(
        id="tls.undecided",
        layer=Layer.TLS,
        when=lambda v: v.experimented,
        status=Status.INCONCLUSIVE,
        why="The hello with the name {host} fails ({how}); {row}.",
        confidence=0.5,
        wants=("revisit",),
    ),
    Rule(
        id="tls.blocked_once",
        layer=Layer.TLS,
        when=lambda v: v.control_ok,
        status=Status.BLOCKED,
        why="The handshake with {endpoint} under the name {host} fails here ({how}), while the "
        "control's passes.",
        mechanism=lambda v: v.mechanism,
        locus=Locus.NETWORK,
        confidence=0.8,
        wants=_MATRIX,
    ),
    Rule(
        id="tls.no_control",
        layer=Layer.TLS,
        when=lambda _: True,
        status=Status.INCONCLUSIVE,
        why="The handshake with {endpoint} under the name {host} fails ({how}), and no control "
        "could say whether it fails for others.",
        confidence=0.5,
        wants=_MATRIX,
    ),
)
