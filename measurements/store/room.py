"""How many withdrawals are remembered of what never came."""

import sqlite3

_RECOUNT = 100  # questions; several processes write, and each may let through so many more


class NoRoom(Exception):  # noqa: N818 - it says what it is
    """So much was withdrawn that never came that no more of it is remembered."""


class Room:
    """Beyond as many as measurements came. To count takes long where there are many: not each time."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._asked = self._counted = 0

    def take(self, conn: sqlite3.Connection, spare: int) -> None:
        """For one more, which is then written. Raises NoRoom."""
        if self._asked % _RECOUNT == 0:
            self._counted = conn.execute("SELECT count(*) FROM withdrawn").fetchone()[0]
            self._asked = 0
        self._asked += 1
        came = conn.execute("SELECT coalesce(max(id), 0) FROM measurements").fetchone()[0]
        if self._counted + self._asked > spare + came:
            raise NoRoom
