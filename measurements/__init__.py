"""The record and what it means. Never imports `probe`."""
