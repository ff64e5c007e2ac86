"""One module a question: the base visit, and the change-one-thing arms. Measures, never judges."""
