"""An address is found however it is written; what only looks like it is not."""

import base64
import binascii
import ipaddress
import time

import pytest

from probe.consent import forms
from probe.consent.needles import BLANK, Needles, is_telling
from tests.unit.probe.consent.planted import (
    NEEDLES,
    OTHER,
    OWN,
    SIMPLE,
    WRAPS,
    spellings_of_v4,
    spellings_of_v6,
)


@pytest.mark.parametrize("spelled", spellings_of_v4(OWN[0]) + spellings_of_v6(OWN[2]))
@pytest.mark.parametrize("wrap", SIMPLE)
def test_every_spelling_is_found(spelled: str, wrap: str) -> None:
    """In a sentence, in every encoding; and after blanking it is not there."""
    text = b"you: " + WRAPS[wrap](spelled.encode()) + b" !"
    assert NEEDLES.found_in(text)
    after = NEEDLES.blank_bytes(text)
    assert not NEEDLES.found_in(after)
    assert (after[:5], after[-2:]) == (b"you: ", b" !")


@pytest.mark.parametrize("spelled", spellings_of_v4(OTHER) + spellings_of_v6("2a00:5da0:1:102::9"))
@pytest.mark.parametrize("wrap", SIMPLE)
def test_no_other_is(spelled: str, wrap: str) -> None:
    """The twin."""
    text = b"you: " + WRAPS[wrap](spelled.encode())
    assert not NEEDLES.found_in(text)
    assert NEEDLES.blank_bytes(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "192.46.10.77",
        "92.46.10.7",
        "92.46.10.770",
        "15465211650",
        "21546521165",
        "2a00:5da0:1:1101::9",
        "askar",
    ],
)
def test_its_relatives_are_not(text: str) -> None:
    """Numbers and names that only hold it."""
    assert NEEDLES.blank_text(text) == text


@pytest.mark.parametrize("own", [OWN[0], OWN[2]])
@pytest.mark.parametrize("before", ["", "i", "ip", "ip:", "ip: "])
def test_encodings_of_old(own: str, before: str) -> None:
    """At whatever place of a longer text; and no other's."""
    z85 = forms.Z85
    for one, found in ((own, True), (OTHER, False), ("2a00:5da0:1:102::9", False)):
        text = f"{before}{one} .".encode()
        for written in (
            base64.b85encode(text),
            base64.b85encode(text).translate(z85),
            base64.a85encode(text),
            binascii.b2a_uu(text),
        ):
            assert NEEDLES.found_in(b"see " + written) == found
            assert not NEEDLES.found_in(NEEDLES.blank_bytes(b"see " + written))


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n  "])
def test_base64_in_lines(width: int, end: str) -> None:
    """As mail and keys have it, wherever a line ends; and no other's."""
    for own, found in ((OWN[0], True), (OTHER, False)):
        for before in range(width):
            text = base64.b64encode(
                f"{'x' * (100 + before)} ip={own}; {'tail' * 20}".encode()
            ).decode()
            lines = end.join(text[i : i + width] for i in range(0, len(text), width)).encode()
            assert NEEDLES.found_in(lines) == found
            assert (NEEDLES.blank_bytes(lines) == lines) != found
            assert not NEEDLES.found_in(NEEDLES.blank_bytes(lines))


def test_words_in_lines_are_no_base64() -> None:
    """The twin: long words at the ends of lines stay, and what follows them."""
    text = b"Antidisestablishmentarianism\nHypercholesterolemia\n92 46 11 77\n" * 20
    assert NEEDLES.blank_bytes(text) == text


def test_a_provider_names_a_home_by_its_prefix() -> None:
    """The rest of the name stays, and so does a neighbour's."""
    assert f"{BLANK}.dyn.isp.kz" == NEEDLES.blank_text("2a00-5da0-1-1.dyn.isp.kz")
    assert f"{BLANK}.dyn.isp.kz" == NEEDLES.blank_text(f"{OWN[2].replace(':', '-')}.dyn.isp.kz")
    assert f"x-{BLANK}-y.isp.kz" == NEEDLES.blank_text("x-2a00-5da0-1-1-y.isp.kz")
    assert NEEDLES.blank_text("2a00-5da0-1-102.dyn.isp.kz") == "2a00-5da0-1-102.dyn.isp.kz"


def test_a_list_over_many_lines() -> None:
    """As JSON is printed; blanked as a whole."""
    text = "ip: [\n  92,\n  46,\n  10,\n  {}\n]"
    assert NEEDLES.blank_text(text.format(77)) == f"ip: [\n  {BLANK}\n]"
    assert NEEDLES.blank_text(text.format(78)) == text.format(78)


def test_raw_bytes_among_bytes_and_not_among_letters() -> None:
    """Four bytes are an address in DER and DNS; in a text they are a word."""
    assert NEEDLES.found_in(b"\0\x30\x5c\x2e\x0a\x4d\xff")
    assert not NEEDLES.found_in(b"\x30\x5c\x2e\x0a\x4d\xff")
    assert Needles.of(["200.1.2.3"]).blank_bytes(b"\xff\xc8\1\2\3") == b"\xff" + bytes(4)
    assert NEEDLES.found_in(b"\0\0" + bytes.fromhex("2a005da000010001") + bytes(8))
    printable = Needles.of(["77.97.105.110"])  # b"Main"
    assert not printable.found_in(b"\0Main menu")
    assert printable.found_in(b"\x87\4Main")


def test_labels_on_the_wire() -> None:
    """A name in a DNS message has lengths where the dots were."""
    assert NEEDLES.found_in(b"\x0277\x0210\x0246\x0292\x07in-addr\4arpa\0")


def test_a_mac_inside_the_address() -> None:
    """An interface's own number, in IPv6 made of it (EUI-64)."""
    assert all(
        NEEDLES.found_in(t) for t in (b"aa:bb:cc:dd:ee:01", b"AABBCCDDEE01", b"aa-bb-cc-dd-ee-01")
    )
    assert not NEEDLES.found_in(b"aa:bb:cc:dd:ee:02")


def test_a_private_address_is_looked_for_plainly() -> None:
    """It is no secret; half of every binary file would be blanked for 10.0.0.1."""
    home = Needles.of(["10.0.0.1"])
    assert home.found_in(b"from 10.0.0.1")
    assert home.found_in(b"\0\4\x0a\0\0\1")
    assert not home.found_in(b"\xff\x0a\0\0\1\xff")
    assert not home.found_in(b"[10,0,0,1]")


@pytest.mark.parametrize("own", ["fd00::2", "2a03::1", "2001:0:0:1::5"])
@pytest.mark.parametrize(
    "text",
    [
        b'"measurement_uid":"20261119053100.000000_KZ_webconnectivity_00000000000000fd"',
        b"00000000000000fd fd00000000000000 000000000000032a 2a03000000000000",
        b"\0\0\xfd\0\0\0\0\0\0\0\0 \0\0\x2a\x03\0\0\0\0\0\0\0 \0\0\x20\x01\0\0\0\0\0\1\0\0",
        b"[253, 0, 0, 0, 0, 0, 0, 0] [42,3,0,0,0,0,0,0,0]",
    ],
)
def test_a_prefix_of_zeros_is_no_number(own: str, text: bytes) -> None:
    """A counter is not the home's network. The twin: where it is written as an address, or whole."""
    needles = Needles.of([own])
    assert not needles.found_in(text)
    assert needles.found_in(b"from " + own.encode() + b".")
    packed = ipaddress.IPv6Address(own).packed
    nibbles = ".".join(reversed(packed.hex())).encode()
    assert needles.found_in(b"name " + nibbles + b".ip6.arpa")
    assert needles.found_in(packed.hex().encode())


@pytest.mark.parametrize("own", ["2002::", "2a00::1", "fd00::2"])
def test_a_prefix_of_zeros_as_one_long_number(own: str) -> None:
    """Nearly forty digits are no number of anything else; a neighbour network's are others'."""
    needles, number = Needles.of([own]), int(ipaddress.IPv6Address(own))
    for near, found in ((0, True), (0x1234, True), (1 << 80, False)):
        assert needles.found_in(b"you: %d" % (number + near)) == found


def test_what_tells_nothing_is_no_needle() -> None:
    """Loopback, nonsense, names that every second computer has."""
    assert Needles.of(["127.0.0.1", "::1", "0.0.0.0", "?", "ff02::1"]).addresses == ()
    assert not any(map(is_telling, ("user", "root", "localhost", "pi", "me", "12345")))
    assert is_telling("zhanibekov")
    assert (
        Needles.of([], names=("user", "title")).blank_text("a user, a title") == "a user, a title"
    )


def test_an_ordinary_name_is_its_own_case() -> None:
    """A user called berik: not every Berik in the news."""
    mine = Needles.of([], names=("berik",))
    assert mine.blank_text("berik, Berik, /home/berik/x") == f"{BLANK}, Berik, /home/{BLANK}/x"


def test_a_target_called_as_the_user_is() -> None:
    """Its own words are spared, addresses are not."""
    both = Needles.of([OWN[0]], names=("tengri",))
    spared = both.sparing("https://tengri.kz/")
    assert spared.blank_text("tengri 92.46.10.77") == f"tengri {BLANK}"
    assert both.sparing("https://other.kz/") is both


def test_the_home() -> None:
    """Its own, its /64, its private networks; a provider's private block page is none of it."""
    inside = (
        "92.46.10.77",
        "2a00:5da0:1:1::9",
        "192.168.1.1",
        "192.168.0.9",
        "fe80::1",
        "169.254.1.1",
    )
    assert all(map(NEEDLES.at_home, inside))
    assert not any(map(NEEDLES.at_home, ("10.10.34.36", "92.46.10.78", "127.0.0.1", "x", "")))
    assert Needles.of(["10.5.1.2"]).at_home("10.5.9.9")
    assert not Needles.of(["10.5.1.2"]).at_home("10.10.34.36")


@pytest.mark.parametrize(
    ("own", "known"),
    [
        (["192.168.1.5"], False),
        (["192.168.1.5", OWN[0]], True),
        ([OWN[2]], True),
        ([], False),
        (["100.64.1.1"], False),
    ],
)
def test_whether_the_public_address_is_known(own: list[str], known: bool) -> None:
    """Behind a router it is not, unless a control told."""
    assert known == Needles.of(own).knows_public


def test_it_is_quick() -> None:
    """Half a megabyte in a tenth of a second or so (a second here: others use this machine)."""
    words = b"".join(b'<div class="item-%d">word %d</div> ' % (n, n * n) for n in range(14_000))[
        : 1 << 19
    ]
    began = time.perf_counter()
    assert not NEEDLES.found_in(words)
    assert time.perf_counter() - began < 1
