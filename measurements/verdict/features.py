"""A body as what judging needs of it: computed where the body is, believed where it is not.

Every rule comes through here, so that a measurement is judged alike with its bodies and without.
"""

from functools import lru_cache

from measurements.schema.records import BodyFeatures, HTTPTransaction
from measurements.verdict.page_signs import signs_of
from measurements.verdict.page_text import fold, read_page
from measurements.verdict.sketch import shingles

_REMEMBERED = 32  # bodies of half a megabyte at most: those of one measurement, mostly


def features_of(h: HTTPTransaction) -> BodyFeatures:
    """All features: the body's; or those that came in its place; or what little the title tells."""
    if h.body is None and h.features is not None:
        return h.features
    looks = looks_of(h)
    return BodyFeatures(
        shingles=sketch_of(h),
        text_length=looks.text_length,
        links=looks.links,
        signs=looks.signs,
    )


def sketch_of(h: HTTPTransaction) -> tuple[int, ...]:
    """The body's sketch alone; () where nothing is known of the body."""
    if h.body is not None:
        return _sketch(h.body)
    return () if h.features is None else h.features.shingles


def looks_of(h: HTTPTransaction) -> BodyFeatures:
    """What the page shows, perhaps without its sketch: for fingerprints."""
    if h.body is None and h.features is not None:
        return h.features
    return page_looks(h.body or b"", h.title or "", fold(h.header("content-type") or ""))


@lru_cache(_REMEMBERED)
def _sketch(body: bytes) -> tuple[int, ...]:
    return shingles(body)


@lru_cache(_REMEMBERED)
def page_looks(body: bytes, title: str, content_type: str) -> BodyFeatures:
    """What a page shows, without its sketch."""
    page = read_page(body, title, content_type)
    return BodyFeatures(text_length=len(page.text), links=page.links, signs=signs_of(page))
