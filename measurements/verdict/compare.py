"""Whether two answers show the same page: the probe's and the control's, or those of two arms.

OONI's rule (ts-017) is one agreement of status and any of length, headers, title words: a block
page that sends Content-Length passes. Here every feature weighs for or against (log-odds, set by
hand and checked by tests on made-up pages, not fitted); what a censor copies for nothing weighs
nothing; and where the features do not add up the answer is `unknown`.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from measurements.schema.measurement import ControlHop, ControlHTTP
from measurements.schema.records import Headers, HTTPTransaction
from measurements.verdict import header_evidence
from measurements.verdict.addresses import same_site
from measurements.verdict.features import sketch_of
from measurements.verdict.page_text import BODY_CAP, read_page
from measurements.verdict.sketch import (
    WORDLESS,
    Overlap,
    Sketch,
    contained,
    markup_overlap,
    read_sketch,
    shingles,
    similarity,
    text_overlap,
)
from measurements.verdict.title_evidence import weigh_titles

__all__ = [
    "Comparison",
    "Kind",
    "Page",
    "Tampering",
    "compare",
    "page_of_control",
    "page_of_hop",
    "page_of_transaction",
    "shingles",
    "similarity",
    "tampered",
]


class Kind(StrEnum):
    """The answer: the same bytes or nearly, the same page grown or translated, another page."""

    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What comparing needs of an answer. -1 and () and None stand for what is not known."""

    status_code: int = -1
    title: str = ""
    headers: Headers = ()
    body_length: int = -1
    truncated: bool = False
    sha256: str | None = None
    shingles: tuple[int, ...] = ()
    vantage: str = "probe"  # or control
    stable: bool | None = None  # fetched twice there, with the same bytes

    def header(self, name: str) -> str | None:
        """The first header of that name (in lower case); None where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`score` is how likely both show one page, 0 to 1; `reasons` are short sentences."""

    kind: Kind
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """`answer`: True altered on the way, False intact, None cannot be told."""

    answer: bool | None
    reasons: tuple[str, ...] = ()


def page_of_transaction(transaction: HTTPTransaction) -> Page:
    """What the probe got; a page without a status where no answer came."""
    t = transaction
    sketch = sketch_of(t)
    title = t.title
    if title is None and t.body:  # OONI's documents leave the title to the reader
        title = read_page(t.body, content_type=t.header("content-type") or "").title
    return Page(
        status_code=-1 if t.status_code is None else t.status_code,
        title=title or "",
        headers=t.headers,
        body_length=t.body_length if sketch else -1,
        truncated=t.body_is_truncated or t.failure is not None,
        sha256=t.body_sha256,
        shingles=sketch,
    )


def page_of_control(http: ControlHTTP) -> Page:
    """What the control got at the end of its redirects."""
    return Page(
        status_code=-1 if http.failure else http.status_code,
        title=http.title,
        headers=http.headers,
        body_length=http.body_length,
        sha256=http.body_sha256,
        shingles=http.shingles,
        vantage="control",
        stable=http.stable,
    )


def page_of_hop(hop: ControlHop) -> Page:
    """One redirect on the control's way, to compare with the probe's at the same URL."""
    headers = (("Location", hop.location),) if hop.location else ()
    return Page(status_code=hop.status_code, headers=headers, vantage="control")


_SAME, _SIMILAR, _DIFFERENT = 0.95, 0.75, 0.2
_Weight = tuple[float, str]


def compare(page: Page, reference: Page) -> Comparison:
    """Compare an answer with one that is believed: the control's, or that of a verified arm.

    Symmetric in spirit, but a missing trait counts against `page`. It never says why they differ:
    a challenge, another country's edition and a block page are all `different`.
    """
    if page.status_code < 0 or reference.status_code < 0:
        return Comparison(kind=Kind.UNKNOWN, score=0.5, reasons=("one side has no answer",))
    if _identical(page, reference):
        return Comparison(kind=Kind.SAME, score=0.99, reasons=("the bodies are identical",))
    redirects = [_is_redirect(p) for p in (page, reference)]
    if any(redirects) and not all(redirects):
        reason = "a redirect cannot be compared with the page at the end of redirects"
        return Comparison(kind=Kind.UNKNOWN, score=0.5, reasons=(reason,))
    here, there = read_sketch(page.shingles), read_sketch(reference.shingles)
    weights = list(
        _redirect_weights(page, reference)
        if all(redirects)
        else _page_weights(page, reference, here, there)
    )
    score = round(1 / (1 + math.exp(-sum(weight for weight, _ in weights))), 3)
    kind = Kind.UNKNOWN
    if score <= _DIFFERENT:
        kind = Kind.DIFFERENT
    elif score >= _SIMILAR:
        words = text_overlap(here, there).share if WORDLESS not in here.text else 0.0
        # "the same" needs to have seen the words, not only their length
        sure = score >= _SAME and words >= 0.8 and page.status_code == reference.status_code  # noqa: PLR2004
        kind = Kind.SAME if sure else Kind.SIMILAR
    heaviest = sorted(weights, key=lambda item: -abs(item[0]))
    told = tuple(why for weight, why in heaviest if weight)
    return Comparison(kind=kind, score=score, reasons=told or ("nothing tells them apart",))


def _identical(page: Page, reference: Page) -> bool:
    return (
        page.sha256 is not None
        and page.sha256 == reference.sha256
        and page.status_code == reference.status_code
        and page.body_length > 0
    )


def _is_redirect(page: Page) -> bool:
    return 300 <= page.status_code < 400 and page.header("location") is not None  # noqa: PLR2004


def _redirect_weights(page: Page, reference: Page) -> Iterator[_Weight]:
    here, there = page.header("location") or "", reference.header("location") or ""
    if here == there:
        yield 4.0, "both redirect to the same URL"
    elif not (_host(here) and _host(there)):
        yield 0.0, "one redirect is relative"
    elif same_site(_host(here), _host(there)):
        yield 2.5, "both redirect to the same site"
    else:
        yield -2.5, f"it redirects to {_host(here)}, the other to {_host(there)}"


def _host(url: str) -> str:
    """The host of an absolute URL, by hand: urlsplit raises on hostile ones."""
    _, separator, rest = url.partition("//")
    if not separator:
        return ""
    authority = rest.replace("\\", "/").split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    host = authority.rpartition("@")[2]
    return host[1:].split("]", 1)[0] if host.startswith("[") else host.split(":", 1)[0]


def _page_weights(page: Page, reference: Page, here: Sketch, there: Sketch) -> Iterator[_Weight]:
    yield _status_weight(page.status_code, reference.status_code)
    words = list(_sketch_weights(page, reference, here, there))
    yield from words
    alike = any(weight >= 1 for weight, _ in words)
    length, why = _length_weight(page, reference)
    yield (0.0 if alike and length < 0 else length), why
    small = page.truncated and page.body_length < 2048  # noqa: PLR2004 - the title may not have come
    title, why = weigh_titles(page.title, reference.title)
    yield (0.0 if (small or alike) and title < 0 else title), why
    yield from header_evidence.weigh_headers(page.headers, reference.headers)


def _status_weight(here: int, there: int) -> _Weight:
    if here == there:
        return 0.4, f"both have status {here}"
    if here < 300 and there < 300:  # noqa: PLR2004
        return 0.2, "both have a status of success"
    if here >= 400 and there >= 400:  # noqa: PLR2004
        return -0.5, f"status {here}, the other {there}"
    return -2.0, f"status {here}, the other {there}"


def _length_weight(page: Page, reference: Page) -> _Weight:
    """Equal lengths prove nothing: a censor can pad. Very unequal ones do weigh."""
    here, there = page.body_length, reference.body_length
    if here < 0 or there < 0:
        return 0.0, "a length is not known"
    if min(here, there) >= BODY_CAP:
        return 0.8, "both are longer than 512 KiB"
    if page.truncated or reference.truncated or here >= BODY_CAP:
        return 0.0, "a body was cut short"
    if max(here, there) < 256:  # noqa: PLR2004
        return 0.0, "both are very short"
    titled = here == there and page.title and page.title == reference.title
    return _ratio_weight(min(here, there) / max(here, there)) + (0.6 if titled else 0.0), (
        f"{here} bytes, the other {there}"
    )


def _ratio_weight(ratio: float) -> float:
    for least, weight in ((1.0, 0.0), (0.7, 0.2), (0.3, -0.2), (0.1, -0.7)):
        if ratio >= least:
            return weight
    return -1.3


_ENOUGH, _FEW = 16, 8  # hashes


def _sketch_weights(page: Page, reference: Page, here: Sketch, there: Sketch) -> Iterator[_Weight]:
    if not page.shingles or not reference.shingles:
        return
    markup = _markup_weight(markup_overlap(here, there), here, there)
    if markup is not None:
        yield markup
    weight, why = _text_weight(_text_overlap(page, reference, here, there), here, there)
    if weight < 0 and markup is not None and markup[0] >= 1:
        # the same markup around other words: another language or edition
        weight = 0.0 if markup[0] >= 3 else weight / 2  # noqa: PLR2004
    yield weight, why


def _text_overlap(page: Page, reference: Page, here: Sketch, there: Sketch) -> Overlap:
    limit = min(here.text_limit, there.text_limit)
    if page.truncated and page.body_length < BODY_CAP:
        return contained(here.text, there.text, limit)
    if reference.truncated and reference.body_length < BODY_CAP:
        return contained(there.text, here.text, limit)
    return text_overlap(here, there)


def _text_weight(words: Overlap, here: Sketch, there: Sketch) -> _Weight:
    why = f"{words.share:.0%} of the words are shared"
    if not (here.text and there.text) or not words.hashes:
        return 0.0, why
    if {WORDLESS} in (here.text, there.text):
        return (0.4, "neither has words") if here.text == there.text else (-1.5, "one has no words")
    certainty = 1.0 if words.hashes >= _ENOUGH else 0.5
    for least, weight in ((0.5, 4.0), (0.15, 2.5), (0.05, 1.0)):
        if words.share >= least:
            return weight * certainty, why
    return (-3.0 if max(len(here.text), len(there.text)) >= _ENOUGH else -1.0) * certainty, why


def _markup_weight(names: Overlap, here: Sketch, there: Sketch) -> _Weight | None:
    why = f"{names.share:.0%} of the names in the markup are shared"
    fewest, most = sorted((len(here.markup), len(there.markup)))
    if fewest < _FEW:
        return (-0.7, "the markup is much poorer") if most >= _ENOUGH and fewest < 4 else None  # noqa: PLR2004
    for least, weight in ((0.5, 3.0), (0.2, 1.5), (0.05, 0.0)):
        if names.share >= least:
            return weight, why
    return -1.0, why


def tampered(page: Page, references: Sequence[Page]) -> Tampering:
    """Whether a page that is still the page was altered on the way: injected, replaced, cut bytes.

    Most pages differ at each visit, and by country. So "yes" needs references that agree to the
    byte, twice, at least once from this vantage (a verified TLS arm, another path); a control that
    fetched twice and got the same counts twice. A wholly other page is `compare`'s question.
    """
    if page.truncated or page.sha256 is None or page.status_code < 0:
        return Tampering(answer=None, reasons=("the page is not whole",))
    whole = [r for r in references if r.sha256 is not None and not r.truncated]
    whole = [r for r in whole if r.status_code == page.status_code]
    if any(r.sha256 == page.sha256 for r in whole):
        return Tampering(answer=False, reasons=("a reference is identical to the byte",))
    votes = sum(2 if r.vantage == "control" and r.stable else 1 for r in whole)
    if not _agree(r.sha256 for r in whole) or votes < 2 or any(r.stable is False for r in whole):  # noqa: PLR2004
        return Tampering(answer=None, reasons=("the references do not agree among themselves",))
    if all(r.vantage == "control" for r in whole):
        return Tampering(answer=None, reasons=("only the control vouches: it may be the country",))
    alike = max(similarity(page.shingles, r.shingles) or 0.0 for r in whole)
    if alike < 0.5:  # noqa: PLR2004
        return Tampering(answer=None, reasons=("it is not the same page any more",))
    bytes_more = page.body_length - whole[0].body_length
    says = f"{bytes_more:+d} bytes" if bytes_more else "of the same length"
    return Tampering(
        answer=True,
        reasons=(f"{votes} fetches agree to the byte, this one is altered ({says})",),
    )


def _agree(hashes: Iterable[str | None]) -> bool:
    return len(set(hashes)) == 1
