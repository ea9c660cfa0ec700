"""Records a pipe to a file: CSV, NPZ or Parquet, by the file's ending.

A recording is written beside its file and takes its name when it ends, however it ends: a file of that name
is always a whole recording.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ukernel.pipes.client import Pipe, subscribe
from ukernel.pipes.clock_fit import Unwrapper
from ukernel.pipes.framing import check_wanted
from ukernel.pipes.live.options import check_labels
from ukernel.pipes.reader import Decoder, decode_float
from ukernel.pipes.reading import Reading, check_decoder, check_limits
from ukernel.pipes.record_formats import Writer, writer_for

#: s between changes of the progress line.
PROGRESS_INTERVAL = 0.25

#: samples written at a time.
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
    broker: str | None = None,
) -> Recording:
    """Records a pipe until it is closed, the limit is reached, or the user interrupts.

    Whatever ends it, an error among them, what has come by then is in the file. Where no limit was given, an
    interrupt is the end that is meant, and the program goes on.

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
        broker: an MQTT broker instead of a kernel.

    Returns:
        What was recorded.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nonsense was asked for, or samples do not have as many values as there are columns.
        ImportError: the kind of file needs a package that is not installed.
        OSError: the file cannot be written.
        TimeoutError: no samples came; no file is written.
        ConnectionError: no kernel was found.
        KeyboardInterrupt: there was one before the limit, or before the first sample.
    """
    check_wanted(name, broker)
    check_limits(n, seconds, needs_one=False)
    check_decoder(decoder)
    columns = None if labels is None else list(check_labels(labels))
    path = Path(path).expanduser()
    make = writer_for(path)
    reading = Reading(seconds)
    with subscribe(name, host=host, port=port, token=token, device=device, broker=broker) as pipe:
        tape = _Tape(path, make, columns, _Progress(name, sys.stdout if progress else None))
        try:
            for data in reading.messages(pipe, n):
                value = (decoder or decode_float)(data)
                with _undisturbed():
                    tape.take(pipe, value)
        except KeyboardInterrupt:
            if tape.is_empty or n is not None or seconds is not None:
                raise
        finally:
            with _undisturbed():
                recording = tape.end()
    if recording is None:
        raise TimeoutError(f"no samples from pipe {name!r}: {reading.why}")
    return recording


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Puts Ctrl-C off until the end of the block, so that it cannot tear what is being written."""
    if threading.current_thread() is not threading.main_thread():  # where it never arrives
        yield
        return
    arrived: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _frame: arrived.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
        if arrived:
            signal.raise_signal(signal.SIGINT)


class _Tape:
    """Rows on their way to a file."""

    def __init__(
        self,
        path: Path,
        make: Callable[[Path, list[str]], Writer],
        labels: list[str] | None,
        line: _Progress,
    ) -> None:
        self._path = path
        self._target = path.resolve()  # what a link leads to, and not the link, is written anew
        self._beside = self._target.with_name(f".{path.name}.part{path.suffix.lower()}")
        self._make = make
        self._labels = labels
        self._line = line
        self._writer: Writer | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._count = self._lost = self._width = 0
        self._first = self._last = 0.0
        self._unwrapper = Unwrapper()

    @property
    def is_empty(self) -> bool:
        """Nothing has been taken."""
        return self._writer is None

    def take(self, pipe: Pipe, value: object) -> None:
        at, has_clock = pipe.arrived, pipe.clock is not None
        if hasattr(value, "tolist"):  # of NumPy: an array has a column for each number in it
            value = value.tolist()
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
        self._beside.replace(self._target)
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
