"""Ways of writing an address that few have use for; and what only looks so."""

import base64
import gzip
import hashlib
import random
import zlib

import pytest

from probe.consent.forms import with_inner
from probe.consent.needles import Needles
from tests.unit.probe.consent.planted import NEEDLES, OWN, WRAPS
from tests.unit.probe.consent.rare_spellings import (
    in_its_56,
    rare_spellings_of_v4,
    rare_spellings_of_v6,
)

HIGH, LOW = "185.117.142.193", "5.133.160.28"
_BOTH = Needles.of([*OWN, HIGH, LOW])
_OTHERS_V4 = ("92.46.10.78", "91.46.10.77", "186.117.142.193", "5.134.160.28")
_OTHERS_V6 = ("2a00:5da0:1:101:a8bb:ccff:fedd:ee02", "2a00:5da1:1:1:a8bb:ccfe:fedd:ee01")
_ALL = [(own, name) for own in (OWN[0], HIGH, LOW) for name in rare_spellings_of_v4(own)]
_ALL += [(OWN[2], name) for name in rare_spellings_of_v6(OWN[2])]


def _spelled(ip: str, name: str) -> bytes:
    return (rare_spellings_of_v6(ip) if ":" in ip else rare_spellings_of_v4(ip))[name].encode()


@pytest.mark.parametrize(("own", "name"), _ALL)
@pytest.mark.parametrize("wrap", ["plain", "gzip in base64"])
def test_every_rare_spelling_is_found(own: str, name: str, wrap: str) -> None:
    """In a sentence, in other encodings; blanked it is not there; another's address stays."""
    text = b"you: " + WRAPS[wrap](_spelled(own, name)) + b" !"
    assert _BOTH.found_in(text)
    after = _BOTH.blank_bytes(text)
    assert not _BOTH.found_in(after)
    assert (after[:5], after[-2:]) == (b"you: ", b" !")
    for other in _OTHERS_V6 if ":" in own else _OTHERS_V4:
        twin = b"you: " + WRAPS[wrap](_spelled(other, name)) + b" !"
        assert _BOTH.blank_bytes(twin) == twin, other


def test_below_zero() -> None:
    """As PHP's ip2long has it on 32 bits; and IPv6 in two such numbers of 64."""
    far = Needles.of([HIGH, "aa00::1:0:0:0:1"])
    assert far.blank_text("ip -1183478079.") == "ip scrubbed."
    assert far.blank_text("ip -11834780791") == "ip -11834780791"
    assert far.blank_text(f"{(0xAA00 << 48 | 1) - (1 << 64)} 1") == "scrubbed 1"


@pytest.mark.parametrize("spelled", in_its_56(OWN[2]))
def test_what_a_provider_gives_to_one_home(spelled: str) -> None:
    """Another /64 of the /56, the prefixes by name; not what is next to it."""
    assert NEEDLES.found_in(f"you: {spelled} !".encode())
    assert not NEEDLES.found_in(NEEDLES.blank_bytes(f"you: {spelled} !".encode()))
    for other in ("2a00:5da0:1:101::5", "2a00:5da0:2:1::5"):
        assert not any(
            NEEDLES.found_in(twin.encode()) for twin in in_its_56(other) if "/48" not in twin
        )
    assert not NEEDLES.found_in(b"2a00:5da0:2::/48 2a00:5da0::/32 2a00:5da0::/40")


def test_a_56_that_the_target_is_in_too() -> None:
    """A provider of servers may give /64s of one /56 to many: those alone count then."""
    told = NEEDLES.beside(["2a00:5da0:1:2::9", "93.184.216.34"])
    assert not told.found_in(b"2a00:5da0:1:2::9")
    assert not told.at_home("2a00:5da0:1:2::9")
    assert told.found_in(b"2a00:5da0:1:1::9 is ours")
    assert told.at_home("2a00:5da0:1:1::9")
    assert told.sparing("https://askar-laptop.kz/").delegated == frozenset()
    assert NEEDLES.beside(["93.184.216.34", "2a00:5da0:1:102::9", "x"]) is NEEDLES
    assert NEEDLES.at_home("2a00:5da0:1:2::9")
    assert not NEEDLES.covers("2a00:5da0:1:2::9")


@pytest.mark.parametrize(
    "own",
    ["2001:0:808:808:0:1234:a3d1:f5b2", "2002:5c2e:a4d::1", "2a01:330:1:2:0:5efe:5c2e:a4d"],
)
def test_an_address_made_of_another(own: str) -> None:
    """Who has it has the inner one too."""
    assert OWN[0] in with_inner([own])
    assert Needles.of([own]).found_in(b"you: 92.46.10.77")
    assert list(with_inner(["2a00::1", "x", "fe80::1%eth0"])) == ["2a00::1", "x", "fe80::1%eth0"]


def test_a_word_is_no_address() -> None:
    """28.14.185.5 is "school" in base 36 turned into a number; a page about schools stays."""
    number = int("school", 36)
    ip = ".".join(map(str, number.to_bytes(4, "big")))
    assert Needles.of([ip]).blank_text("a school, SCHOOL") == "a school, SCHOOL"
    assert Needles.of([ip]).blank_text(f"at {ip}") == "at scrubbed"


def test_a_page_of_numbers_hashes_and_scripts_stays() -> None:
    """Half a megabyte of what pages have by the thousand: nothing of it is anybody's address."""
    some = random.Random(7)
    lines = [
        "".join(f"<td>{some.randrange(1000)}</td>" for _ in range(12)),
        ",".join(str(some.randrange(100)) for _ in range(30)),
        " ".join(str(some.randrange(10)) for _ in range(40)),
        f"{some.randrange(10**10):,} {some.randrange(10**10):,}".replace(",", "\u00a0"),
        hashlib.sha256(some.randbytes(8)).hexdigest(),
        base64.b64encode(some.randbytes(60)).decode(),
        base64.b32hexencode(some.randbytes(40)).decode(),
        "\\41f\\61 \\e900 \\2014 content:'\\f101' C:\\57\\70 &ABC=+ABCD+AB",
        "2a00:1450:4010:c0f::8b 2a02:6b8::242 185.117.142.194 92.46.10.7",
        "\u0446\u0435\u043d\u0430\u00a01\u00a0290\u00a0\u20b8, 12\u00a0.\u00a011",
        base64.b64encode(gzip.compress(some.randbytes(30) + b"93.184.216.34")).decode(),
    ]
    page = "\n".join(some.choice(lines) for _ in range(400)).encode()
    assert _BOTH.blank_bytes(page) == page


def test_a_compressed_file_among_bytes() -> None:
    """A stream with its header is read where it stands, and nothing beside it is taken."""
    inside = zlib.compress(b"(your address is 92.46.10.77) Tj " * 3)
    for made in (inside, gzip.compress(b"ip=92.46.10.77")):
        whole = b"%PDF \xff\xfe\x00 stream\n" + made + b"\nendstream"
        assert NEEDLES.found_in(whole)
        after = NEEDLES.blank_bytes(whole)
        assert not NEEDLES.found_in(after)
        assert after.startswith(b"%PDF \xff\xfe\x00 stream\n")
        assert after.endswith(b"\nendstream")
    other = b"%PDF \xff\xfe\x00 stream\n" + zlib.compress(b"92.46.10.78") + b"\nendstream"
    assert NEEDLES.blank_bytes(other) == other
