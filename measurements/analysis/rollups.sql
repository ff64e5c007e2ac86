-- The rollups in words (measurements/analysis/rollup.py). Every share has its n beside it: there is no
-- column that is a rate. `url`, `asn`, `cc` as in networks_view; asn null: other networks of that country.

CREATE VIEW daily_view AS
SELECT d.day, t.url, t.category_code, n.asn, n.cc, n.as_org_name, d.n, d.accessible, d.blocked,
  d.throttled, d.server_side, d.down, d.inconclusive, d.target_id, d.network_id
FROM daily d
JOIN targets t ON t.id = d.target_id
JOIN networks_view n ON n.network_id = d.network_id;

CREATE VIEW network_days_view AS
SELECT d.day, n.asn, n.cc, n.as_org_name, d.n, d.targets, d.senders, d.accessible, d.blocked,
  d.throttled, d.server_side, d.down, d.inconclusive, d.network_id
FROM network_days d
JOIN networks_view n ON n.network_id = d.network_id;

CREATE VIEW mechanism_months_view AS
SELECT d.month, n.asn, n.cc, n.as_org_name, d.status, d.layer, d.mechanism, d.n, d.targets, d.network_id
FROM mechanism_months d
JOIN networks_view n ON n.network_id = d.network_id;

CREATE VIEW states_view AS
SELECT t.url, t.category_code, n.asn, n.cc, n.as_org_name, s.state, s.status, s.layer, s.mechanism,
  s.since, s.until, s.votes, s.agree, s.senders, s.position, s.target_id, s.network_id
FROM states s
JOIN targets t ON t.id = s.target_id
JOIN networks_view n ON n.network_id = s.network_id;

CREATE VIEW changes_view AS
SELECT t.url, t.category_code, n.asn, n.cc, n.as_org_name, c.kind, c.not_before, c.not_after, c.state,
  c.status, c.layer, c.mechanism, c.status_before, c.layer_before, c.mechanism_before,
  c.votes_before, c.agree_before, c.votes_after, c.agree_after, c.senders, c.confidence,
  c.position, c.target_id, c.network_id
FROM changes c
JOIN targets t ON t.id = c.target_id
JOIN networks_view n ON n.network_id = c.network_id;

CREATE VIEW latest_view AS
SELECT t.url, t.category_code, n.asn, n.cc, n.as_org_name, l.state, l.status, l.layer, l.mechanism,
  l.not_before, l.since, l.seen, l.votes, l.agree, l.senders, l.last_status, l.first_measured,
  l.last_measured, l.n, l.accessible, l.blocked, l.throttled, l.server_side, l.down, l.inconclusive,
  m.measurement_uid, l.target_id, l.network_id
FROM latest l
JOIN targets t ON t.id = l.target_id
JOIN networks_view n ON n.network_id = l.network_id
LEFT JOIN measurements m ON m.id = l.measurement_id;
