"""The page of a measurement tells all that is stored of it."""

import json
from pathlib import Path

from tests.site.dense import get, one, rows

SQL = "SELECT measurement_uid FROM measurements_view WHERE url = 'https://selftanu.kz/' AND mechanism = 'timeout'"


def test_the_story(dense: Path) -> None:
    """Verdict, layers, rules, steps, certificates."""
    uid = one(dense, SQL)
    page = get(dense, f"/measurement/{uid}?lang=en").text
    for rule, says in rows(
        dense, f"SELECT rule_id, says FROM evidence_view WHERE measurement_uid = '{uid}'"
    ):
        assert f"<code>{rule}</code>" in page
        assert says in page
    steps = sum(
        one(dense, f"SELECT count(*) FROM {view}_view WHERE measurement_uid = '{uid}'")
        for view in ("dns", "tcp", "tls", "quic", "http")
    )
    assert steps == page.count('<svg class="op"')
    assert "the name in the TLS ClientHello (SNI)" in page
    assert 'href="/target/selftanu.kz?lang=en"' in page


def test_certificates(dense: Path) -> None:
    """The chain, each with its fingerprint."""
    sql = (
        "SELECT m.measurement_uid FROM tls_handshakes h JOIN measurements m ON m.id = h.measurement_id"
        " WHERE h.chain_id IS NOT NULL LIMIT 1"
    )
    page = get(dense, f"/measurement/{one(dense, sql)}?lang=en").text
    sha = "SELECT lower(hex(sha256)) FROM certificates"
    assert any(value in page for (value,) in rows(dense, sha))


def test_the_whole_of_it(dense: Path) -> None:
    """As OONI's document; the old address leads there; what there is not is 404."""
    uid = one(dense, SQL)
    found = json.loads(get(dense, f"/measurement/{uid}.json").text)
    assert (uid, "web_connectivity") == (found["measurement_uid"], found["test_name"])
    assert found["test_keys"]["x_verdict"]["status"] == "blocked"
    assert f"/measurement/{uid}" == get(dense, f"/m/{uid}", 301).headers["location"]
    for path in ("/measurement/none", "/measurement/none.json", "/measurement/%27"):
        get(dense, path, 404)


def test_lists(dense: Path) -> None:
    """A page holds a hundred, and says that there are more; they follow one another without a gap."""
    seen: list[str] = []
    path = "/measurements?target=selftanu.kz&network=AS9198"
    while path:
        page = get(dense, path).text
        seen += [part.split('"')[0] for part in page.split('href="/measurement/')[1:]]
        after = page.split('rel="next" href="')
        path = after[1].split('"')[0].replace("&amp;", "&") if len(after) > 1 else ""
    where = "url = 'https://selftanu.kz/' AND probe_asn = 9198"
    wanted = [
        uid
        for (uid,) in rows(dense, f"SELECT measurement_uid FROM measurements_view WHERE {where}")
    ]
    assert len(wanted) > 100
    assert sorted(wanted) == sorted(seen)
    get(dense, "/measurements?target=nowhere.example", 404)
    assert "month by month" in get(dense, "/measurements?network=AS9198&lang=en").text


def test_the_story_in_the_readers_language(dense: Path) -> None:
    """Summary and evidence are found again; a sentence that nobody knows stays English, and says so."""
    uid = one(dense, SQL)
    unknown = '<p class="lead"><span lang="en">selftanu.kz: blocked, timeout.</span></p>'
    for lang, says in (
        ("ru", "<span>selftanu.kz принимает соединения.</span>"),
        ("kk", "<span>selftanu.kz қосылымдарды қабылдайды.</span>"),
        ("en", "<span>selftanu.kz answers connections.</span>"),
    ):
        page = get(dense, f"/measurement/{uid}?lang={lang}").text
        assert says in page
        assert (unknown in page) == (lang != "en")
