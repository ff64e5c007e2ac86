"""Rows back into a Measurement, equal to the one that was saved."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from measurements.schema.measurement import Control, ControlFailed, Finding, Measurement
from measurements.schema.records import (
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.store.lookup import Lookup
from measurements.store.packed import Unpacked, answered

T = TypeVar("T")
_Row = tuple[Any, ...]


class Loader:
    """Reads measurements; remembers the texts that it met, up to a bound."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Read from `conn`."""
        self._conn = conn
        self._known = Lookup(conn)

    def load(self, key: int) -> Measurement:
        """The measurement with this key, which must exist."""
        row = self._rows(
            "SELECT m.*, r.run_id, t.url FROM measurements m JOIN runs r ON r.id = m.run_id"
            " JOIN targets t ON t.id = m.target_id WHERE m.id = ?",
            key,
        )[0]
        _, uid, _, _, start, test_start, runtime, _, revision, category, *rest = row
        probe, resolver, resolver_ip, name, version, test_name, test_version, *last = rest
        report, run_id, url = last
        blob = self._rows("SELECT data FROM packed WHERE measurement_id = ?", key)
        packed = Unpacked(blob[0][0] if blob else None)
        records = self._records(key, packed)
        return Measurement(
            measurement_uid=uid,
            run_id=run_id,
            input=url,
            measurement_start_time=start,
            test_start_time=self._known.text(test_start),
            test_runtime=runtime,
            software_name=self._known.text(name),
            software_version=self._known.text(version),
            test_name=self._known.text(test_name),
            test_version=self._known.text(test_version),
            category_code=category,
            probe=self._known.network(probe),
            resolver=self._known.network(resolver),
            report_id=self._known.text(report),
            resolver_ip=self._known.opt(resolver_ip),
            annotations=packed.annotations(),
            findings=self._findings(key),
            records=records,
            controls=tuple(self._control(row, packed) for row in self._part("controls", key)),
            verdict=None if revision is None else self.verdict(key, revision),
        )

    def _findings(self, key: int) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                kind=self._known.text(kind),
                says=self._known.text(says),
                subject=self._known.opt(subject),
            )
            for _, _, kind, says, subject in self._part("findings", key)
        )

    def verdict(self, key: int, revision: int) -> Verdict:
        """One verdict of a measurement."""
        where = "WHERE measurement_id = ? AND revision = ?"
        (
            _,
            _,
            rules_version,
            status,
            layer,
            mechanism,
            trigger,
            locus,
            confidence,
            summary,
            reason,
            label,
            layers,
            partial,
            accessible,
            blocking,
        ) = self._rows(f"SELECT * FROM verdicts {where}", key, revision)[0]  # noqa: S608 - our own text
        evidence = self._rows(
            f"SELECT rule_id, says_id, transactions FROM evidence {where} ORDER BY position",  # noqa: S608
            key,
            revision,
        )
        return Verdict(
            status=Status(status),
            layer=_word(Layer, layer),
            mechanism=_word(Mechanism, mechanism),
            trigger=_word(Trigger, trigger),
            locus=Locus(locus),
            confidence=confidence,
            summary=self._known.text(summary),
            rules_version=rules_version,
            reason=self._known.opt(reason),
            label=self._known.opt(label),
            evidence=tuple(
                Evidence(
                    rule_id=self._known.text(r),
                    says=self._known.text(s),
                    transactions=tuple(json.loads(t)),
                )
                for r, s, t in evidence
            ),
            layers=_layers(self._known.text(layers)),
            partial=() if partial is None else _partial(self._known.text(partial)),
            accessible=None if accessible is None else bool(accessible),
            blocking=bool(blocking) if isinstance(blocking, int) else blocking,
        )

    def _records(self, key: int, packed: Unpacked) -> Records:
        queries = self._part("dns_queries", key)
        raw = packed.raw_responses(len(queries))
        return Records(
            queries=tuple(
                self._query(row, packed.ttls(i), raw[i]) for i, row in enumerate(queries)
            ),
            tcp_connects=tuple(self._connect(row) for row in self._part("tcp_connects", key)),
            tls_handshakes=tuple(self._tls(row) for row in self._part("tls_handshakes", key)),
            quic_handshakes=tuple(self._quic(row) for row in self._part("quic_handshakes", key)),
            http_transactions=tuple(
                self._http(row, packed) for row in self._part("http_transactions", key)
            ),
            network_events=packed.events(),
        )

    def _query(self, row: _Row, ttls: list[int | None] | None, raw: bytes | None) -> DNSQuery:
        (
            _,
            _,
            tid,
            engine,
            role,
            resolver,
            host,
            kind,
            t0,
            t,
            failure,
            rcode,
            answer_set,
            late,
            depth,
            arm,
        ) = row
        return DNSQuery(
            transaction_id=tid,
            engine=self._known.text(engine),
            role=self._known.text(role),
            resolver_address=self._known.text(resolver),
            hostname=self._known.text(host),
            query_type=self._known.text(kind),
            t0=t0,
            t=t,
            failure=self._known.opt(failure),
            rcode=rcode,
            answers=self._known.answers(answer_set, ttls),
            raw_response=raw,
            late=bool(late),
            depth=depth,
            arm=self._known.arm(arm),
        )

    def _connect(self, row: _Row) -> TCPConnect:
        _, _, tid, ip, port, t0, t, failure, depth, arm = row
        return TCPConnect(
            transaction_id=tid,
            ip=self._known.text(ip),
            port=port,
            t0=t0,
            t=t,
            failure=self._known.opt(failure),
            depth=depth,
            arm=self._known.arm(arm),
        )

    def _tls(self, row: _Row) -> TLSHandshake:
        (
            _,
            _,
            tid,
            ip,
            port,
            name,
            t0,
            t,
            failure,
            version,
            cipher,
            alpn,
            chain,
            unverified,
            hello,
            last,
            sent,
            received,
            depth,
            arm,
        ) = row
        return TLSHandshake(
            transaction_id=tid,
            ip=self._known.text(ip),
            port=port,
            server_name=self._known.text(name),
            t0=t0,
            t=t,
            failure=self._known.opt(failure),
            tls_version=self._known.text(version),
            cipher_suite=self._known.text(cipher),
            negotiated_protocol=self._known.text(alpn),
            peer_certificates=self._known.chain(chain),
            no_tls_verify=bool(unverified),
            hello=self._known.text(hello),
            last_operation=self._known.text(last),
            bytes_sent=sent,
            bytes_received=received,
            depth=depth,
            arm=self._known.arm(arm),
        )

    def _quic(self, row: _Row) -> QUICHandshake:
        _, _, tid, ip, port, name, t0, t, failure, alpn, chain, depth, arm = row
        return QUICHandshake(
            transaction_id=tid,
            ip=self._known.text(ip),
            port=port,
            server_name=self._known.text(name),
            t0=t0,
            t=t,
            failure=self._known.opt(failure),
            negotiated_protocol=self._known.text(alpn),
            peer_certificates=self._known.chain(chain),
            depth=depth,
            arm=self._known.arm(arm),
        )

    def _http(self, row: _Row, packed: Unpacked) -> HTTPTransaction:
        (
            _,
            position,
            tid,
            url,
            ip,
            port,
            t0,
            t,
            failure,
            method,
            status,
            body,
            length,
            truncated,
            sha256,
            title,
            alpn,
            depth,
            arm,
        ) = row
        request_headers, headers = packed.headers(position)
        return HTTPTransaction(
            transaction_id=tid,
            url=self._known.text(url),
            ip=self._known.text(ip),
            port=port,
            t0=t0,
            t=t,
            failure=self._known.opt(failure),
            method=self._known.text(method),
            request_headers=request_headers,
            status_code=status,
            headers=headers,
            body=None if body is None else self._known.body(body),
            body_length=length,
            body_is_truncated=bool(truncated),
            body_sha256=_hash(sha256),
            title=self._known.opt(title),
            alpn=self._known.text(alpn),
            depth=depth,
            arm=self._known.arm(arm),
            features=packed.features(position),
        )

    def _control(self, row: _Row, packed: Unpacked) -> Control:
        (
            _,
            position,
            depth,
            url,
            failure,
            address,
            dns_failure,
            http_failure,
            status,
            title,
            length,
            sha256,
            http_runtime,
            runtime,
        ) = row
        if failure is not None:
            return ControlFailed(
                depth=depth, url=self._known.text(url), failure=self._known.text(failure)
            )
        columns = {
            "depth": depth,
            "url": self._known.text(url),
            "address": self._known.text(address),
            "dns_failure": self._known.opt(dns_failure),
            "http_failure": self._known.opt(http_failure),
            "status_code": status,
            "title": self._known.text(title),
            "body_length": length,
            "body_sha256": _hash(sha256),
            "http_runtime": http_runtime,
            "runtime": runtime,
        }
        return answered(columns, packed.control(position))

    def _part(self, table: str, key: int) -> list[Any]:
        where = "WHERE measurement_id = ? ORDER BY position"
        return self._rows(f"SELECT * FROM {table} {where}", key)  # noqa: S608 - our own names

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._conn.execute(sql, values).fetchall()


def _layers(text: str) -> tuple[LayerOutcome, ...]:
    return tuple(
        LayerOutcome(
            layer=Layer(name),
            outcome=Outcome(outcome),
            mechanism=_word(Mechanism, how),
            trigger=_word(Trigger, on),
        )
        for name, outcome, how, on in json.loads(text)
    )


def _partial(text: str) -> tuple[Partial, ...]:
    return tuple(
        Partial(layer=Layer(name), mechanism=Mechanism(how), where=where)
        for name, how, where in json.loads(text)
    )


def _word(kind: Callable[[str], T], value: str | None) -> T | None:
    return None if value is None else kind(value)


def _hash(value: str | bytes | None) -> str | None:
    return value.hex() if isinstance(value, bytes) else value
