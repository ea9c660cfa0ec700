"""Recordings as Parquet. Needs pyarrow.

A Parquet file can only be read with its end. So the journal is in Arrow's streaming format: a schema, and
batches of rows, each of which can be read once it is whole. Where numbers turn out to be of another kind, the
stream ends there and another one follows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ukernel.pipes.recordings.formats import (
    PIECE,
    Journal,
    RecordFormat,
    RecordingError,
    Row,
    Rows,
    check_columns,
    check_like,
    written_whole,
)

#: rows of a group: what other programs read at a time.
GROUP = 100_000

#: bytes of one group of a file that is read, and of the texts in its head; ours have a few megabytes.
LARGEST_GROUP = 2**30
LARGEST_HEAD = 2**24

_BROKEN = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError)


class _ParquetJournal(Journal):
    """Batches of rows, in one stream or more.

    Args:
        path: of the journal.
        columns: their names.
        schema: the one that all files of a set have; None where the samples say.
    """

    def __init__(self, path: Path, columns: Sequence[str], schema: Any = None) -> None:  # noqa: ANN401
        self.path = path
        self._columns = list(columns)
        self._schema = self._fixed = schema
        self._file = path.open("xb")
        self._stream: Any = None

    def write(self, rows: Sequence[Row]) -> None:
        columns = list(zip(*rows, strict=True))
        schema = self._schema_for(columns)
        if schema != self._schema or self._stream is None:
            self._end_stream()
            self._schema, self._stream = schema, pa.ipc.new_stream(self._file, schema)
        arrays = [self._array(column, field) for column, field in zip(columns, schema, strict=True)]
        self._stream.write_batch(pa.record_batch(arrays, schema=schema))

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        try:
            self._end_stream()
        finally:
            self._file.close()

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _schema_for(self, columns: Sequence[Row]) -> Any:  # noqa: ANN401
        """The types of the columns: those of before where they can hold these values."""
        if self._fixed is not None:
            return self._fixed
        arrays = [self._array(column, name) for column, name in zip(columns, self._columns, strict=True)]
        schema = pa.schema(list(zip(self._columns, (array.type for array in arrays), strict=True)))
        if self._schema is None:
            return schema
        return self._unified(schema)

    def _unified(self, schema: Any) -> Any:  # noqa: ANN401
        try:
            return pa.unify_schemas([self._schema, schema], promote_options="permissive")
        except pa.ArrowException as error:
            raise ValueError(
                f"samples have changed their kind, and .parquet files have one for each column ({error})"
            ) from None

    def _array(self, column: Row, field: Any) -> Any:  # noqa: ANN401
        """Values of a column, of the type of a field where one is given, and not only a name."""
        name, kind = (field, None) if isinstance(field, str) else (field.name, field.type)
        try:
            return pa.array(column, type=kind)
        except (pa.ArrowException, OverflowError, TypeError) as error:
            there = "" if kind is None else f", as files of this set hold {kind} there"
            raise ValueError(f"column {name!r} cannot hold these samples{there} ({error})") from None


class ParquetFormat(RecordFormat):
    """Columns in groups of rows, as DuckDB, pandas and Spark read them."""

    ending = ".parquet"
    holds_bytes = True

    def journal(self, path: Path, columns: Sequence[str], like: Path | None = None) -> Journal:
        """Begins a recording."""
        if like is None:
            return _ParquetJournal(path, columns)
        with _opened(like) as file:
            check_like(like, file.schema_arrow.names, columns)
            return _ParquetJournal(path, columns, file.schema_arrow.remove_metadata())

    def finish(self, journal: Path, target: Path) -> bool:
        """Makes the final file of a journal."""
        schema = _schema_of(journal)
        if schema is None:
            journal.unlink()
            return False
        with written_whole(target) as file, pq.ParquetWriter(file, schema) as writer:
            for table in _groups(journal, schema):
                writer.write_table(table)
        journal.unlink()
        return True

    def read(self, path: Path) -> Rows:
        """Reads a file."""
        with _opened(path) as file:
            columns = check_columns(path, file.schema_arrow.names)
        return Rows(columns, _rows(path))

    def read_journal(self, path: Path) -> Rows:
        """Reads the whole rows of a journal."""
        schema = _schema_of(path)
        if schema is None:
            raise RecordingError(f"{path}: is no recording, or is cut off")

        def rows() -> Iterator[Row]:
            for batch in _batches(path):
                for start in range(0, batch.num_rows, PIECE):
                    yield from _as_rows(batch.slice(start, PIECE))

        return Rows(check_columns(path, schema.names), rows())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Opens a file; errors that come of what it holds say so."""
    with path.open("rb") as source:
        try:
            file = pq.ParquetFile(
                source, pre_buffer=False, buffer_size=2**20,
                thrift_string_size_limit=LARGEST_HEAD, thrift_container_size_limit=LARGEST_HEAD,
            )  # fmt: skip
        except _BROKEN as error:
            raise RecordingError(f"{path}: is no .parquet file, or is cut off ({error})") from None
        yield file


def _rows(path: Path) -> Iterator[Row]:
    with _opened(path) as file:
        for number in range(file.num_row_groups):
            if file.metadata.row_group(number).total_byte_size > LARGEST_GROUP:
                raise RecordingError(f"{path}: has groups of rows that are larger than those of recordings")
            batches = file.iter_batches(batch_size=PIECE, row_groups=[number], use_threads=False)
            while True:
                try:
                    batch = next(batches, None)
                    rows = [] if batch is None else _as_rows(batch)
                except _BROKEN as error:
                    raise RecordingError(f"{path}: is damaged ({error})") from None
                if batch is None:
                    break
                yield from rows


def _as_rows(batch: Any) -> list[Row]:  # noqa: ANN401
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _batches(journal: Path) -> Iterator[Any]:
    """The whole batches of a journal; what is behind the last good one was being written."""
    if not journal.stat().st_size:
        return
    with pa.memory_map(str(journal)) as source:
        while source.tell() < source.size():
            try:
                stream = pa.ipc.open_stream(source)
                while True:
                    batch = stream.read_next_batch()
                    batch.validate(full=True)
                    yield batch
            except StopIteration:  # the values are of another kind from here on
                continue
            except _BROKEN:
                return


def _schema_of(journal: Path) -> Any:  # noqa: ANN401
    """What holds the rows of all streams; None where there are none."""
    schemas: list[Any] = []
    for batch in _batches(journal):
        if not schemas or schemas[-1] != batch.schema:
            schemas.append(batch.schema)
    try:
        return pa.unify_schemas(schemas, promote_options="permissive") if schemas else None
    except pa.ArrowException as error:
        raise RecordingError(f"{journal}: is no recording ({error})") from None


def _groups(journal: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401
    """The rows of a journal in tables of `GROUP` rows and more."""
    tables: list[Any] = []
    count = 0
    for batch in _batches(journal):
        tables.append(pa.Table.from_batches([batch]).cast(schema, safe=False))
        count += batch.num_rows
        if count >= GROUP:
            yield pa.concat_tables(tables)
            tables, count = [], 0
    if tables:
        yield pa.concat_tables(tables)
