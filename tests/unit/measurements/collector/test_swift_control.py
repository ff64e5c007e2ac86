"""What controls said and the sender's verdict: as the codec has them, or left to the slow way."""

from typing import Any

import msgspec
import orjson
import pytest

from measurements.collector import shape, swift_control
from measurements.collector.fits import UnfitError
from measurements.schema import codec_verdict
from measurements.schema.measurement import Control, ControlAnswered, ControlFailed
from measurements.schema.verdict import Verdict
from measurements.schema.words import Locus

URL = "https://control.example/"
ANSWER: dict[str, Any] = {
    "tcp_connect": {
        "192.0.2.1:443": {"status": True, "failure": None},
        "192.0.2.2:443": {"status": False, "failure": "connection_refused_error"},
        "[2001:db8::1]:443": {"status": False},
    },
    "tls_handshake": {
        "192.0.2.1:443": {
            "status": True, "failure": None, "server_name": "a.kz", "x_chain_sha256": ["a" * 64],
        },
        "192.0.2.3:443": {"status": False, "failure": "x", "x_failure": "ssl_invalid_hostname"},
    },
    "quic_handshake": {},
    "http_request": {
        "body_length": 9, "x_body_length": 7, "x_body_total": 9, "failure": None, "title": "T",
        "x_headers_list": [["A", "1"], ["A", "2"]], "headers": {"A": "1"}, "status_code": 200,
        "x_body_sha256": "b" * 64, "x_shingles": [1, 2], "x_stable": False, "x_runtime": 0.5,
        "x_hops": [{"url": URL, "status_code": 301, "location": None}],
    },
    "dns": {"failure": None, "addrs": ["192.0.2.1"], "x_ttls": [60]},
    "ip_info": {"192.0.2.1": {"asn": 0, "flags": 11}, "2001:db8::1": {"asn": 0}},
    "x_runtime": 1.5,
}  # fmt: skip


def said(answer: object = ANSWER, **more: object) -> dict[str, Any]:
    """A control that answered."""
    return {"depth": 0, "url": URL, "address": URL, "answer": answer, **more}


FAILED = {"depth": 1, "url": URL, "failure": "generic_timeout_error"}


def controls(*listed: object, helpers: object = None, **keys: object) -> tuple[Control, ...]:
    """Of a document with these keys."""
    told = {"x_controls": listed, **keys}
    return swift_control.controls(
        msgspec.json.decode(orjson.dumps(told), type=shape.Keys),
        msgspec.convert(helpers, shape.Helpers | None),
    )


def changed(part: str, **more: object) -> dict[str, Any]:
    """The answer with other values in a part; ... takes a key out."""
    inside = {k: v for k, v in {**ANSWER[part], **more}.items() if v is not ...}
    return {**ANSWER, part: inside}


def by_the_codec(answer: dict[str, Any]) -> ControlAnswered:
    """The slow way."""
    return codec_verdict.decode_control(answer, depth=0, url=URL, address=URL)


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        {**ANSWER, "tls_handshake": {}},
        {**ANSWER, "tcp_connect": {}},
        {**ANSWER, "tcp_connect": {}, "tls_handshake": {}, "ip_info": {}, "x_runtime": None},
        changed("http_request", status_code=None, title=None, x_hops=None, x_stable=True),
        changed("http_request", failure="dns_lookup_error", x_failure="dns_nxdomain_error"),
        changed("http_request", failure="dns_lookup_error", x_failure=None),
        changed("http_request", failure="", x_body_sha256="", x_body_total=None),
        changed("dns", addrs=None, x_ttls=None, failure="dns_name_error"),
        changed("tcp_connect", **{"192.0.2.9:80": {"status": False, "failure": "", "x_failure": None}}),
        changed("tcp_connect", **{"": {"status": True}}),
    ],
)  # fmt: skip
def test_as_the_codec_has_it(answer: dict[str, Any]) -> None:
    """Every field, the order of addresses too."""
    assert (by_the_codec(answer),) == controls(said(answer))


def test_a_false_status_is_never_a_success() -> None:
    """Also where no failure is named."""
    (found,) = controls(said())
    assert isinstance(found, ControlAnswered)
    told = {e.ip: (e.tcp_failure, e.tls_done, e.tls_failure) for e in found.endpoints}
    assert {
        "192.0.2.1": (None, True, None),
        "192.0.2.2": ("connection_refused_error", False, None),
        "2001:db8::1": ("unknown_failure", False, None),
        "192.0.2.3": (None, True, "ssl_invalid_hostname"),
    } == told
    assert (("192.0.2.1", 11), ("2001:db8::1", 0)) == found.ip_flags


@pytest.mark.parametrize(
    "listed",
    [
        said(changed("http_request", x_headers_list=...)),  # OONI's: the slow way makes it up
        said(changed("http_request", x_body_length=...)),
        said(changed("http_request", x_body_sha256="B" * 64)),
        said(changed("http_request", failure="Not A Failure")),
        said(changed("tcp_connect", **{"a.kz:443": {"status": True}})),
        said(changed("tcp_connect", **{"192.0.2.1:0443": {"status": True}})),
        said(changed("ip_info", **{"a.kz": {"flags": 1}})),
        said(changed("tls_handshake", **{"192.0.2.1:443": {"x_chain_sha256": ["z"]}})),
        said(failure="generic_timeout_error"),  # an answer, and that there was none
        said(address=None),
        said(url="ftp://control.example/"),
        {"depth": 0, "url": URL},  # neither
        {**FAILED, "failure": ""},
        {**FAILED, "address": "ftp://x/"},
        {**FAILED, "failure": "Bad failure"},
    ],
)
def test_what_is_left_to_the_slow_way(listed: dict[str, Any]) -> None:
    """Never guessed at. The twin: beside it one that fits is taken."""
    with pytest.raises(UnfitError):
        controls(listed)
    with pytest.raises(UnfitError):
        controls(said(depth=2), listed)
    assert 2 == len(controls(said(depth=2), FAILED))


def test_one_that_did_not_answer() -> None:
    """With why, and at which step."""
    assert (ControlFailed(depth=1, url=URL, failure="generic_timeout_error"),) == controls(FAILED)


def test_none_was_asked() -> None:
    """No controls: then nothing may be said of one."""
    assert () == controls() == controls(control_failure=None, control=None)
    told: list[dict[str, object]] = [
        {"control_failure": "generic_timeout_error"},
        {"control": ANSWER},
        {"control": {"dns": 5}},
    ]
    for keys in told:
        with pytest.raises((UnfitError, msgspec.ValidationError)):
            controls(**keys)


def test_oonis_key_says_the_same_or_nothing() -> None:
    """It is the answer of the first step, wherever that stands in the list."""
    other = changed("dns", addrs=["192.0.2.77"])
    assert 2 == len(controls(said(other, depth=1), said(), control=ANSWER))
    with pytest.raises(UnfitError):
        controls(said(other, depth=1), said(), control=other)
    with pytest.raises(UnfitError):
        controls(said(other, depth=1), control=other)  # no first step answered


def test_the_helpers_address_is_looked_at() -> None:
    """Although it is not kept."""
    fine: list[object] = [
        None,
        {},
        {"backend": None},
        {"backend": {"address": URL, "type": "https"}},
    ]
    assert all(1 == len(controls(FAILED, helpers=helpers)) for helpers in fine)
    for backend in ({"address": "ftp://x/"}, {"type": "a\nb"}):
        with pytest.raises(UnfitError):
            controls(FAILED, helpers={"backend": backend})


WHOLE: dict[str, Any] = {
    "status": "blocked", "layer": "tls", "mechanism": "reset", "trigger": "sni", "locus": "network",
    "confidence": 0.75, "summary": "S.", "reason": None, "label": "L", "rules_version": 3,
    "evidence": [{"rule_id": "tls.reset", "says": "it", "transactions": [1, 2]}, {}],
    "layers": {
        "dns": {"outcome": "ok"},
        "tls": {"outcome": "blocked", "mechanism": "reset", "trigger": "sni"},
    },
    "partial": [{"layer": "quic", "mechanism": "timeout", "where": None}],
}  # fmt: skip


def verdict(obj: dict[str, Any], accessible: bool | None, blocking: bool | str | None) -> Verdict:
    """The quick way's."""
    claimed = msgspec.json.decode(orjson.dumps(obj), type=shape.Claimed)
    return swift_control.verdict(claimed, accessible, blocking)


@pytest.mark.parametrize(
    ("obj", "accessible", "blocking"),
    [
        (WHOLE, False, "http-failure"),
        ({"status": "inconclusive", "reason": "R"}, None, None),
        ({"status": "accessible", "confidence": 1.0, "layers": None, "evidence": None}, True, False),
        (dict.fromkeys(WHOLE) | {"status": "down"}, None, None),
    ],
)  # fmt: skip
def test_a_verdict_as_the_codec_has_it(
    obj: dict[str, Any], *, accessible: bool | None, blocking: bool | str | None
) -> None:
    """Whole, and with next to nothing in it."""
    found = verdict(obj, accessible, blocking)
    assert codec_verdict.decode_verdict(obj, accessible, blocking) == found
    assert (Locus.NETWORK if obj is WHOLE else Locus.UNKNOWN) == found.locus


@pytest.mark.parametrize(
    "change",
    [{"status": "fine"}, {"layer": "ip"}, {"mechanism": "x"}, {"confidence": 1.5}, {"layers": {"x": {}}}, {"new": 1}],
)  # fmt: skip
def test_words_that_the_contract_does_not_know(change: dict[str, Any]) -> None:
    """Not for the quick way."""
    with pytest.raises(msgspec.ValidationError):
        verdict({**WHOLE, **change}, None, None)
