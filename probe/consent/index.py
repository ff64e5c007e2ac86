"""Which of some hundred texts may be in a megabyte: asked once for all, not once for each."""

import sys
from collections.abc import Iterable, Iterator

from probe.consent.forms import Form

_GRAM = 4  # bytes of a word
_LEAST = 2 * _GRAM - 1  # of these, wherever they stand, one whole word is in its place
_SMALL = 2048  # bytes: shorter data are searched for each form


class Index:
    """Forms by the words of their anchors. Data are read as words of four bytes, whose set is small.

    A word of an anchor that is there does not say that the anchor is: that is asked then.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        """Of all `forms`; those with a short anchor are asked each time."""
        self._all = tuple(forms)
        self._short: list[int] = []
        self._words: dict[bool, dict[int, list[int]]] = {True: {}, False: {}}
        for number, form in enumerate(self._all):
            if len(form.anchor) < _LEAST:
                self._short.append(number)
                continue
            words = self._words[form.folded]
            for at in range(_GRAM):
                word = int.from_bytes(form.anchor[at : at + _GRAM], sys.byteorder)
                words.setdefault(word, []).append(number)
        self._known = {folded: frozenset(words) for folded, words in self._words.items()}

    def forms_in(self, data: bytes, low: bytes) -> Iterator[Form]:
        """Those whose anchor is in `data`, or in `low` (the same in lower case), in their order."""
        for form in self._likely(data, low):
            if form.anchor in (low if form.folded else data):
                yield form

    def _likely(self, data: bytes, low: bytes) -> Iterable[Form]:
        if len(data) < _SMALL:
            return self._all
        found = set(self._short)
        for folded, where in ((True, low), (False, data)):
            words = memoryview(where)[: len(where) // _GRAM * _GRAM].cast("I")
            for word in self._known[folded].intersection(words):
                found.update(self._words[folded][word])
        return [self._all[number] for number in sorted(found)]
