"""Researchers read the views: what is hidden must be in none of them, by no name of its own."""

import dataclasses
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.analysis.rollup import refresh
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlHTTP,
    Finding,
    Measurement,
    Place,
)
from measurements.schema.records import (
    Arm,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Evidence
from measurements.store.intake import Intake
from measurements.store.migrations import VIEWS
from measurements.store.store import Store
from tests.unit.measurements.store.arrivals import OPEN, arrival, blocked

MARK = "planted"


def planted(uid: str, mark: str = MARK) -> Measurement:
    """A measurement whose every text has the mark in it."""
    arm = Arm(experiment=f"{mark}-experiment", name=f"{mark}-arm", repetition=0)
    verdict = dataclasses.replace(
        blocked(),
        summary=f"{mark} summary",
        label=f"{mark} label",
        reason=f"{mark} reason",
        evidence=(Evidence(rule_id=f"{mark}.rule", says=f"{mark} says", transactions=(1,)),),
    )
    at = {"transaction_id": 1, "t0": 0.0, "t": 0.1, "arm": arm}
    end = at | {"ip": f"{mark}-ip", "port": 443}
    dns = DNSQuery(
        engine=f"{mark}-engine",
        role=f"{mark}-role",
        resolver_address=f"{mark}-resolver",
        hostname=f"{mark}.example",
        query_type="A",
        failure=f"{mark}_failure",
        answers=(DNSAnswer(answer_type="A", value=f"{mark}-answer", asn=64500, as_org_name=mark),),
        **at,  # type: ignore[arg-type]
    )
    tls = TLSHandshake(
        server_name=f"{mark}.example",
        peer_certificates=(f"{mark} certificate".encode(),),
        **end,  # type: ignore[arg-type]
    )
    return Measurement(
        measurement_uid=uid,
        run_id=f"{mark}-run",
        input=f"https://{mark}.example/",
        measurement_start_time="2026-11-23T06:00:00Z",
        test_start_time="2026-11-23T06:00:00Z",
        test_runtime=1.5,
        software_name=f"{mark}-software",
        software_version="1",
        category_code=f"{mark}-category",
        probe=Place(asn=64501, cc="KZ", as_org_name=f"{mark} telecom"),
        resolver=Place(asn=64502, cc="KZ", as_org_name=f"{mark} resolvers"),
        findings=(Finding(kind=f"{mark}-kind", says=f"{mark} says", subject=mark),),
        controls=(
            ControlAnswered(
                depth=0,
                url=f"https://{mark}.example/",
                address=f"https://{mark}-control.example/",
                dns=ControlDNS(failure=f"{mark}_failure"),
                http=ControlHTTP(title=f"{mark} title"),
            ),
        ),
        records=Records(
            queries=(dns,),
            tcp_connects=(TCPConnect(**end),),  # type: ignore[arg-type]
            tls_handshakes=(tls,),
            quic_handshakes=(QUICHandshake(server_name=f"{mark}.example", **end),),  # type: ignore[arg-type]
            http_transactions=(
                HTTPTransaction(url=f"https://{mark}.example/", title=f"{mark} title", **end),  # type: ignore[arg-type]
            ),
        ),
        verdict=verdict,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store.open(tmp_path / "a.db") as opened:
        yield opened


def views(conn: sqlite3.Connection) -> list[str]:
    """Their names."""
    sql = "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name"
    return [name for (name,) in conn.execute(sql)]


def ours() -> set[str]:
    """Those of views.sql: each shows some text of a measurement."""
    return set(re.findall(r"CREATE VIEW (\w+)", VIEWS.read_text("utf-8")))


def found(store: Store, mark: str) -> set[str]:
    """The views in which a text with the mark can be read; the site's own are counted first."""
    refresh(store)
    with store.reading() as conn:
        return {
            view
            for view in views(conn)
            for row in conn.execute(f"SELECT * FROM {view}").fetchall()  # noqa: S608 - ours
            if any(mark in str(value) for value in row)
        }


def name_in_context(store: Store, name: str) -> None:
    """A law and a registry's entry that concern this host, joined to targets by it."""
    with store.writing() as conn:
        conn.execute(
            "INSERT OR IGNORE INTO target_names SELECT id, ?, 'host' FROM targets WHERE url = ?",
            (name, f"https://{name}/"),
        )
        conn.execute(
            "INSERT OR REPLACE INTO legal_events (id, cc, kind, date, precision, confirmed, title,"
            " says, sources) VALUES ('e', 'KZ', 'law', '2026', 'year', 1, 't', 's', '')"
        )
        conn.execute("INSERT OR IGNORE INTO legal_event_hosts VALUES ('e', ?)", (name,))
        conn.execute(
            "INSERT INTO registry_entries (source, entry, cc, host, listed_from, last_seen)"
            " VALUES ('s', '1', 'KZ', ?, '2026', '2026')",
            (name,),
        )


def urls(store: Store, view: str) -> list[str | None]:
    """What targets it shows."""
    with store.reading() as conn:
        return [url for (url,) in conn.execute(f"SELECT url FROM {view}")]  # noqa: S608


def test_what_is_hidden_is_in_no_view(store: Store) -> None:
    """Not its uid, not a name that came with it; and in all of them when it is released."""
    intake = Intake(store)
    got = intake.take(
        [arrival(m=planted("planted-uid")), arrival("plain", invited=True, sender=2)], terms=OPEN
    )
    assert [True, False] == [o.quarantined for o in got]
    assert set() == found(store, MARK)
    assert "measurements_view" in found(store, "plain")
    assert [] == [row for row in urls(store, "sites_view") if row and MARK in row]
    name_in_context(store, f"{MARK}.example")
    assert [None] == urls(store, "legal_view")
    assert [] == urls(store, "registry_view")
    intake.release(["planted-uid"])
    assert ours() <= found(store, MARK)
    assert [f"https://{MARK}.example/"] == urls(store, "legal_view") == urls(store, "registry_view")


def test_counts_leave_it_out(store: Store) -> None:
    """Of sites and runs that have both."""
    intake = Intake(store)
    shown = arrival("shown", m=planted("shown"), invited=True, sender=2)
    intake.take([shown, arrival("hid", m=planted("hid"))], terms=OPEN)
    with store.reading() as conn:
        assert [(1, 1)] == conn.execute("SELECT measurements, blocked FROM sites_view").fetchall()
        assert [(1, 1)] == conn.execute("SELECT stored, blocked FROM runs_view").fetchall()


def test_what_this_probe_measured_is_shown(store: Store) -> None:
    """A volunteer's file: the table is empty."""
    store.save(planted("mine"))
    assert ours() - {"legal_view", "registry_view"} <= found(store, MARK)


def test_a_released_twin_shows_nothing_of_the_hidden_one(store: Store) -> None:
    """Names that both use are shown once, for the one."""
    intake = Intake(store)
    intake.take([arrival("one", m=planted("one")), arrival("two", m=planted("two"))], terms=OPEN)
    intake.release(["one"])
    assert set() == found(store, "two")
