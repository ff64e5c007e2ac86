"""measurements/collector/swift.py, shape.py, fits.py, swift_control.py: never more than the slow way lets in."""

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from measurements.collector import swift, validate
from measurements.schema.codec import to_document
from measurements.schema.measurement import Measurement
from measurements.schema.submission import canonical
from tests.bench import mutations
from tests.fakes.real_collector import measurements

TODAY = "2026-11-25"
MUTATED = 800


def quick(line: bytes) -> Measurement | None:
    """What the quick way says."""
    parsed = swift.parse(line)
    checked = None if parsed is None else swift.check(parsed, today=TODAY)
    return None if checked is None else replace(checked[0], verdict=checked[1])


def slow(line: bytes) -> Measurement | None:
    """What the slow way says."""
    try:
        return validate.check(validate.parse(line), today=TODAY)
    except validate.Invalid:
        return None


def same(line: bytes) -> bool:
    """Whether the quick way knew; then it said the same."""
    found = quick(line)
    if found is None:
        return False
    wanted = slow(line)
    assert wanted is not None, "the quick way let in what the slow way refuses"
    assert found == wanted
    one, other = (repr(m).replace("=-0.0,", "=0.0,") for m in (found, wanted))
    assert one == other, "an equal number of another type"
    return True


@pytest.fixture(scope="module")
def documents() -> list[Any]:
    """The golden ones, OONI's, ordinary ones."""
    return [*mutations.documents(), *(to_document(m) for m in measurements(8))]


def test_documents_as_we_write_them_are_for_the_quick_way(documents: list[Any]) -> None:
    """All ordinary ones and nearly all of the lab's; the rest is left to the slow way."""
    known = [same(canonical(d)) for d in documents if len(canonical(d)) < 100_000]
    assert sum(known) > 0.9 * len(known)
    assert all(same(canonical(to_document(m))) for m in measurements(3))


def test_mutated_documents(documents: list[Any]) -> None:
    """Whatever is changed: it says the same, or does not know."""
    chance = random.Random(4)
    small = [d for d in documents if len(canonical(d)) < 40_000]
    known = 0
    for _ in range(MUTATED):
        known += same(canonical(mutations.mutated(chance.choice(small), chance)))
    assert known > MUTATED // 20


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """The way to each value; of a list to its first."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 65_536, 2**31, 2**53 + 1, 2**64 - 1, 1.5, -0.0, 604_801.0, 1e300),
    *("", " ", "x", "x\n", "é" * 300, "a" * 65, "a" * 3000, "\x7f", "1.2.3.4", "1.2.3.04", "::1"),
    *("fe80::1%eth0", "scrubbed", "[scrubbed]:443", "1.2.3.4:0443", "1.2.3.4:65536", "[::1]:443"),
    *("http://a", "https://user@a.b/", "http://10.0.0.1/", "2026-11-25 24:00:00", "AS1", "AS"),
    *("2026-11-25 01:02:03", "2999-01-01 01:02:03", "2026-02-30 01:02:03", "2026-11-25 01:02:03\n"),
    *("KZ", "kz", "generic_timeout_error", "unknown_failure: x\x0b", "f" * 64, "F" * 64, "AAAA"),
    *("A===", "A A A A=", "blocked", "tls", [], {}, [None], [1], [2**32], ["late=1"], {"x": 1}),
    *({"format": "base64", "data": "AAA="}, {"format": "hex", "data": "00"}, {"::1": {"flags": 1}}),
    *([["a", "b"]], [["a"]], [["a", {"format": "base64", "data": "AAA="}]]),
)


def test_every_value_replaced_by_a_strange_one() -> None:
    """Each key of a document in turn, and each taken out."""
    documents = [to_document(m) for m in measurements(60) if m.verdict is not None]
    whole = max(documents, key=lambda d: len(set(places(d))))
    known = 0
    for path in places(whole):
        if not path:
            continue
        changed = copy.copy(whole)
        node: Any = changed
        for step in path[:-1]:  # only what is on the way is copied
            node[step] = copy.copy(node[step])
            node = node[step]
        for value in STRANGE:
            node[path[-1]] = value
            known += same(orjson.dumps(changed, option=orjson.OPT_SORT_KEYS))
        del node[path[-1]]
        known += same(canonical(changed))
    assert known > 500


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"a":"\xff"}',
        b'{"input":"\\ud800"}',
        b'{"test_keys":' + b"[" * 2000,
        b'{"extensions":{' + b",".join(b'"%d":1' % n for n in range(1_100_000)) + b"}}",
    ],
)
def test_what_is_no_document(line: bytes) -> None:
    """Not for the quick way, and no exception."""
    assert swift.parse(line) is None


def test_a_body_that_is_too_long() -> None:
    """Characters are counted by the shape, bytes here."""
    document = to_document(measurements(1)[0])
    document["test_keys"]["requests"][0]["response"]["body"] = "é" * (validate.MAX_BODY // 2 + 1)
    assert not same(canonical(document))
    document["test_keys"]["requests"][0]["response"]["body"] = "é" * (validate.MAX_BODY // 2)
    assert same(canonical(document))


def test_a_future_day_and_a_house_are_left_to_the_slow_way() -> None:
    """It has the words for them."""
    document = to_document(measurements(1)[0])
    assert quick(canonical(document)) is not None
    assert quick(canonical({**document, "measurement_start_time": "2026-11-27 00:00:00"})) is None
    assert quick(canonical({**document, "input": "http://router.lan/"})) is None


def test_the_control_that_is_said_twice() -> None:
    """OONI's key must say what ours says, or somebody has to look at it."""
    document = to_document(measurements(1)[0])
    keys = document["test_keys"]
    assert same(canonical(document))
    assert same(canonical({**document, "test_keys": {**keys, "control": None}}))
    other = {**document, "test_keys": {**keys, "control": {"dns": 5}}}
    assert quick(canonical(other)) is None
    assert slow(canonical(other)) is None


@pytest.mark.parametrize("before", ["answer", "control"])
@pytest.mark.parametrize("name", ["%s", "\\u0063ontrol", "\\u0061nswer", "%s ", "c\\u006fntrol"])
@pytest.mark.parametrize(
    "value", [b'"\xff"', b"1e400", b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000]
)
def test_a_key_that_is_said_twice(before: str, name: str, value: bytes) -> None:
    """The first is never read by the quick way: so it is for the slow one, and nothing is raised."""
    whole = canonical(to_document(measurements(1)[0]))
    key = b'"%b":' % before.encode()
    assert whole.count(key) == 1
    spelled = name.replace("%s", before)
    more = b'"%b"%b:%b,' % (spelled.strip().encode(), b" " * spelled.count(" "), value)
    assert swift.parse(whole) is not None
    changed = whole.replace(key, more + key)
    assert swift.parse(changed) is None
    assert slow(changed) is None
