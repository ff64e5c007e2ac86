"""OONI's CSV, where a user brings it. The rows here are made up."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.fingerprint_csv import bounded_regexp, load_ooni_csv
from measurements.verdict.fingerprints import NONE, PageKind

HEADER = (
    "name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,"
    "expected_countries,source,exp_url,notes\n"
)
ROWS = """t.kz,isp,,body,contains,"бұл жабық, иә",5,"KZ,KG",t,,
t.nat,nat,,header.location,prefix,http://stop.example/,5,KZ,t,,
t.via,inst,,header.Via,full,1.1 box,5,,t,,
t.re,prod,,body,regexp,URL .* Gate,5,,t,,
t.broad,vbw,,body,contains,stop,5,,t,,
t.fp,fp,,body,contains,a news site,5,,t,,
bad.kind,isp,,body,fuzzy,x,5,,t,,
bad.dns,isp,,dns,full,192.0.2.1,5,,t,,
bad.empty,isp,,body,contains,,5,,t,,
bad.re,isp,,body,regexp,(a+)+b,5,,t,,
"""
LOADED = load_ooni_csv(HEADER + ROWS)


def test_rows() -> None:
    """Good rows are kept; others are named with the reason."""
    assert [f.name for f in LOADED.blockpages] == ["t.kz", "t.nat", "t.via", "t.re", "t.broad"]
    assert [f.name for f in LOADED.false_positives] == ["t.fp"]
    rejected = [name for name, _ in LOADED.rejected]
    assert rejected == ["bad.kind", "bad.dns", "bad.empty", "bad.re"]
    assert LOADED.blockpages[0].countries == ("KZ", "KG")


def test_matches() -> None:
    """Bodies and headers, by each type; the narrowest scope names it."""
    kz = LOADED.match((), "stop: бұл жабық, иә".encode())
    assert (kz.kind, kz.label, kz.confidence) == (PageKind.BLOCKPAGE, "t.kz", 0.95)
    assert "KZ, KG" in kz.why
    assert LOADED.match((("LOCATION", "http://stop.example/x"),), b"").label == "t.nat"
    assert LOADED.match((("via", "1.1 box"),), None).label == "t.via"
    assert LOADED.match((("via", "1.1 box 2"),), None) == NONE
    assert LOADED.match((), b"URL the\n Gate").label == "t.re"
    assert LOADED.match((), b"nothing") == NONE


def test_false_positives_come_first() -> None:
    """Where one matches, no block page does."""
    assert LOADED.match((), "a news site: бұл жабық, иә".encode()) == NONE


@pytest.mark.parametrize(
    "pattern",
    ["(a|b)*c", "(a+)+", r"(a)\1", "(?=a)b", "a.*b.*c.*d.*e", "a{2,}", "[", "(", "a**", "x{,}"],
)
def test_unsafe_patterns_are_refused(pattern: str) -> None:
    """They could run for ever, or do not compile."""
    assert bounded_regexp(pattern) is None


def test_safe_patterns() -> None:
    """Repeats get a bound; escapes and classes stay."""
    compiled = bounded_regexp(r"\+ [a*+]x.*y\\z+")
    assert compiled is not None
    assert compiled.search(r"+ *x 1 2 y\zz")
    start = time.perf_counter()
    slow = bounded_regexp("a.*a.*a.*b")
    assert slow is not None
    slow.search("a" * 300)
    assert time.perf_counter() - start < 5


def test_limits() -> None:
    """A file that is no CSV, and one that is too long."""
    assert load_ooni_csv("").blockpages == ()
    many = HEADER + "n,isp,,body,contains,x,5,,t,,\n" * 20_001
    assert load_ooni_csv(many).rejected[-1] == ("", "more than 20000 rows")
    huge = HEADER + f"n,isp,,body,contains,{'x' * 200_000},5,,t,,\n"
    assert load_ooni_csv(huge).rejected[0][1].startswith("not CSV")
    assert load_ooni_csv(HEADER + "n,isp\n").rejected == (("n", "no pattern, or one too long"),)


@given(st.text(max_size=300), st.binary(max_size=100))
def test_never_raises(text: str, body: bytes) -> None:
    """Users bring what they have."""
    load_ooni_csv(HEADER + text).match((), body)
    load_ooni_csv(text)
