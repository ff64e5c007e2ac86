"""A page as it may be told: no word, hash or length of one person's; every comparison comes out as before."""

import dataclasses
import hashlib
import random
from collections.abc import Sequence

import pytest

from measurements.analysis.pages import Pages
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlFailed,
    ControlHTTP,
    Measurement,
)
from measurements.schema.records import BodyFeatures, HTTPTransaction, Records
from measurements.schema.words import Layer
from measurements.verdict.features import features_of
from tests.unit.measurements.analysis.collected import Sent

PAGE = (
    b"<title>Weather in Ridder</title><p>Greetings, reader 77. Snow on Abai street today.</p>" * 9
)
OTHER = b"<title>Weather in Almaty</title><p>Another page of that site, for somebody else.</p>" * 9


def sha256(body: bytes) -> str:
    """As it stands in a document."""
    return hashlib.sha256(body).hexdigest()


def visit(body: bytes | None = PAGE, title: str | None = None, **more: object) -> HTTPTransaction:
    """A page that came."""
    data = body or b""
    h = HTTPTransaction(
        transaction_id=1, url="https://a.kz/", ip="192.0.2.1", port=443, t0=0, t=0.5,
        status_code=200, body=body, body_length=len(data), body_sha256=sha256(data), title=title,
    )  # fmt: skip
    return dataclasses.replace(h, **more)  # type: ignore[arg-type]


def a_sketch(numbers: Sequence[int], text_length: int = 0, links: int = 0) -> HTTPTransaction:
    """A page whose body is at home."""
    features = BodyFeatures(
        shingles=tuple(numbers), text_length=text_length, links=links, signs=("vendor",)
    )
    return visit(body=None, body_length=1234, body_sha256="a" * 64, features=features)


def control(**http: object) -> ControlAnswered:
    """What one saw."""
    return ControlAnswered(
        depth=0, url="u", address="a", dns=ControlDNS(), http=ControlHTTP(**http)  # type: ignore[arg-type]
    )  # fmt: skip


def made(
    *visits: HTTPTransaction,
    controls: Sequence[ControlAnswered | ControlFailed] = (),
    layer: Layer | None = Layer.HTTP,
) -> Measurement:
    """A measurement of these."""
    m = Sent(n=1, sender=1).measurement()
    assert m.verdict is not None
    return dataclasses.replace(
        m,
        records=Records(http_transactions=visits),
        controls=tuple(controls),
        verdict=dataclasses.replace(m.verdict, layer=layer),
    )


def pages(m: Measurement, salt: str = "s", common: frozenset[str] = frozenset()) -> Pages:
    """Of it."""
    return Pages.of(m, salt=salt, common=common)


def same(old: HTTPTransaction, new: HTTPTransaction) -> bool:
    """All but the body, whose features take its place."""
    return new == dataclasses.replace(old, body=None, features=features_of(old))


def test_a_page_that_nobody_else_got() -> None:
    """Neither hash, nor length, nor sketch, nor title are those of it."""
    h = visit(title="Weather in Ridder")
    told = pages(made(h)).told(h)
    assert told.body is None
    assert told.features is not None
    assert told.body_sha256 not in {None, h.body_sha256}
    assert told.body_length != h.body_length
    assert "…" == told.title
    assert not set(told.features.shingles) & set(features_of(h).shingles)
    assert (h.url, h.status_code, h.t) == (told.url, told.status_code, told.t)


def test_what_a_control_got_too_is_told_as_it_is() -> None:
    """By its hash; one byte more, and it is another page."""
    h, more = visit(title="T"), visit(PAGE + b" ", title="T")
    m = made(h, more, controls=[control(body_sha256=sha256(PAGE), body_length=1, title="T")])
    assert same(h, pages(m).told(h))
    assert not same(more, pages(m).told(more))
    assert len(PAGE) == pages(m).length(h)


def test_what_many_got_as_interference_is_told() -> None:
    """Where the verdict is about a page; elsewhere k senders may have got their own bank's."""
    h = visit(title="Blocked by order 77")
    common = frozenset({sha256(PAGE)})
    assert same(h, pages(made(h), common=common | {"Blocked by order 77"}).told(h))
    bare = visit()
    assert same(bare, pages(made(bare), common=common).told(bare))
    for layer in (Layer.TLS, None):
        assert not same(bare, pages(made(bare, layer=layer), common=common).told(bare))
    without = dataclasses.replace(made(bare), verdict=None)
    assert not same(bare, pages(without, common=common).told(bare))
    by_title = pages(made(h), common=frozenset({"Blocked by order 77"})).told(h)
    assert "Blocked by order 77" == by_title.title
    assert h.body_sha256 != by_title.body_sha256


def test_two_that_were_the_same_stay_so() -> None:
    """Within a measurement; in another, what stands in for the same page is another."""
    one, two, other = visit(), visit(transaction_id=2), visit(OTHER)
    m = made(one, two, other)
    first, again, third = (pages(m).told(h) for h in (one, two, other))
    assert first.body_sha256 == again.body_sha256 != third.body_sha256
    assert first.features == again.features != third.features
    elsewhere = pages(m, salt="another").told(one)
    assert elsewhere.body_sha256 != first.body_sha256
    assert elsewhere.features is not None
    assert first.features is not None
    assert not set(elsewhere.features.shingles) & set(first.features.shingles)


def test_without_a_hash_and_without_anything() -> None:
    """Nothing is made up."""
    empty = visit(body=None, body_sha256=None, body_length=0, status_code=None)
    told = pages(made(empty)).told(empty)
    assert (None, 0, None, None) == (told.body_sha256, told.body_length, told.features, told.title)


@pytest.mark.parametrize(
    ("length", "told"),
    [(0, 0), (1, 64), (64, 64), (65, 128), (999, 1024), (6400, 6400), (6401, 6500), (123_456, 130_000), (130_000, 130_000)],
)  # fmt: skip
def test_a_length_is_rounded_up(length: int, told: int) -> None:
    """To two digits, and to whole packets; the control's own is told as it is."""
    h = visit(body_length=length)
    assert told == pages(made(h)).length(h) >= length
    assert length == pages(made(h, controls=[control(body_length=length)])).length(h)


@pytest.mark.parametrize(
    ("title", "seen", "told"),
    [
        ("Weather in Ridder", ["Weather in New York"], "Weather in …"),
        ("Weather in New York", ["Weather in New York"], "Weather in New York"),
        ("WEATHER, Ridder: Abai street 7", ["weather"], "WEATHER, …"),
        ("Ivan's bill - Bank", ["Bank", "Your bill"], "… bill - Bank"),
        ("Погода в Риддере", ["погода в Алматы"], "Погода в …"),
        ("Ridder", [], "…"),
        ("— !", [], "— !"),
        ("", ["x"], ""),
        (None, ["x"], None),
    ],
)
def test_a_title_has_only_words_that_a_control_saw(
    title: str | None, seen: list[str], told: str | None
) -> None:
    """Several cut in a row are one cut: not even how many there were."""
    h = visit(title=title)
    assert told == pages(made(h, controls=[control(title=t) for t in seen])).told(h).title


@pytest.mark.parametrize("n", [0, 1, 50, 99, 100, 101, 499, 500, 999, 1000, 12_345, 99_999])
def test_a_texts_length_and_links(n: int) -> None:
    """Blurred, on the same side of every round number, and nothing stays nothing."""
    h = a_sketch([], text_length=n, links=n)
    told = pages(made(h)).told(h).features
    assert told is not None
    assert n // 100 == told.text_length // 100 or n > 999
    assert (n == 0) == (told.text_length == 0)
    assert all((n < r) == (told.text_length < r) for r in (100, 200, 500, 1000, 5000, 20_000))
    assert 0 <= told.links - n < 5
    assert 0 == told.links % 5
    assert ("vendor",) == told.signs


def test_a_sketch_compares_as_before() -> None:
    """With the control's, with another page's: what is shared, and in which order all lie."""
    chance = random.Random(3)
    for _ in range(40):
        theirs = sorted(chance.sample(range(2**32), 64))
        mine = sorted({*chance.sample(theirs, 20), *chance.sample(range(2**32), 60)})
        again = sorted({*chance.sample(mine, 40), *chance.sample(theirs, 5)})
        one, two = a_sketch(mine), a_sketch(again)
        shared = set(mine) & set(theirs), set(mine) & set(again)
        said = pages(made(one, two, controls=[control(shingles=tuple(theirs))]))
        new = [set(f.shingles) for h in (one, two) if (f := said.told(h).features) is not None]
        assert (len(mine), len(again)) == (len(new[0]), len(new[1]))
        assert shared[0] == new[0] & set(theirs)
        assert len(shared[1]) == len(new[0] & new[1])
        for old, now in zip((mine, again), new, strict=True):
            for parity in (0, 1):
                assert places(old, theirs, parity) == places(now, theirs, parity)
        kept = (set(mine) - set(theirs)) & new[0]
        assert len(kept) < 5


def places(ours: Sequence[int] | set[int], theirs: list[int], parity: int) -> list[int]:
    """Between which two of the control's each lies, of one parity: a sketch's halves are apart."""
    halves = [[n for n in numbers if n % 2 == parity] for numbers in (sorted(ours), theirs)]
    return [sum(t < n for t in halves[1]) for n in halves[0]]


def test_a_gap_that_is_too_narrow_stays() -> None:
    """There is nothing to choose from; the numbers beside it are changed all the same. Zero is no word's."""
    theirs = (1000, 1008, 2**31)
    h = a_sketch([0, 1002, 1_000_000])
    for salt in "abcdefgh":
        told = pages(made(h, controls=[control(shingles=theirs)]), salt=salt).told(h).features
        assert told is not None
        assert (0, 1002) == told.shingles[:2]
        assert told.shingles[2] not in {1_000_000, *theirs}
        assert all(n % 2 == 0 for n in told.shingles)


def test_a_control_that_failed_tells_nothing() -> None:
    """As if there were none."""
    h = visit(title="T")
    failed = ControlFailed(depth=0, url="u", failure="generic_timeout_error")
    assert pages(made(h)).told(h) == pages(made(h, controls=[failed])).told(h)
