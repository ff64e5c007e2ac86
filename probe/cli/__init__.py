"""The command line: parse, call, render. No SQL, no sockets."""

from probe.cli.app import app, main

__all__ = ["app", "main"]
