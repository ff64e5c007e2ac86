-- What people read: the same facts with the numbers put back into words.
-- The site and `explore` read these views and nothing of our code.
-- What strangers sent to a collector, and nobody supports yet (`quarantine`), is in none of them: each
-- goes through visible_measurements, and a name that only hidden measurements use is not shown either.

CREATE VIEW visible_measurements AS
SELECT m.* FROM measurements m
WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.measurement_id = m.id AND q.released_by IS NULL);

CREATE VIEW visible_targets AS
SELECT t.* FROM targets t
WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.target_id = t.id AND q.released_by IS NULL)
  OR EXISTS (SELECT 1 FROM visible_measurements m WHERE m.target_id = t.id);

-- Networks that something was measured in, or whose resolver was asked.
CREATE VIEW networks_view AS
SELECT n.id AS network_id, n.asn, cc.value AS cc, org.value AS as_org_name
FROM networks n
LEFT JOIN strings cc ON cc.id = n.cc_id
LEFT JOIN strings org ON org.id = n.as_org_name_id
WHERE EXISTS (SELECT 1 FROM visible_measurements m WHERE m.probe_network_id = n.id)
  OR EXISTS (SELECT 1 FROM visible_measurements m WHERE m.resolver_network_id = n.id);

-- The CAST keeps SQLite from beginning with the network: a large one's would all be sorted for one page.
CREATE VIEW measurements_view AS
SELECT m.measurement_uid, t.url, m.measurement_start_time, m.status, v.layer, v.mechanism, v.trigger,
  v.locus, v.confidence, s.value AS summary, reason.value AS reason, label.value AS label,
  m.category_code, r.run_id, m.test_runtime,
  CAST(p.asn AS INTEGER) AS probe_asn, pc.value AS probe_cc, po.value AS probe_network,
  q.asn AS resolver_asn, qo.value AS resolver_network,
  v.accessible, v.blocking, v.rules_version, m.id AS measurement_id
FROM visible_measurements m
JOIN targets t ON t.id = m.target_id
JOIN runs r ON r.id = m.run_id
JOIN networks p ON p.id = m.probe_network_id
LEFT JOIN strings pc ON pc.id = p.cc_id
LEFT JOIN strings po ON po.id = p.as_org_name_id
JOIN networks q ON q.id = m.resolver_network_id
LEFT JOIN strings qo ON qo.id = q.as_org_name_id
LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision
LEFT JOIN strings s ON s.id = v.summary_id
LEFT JOIN strings reason ON reason.id = v.reason_id
LEFT JOIN strings label ON label.id = v.label_id;

CREATE VIEW verdicts_view AS
SELECT m.measurement_uid, v.revision, v.revision = m.revision AS is_current, v.rules_version, v.status,
  v.layer, v.mechanism, v.trigger, v.locus, v.confidence, s.value AS summary,
  layers.value AS layers, partial.value AS partial
FROM verdicts v
JOIN visible_measurements m ON m.id = v.measurement_id
JOIN strings s ON s.id = v.summary_id
JOIN strings layers ON layers.id = v.layers_id
LEFT JOIN strings partial ON partial.id = v.partial_id;

CREATE VIEW evidence_view AS
SELECT m.measurement_uid, e.position, rule.value AS rule_id, says.value AS says, e.transactions
FROM evidence e
JOIN visible_measurements m ON m.id = e.measurement_id AND m.revision = e.revision
JOIN strings rule ON rule.id = e.rule_id
JOIN strings says ON says.id = e.says_id;

CREATE VIEW findings_view AS
SELECT m.measurement_uid, f.position, kind.value AS kind, says.value AS says, subject.value AS subject
FROM findings f
JOIN visible_measurements m ON m.id = f.measurement_id
JOIN strings kind ON kind.id = f.kind_id
JOIN strings says ON says.id = f.says_id
LEFT JOIN strings subject ON subject.id = f.subject_id;

CREATE VIEW dns_view AS
SELECT m.measurement_uid, d.position, d.t0, d.t, engine.value AS engine, role.value AS role,
  resolver.value AS resolver, host.value AS hostname, type.value AS query_type,
  failure.value AS failure, d.rcode, d.late,
  (SELECT group_concat(s.value, ' ') FROM dns_answers x JOIN strings s ON s.id = x.value_id
   WHERE x.answer_set_id = d.answer_set_id) AS answers,
  d.depth, experiment.value AS experiment, arm.value AS arm, a.repetition, d.transaction_id
FROM dns_queries d
JOIN visible_measurements m ON m.id = d.measurement_id
JOIN strings engine ON engine.id = d.engine_id
JOIN strings role ON role.id = d.role_id
JOIN strings resolver ON resolver.id = d.resolver_address_id
JOIN strings host ON host.id = d.hostname_id
JOIN strings type ON type.id = d.query_type_id
LEFT JOIN strings failure ON failure.id = d.failure_id
LEFT JOIN arms a ON a.id = d.arm_id
LEFT JOIN strings experiment ON experiment.id = a.experiment_id
LEFT JOIN strings arm ON arm.id = a.name_id;

CREATE VIEW tcp_view AS
SELECT m.measurement_uid, c.position, c.t0, c.t, ip.value AS ip, c.port, failure.value AS failure,
  c.depth, experiment.value AS experiment, arm.value AS arm, a.repetition, c.transaction_id
FROM tcp_connects c
JOIN visible_measurements m ON m.id = c.measurement_id
JOIN strings ip ON ip.id = c.ip_id
LEFT JOIN strings failure ON failure.id = c.failure_id
LEFT JOIN arms a ON a.id = c.arm_id
LEFT JOIN strings experiment ON experiment.id = a.experiment_id
LEFT JOIN strings arm ON arm.id = a.name_id;

CREATE VIEW tls_view AS
SELECT m.measurement_uid, h.position, h.t0, h.t, ip.value AS ip, h.port, name.value AS server_name,
  failure.value AS failure, last.value AS last_operation, version.value AS tls_version,
  hello.value AS hello, h.bytes_sent, h.bytes_received, leaf.subject, leaf.issuer, leaf.not_after,
  h.chain_id, h.depth, experiment.value AS experiment, arm.value AS arm, a.repetition, h.transaction_id
FROM tls_handshakes h
JOIN visible_measurements m ON m.id = h.measurement_id
JOIN strings ip ON ip.id = h.ip_id
JOIN strings name ON name.id = h.server_name_id
JOIN strings version ON version.id = h.tls_version_id
JOIN strings hello ON hello.id = h.hello_id
JOIN strings last ON last.id = h.last_operation_id
LEFT JOIN strings failure ON failure.id = h.failure_id
LEFT JOIN chain_certificates cc ON cc.chain_id = h.chain_id AND cc.position = 0
LEFT JOIN certificates leaf ON leaf.id = cc.certificate_id
LEFT JOIN arms a ON a.id = h.arm_id
LEFT JOIN strings experiment ON experiment.id = a.experiment_id
LEFT JOIN strings arm ON arm.id = a.name_id;

CREATE VIEW quic_view AS
SELECT m.measurement_uid, h.position, h.t0, h.t, ip.value AS ip, h.port, name.value AS server_name,
  failure.value AS failure, h.chain_id, h.depth, experiment.value AS experiment, arm.value AS arm, a.repetition, h.transaction_id
FROM quic_handshakes h
JOIN visible_measurements m ON m.id = h.measurement_id
JOIN strings ip ON ip.id = h.ip_id
JOIN strings name ON name.id = h.server_name_id
LEFT JOIN strings failure ON failure.id = h.failure_id
LEFT JOIN arms a ON a.id = h.arm_id
LEFT JOIN strings experiment ON experiment.id = a.experiment_id
LEFT JOIN strings arm ON arm.id = a.name_id;

CREATE VIEW http_view AS
SELECT m.measurement_uid, h.position, h.t0, h.t, method.value AS method, url.value AS url,
  ip.value AS ip, h.port, failure.value AS failure, h.status_code, title.value AS title,
  h.body_length, h.body_is_truncated, hex(h.body_sha256) AS body_sha256, alpn.value AS alpn,
  h.depth, experiment.value AS experiment, arm.value AS arm, a.repetition, h.transaction_id
FROM http_transactions h
JOIN visible_measurements m ON m.id = h.measurement_id
JOIN strings url ON url.id = h.url_id
JOIN strings ip ON ip.id = h.ip_id
JOIN strings method ON method.id = h.method_id
JOIN strings alpn ON alpn.id = h.alpn_id
LEFT JOIN strings failure ON failure.id = h.failure_id
LEFT JOIN strings title ON title.id = h.title_id
LEFT JOIN arms a ON a.id = h.arm_id
LEFT JOIN strings experiment ON experiment.id = a.experiment_id
LEFT JOIN strings arm ON arm.id = a.name_id;

CREATE VIEW controls_view AS
SELECT m.measurement_uid, c.position, c.depth, url.value AS url, failure.value AS failure,
  dns.value AS dns_failure, http.value AS http_failure, c.status_code, title.value AS title,
  c.body_length, c.http_runtime, c.runtime
FROM controls c
JOIN visible_measurements m ON m.id = c.measurement_id
JOIN strings url ON url.id = c.url_id
LEFT JOIN strings failure ON failure.id = c.failure_id
LEFT JOIN strings dns ON dns.id = c.dns_failure_id
LEFT JOIN strings http ON http.id = c.http_failure_id
LEFT JOIN strings title ON title.id = c.title_id;

CREATE VIEW sites_view AS
SELECT t.url, count(*) AS measurements, max(m.measurement_start_time) AS last_measured,
  sum(m.status = 'accessible') AS accessible, sum(m.status = 'blocked') AS blocked,
  sum(m.status = 'throttled') AS throttled, sum(m.status = 'server_side') AS server_side,
  sum(m.status = 'down') AS down, sum(m.status = 'inconclusive') AS inconclusive
FROM visible_measurements m JOIN targets t ON t.id = m.target_id
GROUP BY t.id;

-- A run that is known only by what came from it is shown if that is.
CREATE VIEW runs_view AS
SELECT r.run_id, r.source, r.started_at, r.finished_at, r.measured, r.failed, r.interrupted,
  (SELECT count(*) FROM visible_measurements m WHERE m.run_id = r.id) AS stored,
  (SELECT count(*) FROM visible_measurements m WHERE m.run_id = r.id AND m.status = 'blocked') AS blocked
FROM runs r
WHERE r.started_at <> '' OR EXISTS (SELECT 1 FROM visible_measurements m WHERE m.run_id = r.id);

-- `url` is null for what concerns no target by name. `relation`: the event names the target's host, or a
-- parent of it. That an event stands beside a measurement does not make it the cause.
CREATE VIEW legal_view AS
SELECT e.id AS event_id, e.cc, e.kind, e.date, e.until, e.precision, e.also_dated, e.confirmed, e.title,
  e.title_ru, e.title_kk, e.says, e.category_code, e.sources, h.host, n.relation, t.url, t.id AS target_id
FROM legal_events e
LEFT JOIN legal_event_hosts h ON h.event_id = e.id
LEFT JOIN (target_names n JOIN visible_targets t ON t.id = n.target_id) ON n.name = h.host;

-- An entry is the claim of an order, not of a block; it may name a single page.
CREATE VIEW registry_view AS
SELECT t.url, t.id AS target_id, n.relation, r.source, r.entry, r.cc, r.host, r.name, r.url AS entry_url,
  r.category, r.court, r.decided_on, r.document, r.listed_from, r.last_seen, r.listed_until
FROM registry_entries r
JOIN target_names n ON n.name = r.host
JOIN visible_targets t ON t.id = n.target_id;
