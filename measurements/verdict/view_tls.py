"""What the TLS table looks at: handshakes under the site's name, and the 2x2 where it was run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from measurements.schema.measurement import ControlEndpoint
from measurements.schema.measurement import Finding as EnvironmentFinding
from measurements.schema.records import TCPConnect, TLSHandshake
from measurements.schema.words import Locus, Mechanism, Trigger
from measurements.verdict import matrix
from measurements.verdict.certificates import Label, ca_label, describe_chain
from measurements.verdict.matrix import Row, settle
from measurements.verdict.observe import Hop
from measurements.verdict.symbols import (
    ALERT,
    LOCAL,
    MECHANISM_OF,
    SUCCESS,
    WRONG_CERTIFICATE,
    Decision,
    commonest,
    connect_symbol,
    handshake_symbol,
    sequential,
    stream_mechanism,
    symbol,
)
from measurements.verdict.urls import split_url
from measurements.verdict.view_tcp import ids

EXPERIMENT = "sni_matrix"
_PASSED = frozenset({SUCCESS})


@dataclass(frozen=True, kw_only=True)
class TLSView:
    """One hop's handshakes at one port, to addresses that may be the site's."""

    hop: Hop
    port: int
    addresses: tuple[str, ...]
    environment: tuple[EnvironmentFinding, ...]
    arm_connects: dict[str, list[TCPConnect]]
    arm_handshakes: dict[str, list[TLSHandshake]]
    address_proved: bool  # the addresses stand as genuine otherwise than by these handshakes

    @cached_property
    def handshakes(self) -> tuple[TLSHandshake, ...]:
        """Base handshakes under the site's name, one an address: the last tried."""
        found = {
            h.ip: h
            for h in self.hop.handshakes
            if h.port == self.port and h.ip in self.addresses and h.server_name == self.hop.sni
        }
        return tuple(found.values())

    @cached_property
    def failed(self) -> tuple[TLSHandshake, ...]:
        """Those that failed otherwise than by this computer."""
        return tuple(h for h in self.handshakes if handshake_symbol(h) not in {SUCCESS, LOCAL})

    @cached_property
    def any_ok(self) -> bool:
        """One at least ended with a good chain."""
        return any(handshake_symbol(h) == SUCCESS for h in self.handshakes)

    @cached_property
    def wrong_certificate(self) -> tuple[TLSHandshake, ...]:
        """Those that ended with a bad chain."""
        return tuple(h for h in self.failed if handshake_symbol(h) == WRONG_CERTIFICATE)

    @cached_property
    def only_certificates(self) -> bool:
        """Bad chains, and nothing else, keep a user out."""
        return bool(self.failed) and len(self.wrong_certificate) == len(self.failed)

    @cached_property
    def theirs(self) -> tuple[ControlEndpoint, ...]:
        """What the control saw of the endpoints that failed here, where it tried TLS."""
        found = [self.hop.control_endpoint(h.ip, h.port) for h in self.failed]
        return tuple(e for e in found if e is not None and (e.tls_done or e.tcp_failure))

    @cached_property
    def control_ok(self) -> bool:
        """The control's handshake with one of them was good."""
        if not self.theirs and self.hop.passed_outside:
            return True
        if not any(e.tls_done for e in self.theirs) and self._fetched_over_tls:
            return True
        return any(e.tls_done and e.tls_failure is None for e in self.theirs)

    @cached_property
    def _fetched_over_tls(self) -> bool:
        """A control that tells of no handshakes (OONI's, before 2022) got the page over https."""
        answered = self.hop.answered
        if (
            answered is None
            or not self.hop.up_outside
            or any(e.tls_done for e in answered.endpoints)
        ):
            return False
        reached = [e for e in answered.endpoints if e.ip in {h.ip for h in self.failed}]
        scheme, host, port = split_url(answered.url)
        there = (scheme, host, port) == ("https", self.hop.host, self.port)
        return there and not any(e.tcp_failure for e in reached)

    @cached_property
    def control_bad_certificate(self) -> bool:
        """The control was shown a bad chain as well."""
        return not self.control_ok and any(
            e.tls_failure and symbol(e.tls_failure) == WRONG_CERTIFICATE for e in self.theirs
        )

    @cached_property
    def same_leaf(self) -> bool | None:
        """The bad leaf is the one that the control was shown; None where that is not known."""
        seen = {e.chain_sha256[0] for e in self.theirs if e.chain_sha256}
        here = {
            describe_chain(h.peer_certificates).leaf.sha256
            for h in self.wrong_certificate
            if h.peer_certificates
        }
        return bool(seen & here) if seen and here else None

    @cached_property
    def same_authority(self) -> bool | None:
        """The chain shares a certificate with the control's, as another leaf of the same authority
        does; None where either is not known."""
        seen = {sha256 for e in self.theirs for sha256 in e.chain_sha256}
        chains = [h.peer_certificates for h in self.wrong_certificate if h.peer_certificates]
        here = {sha256 for chain in chains for sha256 in describe_chain(chain).sha256s}
        return bool(seen & here) if seen and here else None

    @cached_property
    def same_failure(self) -> bool:
        """The control's chain is bad in the same way."""
        return bool(
            {e.tls_failure for e in self.theirs} & {h.failure for h in self.wrong_certificate}
        )

    @cached_property
    def control_fails(self) -> bool:
        """The control could not finish a handshake, or connect, either, at any address."""
        failed = bool(self.theirs) and not self.control_ok and not self.control_bad_certificate
        return failed and not (self.hop.up_outside and self.hop.scheme == "https")

    @cached_property
    def label(self) -> Label | None:
        """Whose interception it is, where a chain says so that no browser trusts."""
        arms = (h for h in self.failed_arms if handshake_symbol(h) == WRONG_CERTIFICATE)
        chains = [h.peer_certificates for h in (*self.wrong_certificate, *arms)]
        found = [ca_label(chain) for chain in chains if chain]
        return next((label for label in found if label is not None), None)

    @cached_property
    def failed_arms(self) -> tuple[TLSHandshake, ...]:
        """Repetitions of the site's own handshake that failed."""
        return tuple(h for h in self.arm_handshakes.get("s1", []) if h.failure)

    @cached_property
    def government(self) -> bool:
        """A government's interception authority signed a chain shown here."""
        return self.label is not None and self.label.kind == "government"

    @cached_property
    def local_label(self) -> bool:
        """The interceptor is a product that runs on computers or in offices."""
        return self.label is not None and self.label.kind in {
            "antivirus",
            "corporate",
            "vendor_proxy",
            "test",
        }

    def found(self, kind: str) -> bool:
        """The environment gate found that."""
        return any(f.kind == kind for f in self.environment)

    def trials(self, arm: str) -> list[str]:
        """A letter for each trial of an arm; a hello that could not be sent has its connect's letter."""
        answers = {h.transaction_id: h for h in self.arm_handshakes.get(arm, [])}
        letters = []
        for c in self.arm_connects.get(arm, []):
            h = answers.get(c.transaction_id)
            letter = connect_symbol(c) if h is None else self._letter(arm, h)
            if letter != LOCAL:
                letters.append(letter)
        return letters

    def _letter(self, arm: str, h: TLSHandshake) -> str:
        # Under another name, or none, or at another address, any certificate is an answer (§1.6). So it
        # is under the name itself, unless it is certificates that this is about.
        found = handshake_symbol(h)
        alerts = (
            self.mechanism is Mechanism.ALERT
        )  # then an alert for the name elsewhere is no success
        if arm not in {"s1", "s6", "s7"} and not (arm == "s3" and alerts and found == ALERT):
            return handshake_symbol(h, any_answer=True)
        certificate = found == WRONG_CERTIFICATE and not self.only_certificates
        return SUCCESS if certificate else found

    @cached_property
    def arms(self) -> Mapping[str, str]:
        """What each arm came to; s1 by the sequential test, with the base handshake as its first trial."""
        found = {
            name: settle(self.trials(name), _PASSED)
            for name in ("s2", "s3", "s4", "s5", "s6", "s7")
        }
        for name in ("s2", "s4"):
            # What passed before the name was sent, and not after, is a censor that remembers (§1.18).
            if SUCCESS in self.trials(name):
                found[name] = matrix.GOOD
        again = self.trials("s1")
        if again:
            decision = sequential([True, *(s != SUCCESS for s in again)])
            found["s1"] = {
                Decision.BROKEN: matrix.BAD,
                Decision.CLEAN: matrix.GOOD,
                Decision.OPEN: matrix.UNDECIDED,
            }[decision]
        return found

    @cached_property
    def experimented(self) -> bool:
        """The 2x2 was run."""
        return bool(self.arm_connects)

    @cached_property
    def row(self) -> Row:
        """The row of the causal table that fits."""
        return matrix.read(self.arms)

    @cached_property
    def mechanism(self) -> Mechanism | None:
        """The commonest way of failing, over the base and the repetitions."""
        letters = [handshake_symbol(h) for h in self.failed]
        letters += [s for h in self.failed_arms if (s := handshake_symbol(h)) in MECHANISM_OF]
        return stream_mechanism(commonest(letters)) if letters else None

    @cached_property
    def fails_alike_elsewhere(self) -> bool:
        """The name fails at the control's address as it does at its own: not because that server
        refuses strange names in a way of its own."""
        there = [s for s in self.trials("s3") if s in MECHANISM_OF]
        return bool(there) and stream_mechanism(commonest(there)) is self.mechanism

    @cached_property
    def mitm_trigger(self) -> Trigger | None:
        """What the interceptor keys on: who signed the chains under other names and at other places."""
        mine = {self._issuer(h) for h in self.wrong_certificate} - {""}
        if not mine or not self.experimented:
            return None
        elsewhere = {self._issuer(h) for h in self.arm_handshakes.get("s3", [])}
        other_name = {self._issuer(h) for h in self.arm_handshakes.get("s2", [])}
        if elsewhere & mine:
            return Trigger.SNI
        if other_name & mine:
            return Trigger.IP
        return Trigger.SNI_AND_IP if elsewhere and other_name else None

    @staticmethod
    def _issuer(h: TLSHandshake) -> str:
        return describe_chain(h.peer_certificates).leaf.issuer if h.peer_certificates else ""

    @cached_property
    def intercepts_all(self) -> bool:
        """The control's own handshake is intercepted by the same authority: the whole line is."""
        mine = {self._issuer(h) for h in self.wrong_certificate} - {""}
        return any(self._issuer(h) in mine for h in self.arm_handshakes.get("s4", []))

    @cached_property
    def mitm_locus(self) -> Locus:
        """Who intercepts."""
        return Locus.LOCAL if self.local_label else Locus.NETWORK

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        first = self.failed[0] if self.failed else None
        issuer = next((i for h in self.wrong_certificate if (i := self._issuer(h))), "nobody")
        return {
            "host": self.hop.host,
            "endpoint": f"{first.ip} port {first.port}" if first else f"port {self.port}",
            "how": self.mechanism.value if self.mechanism else "failed",
            "issuer": issuer,
            "label": self.label.name if self.label else "an unknown authority",
            "row": self.row.says,
            "tries": str(1 + len(self.trials("s1"))),
        }

    @property
    def transactions(self) -> tuple[int, ...]:
        """See rule.View."""
        arms = [h for hs in self.arm_handshakes.values() for h in hs]
        return ids((*self.handshakes, *arms))
