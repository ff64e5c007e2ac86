"""Dated copies of the published file that anyone can verify, cite and use again."""
