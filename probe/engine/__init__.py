"""Decides which arm runs next and when; obeys its own decisions."""
