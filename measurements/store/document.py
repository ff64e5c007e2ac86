"""One measurement as OONI's document, from a connection that somebody else opened (the site's)."""

import json
import sqlite3

from measurements.schema.codec import to_document
from measurements.store.load import Loader

_KEY = "SELECT id FROM visible_measurements WHERE measurement_uid = ?"


def document(conn: sqlite3.Connection, uid: str) -> str | None:
    """Its JSON; None where there is none that may be seen."""
    found = conn.execute(_KEY, (uid,)).fetchone()
    if found is None:
        return None
    return json.dumps(to_document(Loader(conn).load(found[0])), ensure_ascii=True, indent=1)
