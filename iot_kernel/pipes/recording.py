"""Records a pipe to a file: CSV, NPZ or Parquet, by the file's ending.

A recording is written beside its file and takes its name when it ends, however it ends: a file of that name
is always a whole recording.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TextIO

from iot_kernel.pipes.client import Pipe, subscribe
from iot_kernel.pipes.clocks import Unwrapper
from iot_kernel.pipes.collecting import Decoder, Reading, check_limits, decode_float
from iot_kernel.pipes.framing import check_name

#: s between changes of the progress line.
PROGRESS_INTERVAL = 0.25

#: samples in one piece of a Parquet file, or on their way to a CSV file.
PIECE = 10_000


class Recording(NamedTuple):
    """What was recorded.

    Attributes:
        path: the file.
        samples: in it.
        lost: messages that did not arrive meanwhile.
        seconds: from the first sample to the last.
    """

    path: Path
    samples: int
    lost: int
    seconds: float


class Writer(Protocol):
    """Writes samples to one kind of file."""

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Takes rows: a value for each column."""

    def close(self) -> None:
        """Ends the file."""


def record(
    name: str,
    path: str | Path,
    *,
    n: int | None = None,
    seconds: float | None = None,
    decoder: Decoder | None = None,
    labels: Sequence[str] | None = None,
    progress: bool = True,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
) -> Recording:
    """Records a pipe until it is closed, the limit is reached, or the user interrupts.

    The file has a column ``time``, when the kernel had the sample, in seconds since 1970; where the pipe was
    opened with ``timestamps=True`` a column ``clock``, when the board wrote it, in seconds of its own clock,
    which goes on where ``ticks_us()`` begins again; and one column for each value.

    Args:
        name: of the pipe.
        path: of the file; its ending says what it is: ``.csv``, ``.npz`` or ``.parquet`` (needs pyarrow).
        n: samples; None for no limit.
        seconds: of wall time; None for no limit.
        decoder: as for `collect`.
        labels: names of the columns; by default ``value``, or ``value0``, ``value1``, ...
        progress: show a line that tells how far it is.
        host: see `subscribe`, as the others.
        port: where a kernel listens.
        token: the kernel's.
        device: the board.

    Returns:
        What was recorded. After an interrupt the file is there all the same, and KeyboardInterrupt is raised.

    Raises:
        ValueError: nonsense was asked for, or samples do not have as many values as there are columns.
        ImportError: the kind of file needs a package that is not installed.
        OSError: the file cannot be written.
        TimeoutError: no samples came; no file is written.
        ConnectionError: no kernel was found.
    """
    check_name(name)
    check_limits(n, seconds, needs_one=False)
    path = Path(path)
    make = _writer_for(path)
    reading = Reading(seconds)
    with subscribe(name, host=host, port=port, token=token, device=device) as pipe:
        tape = _Tape(path, make, labels, _Progress(name, sys.stdout if progress else None))
        try:
            for data in reading.messages(pipe, n):
                tape.take(pipe, (decoder or decode_float)(data))
        finally:
            recording = tape.end()
    if recording is None:
        raise TimeoutError(f"no samples from pipe {name!r}: {reading.why}")
    return recording


class _Tape:
    """Rows on their way to a file."""

    def __init__(
        self,
        path: Path,
        make: Callable[[Path, list[str]], Writer],
        labels: Sequence[str] | None,
        line: _Progress,
    ) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.part{path.suffix}")
        self._make = make
        self._labels = None if labels is None else [str(label) for label in labels]
        self._line = line
        self._writer: Writer | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._count = self._lost = self._width = 0
        self._first = self._last = 0.0
        self._unwrapper = Unwrapper()

    def take(self, pipe: Pipe, value: object) -> None:
        at, has_clock = pipe.arrived, pipe.clock is not None
        times = (at,) if pipe.clock is None else (at, round(self._unwrapper.take(pipe.clock, at), 6))
        row = (*times, *value) if isinstance(value, tuple | list) else (*times, value)
        count = len(row) - len(times)
        if self._writer is None:
            self._begin(at, count, ["time", "clock"] if has_clock else ["time"])
        if count != self._width:
            raise ValueError(f"a sample of {count} values, where {self._width} are expected")
        self._rows.append(row)
        self._count, self._lost, self._last = self._count + 1, pipe.lost, at
        if len(self._rows) >= PIECE:
            self._flush()
        self._line.show(self._recording())

    def end(self) -> Recording | None:
        """Ends the file; None where there is nothing in it."""
        if self._writer is None:
            return None
        try:
            self._flush()
        finally:
            self._writer.close()
        self._beside.replace(self._path)
        self._line.show(self._recording(), is_last=True)
        return self._recording()

    def _begin(self, at: float, count: int, times: list[str]) -> None:
        labels = self._labels or (["value"] if count == 1 else [f"value{i}" for i in range(count)])
        if len(labels) != count:
            raise ValueError(f"{len(labels)} labels for samples of {count} values")
        columns = [*times, *labels]
        if len(set(columns)) < len(columns):
            raise ValueError(f"columns need different names: {', '.join(columns)}")
        self._writer = self._make(self._beside, columns)
        self._width, self._first = count, at

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if rows and self._writer is not None:
            self._writer.write(rows)

    def _recording(self) -> Recording:
        return Recording(self._path, self._count, self._lost, self._last - self._first)


class _Progress:
    """One line that is written again and again."""

    def __init__(self, name: str, stream: TextIO | None) -> None:
        self._name = name
        self._stream = stream
        self._next = 0.0
        self._width = 0

    def show(self, done: Recording, *, is_last: bool = False) -> None:
        now = time.monotonic()
        if self._stream is None or (now < self._next and not is_last):
            return
        self._next = now + PROGRESS_INTERVAL
        lost = f", {done.lost} lost" if done.lost else ""
        text = f"{self._name}: {done.samples} samples in {done.seconds:.1f} s{lost} -> {done.path}"
        padding = " " * (self._width - len(text))
        self._width = len(text)
        self._stream.write(f"\r{text}{padding}" + ("\n" if is_last else ""))
        self._stream.flush()


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
        arrays = {label: np.asarray(column) for label, column in zip(self._labels, columns, strict=True)}
        np.savez(self._path, **arrays)  # type: ignore[arg-type]  # its stub means options, not arrays


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


def _writer_for(path: Path) -> Callable[[Path, list[str]], Writer]:
    """What writes a file of this kind; says now what would fail at the end of a recording."""
    from importlib.util import find_spec

    if path.suffix not in _WRITERS:
        raise ValueError(f"{path}: a recording is a {', '.join(_WRITERS)} file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no directory {path.parent}")
    needs = _NEEDS.get(path.suffix)
    if needs is not None and find_spec(needs) is None:
        raise ImportError(
            f"{path}: {path.suffix} files need the package {needs} (%pip install {needs}), .csv none"
        )
    return _WRITERS[path.suffix]
