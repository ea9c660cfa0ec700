"""Recordings as NPZ: an array for each column. Needs NumPy.

The journal is a row of arrays as `numpy.save` writes them: the names of the columns, and then for each piece
one array for each column.
"""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ukernel.pipes.recordings.formats import (
    PIECE,
    FileJournal,
    Journal,
    RecordFormat,
    RecordingError,
    Row,
    Rows,
    check_columns,
    check_like,
    written_whole,
)

#: bytes of one value; a message as text.
LARGEST_VALUE = 4 * 65_536

#: bytes of a header that says what an array holds; NumPy's own limit.
_LONGEST_HEADER = 10_000

_KINDS = "biufUS"  # of values: numbers, texts, bytes
_BROKEN = (ValueError, EOFError, OSError, zipfile.BadZipFile, struct.error, NotImplementedError, KeyError)


class _NpzJournal(FileJournal):
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        super().__init__(path, path.open("xb"))
        self._columns = columns
        self._put([np.array(list(columns))])

    def write(self, rows: Sequence[Row]) -> None:
        columns = zip(self._columns, zip(*rows, strict=True), strict=True)
        self._put([_as_array(name, column) for name, column in columns])

    def _put(self, arrays: Sequence[NDArray[Any]]) -> None:
        data = io.BytesIO()  # NumPy's own writing to files says nothing of why it fails
        for array in arrays:
            np.lib.format.write_array(data, array, allow_pickle=False)
        self._file.write(data.getbuffer())


class NpzFormat(RecordFormat):
    """An archive of arrays, one for each column."""

    ending = ".npz"

    def journal(self, path: Path, columns: Sequence[str], like: Path | None = None) -> Journal:
        """Begins a recording."""
        if like is not None:
            check_like(like, self.read(like).columns, columns)
        return _NpzJournal(path, columns)

    def finish(self, journal: Path, target: Path) -> bool:
        """Makes the final file of a journal."""
        with journal.open("rb") as file:
            try:
                columns, pieces = _pieces(journal, file)
            except RecordingError:  # it ends before its first row
                columns, pieces = [], []
            if pieces:
                _write_archive(file, columns, pieces, target)
        journal.unlink()
        return bool(pieces)

    def read(self, path: Path) -> Rows:
        """Reads a file."""
        with _opened(path) as archive:
            names = archive.namelist()
            columns = check_columns(path, [name.removesuffix(".npy") for name in names])
            lengths = {member.length for member in _members(path, archive)}
        if len(lengths) > 1:
            raise RecordingError(f"{path}: its columns have different lengths")
        return Rows(columns, _rows(path, lengths.pop()))

    def read_journal(self, path: Path) -> Rows:
        """Reads the whole rows of a journal."""
        with path.open("rb") as file:
            columns, pieces = _pieces(path, file)

        def rows() -> Iterator[Row]:
            with path.open("rb") as file:
                for piece in pieces:
                    yield from zip(*(_array_at(file, at).tolist() for at in piece), strict=True)

        return Rows(check_columns(path, columns), rows())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise RecordingError(f"{path}: is no .npz file, or is cut off ({error})") from None
        with archive:
            yield archive


def _members(path: Path, archive: zipfile.ZipFile) -> list[_Member]:
    try:
        return [_Member(archive.open(info), path, info.filename) for info in archive.infolist()]
    except RecordingError:
        raise
    except _BROKEN as error:
        raise RecordingError(f"{path}: is damaged ({error})") from None


class _Member:
    """An array in an archive that is read a piece at a time.

    Raises:
        RecordingError: it is no column of a recording.
    """

    def __init__(self, file: IO[bytes], path: Path, name: str) -> None:
        self._file = file
        self._place = f"{path}: column {name!r}"
        self.length, self._type = _header(file, self._place)

    def take(self, count: int) -> list[Any]:
        size = count * self._type.itemsize
        try:
            data = self._file.read(size)
        except _BROKEN as error:
            raise RecordingError(f"{self._place} is damaged ({error})") from None
        if len(data) < size:
            raise RecordingError(f"{self._place} is cut off")
        values: list[Any] = np.frombuffer(data, self._type).tolist()
        return values


def _header(file: IO[bytes], place: str) -> tuple[int, np.dtype[Any]]:
    """The length of the array that begins here, and the type of its values.

    Raises:
        RecordingError: it is no column of a recording.
    """
    try:
        version = np.lib.format.read_magic(file)
        reader = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = reader(file, max_header_size=_LONGEST_HEADER)
    except _BROKEN as error:
        raise RecordingError(f"{place} is no array ({error})") from None
    if len(shape) != 1 or dtype.kind not in _KINDS or not 0 < dtype.itemsize <= LARGEST_VALUE:
        raise RecordingError(
            f"{place} is an array of shape {shape} and type {dtype}, which recordings do not have"
        )
    return shape[0], dtype


def _rows(path: Path, length: int) -> Iterator[Row]:
    with _opened(path) as archive:
        members = _members(path, archive)
        for start in range(0, length, PIECE):
            count = min(PIECE, length - start)
            yield from zip(*(member.take(count) for member in members), strict=True)


def _pieces(path: Path, file: BinaryIO) -> tuple[list[str], list[list[int]]]:
    """The columns of a journal, and where the arrays of each of its whole pieces begin.

    Raises:
        RecordingError: it is no journal.
    """
    end = os.fstat(file.fileno()).st_size
    length, dtype = _header(file, str(path))
    columns = (
        np.frombuffer(file.read(length * dtype.itemsize), dtype).tolist()
        if length * dtype.itemsize <= end
        else []
    )
    if not columns:
        raise RecordingError(f"{path}: is no recording, or is cut off")
    pieces: list[list[int]] = []
    while True:
        piece = []
        for _ in columns:
            start = file.tell()
            try:
                count, dtype = _header(file, str(path))
            except RecordingError:
                return columns, pieces
            if file.tell() + count * dtype.itemsize > end:
                return columns, pieces
            piece.append(start)
            file.seek(count * dtype.itemsize, os.SEEK_CUR)
        pieces.append(piece)


def _write_archive(file: BinaryIO, columns: list[str], pieces: list[list[int]], target: Path) -> None:
    with written_whole(target) as made, zipfile.ZipFile(made, "w") as archive:
        for number, label in enumerate(columns):  # np.savez has labels of its own, such as "file"
            column = np.concatenate([_array_at(file, piece[number]) for piece in pieces])
            with archive.open(f"{label}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, column, allow_pickle=False)


def _as_array(name: str, column: Row) -> NDArray[Any]:
    array = np.asarray(column)
    if array.ndim != 1 or array.dtype.kind not in _KINDS:
        raise ValueError(f"column {name!r}: .npz files hold numbers and texts, not {column[0]!r:.100}")
    return array


def _array_at(file: BinaryIO, start: int) -> NDArray[Any]:
    file.seek(start)
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array
