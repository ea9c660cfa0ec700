"""Samples on their way into files."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ukernel.pipes.clock_fit import Unwrapper
from ukernel.pipes.reader import PipeReader
from ukernel.pipes.recordings.formats import CLOCK, LOST, PIECE, TIME, Journal, RecordFormat, Row
from ukernel.pipes.recordings.places import RecordingPlace, Slot, busy, hold
from ukernel.pipes.recordings.rotation import Rotation

#: s until samples are in the journal at the latest, provided that another one comes: what a kill can cost.
FLUSH_INTERVAL = 1.0

#: Rows are written before they have a tenth of a file, with eight bytes for a value: so files have about one
#: size.
ROW_PARTS = 10 * 8


class Recording(NamedTuple):
    """What was recorded.

    Attributes:
        path: the file, or the directory of a set.
        samples: in it.
        lost: messages that did not arrive meanwhile.
        seconds: from the first sample to the last.
        files: that were made.
    """

    path: Path
    samples: int
    lost: int
    seconds: float
    files: int = 1


class Tape:
    """Puts samples into one file after the other.

    Args:
        path: what the user calls the place.
        place: claimed by `record`.
        kind: of recording.
        labels: names of the columns with values; None for ``value`` or ``value0``, ``value1``, ...
        rotation: None for a single file.
        show: takes how far it is, again and again; and whether this is the end.
    """

    def __init__(
        self,
        path: Path,
        place: RecordingPlace,
        kind: RecordFormat,
        labels: list[str] | None,
        rotation: Rotation | None,
        show: Callable[[Recording, bool], None],
    ) -> None:
        self._path = path
        self._place = place
        self._kind = kind
        self._labels = labels
        self._rotation = rotation
        self._show = show
        self._columns: list[str] = []
        self._slot: Slot | None = None
        self._journal: Journal | None = None
        self._rows: list[Row] = []
        self._count = self._files = self._lost = self._width = 0
        self._first = self._last = self._begun = 0.0
        self._flushed_at = 0.0
        self._piece = PIECE
        self._failure: OSError | None = None
        self._left: Path | None = None  # the journal of which no file could be made
        self._unwrapper = Unwrapper()

    @property
    def is_empty(self) -> bool:
        """Nothing has been taken."""
        return not self._columns

    def take(self, pipe: PipeReader, value: object) -> None:
        """Takes the sample of the message that was read last.

        Raises:
            ValueError: it does not have as many values as there are columns, or of another kind.
            TypeError: it has bytes, which this kind of recording does not hold.
            OSError: it cannot be written.
        """
        times = self._times(pipe)
        values = _values(value)
        if not self._kind.holds_bytes and any(isinstance(each, bytes) for each in values):
            raise TypeError(
                f"{self._path}: a sample is bytes, which only .parquet holds: record to such a file, "
                "or give a decoder= that makes numbers"
            )
        if not self._columns:
            self._begin(pipe, len(values))
        if len(values) != self._width:
            raise ValueError(f"a sample of {len(values)} values, where {self._width} are expected")
        if self._journal is not None and pipe.arrived - self._begun >= self._seconds:
            self._finish()
            self._check()
        if self._journal is None:
            self._open(pipe.arrived)
        self._rows.append((*times, *values))
        self._count, self._lost, self._last = self._count + 1, pipe.lost, pipe.arrived
        if len(self._rows) >= self._piece or time.monotonic() - self._flushed_at >= FLUSH_INTERVAL:
            self._flush()
            self._check()
        self._show(self._recording(), False)

    def end(self) -> Recording | None:
        """Ends the last file; None where nothing was taken.

        Raises:
            OSError: not all that was taken could be written; it says what there is.
        """
        if self._journal is not None:
            self._finish()
        if self._failure is not None:
            raise self._explained(self._failure) from self._failure
        if self.is_empty:
            return None
        self._show(self._recording(), True)
        return self._recording()

    @property
    def _seconds(self) -> float:
        return math.inf if self._rotation is None else self._rotation.seconds

    def _times(self, pipe: PipeReader) -> Row:
        """The columns in front of the values."""
        times: list[Any] = [pipe.arrived]
        if pipe.clock is not None:
            times.append(round(self._unwrapper.take(pipe.clock, pipe.arrived), 6))
        if self._rotation is not None:
            times.append(max(0, pipe.lost - self._lost))
        return tuple(times)

    def _begin(self, pipe: PipeReader, count: int) -> None:
        labels = self._labels or (["value"] if count == 1 else [f"value{i}" for i in range(count)])
        if len(labels) != count:
            raise ValueError(f"{len(labels)} labels for samples of {count} values")
        times = [TIME, *([CLOCK] if pipe.clock is not None else []), *([LOST] if self._rotation else [])]
        columns = [*times, *labels]
        if len(set(columns)) < len(columns):
            raise ValueError(f"columns need different names: {', '.join(columns)}")
        self._columns, self._width, self._first = columns, count, pipe.arrived
        if self._rotation is not None and self._rotation.size < math.inf:
            self._piece = min(PIECE, max(1, int(self._rotation.size / len(columns) / ROW_PARTS)))

    def _open(self, at: float) -> None:
        self._slot = slot = self._place.slot()
        try:
            self._journal = self._kind.journal(slot.journal, self._columns, slot.like)
        except FileExistsError:
            raise busy(self._path) from None
        hold(self._journal.fileno())
        self._begun, self._flushed_at = at, time.monotonic()

    def _flush(self) -> None:
        """Has what was taken written; begins another file where this one is full."""
        self._flushed_at = time.monotonic()
        if self._journal is None:
            return
        with self._noted():
            rows, self._rows = self._rows, []
            _write(self._journal, rows)
            self._journal.flush()
            if self._rotation is not None and self._journal.size >= self._rotation.size:
                self._finish()

    def _finish(self) -> None:
        """Makes the file of the journal, with all in it that can be had."""
        journal, self._journal = self._journal, None
        if journal is None or self._slot is None:
            return
        rows, self._rows = self._rows, []
        try:
            with self._noted():
                if self._failure is None:
                    _write(journal, rows)
        finally:
            with self._noted():
                journal.close()
            with self._noted():
                self._left = self._slot.journal
                self._files += self._kind.finish(self._slot.journal, self._slot.target)
                self._left = None

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        """Notes that the disk is full or gone; the first error says why."""
        try:
            yield
        except OSError as error:
            self._failure = self._failure or error

    def _check(self) -> None:
        """Ends the recording where it cannot go on.

        Raises:
            OSError: the disk is full or gone.
        """
        if self._failure is not None:
            raise self._failure

    def _explained(self, error: OSError) -> OSError:
        """Says what there is of the recording."""
        if not self._files and self._left is None:
            text = "the recording ends before anything of it could be written"
        elif self._left is None:
            text = f"the recording ends; {self._path} has what came before"
        else:
            text = (
                f"the recording ends; what came before is in {self._left}: replay() of {self._path} reads "
                "it, and the next recording to it makes a file of it"
            )
        return OSError(error.errno, f"{error.strerror or error}: {text}")

    def _recording(self) -> Recording:
        files = self._files + (self._journal is not None)
        return Recording(self._path, self._count, self._lost, self._last - self._first, files)


def _write(journal: Journal, rows: Sequence[Row]) -> None:
    """Adds rows to a journal; where one does not fit in, those before it."""
    if not rows:
        return
    try:
        journal.write(rows)
    except ValueError:
        for row in rows:
            journal.write([row])


def _values(value: object) -> tuple[Any, ...]:
    """The values of a sample; an array of NumPy has one for each number in it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(value) if isinstance(value, tuple | list) else (value,)
