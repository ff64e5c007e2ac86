"""What probes and collectors keep to exchange measurements: version 2, and what came later."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_EXCHANGE = (
    "DROP TABLE outbox",  # nothing ever wrote to it
    # A collector that this probe knows; its key is noted when it is first met, and held against it.
    """CREATE TABLE collectors (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, public_key BLOB,
        met_on TEXT) STRICT""",
    # Each collector is owed each measurement by itself: one that lies takes nothing from another.
    # `withdraw_secret` is what lets its owner, and nobody else, have it deleted there.
    """CREATE TABLE outbox (measurement_id INTEGER NOT NULL REFERENCES measurements(id),
        collector_id INTEGER NOT NULL REFERENCES collectors(id), state TEXT NOT NULL
        CHECK (state IN ('waiting', 'sent', 'accepted', 'duplicate', 'rejected', 'withdrawn')),
        attempts INTEGER NOT NULL, withdraw_secret BLOB NOT NULL, last_answer TEXT,
        last_attempt_at TEXT, next_attempt_at TEXT,
        PRIMARY KEY (measurement_id, collector_id)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX outbox_by_state ON outbox (collector_id, state, next_attempt_at)",
    # What follows is a collector's. A sender is a key, and a key lasts a month.
    """CREATE TABLE senders (id INTEGER PRIMARY KEY, key_sha256 BLOB NOT NULL UNIQUE,
        first_day TEXT NOT NULL, invited INTEGER NOT NULL) STRICT""",
    # Days, not times: who came when is nobody's business. `network_agrees` is whether the network
    # that it came from is the one it claims (null: not known), which network that was is not kept.
    """CREATE TABLE received (measurement_id INTEGER PRIMARY KEY REFERENCES measurements(id),
        content_sha256 BLOB NOT NULL, sender_id INTEGER REFERENCES senders(id), day TEXT NOT NULL,
        protocol TEXT NOT NULL, withdraw_sha256 BLOB, network_agrees INTEGER) STRICT""",
    "CREATE INDEX received_by_sender ON received (sender_id)",
    # A sender's own verdict, as JSON: kept, never believed. Null: the same as the collector's first.
    """CREATE TABLE claims (measurement_id INTEGER PRIMARY KEY REFERENCES measurements(id),
        verdict TEXT) STRICT""",
    # What strangers sent; hidden until enough of them, or the operator, support it (`released_by`;
    # the row stays, so that later ones find its sender counted). The columns say what
    # is claimed: this target, on this network, is (by our own judgement) so.
    """CREATE TABLE quarantine (measurement_id INTEGER PRIMARY KEY REFERENCES measurements(id),
        target_id INTEGER NOT NULL, asn INTEGER NOT NULL, status TEXT NOT NULL,
        layer TEXT NOT NULL, mechanism TEXT NOT NULL, sender_id INTEGER, day TEXT NOT NULL,
        released_by TEXT CHECK (released_by IN ('senders', 'operator'))) STRICT""",
    # its newest sender first, each with the last day: k senders are found by k short searches
    """CREATE INDEX quarantine_by_claim ON quarantine (target_id, asn, status, layer, mechanism,
        sender_id, day)""",
    """CREATE INDEX quarantine_hidden ON quarantine (target_id, asn, status, layer, mechanism)
        WHERE released_by IS NULL""",
    """CREATE TABLE withdrawn (withdraw_sha256 BLOB PRIMARY KEY, day TEXT NOT NULL) STRICT,
        WITHOUT ROWID""",
    """CREATE TABLE invites (id BLOB PRIMARY KEY, used INTEGER NOT NULL, most INTEGER NOT NULL,
        revoked INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    # How often numbers became free: whoever remembers what they stood for must forget it then. One
    # row, made by the first deletion.
    """CREATE TABLE deletions (id INTEGER PRIMARY KEY CHECK (id = 1), parts INTEGER NOT NULL,
        texts INTEGER NOT NULL) STRICT""",
    # Does anybody else use this body, chain, certificate? (asked when a measurement is deleted)
    "CREATE INDEX http_by_body ON http_transactions (body_id) WHERE body_id IS NOT NULL",
    "CREATE INDEX tls_by_chain ON tls_handshakes (chain_id) WHERE chain_id IS NOT NULL",
    "CREATE INDEX quic_by_chain ON quic_handshakes (chain_id) WHERE chain_id IS NOT NULL",
    "CREATE INDEX chains_by_certificate ON chain_certificates (certificate_id)",
    "CREATE INDEX dns_by_answers ON dns_queries (answer_set_id) WHERE answer_set_id IS NOT NULL",
    # Does anything that may be seen come from this network?
    "CREATE INDEX measurements_by_network ON measurements (probe_network_id)",
    "CREATE INDEX measurements_by_resolver ON measurements (resolver_network_id)",
)


def second(db: "Database") -> None:
    """Version 2: an outbox for each collector, and what a collector keeps."""
    for statement in _EXCHANGE:
        db.conn.execute(statement)


_ALONE = (
    # Whether its sender agreed that it is published although nobody else measured there that day.
    "ALTER TABLE received ADD COLUMN alone INTEGER NOT NULL DEFAULT 0",
)


def alone(db: "Database") -> None:
    """A sender's yes to being published alone; of what was received before, nobody had said it."""
    for statement in _ALONE:
        db.conn.execute(statement)
