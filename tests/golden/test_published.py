"""What is published of a measurement is enough to check its verdict: judged again from it, it is the same.

As others do it: from a snapshot's JSON Lines, by `anyqta import`. Nothing is common here: pages, certificates
and titles are told as those that only one sender got (docs/design/0011).
"""

import dataclasses
import json

from measurements.analysis.publishable import Shown, may_be_told, publishable
from measurements.schema.codec import from_document, to_document
from measurements.schema.measurement import Place
from measurements.schema.verdict import Verdict
from measurements.verdict.judge import judge
from tests.golden.cases import FOLDER, Case

HERE = Shown(place=Place(asn=64500, as_org_name="Telecom", cc="KZ"))


def words(v: Verdict) -> tuple[object, ...]:
    """What counts."""
    return (v.status, v.layer, v.mechanism, v.locus, v.confidence)


def test_every_scenario_is_judged_again_as_it_was() -> None:
    other, seen = {}, 0
    for path in sorted(FOLDER.glob("*/measurement.json")):
        m = Case(path.parent.name).measurement
        m = dataclasses.replace(m, verdict=judge(m))
        assert m.verdict is not None
        if not may_be_told(m):
            continue
        seen += 1
        line = json.dumps(to_document(publishable(m, HERE)))
        again = judge(from_document(json.loads(line)))
        if words(again) != words(m.verdict):
            other[path.parent.name] = (words(m.verdict), words(again))
    assert other == {}
    assert seen > 300
