"""One network operation each: do it, record it, return it. A failure is a result."""
