"""Mutated documents: whatever `check` lets in can be judged, stored, loaded and written again.

`python -m tests.bench.mutations [COUNT] [SEED]`; status 1 where something was raised.
"""

import copy
import json
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from measurements.collector.validate import Invalid, check, parse
from measurements.schema.codec import from_document, to_document
from measurements.store.store import Store
from measurements.verdict.features import features_of
from measurements.verdict.judge import judge
from tests.golden.cases import FOLDER, unfolded

TODAY = "2026-11-25"
_OONI = Path("/work/shared/data/ooni/measurements")
_MAX = 60_000  # bytes of a document that is mutated often
_STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**64 - 1, 1e300, -1e300, 1.5, 5e-324, 200, 302, 451, 999, 65535, 65536,
    "", " ", "x", "a" * 300, "é\x00x", "\u2028", "\u202e", "\ufffd" * 20, "0", "-0", "NaN", "9" * 400, "2026-11-25 01:02:03",
    "1.2.3.4", "::1", "fe80::1", "scrubbed", "[scrubbed]", "0.0.0.0", "scrubbed:443", "[::1]:443", "1.2.3.4:0",
    "http://", "http://[", "https://[::1", "https://a:99999/", "https://a.b:x/", "http://scrubbed/", "http://[scrubbed]/",
    "http://a b/", "//x", "http://xn--a.com/", "http://" + "a." * 300, "https://例え.jp/", "HTTP://EXAMPLE.ORG", "mailto:x",
    "depth=99", "experiment=x", "arm=y", "late=1", "role=system", "generic_timeout_error", "unknown_failure: x",
    "<title>" * 50, "<html>" * 100, 'text/html; charset="', [], {}, [[]], [None], [""], [{}], {"a": 1},
    {"format": "base64", "data": "AAAA"}, {"format": "base64", "data": "A"}, {"format": "base64", "data": "===="},
)  # fmt: skip
_KEYS = ("x", "failure", "headers", "body", "code", "t", "tags", "::1", "1.2.3.4:1", "[::1]:443")
_HOW_MANY = (1, 1, 1, 2, 3, 6, 12)


def documents() -> list[Any]:
    """The golden ones, some of them with features in the place of bodies, and OONI's own."""
    found = [json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*/measurement.json"))]
    whole: list[Any] = [unfolded(document) for document in found]
    real = [path for path in sorted(_OONI.glob("*.json")) if path.stat().st_size < _MAX]
    whole += [json.loads(path.read_bytes()) for path in real]
    return whole + [_bodiless(document) for document in whole[::3]]


def _bodiless(document: object) -> object:
    m = from_document(document)
    http = tuple(
        replace(h, features=features_of(h), body=None) for h in m.records.http_transactions
    )
    return to_document(replace(m, records=replace(m.records, http_transactions=http)))


def mutated(document: object, chance: random.Random) -> object:
    """With some values taken out, replaced, moved, multiplied."""
    whole = copy.deepcopy(document)
    places = [place for place in _places(whole) if place]
    for _ in range(chance.choice(_HOW_MANY)):
        *path, last = chance.choice(places)
        try:
            node = _at(whole, path)
            _change(node, last, whole, places, chance)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    return whole


def _change(node: Any, last: Any, whole: Any, places: list[Any], chance: random.Random) -> None:  # noqa: ANN401
    value, how = node[last], chance.random()
    if how < 0.15:
        del node[last]
    elif how < 0.6:
        node[last] = chance.choice(_STRANGE)
    elif how < 0.7:
        node[last] = copy.deepcopy(_at(whole, chance.choice(places)))
    elif isinstance(value, str):
        node[last] = "".join(
            chance.choice((c, c, c, c, chance.choice("\x00é:/[]%.-_ 0Z"))) for c in value
        )
    elif isinstance(value, list):
        node[last] = value * chance.choice((2, 3, 30))
    elif isinstance(value, dict):
        value[chance.choice(_KEYS)] = chance.choice(_STRANGE)
    elif isinstance(value, int | float):
        node[last] = chance.choice((value * 2, value + 1, -value, float(value)))


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _at(whole: Any, path: Any) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        whole = whole[step]
    return whole


def run(count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """What became of them, and what was raised where."""
    chance, whole = random.Random(seed), documents()
    became: Counter[str] = Counter()
    bugs: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "m.db") as store:
        for n in range(count):
            document = mutated(chance.choice(whole), chance)
            if isinstance(document, dict) and isinstance(document.get("measurement_uid"), str):
                document["measurement_uid"] = f"m{n}"  # or most would be duplicates
            try:
                became[_taken(orjson.dumps(document), store, f"m{n}")] += 1
            except Exception as exc:  # noqa: BLE001 - that is what is looked for
                ours = [
                    f for f in traceback.extract_tb(exc.__traceback__) if "measure" in f.filename
                ]
                bugs[f"{type(exc).__name__} {ours[-1].filename}:{ours[-1].lineno}"] += 1
    return became, bugs


def _taken(line: bytes, store: Store, uid: str) -> str:
    try:
        m = check(parse(line), today=TODAY)
    except Invalid:
        return "refused"
    m = replace(m, measurement_uid=uid, verdict=judge(replace(m, verdict=None)))
    store.save(m)
    orjson.dumps(to_document(store.load(uid)))
    return "taken"


def main() -> None:
    """See the module."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    became, bugs = run(count, seed)
    print(dict(became))
    for where, often in bugs.most_common():
        print(f"{often:6} {where}")
    sys.exit(bool(bugs))


if __name__ == "__main__":
    main()
