"""A page as it may be told: what it had in common with the control's, or with that of k others. Pure.

A page can be made for one person: their town's weather, their bill, their number on a block page. Its words
never come here; but a hash, an exact length or a sketch of it would be the same next month. So these are told
as they are only where others got them too. Otherwise they are changed so that judging it again finds the same:
every comparison within the measurement, and with the control, comes out as before.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from measurements.schema.measurement import ControlAnswered, Measurement
from measurements.schema.records import BodyFeatures, HTTPTransaction
from measurements.schema.words import Layer
from measurements.verdict.features import features_of

_WORD = re.compile(r"\w+")
_CUT = "…"
_TOP = 1 << 32
_PACKET = 64
_LINKS = 5
_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Pages:
    """Of one measurement. `common`: titles and bodies' hashes that k senders got as interference."""

    salt: str
    finds: bool  # the verdict is about a page
    common: frozenset[str]
    titles: frozenset[str]  # as controls saw them
    hashes: frozenset[str]
    lengths: frozenset[int]
    sketch: dict[int, int]

    @classmethod
    def of(cls, m: Measurement, *, salt: str, common: frozenset[str]) -> "Pages":
        """`salt` makes what stands in for a hash another one in each measurement."""
        seen = [c.http for c in m.controls if isinstance(c, ControlAnswered)]
        theirs = {n for http in seen for n in http.shingles}
        told = (_features(h) for h in m.records.http_transactions)
        ours = {n for f in told if f is not None for n in f.shingles}
        return cls(
            salt=salt,
            finds=m.verdict is not None and m.verdict.layer is Layer.HTTP,
            common=common,
            titles=frozenset(http.title for http in seen if http.title),
            hashes=frozenset(http.body_sha256 for http in seen if http.body_sha256),
            lengths=frozenset(http.body_length for http in seen),
            sketch={
                old: new
                for odd in (0, 1)
                for old, new in _redrawn(
                    sorted(n for n in ours - theirs if n % 2 == odd and n),
                    sorted(n for n in theirs if n % 2 == odd),
                    f"{salt} {odd}",
                )
            },
        )

    def told(self, h: HTTPTransaction) -> HTTPTransaction:
        """Without its body; the rest as it may be."""
        if h.body_sha256 in self.hashes or self._is_common(h.body_sha256):
            return replace(h, body=None, features=_features(h), title=self._title(h.title))
        f = _features(h)
        return replace(
            h,
            body=None,
            body_sha256=None if h.body_sha256 is None else self._stand_in(h.body_sha256),
            body_length=self.length(h),
            title=self._title(h.title),
            features=f
            and BodyFeatures(
                shingles=tuple(sorted(self.sketch.get(n, n) for n in f.shingles)),
                text_length=_letters(f.text_length),
                links=-(-f.links // _LINKS) * _LINKS,
                signs=f.signs,
            ),
        )

    def length(self, h: HTTPTransaction) -> int:
        """Rounded up, where the control's was another."""
        exact = h.body_length in self.lengths or h.body_sha256 in self.hashes
        return h.body_length if exact or self._is_common(h.body_sha256) else _up(h.body_length)

    def _is_common(self, text: str | None) -> bool:
        return self.finds and text in self.common

    def _stand_in(self, sha256: str) -> str:
        return hashlib.sha256(f"anyqta-published/1\n{self.salt}\n{sha256}".encode()).hexdigest()

    def _title(self, text: str | None) -> str | None:
        """Without the words that no control saw: which town's weather, which shop's branch."""
        if not text or text in self.titles or self._is_common(text):
            return text
        words = {word.casefold() for told in self.titles for word in _WORD.findall(told)}
        cut = _WORD.sub(lambda found: found[0] if found[0].casefold() in words else _CUT, text)
        return re.sub(rf"{_CUT}(?:\W*{_CUT})+", _CUT, cut)


def _features(h: HTTPTransaction) -> BodyFeatures | None:
    return features_of(h) if h.body is not None else h.features


def _up(n: int) -> int:
    """To two digits, and to whole packets."""
    step = max(_PACKET, int(10 ** (len(str(n)) - 2)))
    return -(-n // step) * step


def _letters(n: int) -> int:
    """To the middle of a hundred, on the side of every round number where it was."""
    step = max(_LETTERS, int(10 ** (len(str(n)) - 2)))
    return n // step * step + step // 2 if n else 0


def _redrawn(ours: list[int], theirs: list[int], salt: str) -> Iterable[tuple[int, int]]:
    """Other numbers in the same order, each between the same two of the control's: equal to none of them."""
    bounds = [0, *theirs, _TOP]

    def gap(n: int) -> int:
        return sum(1 for bound in theirs if bound < n)

    for at, part in groupby(ours, gap):
        old = list(part)
        low, high = bounds[at], bounds[at + 1]
        room = (high - low) // 2 - 1  # numbers of this parity between them
        if room < 4 * len(old):  # too narrow to choose from
            yield from zip(old, old, strict=True)
            continue
        drawn: set[int] = set()
        i = 0
        while len(drawn) < len(old):
            digest = hashlib.sha256(f"{salt} {low} {i}".encode()).digest()
            drawn.add(low - low % 2 + 2 + 2 * (int.from_bytes(digest[:8], "big") % room))
            i += 1
        odd = old[0] % 2
        yield from zip(old, sorted(n + odd for n in drawn), strict=True)
