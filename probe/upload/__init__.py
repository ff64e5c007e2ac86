"""Sending what was agreed to be shared to collectors, until each has answered for each of it."""
