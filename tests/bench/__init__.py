"""Every figure that we promise, beside its limit: ``python -m tests.bench``."""
