"""The samples of a recording, one after the other: of a file, or of all files of a set."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ukernel.pipes.recordings.formats import CLOCK, LOST, TIME, RecordFormat, RecordingError, Row, Rows
from ukernel.pipes.recordings.places import journal_of, journals_in, number_of, parts_in


class Sample(NamedTuple):
    """A sample as it was recorded.

    Attributes:
        time: seconds since 1970 at which it arrived.
        clock: seconds of the board's clock; None without one.
        lost: messages lost before it, since the beginning of the recording.
        values: of the sample.
    """

    time: float
    clock: float | None
    lost: int
    values: Row


class Playback:
    """Reads a recording, a piece at a time. The constructor looks at the first file.

    Args:
        path: of the file, or of the directory of a set.
        kind: of recording.

    Raises:
        FileNotFoundError: there is none.
        RecordingError: this is none.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, kind: RecordFormat) -> None:
        self._kind = kind
        self._files = _files(path, kind)
        self.columns = self._read(self._files[0]).columns
        #: names of the values
        self.labels = self._split(self.columns)

    def samples(self) -> Generator[Sample, None, None]:
        """Gives all samples.

        Raises:
            RecordingError: behind the last one that is good.
            OSError: a file cannot be read.
        """
        lost = 0
        for file in self._files:
            found = self._read(file)
            if found.columns != self.columns:
                raise RecordingError(
                    f"{file}: has the columns {_shown(found.columns)}, where the files before have "
                    f"{_shown(self.columns)}"
                )
            for number, row in enumerate(found.rows, start=1):
                sample = self._sample(file, number, row, lost)
                lost = sample.lost
                yield sample

    def _read(self, file: Path) -> Rows:
        """Reads a file, or a journal, which may have become one meanwhile."""
        if not file.name.endswith(".part"):
            return self._kind.read(file)
        try:
            return self._kind.read_journal(file)
        except FileNotFoundError:
            return self._kind.read(file.with_name(file.name[1:].removesuffix(".part")))

    def _split(self, columns: Sequence[str]) -> list[str]:
        """Finds what the columns are; `record` puts those that are not values in front.

        Returns:
            The names of the values.
        """
        labels = [name for name in columns if name != TIME]
        self._has_clock = labels[:1] == [CLOCK] and len(labels) > 1
        labels = labels[self._has_clock :]
        self._has_losses = labels[:1] == [LOST] and len(labels) > 1
        return labels[self._has_losses :]

    def _sample(self, file: Path, number: int, row: Row, lost: int) -> Sample:
        at = self.columns.index(TIME)
        time, rest = row[at], (*row[:at], *row[at + 1 :])
        clock = rest[0] if self._has_clock else None
        losses = rest[self._has_clock] if self._has_losses else 0
        values = rest[self._has_clock + self._has_losses :]
        if not _is_number(time) or not (clock is None or _is_number(clock)):
            raise RecordingError(
                f"{file}: sample {number} has no time, but {time if clock is None else clock!r:.100}"
            )
        if not isinstance(losses, int) or losses < 0:
            raise RecordingError(
                f"{file}: sample {number} has {losses!r:.100} in the column {LOST!r}, not a number"
            )
        return Sample(float(time), clock, lost + losses, values)


def _files(path: Path, kind: RecordFormat) -> list[Path]:
    """The files of a recording in their order, and what was being written behind them."""
    if not path.is_dir():
        journal = journal_of(path.resolve())
        if path.exists() or not journal.exists():
            return [path]
        return [journal]
    parts = parts_in(path, kind.ending)
    last = number_of(parts[-1]) if parts else 0
    found = parts + [
        file for file in journals_in(path, kind.ending) if number_of(file) > last and file.stat().st_size
    ]
    if not found:
        raise RecordingError(f"{path}: holds no files of a recording, such as part-000001{kind.ending}")
    return found


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and math.isfinite(value)


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(columns)[:200]
