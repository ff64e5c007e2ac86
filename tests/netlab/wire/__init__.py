"""Packets and messages, read and written by hand."""
