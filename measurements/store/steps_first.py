"""Version 1: measurements and what was recorded in them. Released: never changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

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
