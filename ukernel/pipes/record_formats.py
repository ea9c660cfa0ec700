"""Writes samples to files: CSV, NPZ or Parquet, by the file's ending."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol


class Writer(Protocol):
    """Writes samples to one kind of file."""

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Takes rows: a value for each column."""

    def close(self) -> None:
        """Ends the file."""


class _Csv:
    def __init__(self, path: Path, labels: list[str]) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(labels)

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._writer.writerows([f"{row[0]:.6f}", *row[1:]] for row in rows)

    def close(self) -> None:
        self._file.close()


class _Npz:
    def __init__(self, path: Path, labels: list[str]) -> None:
        self._path = path
        self._labels = labels
        self._rows: list[tuple[Any, ...]] = []

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows += rows

    def close(self) -> None:
        import numpy as np

        columns = zip(*self._rows, strict=True)
        with zipfile.ZipFile(self._path, "w") as archive:  # np.savez has labels of its own, such as "file"
            for label, column in zip(self._labels, columns, strict=True):
                with archive.open(f"{label}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(column))


class _Parquet:
    def __init__(self, path: Path, labels: list[str]) -> None:
        self._path = path
        self._labels = labels
        self._writer: Any = None

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        table = pa.table(columns, names=self._labels)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


_WRITERS: dict[str, Callable[[Path, list[str]], Writer]] = {".csv": _Csv, ".npz": _Npz, ".parquet": _Parquet}
_NEEDS = {".npz": "numpy", ".parquet": "pyarrow"}


def writer_for(path: Path) -> Callable[[Path, list[str]], Writer]:
    """What writes a file of this kind; says now what would fail at the end of a recording.

    Raises:
        ValueError: there is no such kind.
        ImportError: it needs a package that is not installed.
        OSError: no such file can be written.
    """
    from importlib.util import find_spec

    kind = path.suffix.lower()
    if kind not in _WRITERS:
        raise ValueError(f"{path}: a recording is a {' or '.join(_WRITERS)} file")
    _check_place(path)
    needs = _NEEDS.get(kind)
    if needs is not None and find_spec(needs) is None:
        raise ImportError(f"{path}: {kind} files need the package {needs} (%pip install {needs}), .csv none")
    return _WRITERS[kind]


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no directory {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a directory")
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path}: is there already, and you have no right to change it")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(f"{path}: you have no right to write to the directory {path.parent}")
