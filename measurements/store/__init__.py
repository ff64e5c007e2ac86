"""Measurements in SQLite: small, complete, and in the database before anybody is shown a result."""
