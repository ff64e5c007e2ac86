"""The tables of a snapshot: what CSV, Parquet and datapackage.json say of each column.

Their SQL reads the snapshot's own database, in an order that depends on nothing but the rows.
"""

from dataclasses import dataclass

STRING, INTEGER, NUMBER, BOOLEAN = "string", "integer", "number", "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as Frictionless' Table Schema has it."""

    name: str
    type: str
    says: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its rows come from `sql`, in the columns' order."""

    name: str
    title: str
    columns: tuple[Column, ...]
    source: str
    order: str
    key: tuple[str, ...]
    refers: tuple[tuple[str, str], ...] = ()  # (own column, table with a column of that name)

    @property
    def sql(self) -> str:
        """The rows."""
        names = ", ".join(f'"{column.name}"' for column in self.columns)
        return f"SELECT {names} FROM ({self.source}) ORDER BY {self.order}"  # noqa: S608 - our own


_UID = Column("measurement_uid", STRING, "The measurement's name, for ever", required=True)
_OF = (("measurement_uid", "measurements"),)
_BY = "measurement_uid, position"


def _s(name: str, says: str) -> Column:
    return Column(name, STRING, says)


def _i(name: str, says: str) -> Column:
    return Column(name, INTEGER, says)


def _n(name: str, says: str) -> Column:
    return Column(name, NUMBER, says)


def _b(name: str, says: str) -> Column:
    return Column(name, BOOLEAN, says)


_POSITION = Column("position", INTEGER, "Place in its list, from 0", required=True)
_WHEN = (
    _n("t0", "Seconds from the measurement's beginning to this step's, to the hundredth"),
    _n("t", "Seconds from the measurement's beginning to this step's end, to the hundredth"),
)
_FAILURE = _s("failure", "OONI's failure string (df-007); empty where it succeeded")
_ARM = (
    _i("depth", "Redirect hop, 0 for the input"),
    _s("experiment", "The experiment; empty for the base visit"),
    _s("arm", "The arm of the experiment: which factor was changed"),
    _i("repetition", "Which repetition of the arm, from 0"),
    _i("transaction_id", "Joins what happened on one connection of a measurement"),
)
_ENDPOINT = (_s("ip", "Address of the other side"), _i("port", "Port of the other side"))


def _observations(name: str, title: str, columns: tuple[Column, ...]) -> Table:
    return Table(
        name=name,
        title=title,
        columns=(_UID, _POSITION, *_WHEN, *columns, _FAILURE, *_ARM),
        source=f"SELECT * FROM {name}_view",  # noqa: S608 - our own names
        order=_BY,
        key=("measurement_uid", "position"),
        refers=_OF,
    )


MEASUREMENTS = Table(
    name="measurements",
    title="One row a measurement, with its current verdict",
    columns=(
        _UID,
        Column("url", STRING, "What was measured, as the list has it", required=True),
        Column("measurement_start_time", STRING, "When, to the hour, UTC", required=True),
        _s("status", "accessible, blocked, throttled, server_side, down or inconclusive"),
        _s(
            "layer",
            "Outermost layer that alone keeps a user from the page: dns, tcp, tls, quic, http",
        ),
        _s("mechanism", "How; the words depend on the layer"),
        _s("trigger", "What the interference keys on, as far as an experiment has shown it"),
        _s("locus", "Who does it: resolver, network, server, local, unknown"),
        _n("confidence", "0 to 1, calibrated in the lab"),
        _s("summary", "One plain sentence"),
        _s("reason", "Why it is inconclusive"),
        _s("label", "Path in OONI's taxonomy of mechanisms"),
        _s("category_code", "Citizen Lab's category, as the list has it"),
        _n("test_runtime", "Seconds"),
        _s("probe_cc", "Country of the network that was measured from"),
        _i("probe_asn", "Its autonomous system; empty where it is merged into other networks"),
        _s("probe_network", "Its name"),
        _i("resolver_asn", "Autonomous system of the resolver"),
        _s("resolver_network", "Its name"),
        _b("accessible", "As OONI means it"),
        _s("blocking", "As OONI means it: dns, tcp_ip, http-failure, http-diff, or false"),
        _i("rules_version", "Version of the rules that judged"),
    ),
    source=(
        "SELECT measurement_uid, url, measurement_start_time, status, layer, mechanism, trigger,"
        " locus, confidence, summary, reason, label, category_code, test_runtime, probe_cc,"
        " probe_asn, probe_network, resolver_asn, resolver_network, accessible, rules_version,"
        " CASE blocking WHEN 0 THEN 'false' ELSE blocking END AS blocking FROM measurements_view"
    ),
    order="measurement_uid",
    key=("measurement_uid",),
)
EVIDENCE = Table(
    name="evidence",
    title="The sentences on which the current verdict rests",
    columns=(
        _UID,
        _POSITION,
        Column("rule_id", STRING, "The rule; docs/rules.md explains each", required=True),
        Column("says", STRING, "What was seen", required=True),
        _s("transactions", "In which observations: a JSON list of transaction_id"),
    ),
    source="SELECT * FROM evidence_view",
    order=_BY,
    key=("measurement_uid", "position"),
    refers=_OF,
)
DNS = _observations(
    "dns",
    "One row a DNS query",
    (
        _s("engine", "How it was asked: system, udp, tcp, dot, doh"),
        _s("role", "Who was asked: system, configured, public, other"),
        _s("resolver", "Address of the resolver, where it is public"),
        _s("hostname", "The name"),
        _s("query_type", "A or AAAA"),
        _i("rcode", "DNS' own result code"),
        _b("late", "An answer that came after the first"),
        _s("answers", "The records, with spaces between"),
    ),
)
TCP = _observations("tcp", "One row a TCP connection", _ENDPOINT)
TLS = _observations(
    "tls",
    "One row a TLS handshake",
    (
        *_ENDPOINT,
        _s("server_name", "The name in the ClientHello"),
        _s("last_operation", "Last read or write; write_1 is the ClientHello"),
        _s("tls_version", "The negotiated version"),
        _s("hello", "The ClientHello: whole, split, fragmented"),
        _i("bytes_received", "Bytes received"),
        _s("subject", "Subject of the certificate that was shown"),
        _s("issuer", "Issuer of the certificate that was shown"),
        _s("not_after", "Its last day"),
    ),
)
QUIC = _observations(
    "quic",
    "One row a QUIC handshake",
    (*_ENDPOINT, _s("server_name", "The name in the ClientHello")),
)
HTTP = _observations(
    "http",
    "One row an HTTP transaction",
    (
        *_ENDPOINT,
        _s("method", "GET, HEAD, …"),
        _s("url", "The URL that was asked for"),
        _i("status_code", "HTTP status"),
        _s("title", "The page's title; … for words that neither the control nor many others got"),
        _i(
            "body_length",
            "Bytes of the body; rounded up unless the control or many others got so many",
        ),
        _b("body_is_truncated", "The body was cut"),
        _s(
            "body_sha256",
            "SHA-256 of the body, if the control or many others got it; else a word for it that"
            " is another one in each measurement",
        ),
        _s("alpn", "Protocol that TLS agreed on"),
    ),
)
CONTROLS = Table(
    name="controls",
    title="What the control saw of each hop",
    columns=(
        _UID,
        _POSITION,
        _i("depth", "Redirect hop, 0 for the input"),
        _s("url", "What it was asked about"),
        _s("failure", "Why the control could not be asked"),
        _s("dns_failure", "DNS failure at the control"),
        _s("http_failure", "HTTP failure at the control"),
        _i("status_code", "HTTP status at the control"),
        _s("title", "The page's title at the control"),
        _i("body_length", "Bytes of the body at the control"),
        _n("http_runtime", "Seconds of its HTTP request"),
        _n("runtime", "Seconds of its whole answer"),
    ),
    source="SELECT * FROM controls_view",
    order=_BY,
    key=("measurement_uid", "position"),
    refers=_OF,
)
LEGAL = Table(
    name="legal_events",
    title="Dated events of legislation and blocks: context, never a cause",
    columns=(
        Column("id", STRING, "Its name, for ever", required=True),
        Column("cc", STRING, "Country", required=True),
        Column("kind", STRING, "law, bill, order, decision, block, interception, …", required=True),
        Column("date", STRING, "Day, month or year, as precise as it is known", required=True),
        _s("until", "Last day, where it is known"),
        Column("precision", STRING, "Of the date: day, month, year", required=True),
        _s("also_dated", "What other sources say of the day"),
        _b("confirmed", "False where day or event rest on one text that is not its source"),
        Column("title", STRING, "In English", required=True),
        _s("title_ru", "In Russian"),
        _s("title_kk", "In Kazakh"),
        _s("says", "What is known"),
        _s("category_code", "Category of sites that it concerns"),
        _s("hosts", "Hosts that it names, with spaces between"),
        _s("sources", "A JSON list of URLs"),
    ),
    source=(
        "SELECT e.*, (SELECT group_concat(host, ' ') FROM (SELECT host FROM legal_event_hosts h"
        " WHERE h.event_id = e.id ORDER BY host)) AS hosts FROM legal_events e"
    ),
    order="date, id",
    key=("id",),
)
REGISTRY = Table(
    name="registry_entries",
    title="Entries of the state registry: the claim of an order, not of a block",
    columns=(
        Column("source", STRING, "Which registry", required=True),
        Column("entry", STRING, "Its number there", required=True),
        Column("cc", STRING, "Country", required=True),
        Column("host", STRING, "The host that it names, without www.", required=True),
        _s("name", "Name, as the registry has it"),
        _s("url", "Address, as the registry has it"),
        _s("category", "Ground, as the registry has it"),
        _s("court", "Who decided"),
        _s("decided_on", "Day of the decision"),
        _s("document", "The decision's number"),
        Column("listed_from", STRING, "Day of the first copy that has it", required=True),
        Column("last_seen", STRING, "Day of the last copy that has it", required=True),
        _s("listed_until", "Day of the first whole copy after that, which has not"),
    ),
    source="SELECT * FROM registry_entries",
    order="source, entry",
    key=("source", "entry"),
)
_STATUSES = ("accessible", "blocked", "throttled", "server_side", "down", "inconclusive")
_N = (
    Column("n", INTEGER, "Measurements: no rate without it", required=True),
    *(Column(name, INTEGER, f"Of these, {name}", required=True) for name in _STATUSES),
)
_TARGET = (
    Column("url", STRING, "The target", required=True),
    _s("category_code", "Its category"),
)
_NETWORK = (
    _i("asn", "The network; empty for networks that are merged"),
    _s("cc", "Country of the network"),
    _s("as_org_name", "Name of the network"),
)
_HOW = (
    _s("state", "State of the line: it opens, is interfered with, or mixed"),
    _s("status", "Status in that state"),
    _s("layer", "Layer in that state"),
    _s("mechanism", "Mechanism in that state"),
)
DAILY = Table(
    name="daily",
    title="How often each target was found how, by day and network",
    columns=(Column("day", STRING, "UTC", required=True), *_TARGET, *_NETWORK, *_N),
    source="SELECT * FROM daily_view",
    order="day, target_id, network_id",
    key=(),
)
LATEST = Table(
    name="latest",
    title="What is so now, by target and network",
    columns=(
        *_TARGET,
        *_NETWORK,
        *_HOW,
        _s("not_before", "Last seen in the state before"),
        _s("since", "First seen in this state"),
        _s("seen", "Last seen in this state"),
        _i("votes", "Votes (a sender's day) in this state"),
        _i("agree", "Of these, how many agree with it"),
        _i("senders", "Distinct senders, where so many are that it may be told"),
        _s("last_status", "Status of the last measurement"),
        _s("first_measured", "Hour of the first measurement"),
        _s("last_measured", "Hour of the last measurement"),
        *_N,
        _s("measurement_uid", "A measurement that shows it"),
    ),
    source="SELECT * FROM latest_view",
    order="target_id, network_id",
    key=(),
    refers=_OF,
)
CHANGES = Table(
    name="changes",
    title="When a target began or ceased to be interfered with, or how: an interval each",
    columns=(
        *_TARGET,
        *_NETWORK,
        Column("kind", STRING, "What changed", required=True),
        Column("not_before", STRING, "Last seen in the old state", required=True),
        Column("not_after", STRING, "First seen in the new state", required=True),
        *_HOW,
        _s("status_before", "Status before"),
        _s("layer_before", "Layer before"),
        _s("mechanism_before", "Mechanism before"),
        _i("votes_before", "Votes (a sender's day) before"),
        _i("agree_before", "Of these, how many agree with the old state"),
        _i("votes_after", "Votes after"),
        _i("agree_after", "Of these, how many agree with the new state"),
        _i("senders", "Distinct senders, where so many are that it may be told"),
        _n("confidence", "Lower end of the share that agrees, on the weaker side"),
    ),
    source="SELECT * FROM changes_view",
    order="target_id, network_id, position",
    key=(),
)
TABLES = (
    *(MEASUREMENTS, EVIDENCE, DNS, TCP, TLS, QUIC, HTTP, CONTROLS),
    *(DAILY, LATEST, CHANGES, LEGAL, REGISTRY),
)
