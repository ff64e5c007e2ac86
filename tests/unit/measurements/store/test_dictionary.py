"""The dictionary of format 1 is what old blobs were made with."""

import hashlib

from measurements.store.dictionary import DICTIONARY_1


def test_it_never_changes() -> None:
    """Whoever changes it makes every stored measurement unreadable."""
    assert (
        "5ec971cd7c117465c04920a004a2565abf8d17344b6bf05ba848e0863f5cfa02"
        == hashlib.sha256(DICTIONARY_1).hexdigest()
    )
