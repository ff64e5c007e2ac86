"""The wire format: what comes back, and that nothing changed, cut or hostile passes."""

import contextlib
import hashlib
import sys

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema import submission
from measurements.schema.submission import (
    BUNDLE,
    FORMAT,
    MAX_HEADER,
    RECEIPT,
    BadSubmission,
    Item,
    canonical,
    decode_key,
    decode_payload,
    encode_key,
    encode_payload,
    holds,
    is_sound,
    join_bundle,
    seal,
    sign,
    split_bundle,
    unseal,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
COLLECTOR = b"c" * 32
MOST = 2**20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def items(count: int = 3) -> list[Item]:
    """Of some size."""
    return [
        Item(
            document=canonical({"measurement_uid": f"u{n}", "text": "page " * n}),
            withdraw_sha256=None if n % 2 else "ab" * 32,
        )
        for n in range(count)
    ]


def sealed(**more: object) -> bytes:
    """A good one."""
    return seal(items(), key=KEY, collector=COLLECTOR, **more)  # type: ignore[arg-type]


@given(st.lists(JSON, max_size=5), st.binary(min_size=32, max_size=32) | st.just(b""))
def test_what_goes_in_comes_out(documents: list[object], collector: bytes) -> None:
    """Documents, commitments, sender, collector, invite."""
    if not documents:
        documents = [{}]
    packed = [Item(document=canonical(d), withdraw_sha256="0" * 64) for d in documents]
    found = unseal(seal(packed, key=KEY, collector=collector, invite="token"))
    header = found.header
    assert KEY.public_key().public_bytes_raw() == header.sender
    assert (collector, len(documents), "token") == (
        header.collector,
        header.documents,
        header.invite,
    )
    assert encode_payload(packed).splitlines() == decode_payload(found.payload, most=MOST)


def test_a_yes_to_being_published_alone_is_signed() -> None:
    """It is said, or it is not there; nobody on the way can add it."""
    said, silent = sealed(alone=True), sealed()
    assert (True, False) == (unseal(said).header.alone, unseal(silent).header.alone)
    assert b'"alone":true' in said
    assert b"alone" not in silent.split(b"\n")[0]
    with pytest.raises(BadSubmission, match="signature"):
        unseal(silent.replace(b'{"collector"', b'{"alone":true,"collector"', 1))


@given(JSON)
def test_canonical(document: object) -> None:
    """Equal documents have equal bytes, also when their keys come in another order."""
    raw = canonical(document)
    assert raw == canonical(_turned(document))
    assert b"\n" not in raw
    assert hashlib.sha256(raw).hexdigest() == submission.content_sha256(raw)


def _turned(value: object) -> object:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(list(value))}
    return [_turned(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("bad", [2**64, -(2**63) - 1, "\ud800", {1: 2}])
def test_what_has_no_canonical_bytes(bad: object) -> None:
    """Is refused, not changed."""
    with pytest.raises(TypeError):
        canonical({"x": bad} if not isinstance(bad, dict) else bad)


def test_every_flipped_byte_is_noticed() -> None:
    """Header, signature, payload: all of them, one by one."""
    good = sealed()
    unseal(good)
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 0x41
        with pytest.raises(BadSubmission):
            unseal(bytes(bad))


def test_cut_anywhere_or_longer() -> None:
    """No beginning of it passes, nor anything added."""
    good = sealed()
    for length in range(len(good)):
        with pytest.raises(BadSubmission):
            unseal(good[:length])
    with pytest.raises(BadSubmission):
        unseal(good + b"\0")


def test_nobody_signs_for_another() -> None:
    """A stranger's header with one's own signature, or the other way round."""
    stranger = Ed25519PrivateKey.generate()
    line, signature, payload = sealed().split(b"\n", 2)
    theirs = encode_key(stranger.sign(FORMAT.encode() + b"\n" + line)).encode()
    with pytest.raises(BadSubmission, match="signature"):
        unseal(b"%b\n%b\n%b" % (line, theirs, payload))
    other = seal(items(1), key=stranger, collector=COLLECTOR).split(b"\n", 2)
    with pytest.raises(BadSubmission):
        unseal(b"%b\n%b\n%b" % (other[0], signature, payload))
    with pytest.raises(BadSubmission, match="changed on the way"):
        unseal(b"%b\n%b\n%b" % (line, signature, other[2]))


def signed_header(**changed: object) -> bytes:
    """A header with these fields, rightly signed: what only a hostile sender makes."""
    payload = zstd.compress(encode_payload(items()))
    fields: dict[str, object] = {
        "collector": encode_key(COLLECTOR),
        "documents": 3,
        "format": FORMAT,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "sender": encode_key(KEY.public_key().public_bytes_raw()),
    }
    line = canonical({k: v for k, v in (fields | changed).items() if v != "absent"})
    return b"%b\n%b\n%b" % (line, sign(KEY, FORMAT, line).encode(), payload)


def test_a_header_made_by_hand_passes() -> None:
    """The twin of what follows."""
    assert 3 == unseal(signed_header()).header.documents
    assert "x" == unseal(signed_header(invite="x", unknown=[1])).header.invite


@pytest.mark.parametrize("field", ["collector", "documents", "format", "payload_sha256", "sender"])
@pytest.mark.parametrize(
    "value", ["absent", None, "", "AAAA", "é", -1, 0, 1.5, True, [], {}, "f" * 64 + "\n", "F" * 64]
)
def test_hostile_headers(field: str, value: object) -> None:
    """Each is told, none is an exception of another kind."""
    if (field, value) == ("collector", ""):
        assert b"" == unseal(signed_header(collector="")).header.collector
        return
    with pytest.raises(BadSubmission):
        unseal(signed_header(**{field: value}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n\n",
        b"null\n\n",
        b"[]\nx\ny",
        b'"x"\n\n',
        b"{" * 3000 + b"\n\n",
        b"[" * 8000 + b"\nx\n",
        b"\xff\n\xff\n\xff",
        b"x" * (MAX_HEADER + 1),
        b'{"sender":' + b"9" * 5000 + b"}\nx\n",
        b"PK\x03\x04",
    ],
)
def test_no_submission_at_all(raw: bytes) -> None:
    """Whatever it is; the message repeats nothing of it."""
    with pytest.raises(BadSubmission) as caught:
        unseal(raw)
    assert "999" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 0, 1, "true", "", [], {}])
def test_alone_is_a_yes_or_a_no(value: object) -> None:
    """Nothing else is taken for either."""
    assert not unseal(signed_header(alone=False)).header.alone
    with pytest.raises(BadSubmission):
        unseal(signed_header(alone=value))


def test_an_invite_of_the_wrong_type() -> None:
    """A text or none."""
    with pytest.raises(BadSubmission):
        unseal(signed_header(invite=5))


@given(st.binary(max_size=400))
def test_noise(raw: bytes) -> None:
    """Never anything but BadSubmission."""
    for read in (unseal, split_bundle, lambda data: decode_payload(data, most=1000)):
        with contextlib.suppress(BadSubmission):
            read(raw)


def test_a_bomb_is_not_inflated() -> None:
    """As large as allowed passes, a byte more does not; nor two frames, nor half of one."""
    payload = zstd.compress(b"x" * 1000)
    assert [b"x" * 1000] == decode_payload(payload, most=1000)
    with pytest.raises(BadSubmission, match="more than 999"):
        decode_payload(payload, most=999)
    for bad in (payload + payload, payload[:-1], payload + b"x"):
        with pytest.raises(BadSubmission):
            decode_payload(bad, most=10**6)
    with pytest.raises(BadSubmission, match="more than"):
        decode_payload(zstd.compress(bytes(2**28)), most=2**20)


# Every encoding of a point of small order, and of y = 0, 1 beyond the prime; bit 255 is the sign of x.
_SMALL = [
    (y | sign << 255).to_bytes(32, "little")
    for sign in (0, 1)
    for y in (
        0,
        1,
        2**255 - 20,
        2**255 - 19,
        2**255 - 18,
        int("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16),
        2**255 - 19 - int("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16),
    )
]


@pytest.mark.parametrize("key", _SMALL)
def test_a_key_that_signs_for_everybody(key: bytes) -> None:
    """Without any secret a signature by it is found that the library says holds; we do not."""
    found = 0
    for n in range(200):
        line, _, payload = sealed().split(b"\n", 2)
        header = orjson.loads(line) | {"sender": encode_key(key), "documents": n + 1}
        line = canonical(header)
        for point in _SMALL:
            forged = point + bytes(32)
            try:
                message = FORMAT.encode() + b"\n" + line
                Ed25519PublicKey.from_public_bytes(key).verify(forged, message)
            except InvalidSignature:
                continue
            found += 1
            assert not holds(key, FORMAT, line, encode_key(forged))
            with pytest.raises(BadSubmission, match="anybody"):
                unseal(b"%b\n%b\n%b" % (line, encode_key(forged).encode(), payload))
        if found:
            break
    assert found


def test_other_keys_are_sound() -> None:
    """The twin: what is made by chance, of either sign."""
    keys = [Ed25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(50)]
    assert {key[31] >> 7 for key in keys} == {0, 1}
    assert all(map(is_sound, keys))
    assert not any(
        map(is_sound, (b"", b"short", keys[0] + b"\0", b"\xf0" + b"\xff" * 30 + b"\x7f"))
    )


def test_a_signature_holds_for_one_purpose() -> None:
    """And one message, and one key."""
    public = KEY.public_key().public_bytes_raw()
    signature = sign(KEY, RECEIPT, b"message")
    assert holds(public, RECEIPT, b"message", signature)
    assert not holds(public, FORMAT, b"message", signature)
    assert not holds(public, RECEIPT, b"massage", signature)
    assert not holds(COLLECTOR, RECEIPT, b"message", signature)
    for bad in ("", "é", "!!", signature[:-2], b"\xff"):
        assert not holds(public, RECEIPT, b"message", bad)
    assert not holds(b"short", RECEIPT, b"message", signature)


@given(st.binary(max_size=100))
def test_keys_as_text(raw: bytes) -> None:
    """Safe in URLs, without padding."""
    text = encode_key(raw)
    assert raw == decode_key(text) == decode_key(text.encode())
    assert not set(text) & set("+/=")


def test_a_withdrawal_secret_is_not_its_hash() -> None:
    """Nor the bare hash of it."""
    secret = b"w" * 32
    found = submission.withdraw_sha256(secret)
    assert 64 == len(found)
    assert found != hashlib.sha256(secret).hexdigest()


def test_a_bundle() -> None:
    """As many as were put in, in their order; none is a bundle too."""
    parts = [sealed(), seal(items(1), key=KEY), b""]
    assert (parts, None) == split_bundle(join_bundle(parts))
    assert ([], None) == split_bundle(BUNDLE)
    with pytest.raises(BadSubmission, match="to-file"):
        split_bundle(sealed())


def test_a_bundle_cut_anywhere() -> None:
    """What is whole is given, the rest is told."""
    parts = [sealed(), seal(items(1), key=KEY)]
    whole = join_bundle(parts)
    ends = [len(BUNDLE), len(BUNDLE) + 4 + len(parts[0])]
    for length in range(len(BUNDLE), len(whole)):
        found, wrong = split_bundle(whole[:length])
        assert parts[: len(found)] == found
        assert (wrong is None) == (length in ends)
        assert len(found) == (length >= ends[1])
