"""Recordings as CSV. The journal has the same form as the file. Standard library only."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ukernel.pipes.recordings.formats import (
    FileJournal,
    Journal,
    RecordFormat,
    RecordingError,
    Row,
    Rows,
    check_columns,
    check_like,
)

#: bytes of a line that is read: a message of the longest kind as numbers.
LONGEST_LINE = 2_000_000

#: characters of a number; longer ones are text.
LONGEST_NUMBER = 40

#: bytes looked through at a time for the end of a line.
_STRETCH = 65_536


class _CsvJournal(FileJournal):
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        super().__init__(path, path.open("x", newline="", encoding="utf-8"))
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows([f"{row[0]:.6f}", *row[1:]] for row in rows)


class CsvFormat(RecordFormat):
    """A line of titles, and a line for each sample."""

    ending = ".csv"

    def journal(self, path: Path, columns: Sequence[str], like: Path | None = None) -> Journal:
        """Begins a recording."""
        if like is not None:
            check_like(like, self.read(like).columns, columns)
        return _CsvJournal(path, columns)

    def finish(self, journal: Path, target: Path) -> bool:
        """Makes the final file of a journal."""
        with journal.open("r+b") as file:
            heading = file.readline(LONGEST_LINE)
            end = _end_of_lines(file)
            file.truncate(end)
            os.fsync(file.fileno())
        if end <= len(heading):
            journal.unlink()
            return False
        journal.replace(target)
        return True

    def read(self, path: Path) -> Rows:
        """Reads a file."""
        return _read(path, is_whole=True)

    def read_journal(self, path: Path) -> Rows:
        """Reads the whole rows of a journal."""
        return _read(path, is_whole=False)


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends; 0 where there is none."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _STRETCH)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _read(path: Path, *, is_whole: bool) -> Rows:
    lines = _lines(path, is_whole=is_whole)
    table = csv.reader(lines)
    with _explained(path, table):
        columns = next(table, None)
    if columns is None:
        raise RecordingError(f"{path}: is empty")
    return Rows(check_columns(path, columns), _rows(path, table, len(columns)))


def _lines(path: Path, *, is_whole: bool) -> Iterator[str]:
    """The whole lines of a file; a line that is cut off ends a journal, and is an error elsewhere."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                if is_whole:
                    what = "a line is too long" if len(line) == LONGEST_LINE else "its last line is cut off"
                    raise RecordingError(f"{path}: {what}")
                return
            try:
                yield line.decode()
            except UnicodeDecodeError:
                raise RecordingError(f"{path}: is no text in UTF-8") from None


def _rows(path: Path, table: Any, width: int) -> Iterator[Row]:  # noqa: ANN401  csv names no type for readers
    while True:
        with _explained(path, table):
            texts = next(table, None)
        if texts is None:
            return
        if len(texts) != width:
            raise RecordingError(f"{path}: line {table.line_num} has {len(texts)} values, not {width}")
        yield tuple(map(_value, texts))


@contextlib.contextmanager
def _explained(path: Path, table: Any) -> Iterator[None]:  # noqa: ANN401
    try:
        yield
    except csv.Error as error:
        raise RecordingError(f"{path}: line {table.line_num}: {error}") from None


def _value(text: str) -> float | int | str:
    """A number, or where it is none, the text."""
    if len(text) > LONGEST_NUMBER or "_" in text:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
