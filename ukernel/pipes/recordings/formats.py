"""What each kind of recording can do, and which there are, by the file's ending.

A recording under way is a journal: a file beside the final one, to which rows are added, and of which all
whole rows can be read at any time, also after a kill or on a full disk. The final file is made of it.
"""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, ClassVar, NamedTuple

from ukernel.pipes.framing import PipeError

Row = tuple[Any, ...]

#: rows read or written at a time.
PIECE = 10_000

#: columns of a recording that is read: a message has at most as many bytes.
MOST_COLUMNS = 70_000

#: What every recording has, and what those have whose boards stamp, and sets of files.
TIME, CLOCK, LOST = "time", "clock", "lost"


class RecordingError(PipeError, ValueError):
    """A file is no recording, or is damaged; the message names it."""


class Rows(NamedTuple):
    """What a recording holds.

    Attributes:
        columns: their names.
        rows: a value for each column; raises `RecordingError` behind the last one that is good.
    """

    columns: list[str]
    rows: Iterator[Row]


class Journal(ABC):
    """A recording under way. `path` did not exist before; its rows are on the disk after `flush`."""

    path: Path

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Adds rows: a value for each column.

        Raises:
            ValueError: values of this kind do not fit in; none of the rows was added.
            OSError: the file cannot be written.
        """

    @abstractmethod
    def flush(self) -> None:
        """Hands what was written to the operating system."""

    @abstractmethod
    def fileno(self) -> int:
        """The number of the open file."""

    @abstractmethod
    def close(self) -> None:
        """Writes no more. Twice is fine."""

    @property
    def size(self) -> int:
        """Bytes, as of the last `flush`."""
        return self.path.stat().st_size


class FileJournal(Journal):
    """A journal that writes to a file as it is.

    Args:
        path: of the file.
        file: open for writing.
    """

    def __init__(self, path: Path, file: IO[Any]) -> None:
        self.path = path
        self._file = file

    def flush(self) -> None:
        """Hands what was written to the operating system."""
        self._file.flush()

    def fileno(self) -> int:
        """The number of the open file."""
        return self._file.fileno()

    def close(self) -> None:
        """Writes no more. Twice is fine."""
        self._file.close()


class RecordFormat(ABC):
    """One kind of recording.

    Attributes:
        ending: of its files.
        holds_bytes: whether a value may be bytes.
    """

    ending: ClassVar[str]
    holds_bytes: ClassVar[bool] = False

    @abstractmethod
    def journal(self, path: Path, columns: Sequence[str], like: Path | None = None) -> Journal:
        """Begins a recording.

        Args:
            path: of the journal.
            columns: their names.
            like: a file of the same set; types of columns shall be as there.

        Raises:
            ValueError: the file of the set has other columns.
            FileExistsError: there is a journal already.
            OSError: it cannot be written.
        """

    @abstractmethod
    def finish(self, journal: Path, target: Path) -> bool:
        """Makes the final file of a journal, which may end in the middle of a row, and removes the journal.

        Until the file is there, the journal is, and the file of before.

        Args:
            journal: closed.
            target: the file; it takes the place of one that is there.

        Returns:
            Whether there is a file: without a row there is none.

        Raises:
            RecordingError: no file can be made of its rows.
            OSError: the file cannot be written.
        """

    @abstractmethod
    def read(self, path: Path) -> Rows:
        """Reads a file, a piece at a time.

        Raises:
            RecordingError: it is none of this kind.
            OSError: it cannot be read.
        """

    @abstractmethod
    def read_journal(self, path: Path) -> Rows:
        """Reads the whole rows of a journal, a piece at a time.

        Raises:
            RecordingError: it is no journal.
            OSError: it cannot be read.
        """


@contextlib.contextmanager
def written_whole(target: Path) -> Iterator[BinaryIO]:
    """Writes a file that takes its name once it is whole and on the disk; an error leaves nothing of it."""
    beside = target.with_name(f".{target.name}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def check_columns(path: Path, columns: Sequence[str]) -> list[str]:
    """Makes sure that a file can be a recording.

    Raises:
        RecordingError: it has no times, or columns that recordings do not have.
    """
    if len(columns) > MOST_COLUMNS:
        raise RecordingError(f"{path}: has {len(columns)} columns, more than any recording")
    if len(set(columns)) < len(columns):
        raise RecordingError(f"{path}: two columns have the same name")
    if TIME not in columns:
        shown = ", ".join(map(repr, columns[:10])) or "none"
        raise RecordingError(f"{path}: is no recording: it has no column 'time' (its columns: {shown:.200})")
    return list(columns)


def check_like(like: Path, there: Sequence[str], columns: Sequence[str]) -> None:
    """Makes sure that a set gets files of one kind.

    Raises:
        ValueError: the columns differ.
    """
    if list(there) != list(columns):
        raise ValueError(
            f"{like.parent}: its files have the columns {', '.join(there)}, these samples "
            f"{', '.join(columns)}; record them to another place"
        )
