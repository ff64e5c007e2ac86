"""Only Scrubbed leaves, and nothing in it leads back."""

import base64
import copy
import json
import pickle
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.schema.codec import from_document
from measurements.schema.measurement import Finding, Measurement
from measurements.schema.submission import canonical
from measurements.verdict.features import features_of
from measurements.verdict.judge import judge
from probe.consent.blank import blank
from probe.consent.needles import Needles
from probe.consent.scrub import Held, Scrubbed, scrub, uid_to_minute
from tests.golden.cases import Case, cases
from tests.unit.probe.consent.planted import (
    NAMES,
    NEEDLES,
    OTHER,
    OWN,
    TARGET,
    measurement,
    no_features,
    places,
    planted,
    spellings_of_v4,
    spellings_of_v6,
    written,
)


def scrubbed(m: Measurement, *, bodies: bool = False) -> dict[str, Any]:
    """As the collector reads it."""
    done = scrub(blank(m, NEEDLES), needles=NEEDLES, bodies=bodies, features=no_features)
    found: dict[str, Any] = orjson.loads(done.document)
    return found


# --- the type


def test_nobody_else_makes_one() -> None:
    """Not by calling, copying, pickling, changing, inheriting."""
    good = scrub(measurement(), needles=NEEDLES, bodies=False, features=no_features)
    assert good.document == canonical(orjson.loads(good.document))
    assert b"92.46" not in repr(good).encode()
    with pytest.raises(TypeError):
        Scrubbed(only_scrub_makes_one=b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Scrubbed()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        replace(good, document=b"")  # type: ignore[type-var]
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            attempt(good)
    with pytest.raises(TypeError):
        good._document = b""
    with pytest.raises(TypeError):
        del good._document
    with pytest.raises(TypeError):
        type("Mine", (Scrubbed,), {})


# --- what goes and what stays


def test_times_are_to_the_minute() -> None:
    """Everywhere that one is told, in the uids too."""
    m = measurement(
        measurement_uid="20261125021657.123456_KZ_webconnectivity_00112233aabbccdd",
        run_id="20261125T021641Z_00112233aabb",
    )
    page = replace(
        m.records.http_transactions[0],
        headers=(
            ("Date", "Wed, 25 Nov 2026 02:16:57 GMT"),
            ("Expires", "0"),
            ("Last-Modified", "?"),
        ),
    )
    found = scrubbed(replace(m, records=replace(m.records, http_transactions=(page,))))
    assert "2026-11-25 02:16:00" == found["measurement_start_time"] == found["test_start_time"]
    assert found["measurement_uid"] == "20261125021600_KZ_webconnectivity_00112233aabbccdd"
    assert found["x_run_id"] == "2026-11-25"  # the day alone
    headers = dict(found["test_keys"]["requests"][0]["response"]["headers_list"])
    assert headers == {"Date": "Wed, 25 Nov 2026 02:16:00 GMT", "Expires": "0", "Last-Modified": ""}
    assert uid_to_minute("anything") == "anything"


def test_what_is_left_out() -> None:
    """Bodies, raw messages, annotations, cookies, sentences about this computer."""
    m = measurement(
        findings=(Finding(kind="vpn", says="through wg-home"),),
        annotations=(("own_address", "known"), ("mine", "yes")),
    )
    found = scrubbed(m)
    page = found["test_keys"]["requests"][0]
    assert page["response"]["body"] is None
    assert page["request"]["headers_list"] == [["User-Agent", "Mozilla/5.0"]]
    assert found["test_keys"]["queries"][0]["raw_response"] is None
    assert found["annotations"] == {}
    assert found["probe_ip"] == "127.0.0.1"
    assert "wg-home" not in json.dumps(found)
    assert found["test_keys"]["x_environment"][0]["kind"] == "vpn"
    assert scrubbed(m, bodies=True)["test_keys"]["requests"][0]["response"]["body"].startswith(
        "<title>"
    )


def test_the_target_stays() -> None:
    """The twin: its addresses and names are the evidence."""
    text = json.dumps(scrubbed(measurement(), bodies=True))
    assert all(kept in text for kept in (TARGET, "www.site.kz", "edge.cdn.net", "8.8.8.8", "nginx"))


@pytest.mark.parametrize(
    "url", ["http://192.168.1.1/", "https://u:p@site.kz/", "http://router.lan/", "ftp://a.kz/"]
)
def test_some_stay_at_home(url: str) -> None:
    """Whatever they say."""
    with pytest.raises(Held):
        scrub(measurement(input=url), needles=NEEDLES, bodies=False, features=no_features)


def test_ones_own_address_as_the_target_stays_at_home() -> None:
    """It was typed, so it is not blanked; it does not leave."""
    with pytest.raises(Held, match="own addresses"):
        scrub(
            measurement(input=f"http://{OWN[0]}/"),
            needles=NEEDLES,
            bodies=False,
            features=no_features,
        )


def test_an_address_learned_late_is_looked_for_at_the_end() -> None:
    """What was not blanked for it, because nobody knew it then, does not leave now."""
    m = measurement(input="http://example.kz/?a=178.89.2.7")
    late = Needles.of([*map(str, NEEDLES.addresses), "178.89.2.7"], names=NEEDLES.names)
    done = scrub(m, needles=NEEDLES, bodies=False, features=no_features)
    assert b"178.89.2.7" in done.document
    with pytest.raises(Held, match="own addresses"):
        scrub(m, needles=NEEDLES, bodies=False, features=no_features, last=late)
    other = Needles.of([*map(str, NEEDLES.addresses), "178.89.2.77"], names=NEEDLES.names)
    same = scrub(m, needles=NEEDLES, bodies=False, features=no_features, last=other)
    assert same.document == done.document


def test_half_a_character_stays_at_home() -> None:
    """JSON has no way to write it."""
    page = replace(measurement().records.http_transactions[0], title="\ud800")
    m = measurement()
    with pytest.raises(Held):
        scrub(
            replace(m, records=replace(m.records, http_transactions=(page,))),
            needles=NEEDLES,
            bodies=False,
            features=no_features,
        )


def test_an_unknown_public_address_is_met_with_less() -> None:
    """Behind a router, with no control that tells: no body, no hash of a page that may hold it."""
    m = measurement()
    page = replace(
        m.records.http_transactions[0],
        body=b"Your address: 203.0.113.9",
        title="You are 203.0.113.9",
    )
    m = replace(m, records=replace(m.records, http_transactions=(page,)))
    home = Needles.of(("192.168.1.5",))
    assert not home.knows_public
    done = scrub(blank(m, home), needles=NEEDLES, bodies=True, features=no_features)
    answer = orjson.loads(done.document)["test_keys"]["requests"][0]["response"]
    assert answer["body"] is None
    assert answer["x_body_sha256"] == f"{1:064x}"
    assert b"203.0.113.9" not in done.document


# --- planted


def _texts(data: bytes, depth: int = 4) -> list[bytes]:
    """`data` and what its tokens decode to: another reader than ours."""
    out = [data]
    if not depth:
        return out
    for token in re.findall(rb"[A-Za-z0-9+/_-]{8,}", data):
        for start in range(4):
            raw = token[start:].translate(bytes.maketrans(b"-_", b"+/"))
            raw = raw[: len(raw) - (len(raw) % 4 == 1)]
            decoded = base64.b64decode(raw + b"=" * (-len(raw) % 4))
            out += _texts(decoded, depth - 1) if not start else [decoded]
    for token in re.findall(rb"(?:[0-9a-fA-F]{2}){6,}", data):
        out += _texts(bytes.fromhex(token.decode()), depth - 1)
    for other in (unquote_to_bytes(data), _unescaped(data)):
        if other != data:
            out += _texts(other, depth - 1)
    return out


def _unescaped(data: bytes) -> bytes:
    data = re.sub(rb"\\\\?(?:u00|x)([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), data)
    data = re.sub(rb"&#([0-9]+);", lambda m: bytes([int(m[1]) & 255]), data)
    return re.sub(rb"=([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), data)


def _assert_gone(document: bytes, spelled: str, payload: bytes) -> None:
    assert payload not in document
    for text in _texts(document):
        assert spelled.encode() not in text


WAYS = list(places(measurement()))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WAYS), written(), st.booleans())
def test_what_is_planted_does_not_leave(
    way: tuple[Any, ...], what: tuple[str, bytes], bodies: bool
) -> None:
    """In any field, in any encoding, in two: it is gone, or the measurement stays at home."""
    m = planted(measurement(), way, what[1])
    try:
        done = scrub(blank(m, NEEDLES), needles=NEEDLES, bodies=bodies, features=no_features)
    except Held:
        return
    _assert_gone(done.document, *what)


@settings(max_examples=200, deadline=None)
@given(st.ip_addresses(v=4), st.ip_addresses(v=6), st.data())
def test_any_address_planted(v4: Any, v6: Any, data: st.DataObject) -> None:  # noqa: ANN401
    """Random ones; those that tell nobody anything (loopback …) are not looked for."""
    own = [str(a) for a in (v4, v6) if not (a.is_loopback or a.is_multicast or a.is_unspecified)]
    own = [
        a
        for a in own
        if not a.startswith(("fe", "10.", "172.", "192.168", "100.", "169.254", "0.", "::"))
    ]
    if not own:
        return
    needles = Needles.of(own)
    spelled = data.draw(
        st.sampled_from(
            [s for a in own for s in (spellings_of_v6(a) if ":" in a else spellings_of_v4(a)[:7])]
        )
    )
    way = data.draw(st.sampled_from(WAYS))
    m = planted(measurement(), way, spelled.encode())
    try:
        done = scrub(blank(m, needles), needles=needles, bodies=True, features=no_features)
    except Held:
        return
    assert spelled.encode() not in done.document


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(spellings_of_v4(OTHER)[:6] + spellings_of_v6("2606:4700::1111")))
def test_others_stay_in_what_is_kept(spelled: str) -> None:
    """The twin: blanking leaves every other address where it was."""
    m = measurement()
    page = replace(m.records.http_transactions[0], body=f"<p>{spelled}</p>".encode())
    m = replace(m, records=replace(m.records, http_transactions=(page,)))
    assert blank(m, NEEDLES).records.http_transactions[0].body == page.body


def test_names_go_and_their_relatives_stay() -> None:
    """As words; a word that only holds one is another."""
    m = measurement()
    page = replace(
        m.records.http_transactions[0], body=f"for {NAMES[1]} on ASKAR-LAPTOP: {NAMES[1]}a".encode()
    )
    found = blank(replace(m, records=replace(m.records, http_transactions=(page,))), NEEDLES)
    assert found.records.http_transactions[0].body == b"for scrubbed on scrubbed: zhanibekova"


# --- the judge

HOME = Needles.of(("192.168.1.2", "92.46.10.77", "2a00:5da0:1:1::2"), names=("askar-laptop",))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_verdict_is_the_same(case: Case) -> None:
    """Without the bodies; and with them, or with the address unknown, each in half of the cases."""
    m = case.measurement
    before = judge(m)
    known = blank(m, HOME)
    other = (known, True) if sum(case.name.encode()) % 2 else (m, False)
    for given_, bodies in ((known, False), other):
        done = scrub(given_, needles=HOME, bodies=bodies, features=features_of)
        after = judge(from_document(orjson.loads(done.document)))
        assert (after.status, after.layer, after.mechanism) == (
            before.status,
            before.layer,
            before.mechanism,
        )
