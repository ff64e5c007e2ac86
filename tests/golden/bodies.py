"""A measurement as a collector gets it: features in the bodies' place, through JSON."""

from __future__ import annotations

from dataclasses import replace

import orjson

from measurements.schema.codec import from_document, to_document
from measurements.schema.measurement import Measurement
from measurements.schema.records import HTTPTransaction
from measurements.verdict.features import features_of


def bodyless(m: Measurement) -> Measurement:
    """The same without a body."""
    transactions = tuple(_without(h) for h in m.records.http_transactions)
    return replace(m, records=replace(m.records, http_transactions=transactions))


def _without(h: HTTPTransaction) -> HTTPTransaction:
    return h if h.body is None else replace(h, body=None, features=features_of(h))


def travelled(m: Measurement) -> Measurement:
    """Written and read again."""
    return from_document(orjson.loads(orjson.dumps(to_document(m))))
