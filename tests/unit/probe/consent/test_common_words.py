"""Names that are everybody's."""

import json

from measurements.schema.codec import to_document
from probe.consent.common_words import COMMON
from probe.consent.needles import Needles
from tests.unit.probe.consent.planted import measurement


def test_a_user_called_as_a_word_of_the_format() -> None:
    """Every key of a document is among them: nobody's measurements are held for their name."""
    keys: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            keys.update(k for k in value if k.isidentifier())
            for item in value.values():
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    document = to_document(measurement())
    collect(document)
    words = {w for key in keys for w in key.lower().split("_") if len(w) > 2}
    raw = json.dumps(list(keys)).encode()
    held = [w for w in sorted(words | keys) if Needles.of((), names=(w,)).found_in(raw)]
    assert held == []
    assert "zhanibekov" not in COMMON
