"""The history of cells, kept in a file for later sessions, in the terms of a history_request.

Board cells and host cells stand in it alike. New lines wait in memory until `save`, which the kernel calls
when it has time and every query calls first. All methods run on one thread.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from iot_kernel.errors import ConfigError
from iot_kernel.private_files import private_directory

LOCK_TIMEOUT = 1.0  # s for another kernel to finish writing; past it the lines wait for the next `save`
MOST_LINES = 1000  # in one answer; consoles ask for all there ever was

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS line (
    session INTEGER NOT NULL, number INTEGER NOT NULL, source TEXT NOT NULL, output TEXT,
    PRIMARY KEY (session, number)
);
"""

#: Sessions may run side by side: to someone in one of them, its lines are the latest. Takes its number.
_LATEST_FIRST = "session = ? DESC, session DESC, number DESC"

#: Session, line number, and the source; or a pair of source and output where outputs were asked for.
Row = tuple[int, int, str | tuple[str, str | None]]


class History:
    """The history of one kernel and of those before it.

    Args:
        path: the file, made when first needed. With None, or without rights, nothing outlives the kernel.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._new: list[tuple[int, str, str | None]] = []
        self._database: sqlite3.Connection | None = None
        self._session = 0

    def add(self, number: int, source: str, output: str | None = None) -> None:
        """Notes an executed cell.

        Args:
            number: its execution count.
            source: its text.
            output: the text of its ``Out[n]``, if it has one.
        """
        self._new.append((number, source, output))

    def save(self) -> None:
        """Writes what is new. A file that cannot be written now keeps the lines waiting."""
        if not self._new:
            return
        database = self._open()
        try:
            with database:
                database.executemany(
                    "INSERT OR REPLACE INTO line (session, number, source, output) VALUES (?, ?, ?, ?)",
                    [(self._session, *line) for line in self._new],
                )
        except sqlite3.Error:
            return
        self._new.clear()

    def tail(self, n: int | None, *, output: bool = False) -> list[Row]:
        """Returns the last ``n`` lines of all sessions, oldest first; those of this one come last."""
        sql = f"SELECT * FROM line ORDER BY {_LATEST_FIRST} LIMIT ?"  # noqa: S608  a constant
        return self._rows(sql, self._own(), _limit(n), output=output)[::-1]

    def range(self, session: int, start: int, stop: int | None, *, output: bool = False) -> list[Row]:
        """Returns lines of one session.

        Args:
            session: its number; 0 is this one, -1 the one before.
            start: the first line's number.
            stop: the number behind the last line's; None for all.
            output: whether to return outputs as well.
        """
        number = session if session > 0 else self._own() + session
        sql = "SELECT * FROM line WHERE session = ? AND number >= ? AND number < ? ORDER BY number LIMIT ?"
        end = 2**62 if stop is None else stop
        return self._rows(sql, number, start, end, MOST_LINES, output=output)

    def search(
        self, pattern: str | None, n: int | None, *, unique: bool = False, output: bool = False
    ) -> list[Row]:
        """Returns the last ``n`` lines that a glob pattern fits, oldest first.

        Args:
            pattern: fits the whole source; None fits all.
            n: how many at most.
            unique: of equal sources, only the last.
            output: whether to return outputs as well.
        """
        which = "max(rowid)" if unique else "rowid"
        group = "GROUP BY source" if unique else ""
        sql = (
            f"SELECT * FROM line WHERE rowid IN (SELECT {which} FROM line WHERE source GLOB ? {group}) "  # noqa: S608
            f"ORDER BY {_LATEST_FIRST} LIMIT ?"
        )
        return self._rows(sql, pattern or "*", self._own(), _limit(n), output=output)[::-1]

    def close(self) -> None:
        """Saves and closes the file. Twice is fine."""
        self.save()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _rows(self, sql: str, *values: object, output: bool) -> list[Row]:
        self.save()
        try:
            rows = self._open().execute(sql, values).fetchall()
        except sqlite3.Error:
            return []
        return [
            (session, number, (source, out) if output else source) for session, number, source, out in rows
        ]

    def _own(self) -> int:
        """The number of this session."""
        self._open()
        return self._session

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            try:
                self._database, self._session = _connect(self._path)
            except (sqlite3.Error, ConfigError):
                self._database, self._session = _connect(None)
        return self._database


def _connect(path: Path | None) -> tuple[sqlite3.Connection, int]:
    """Opens the file, makes what is missing in it and begins a session."""
    if path is not None:
        private_directory(path.parent, "the history of cells is kept there")
    database = sqlite3.connect(path or ":memory:", timeout=LOCK_TIMEOUT)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")  # a line lost in a power failure is no loss
        database.executescript(_SCHEMA)
        with database:
            session = database.execute("INSERT INTO session DEFAULT VALUES").lastrowid
    except sqlite3.Error:
        database.close()
        raise
    return database, session or 1


def _limit(n: int | None) -> int:
    return MOST_LINES if n is None else min(n, MOST_LINES)
