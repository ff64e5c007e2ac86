"""The table of authorities is well formed."""

from measurements.verdict.certificate_data import BY_SHA1, BY_SHA256, PATTERNS, CAKind
from measurements.verdict.page_text import fold


def test_hashes() -> None:
    """Hexadecimal, lower case, of their length; ten roots of Kazakhstan."""
    assert all(len(h) == 64 and int(h, 16) and h == h.lower() for h in BY_SHA256)
    assert all(len(h) == 40 and int(h, 16) and h == h.lower() for h in BY_SHA1)
    assert sum("Kazakhstan" in name for _, name in BY_SHA256.values()) == 10


def test_patterns() -> None:
    """Each has something to match, and is folded as names are."""
    for pattern in PATTERNS:
        parts = (pattern.common_name, pattern.organization, pattern.anywhere)
        assert any(parts)
        assert parts == tuple(fold(part) for part in parts)
        assert isinstance(pattern.kind, CAKind)
