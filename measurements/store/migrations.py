"""The database's shape, step by step. A released step is never changed.

Integer keys, STRICT, foreign keys, each with its column named (Datasette fails without). Rows of
one measurement lie together, clustered by (measurement_id, position), so that no second index is
paid for. A text that repeats (a name, an address, a failure, a sentence) stands once, in `strings`.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMA_VERSION = 3
APPLICATION_ID = 0x414E5951  # "ANYQ"
VIEWS = Path(__file__).with_name("views.sql")
ROLLUP_VIEWS = Path(__file__).parents[1] / "analysis" / "rollups.sql"

_STRING = "INTEGER NOT NULL REFERENCES strings(id)"
_STRING_OR_NULL = "INTEGER REFERENCES strings(id)"
_PART = "measurement_id INTEGER NOT NULL REFERENCES measurements(id), position INTEGER NOT NULL"
_WHEN = "t0 REAL NOT NULL, t REAL NOT NULL"
_WHICH = "depth INTEGER NOT NULL, arm_id INTEGER REFERENCES arms(id)"
_PK = "PRIMARY KEY (measurement_id, position)) STRICT, WITHOUT ROWID"
_ENDPOINT = f"transaction_id INTEGER NOT NULL, ip_id {_STRING}, port INTEGER NOT NULL"

_DICTIONARIES = (
    # ANY: text, or its UTF-8 with lone surrogates kept, as a blob (hostile documents have them)
    """CREATE TABLE strings (id INTEGER PRIMARY KEY, value ANY NOT NULL UNIQUE) STRICT""",
    f"""CREATE TABLE networks (id INTEGER PRIMARY KEY, asn INTEGER, cc_id {_STRING_OR_NULL},
        as_org_name_id {_STRING_OR_NULL}) STRICT""",
    "CREATE INDEX networks_by_asn ON networks (asn)",
    """CREATE TABLE targets (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE,
        category_code TEXT) STRICT""",
    f"""CREATE TABLE arms (id INTEGER PRIMARY KEY, experiment_id {_STRING}, name_id {_STRING},
        repetition INTEGER NOT NULL, UNIQUE (experiment_id, name_id, repetition)) STRICT""",
    """CREATE TABLE certificates (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE,
        der BLOB NOT NULL, subject TEXT, issuer TEXT, not_before TEXT, not_after TEXT) STRICT""",
    # a chain is named by the SHA-256 of its certificates' SHA-256
    """CREATE TABLE chains (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE) STRICT""",
    """CREATE TABLE chain_certificates (chain_id INTEGER NOT NULL REFERENCES chains(id),
        position INTEGER NOT NULL, certificate_id INTEGER NOT NULL REFERENCES certificates(id),
        PRIMARY KEY (chain_id, position))
        STRICT, WITHOUT ROWID""",
    # Resolvers mostly agree, today with yesterday too: a set of records is kept once, and named by
    # the hash of its members. Their TTLs, which differ, are in `packed`.
    """CREATE TABLE answer_sets (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE) STRICT""",
    f"""CREATE TABLE dns_answers (answer_set_id INTEGER NOT NULL REFERENCES answer_sets(id),
        position INTEGER NOT NULL, answer_type_id {_STRING}, value_id {_STRING},
        network_id INTEGER REFERENCES networks(id), PRIMARY KEY (answer_set_id, position))
        STRICT, WITHOUT ROWID""",
    """CREATE TABLE bodies (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE,
        deflated BLOB NOT NULL) STRICT""",
)

_RUNS = (
    """CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
        started_at TEXT NOT NULL, finished_at TEXT, software_version TEXT NOT NULL,
        measured INTEGER NOT NULL,
        failed INTEGER NOT NULL, interrupted INTEGER NOT NULL) STRICT""",
    # what an unfinished run still has to do; emptied when it ends whole
    """CREATE TABLE run_targets (run_id INTEGER NOT NULL REFERENCES runs(id),
        position INTEGER NOT NULL,
        target_id INTEGER NOT NULL REFERENCES targets(id), category_code TEXT,
        PRIMARY KEY (run_id, position))
        STRICT, WITHOUT ROWID""",
)

_MEASUREMENTS = (
    f"""CREATE TABLE measurements (id INTEGER PRIMARY KEY, measurement_uid TEXT NOT NULL UNIQUE,
        run_id INTEGER NOT NULL REFERENCES runs(id),
        target_id INTEGER NOT NULL REFERENCES targets(id),
        measurement_start_time TEXT NOT NULL, test_start_time_id {_STRING},
        test_runtime REAL NOT NULL,
        status TEXT, revision INTEGER, category_code TEXT,
        probe_network_id INTEGER NOT NULL REFERENCES networks(id),
        resolver_network_id INTEGER NOT NULL REFERENCES networks(id),
        resolver_ip_id {_STRING_OR_NULL},
        software_name_id {_STRING}, software_version_id {_STRING}, test_name_id {_STRING},
        test_version_id {_STRING}, report_id_id {_STRING}) STRICT""",
    "CREATE INDEX measurements_by_time ON measurements (measurement_start_time)",
    "CREATE INDEX measurements_by_status ON measurements (status, measurement_start_time)",
    "CREATE INDEX measurements_by_target ON measurements (target_id, measurement_start_time)",
    "CREATE INDEX measurements_by_run ON measurements (run_id)",
    # headers, network events, raw DNS answers, the control's details: see packed.py
    """CREATE TABLE packed (measurement_id INTEGER PRIMARY KEY REFERENCES measurements(id),
        data BLOB NOT NULL) STRICT""",
    f"""CREATE TABLE findings ({_PART}, kind_id {_STRING}, says_id {_STRING},
        subject_id {_STRING_OR_NULL},
        {_PK}""",
    f"""CREATE TABLE verdicts (measurement_id INTEGER NOT NULL REFERENCES measurements(id),
        revision INTEGER NOT NULL, rules_version INTEGER NOT NULL, status TEXT NOT NULL,
        layer TEXT,
        mechanism TEXT, trigger TEXT, locus TEXT NOT NULL, confidence REAL NOT NULL,
        summary_id {_STRING},
        reason_id {_STRING_OR_NULL}, label_id {_STRING_OR_NULL}, layers_id {_STRING},
        partial_id {_STRING_OR_NULL},
        accessible INTEGER, blocking ANY, PRIMARY KEY (measurement_id, revision)) STRICT,
        WITHOUT ROWID""",
    f"""CREATE TABLE evidence (measurement_id INTEGER NOT NULL, revision INTEGER NOT NULL,
        position INTEGER NOT NULL, rule_id {_STRING}, says_id {_STRING},
        transactions TEXT NOT NULL,
        PRIMARY KEY (measurement_id, revision, position),
        FOREIGN KEY (measurement_id, revision) REFERENCES verdicts(measurement_id,
        revision)) STRICT, WITHOUT ROWID""",
)

_RECORDS = (
    f"""CREATE TABLE dns_queries ({_PART}, transaction_id INTEGER NOT NULL, engine_id {_STRING},
        role_id {_STRING}, resolver_address_id {_STRING}, hostname_id {_STRING},
        query_type_id {_STRING},
        {_WHEN}, failure_id {_STRING_OR_NULL}, rcode INTEGER,
        answer_set_id INTEGER REFERENCES answer_sets(id), late INTEGER NOT NULL, {_WHICH},
        {_PK}""",
    f"""CREATE TABLE tcp_connects ({_PART}, {_ENDPOINT}, {_WHEN}, failure_id {_STRING_OR_NULL},
        {_WHICH},
        {_PK}""",
    f"""CREATE TABLE tls_handshakes ({_PART}, {_ENDPOINT}, server_name_id {_STRING}, {_WHEN},
        failure_id {_STRING_OR_NULL}, tls_version_id {_STRING}, cipher_suite_id {_STRING},
        negotiated_protocol_id {_STRING}, chain_id INTEGER REFERENCES chains(id),
        no_tls_verify INTEGER NOT NULL,
        hello_id {_STRING}, last_operation_id {_STRING}, bytes_sent INTEGER NOT NULL,
        bytes_received INTEGER NOT NULL, {_WHICH}, {_PK}""",
    f"""CREATE TABLE quic_handshakes ({_PART}, {_ENDPOINT}, server_name_id {_STRING}, {_WHEN},
        failure_id {_STRING_OR_NULL}, negotiated_protocol_id {_STRING},
        chain_id INTEGER REFERENCES chains(id),
        {_WHICH}, {_PK}""",
    f"""CREATE TABLE http_transactions ({_PART}, transaction_id INTEGER NOT NULL, url_id {_STRING},
        ip_id {_STRING}, port INTEGER NOT NULL, {_WHEN}, failure_id {_STRING_OR_NULL},
        method_id {_STRING},
        status_code INTEGER, body_id INTEGER REFERENCES bodies(id), body_length INTEGER NOT NULL,
        body_is_truncated INTEGER NOT NULL, body_sha256 ANY, title_id {_STRING_OR_NULL},
        alpn_id {_STRING},
        {_WHICH}, {_PK}""",
    f"""CREATE TABLE controls ({_PART}, depth INTEGER NOT NULL, url_id {_STRING},
        failure_id {_STRING_OR_NULL}, address_id {_STRING_OR_NULL},
        dns_failure_id {_STRING_OR_NULL},
        http_failure_id {_STRING_OR_NULL}, status_code INTEGER, title_id {_STRING_OR_NULL},
        body_length INTEGER, body_sha256 ANY, http_runtime REAL, runtime REAL, {_PK}""",
    f"""CREATE TABLE path_hops ({_PART}, transaction_id INTEGER NOT NULL, ttl INTEGER NOT NULL,
        ip_id {_STRING_OR_NULL}, network_id INTEGER REFERENCES networks(id), t REAL, icmp INTEGER,
        {_PK}""",
)

# Filled by jobs that come later; here so that readers of the file can rely on them.
_LATER = (
    """CREATE TABLE legal_events (id INTEGER PRIMARY KEY, cc TEXT NOT NULL, date TEXT NOT NULL,
        title TEXT NOT NULL, url TEXT, target_id INTEGER REFERENCES targets(id)) STRICT""",
    """CREATE TABLE registry_entries (id INTEGER PRIMARY KEY, cc TEXT NOT NULL,
        source TEXT NOT NULL,
        entry TEXT NOT NULL, listed_from TEXT, listed_until TEXT,
        target_id INTEGER REFERENCES targets(id)) STRICT""",
    """CREATE TABLE outbox (measurement_id INTEGER PRIMARY KEY REFERENCES measurements(id),
        state TEXT NOT NULL, attempts INTEGER NOT NULL, last_answer TEXT,
        next_attempt_at TEXT) STRICT""",
    """CREATE TABLE daily (day TEXT NOT NULL, target_id INTEGER NOT NULL REFERENCES targets(id),
        network_id INTEGER NOT NULL REFERENCES networks(id), n INTEGER NOT NULL,
        accessible INTEGER NOT NULL,
        blocked INTEGER NOT NULL, throttled INTEGER NOT NULL, server_side INTEGER NOT NULL,
        down INTEGER NOT NULL, inconclusive INTEGER NOT NULL, PRIMARY KEY (day, target_id,
        network_id))
        STRICT, WITHOUT ROWID""",
)


def first(db: "Database") -> None:
    """Version 1."""
    for statement in (*_DICTIONARIES, *_RUNS, *_MEASUREMENTS, *_RECORDS, *_LATER):
        db.conn.execute(statement)


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


# What happened around the measurements. Beside them, never their cause. Events and entries name hosts,
# targets are URLs: `target_names` holds the names under which a target may be listed, its own host
# (without www.) and the parents of that up to the registrable domain.
_CONTEXT = (
    "DROP TABLE legal_events",  # nothing ever wrote to these two
    "DROP TABLE registry_entries",
    """CREATE TABLE legal_events (id TEXT NOT NULL PRIMARY KEY, cc TEXT NOT NULL, kind TEXT NOT NULL,
        date TEXT NOT NULL, until TEXT, precision TEXT NOT NULL, also_dated TEXT,
        confirmed INTEGER NOT NULL, title TEXT NOT NULL, title_ru TEXT, title_kk TEXT,
        says TEXT NOT NULL, category_code TEXT, sources TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE legal_event_hosts (event_id TEXT NOT NULL REFERENCES legal_events(id),
        host TEXT NOT NULL, PRIMARY KEY (event_id, host)) STRICT, WITHOUT ROWID""",
    # `listed_from` and `last_seen`: the first and the last copy that has it; `listed_until`: the
    # first whole copy after that, which has not.
    """CREATE TABLE registry_entries (source TEXT NOT NULL, entry TEXT NOT NULL, cc TEXT NOT NULL,
        host TEXT NOT NULL, name TEXT, url TEXT, category TEXT, court TEXT, decided_on TEXT,
        document TEXT, listed_from TEXT NOT NULL, last_seen TEXT NOT NULL, listed_until TEXT,
        PRIMARY KEY (source, entry)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX registry_entries_by_host ON registry_entries (host)",
    """CREATE TABLE registry_copies (source TEXT NOT NULL, date TEXT NOT NULL,
        is_whole INTEGER NOT NULL, PRIMARY KEY (source, date)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE target_names (target_id INTEGER NOT NULL REFERENCES targets(id),
        name TEXT NOT NULL, relation TEXT NOT NULL CHECK (relation IN ('host', 'parent')),
        PRIMARY KEY (target_id, name)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX target_names_by_name ON target_names (name)",
)


def context(db: "Database") -> None:
    """Legal events, a registry's entries, and the names by which targets are found in them."""
    for statement in _CONTEXT:
        db.conn.execute(statement)


# What the site reads instead of counting (measurements/analysis/rollup.py; design/0011). `touched` is which
# (network, day) something happened in, the newest `seq` last: what is made from measurements is made anew for
# these only. It is kept by triggers, so that nobody who writes can forget it.
_TOUCH = """INSERT INTO touched (network_id, day, seq)
    VALUES ({row}.probe_network_id, substr({row}.measurement_start_time, 1, 10),
        (SELECT ifnull(max(seq), 0) + 1 FROM touched))
    ON CONFLICT (network_id, day) DO UPDATE SET seq = excluded.seq"""
_TOUCH_BY_KEY = """INSERT INTO touched (network_id, day, seq)
    SELECT probe_network_id, substr(measurement_start_time, 1, 10),
        (SELECT ifnull(max(seq), 0) + 1 FROM touched)
    FROM measurements WHERE id = new.measurement_id
    ON CONFLICT (network_id, day) DO UPDATE SET seq = excluded.seq"""
_HOW = "status TEXT, layer TEXT, mechanism TEXT"
_CELL = """target_id INTEGER NOT NULL REFERENCES targets(id),
        network_id INTEGER NOT NULL REFERENCES networks(id)"""
_STATUSES = """accessible INTEGER NOT NULL, blocked INTEGER NOT NULL, throttled INTEGER NOT NULL,
        server_side INTEGER NOT NULL, down INTEGER NOT NULL, inconclusive INTEGER NOT NULL"""
_ROLLUPS = (
    "DROP INDEX measurements_by_network",
    "CREATE INDEX measurements_by_network ON measurements (probe_network_id, target_id)",
    "CREATE INDEX daily_by_target ON daily (target_id, network_id, day)",
    "CREATE INDEX received_by_day ON received (day)",
    """CREATE TABLE touched (network_id INTEGER NOT NULL, day TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (network_id, day)) STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX touched_by_seq ON touched (seq)",
    f"CREATE TRIGGER touched_by_insert AFTER INSERT ON measurements BEGIN {_TOUCH.format(row='new')}; END",
    f"CREATE TRIGGER touched_by_delete AFTER DELETE ON measurements BEGIN {_TOUCH.format(row='old')}; END",
    "CREATE TRIGGER touched_by_verdict AFTER UPDATE OF status, revision ON measurements"
    f" BEGIN {_TOUCH.format(row='new')}; END",
    f"CREATE TRIGGER touched_by_quarantine AFTER INSERT ON quarantine BEGIN {_TOUCH_BY_KEY}; END",
    "CREATE TRIGGER touched_by_release AFTER UPDATE OF released_by ON quarantine"
    f" BEGIN {_TOUCH_BY_KEY}; END",
    """INSERT INTO touched SELECT network_id, day, row_number() OVER (ORDER BY day, network_id) FROM
        (SELECT DISTINCT probe_network_id AS network_id, substr(measurement_start_time, 1, 10) AS day
        FROM measurements)""",
    # up to which `seq` (and of a collector's file: day) it was read
    "CREATE TABLE rollup_state (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    # `senders` is null where it is not known, or may not be told
    f"""CREATE TABLE network_days (network_id INTEGER NOT NULL REFERENCES networks(id),
        day TEXT NOT NULL, n INTEGER NOT NULL, targets INTEGER NOT NULL, {_STATUSES},
        senders INTEGER, PRIMARY KEY (network_id, day)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX network_days_by_day ON network_days (day)",
    """CREATE TABLE mechanism_months (month TEXT NOT NULL,
        network_id INTEGER NOT NULL REFERENCES networks(id), status TEXT NOT NULL,
        layer TEXT NOT NULL, mechanism TEXT NOT NULL, n INTEGER NOT NULL, targets INTEGER NOT NULL,
        PRIMARY KEY (layer, mechanism, status, month, network_id)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX mechanism_months_by_network ON mechanism_months (network_id, month)",
    # times in one state (`state` open, mixed, interfered), by votes: analysis/changes.py says what that is
    f"""CREATE TABLE states ({_CELL}, position INTEGER NOT NULL, state TEXT NOT NULL, {_HOW},
        since TEXT NOT NULL, until TEXT NOT NULL, votes INTEGER NOT NULL, agree INTEGER NOT NULL,
        senders INTEGER, PRIMARY KEY (target_id, network_id, position)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX states_by_network ON states (network_id, since)",
    f"""CREATE TABLE changes ({_CELL}, position INTEGER NOT NULL, kind TEXT NOT NULL,
        not_before TEXT NOT NULL, not_after TEXT NOT NULL, state TEXT NOT NULL, {_HOW},
        status_before TEXT, layer_before TEXT, mechanism_before TEXT,
        votes_before INTEGER NOT NULL, agree_before INTEGER NOT NULL, votes_after INTEGER NOT NULL,
        agree_after INTEGER NOT NULL, senders INTEGER, confidence REAL NOT NULL,
        PRIMARY KEY (target_id, network_id, position)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX changes_by_time ON changes (not_after)",
    "CREATE INDEX changes_by_network ON changes (network_id, not_after)",
    # `state` is null where too little was seen. The measurement is the newest that shows the state.
    f"""CREATE TABLE latest ({_CELL}, state TEXT, {_HOW}, not_before TEXT, since TEXT, seen TEXT,
        votes INTEGER NOT NULL, agree INTEGER NOT NULL, senders INTEGER, last_status TEXT,
        first_measured TEXT NOT NULL, last_measured TEXT NOT NULL, n INTEGER NOT NULL, {_STATUSES},
        measurement_id INTEGER NOT NULL, PRIMARY KEY (target_id, network_id)) STRICT,
        WITHOUT ROWID""",
    "CREATE INDEX latest_by_network ON latest (network_id, state)",
    "CREATE INDEX latest_by_mechanism ON latest (state, layer, mechanism)",
)


def rollups(db: "Database") -> None:
    """What the site reads, and what must be counted again for it."""
    for statement in _ROLLUPS:
        db.conn.execute(statement)


STEPS = (first, second, context, rollups)


def statements(script: str) -> list[str]:
    """The single statements of a script (executescript would commit in the middle of a step)."""
    out, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            out.append(pending.strip())
            pending = ""
    return out


def version_of(conn: sqlite3.Connection) -> int:
    """The schema version of the open file; 0 for a new one."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def migrate(conn: sqlite3.Connection, *, before: Callable[[], object] = lambda: None) -> None:
    """Bring the file to SCHEMA_VERSION, whole or not at all, one process at a time.

    `before` is called, while nobody can write, if the file has something to lose.
    """
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - a tenth of a second, once

    conn.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(conn)
        if version < SCHEMA_VERSION:
            if version:
                before()
            migrations = Migrations("anyqta")
            for step in STEPS:
                migrations()(step)
            migrations.apply(Database(conn, execute_plugins=False))
            views = [
                s[0] for s in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
            ]
            for name in views:
                conn.execute(f'DROP VIEW "{name}"')
            for statement in statements(VIEWS.read_text("utf-8") + ROLLUP_VIEWS.read_text("utf-8")):
                conn.execute(statement)
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
