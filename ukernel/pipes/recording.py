"""Records a pipe to a file, or to files that follow one another: CSV, NPZ or Parquet, by the ending."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TextIO

from ukernel.pipes.client import subscribe
from ukernel.pipes.live.options import check_labels
from ukernel.pipes.reader import Decoder
from ukernel.pipes.reading import Reading, check_decoder, check_limits
from ukernel.pipes.recordings.kinds import format_of
from ukernel.pipes.recordings.places import FilePlace, SetPlace
from ukernel.pipes.recordings.rotation import read_rotation
from ukernel.pipes.recordings.tape import Recording, Tape
from ukernel.pipes.sources import Readable, as_readable, opened

#: s between changes of the progress line.
PROGRESS_INTERVAL = 0.25


def record(
    name: Readable,
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
    rotate: str | float | timedelta | None = None,
) -> Recording:
    """Records a pipe until it is closed, the limit is reached, or the user interrupts.

    Whatever ends it, an error among them, what has come by then is in the file. Where no limit was given, an
    interrupt is the end that is meant, and the program goes on.

    The file has a column ``time``, when the kernel had the sample, in seconds since 1970; where the pipe was
    opened with ``timestamps=True`` a column ``clock``, when the board wrote it, in seconds of its own clock,
    which goes on where ``ticks_us()`` begins again; and one column for each value.

    While it is recorded, the samples are in a hidden file beside, which takes its name at the end. Should the
    process be killed, at most the samples of its last second are lost: the next recording to the same path
    finds the others and makes a file of them, and `replay` reads them.

    With ``rotate`` the path is a directory, and its files ``part-000001.parquet`` and so on are one table for
    DuckDB, pandas and Spark. Those that are there stay: recording goes on behind the last one. They have a
    column ``lost``, the messages lost between the sample before and this one.

    Args:
        name: of the pipe, or a pipe that is open.
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
        rotate: when the next file begins: a size such as ``"100 MB"`` (or a number of bytes), before
            compression, or a time such as ``"1 h"`` (or a `timedelta`) from the file's first sample on; None
            for a single file. Units are kB, MB, GB, KiB, MiB, GiB, s, min, h, d.

    Returns:
        What was recorded.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nonsense was asked for, or samples do not have as many values as there are columns.
        ImportError: the kind of file needs a package that is not installed.
        OSError: the file cannot be written, or another recording is being written there. What was written
            before is kept, and the error says where.
        TimeoutError: no samples came; no file is written.
        ConnectionError: no kernel was found.
        KeyboardInterrupt: there was one before the limit, or before the first sample.
    """
    source = as_readable(name, broker)
    check_limits(n, seconds, needs_one=False)
    check_decoder(decoder)
    columns = None if labels is None else list(check_labels(labels))
    rotation = None if rotate is None else read_rotation(rotate)
    path = Path(path).expanduser()
    kind = format_of(path)
    place = FilePlace(path, kind) if rotation is None else SetPlace(path, kind)
    place.claim()
    reading = Reading(seconds)
    connect = partial(subscribe, host=host, port=port, token=token, device=device, broker=broker)
    with place, opened(source, connect) as pipe:
        show = _Progress(pipe.name, sys.stdout if progress else None).show
        tape = Tape(path, place, kind, columns or pipe.labels, rotation, show)
        decode = pipe.decoder(decoder)
        try:
            for data in reading.messages(pipe, n):
                value = decode(data)
                with _undisturbed():
                    tape.take(pipe, value)
        except KeyboardInterrupt:
            if tape.is_empty or n is not None or seconds is not None:
                raise
        finally:
            with _undisturbed():
                recording = tape.end()
    if recording is None:
        raise TimeoutError(f"no samples from pipe {pipe.name!r}: {reading.why}")
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


class _Progress:
    """One line that is written again and again."""

    def __init__(self, name: str, stream: TextIO | None) -> None:
        self._name = name
        self._stream = stream
        self._next = 0.0
        self._width = 0

    def show(self, done: Recording, is_last: bool) -> None:
        """Shows how far a recording is."""
        now = time.monotonic()
        if self._stream is None or (now < self._next and not is_last):
            return
        self._next = now + PROGRESS_INTERVAL
        lost = f", {done.lost} lost" if done.lost else ""
        files = f" ({done.files} files)" if done.files > 1 else ""
        text = f"{self._name}: {done.samples} samples in {done.seconds:.1f} s{lost} -> {done.path}{files}"
        padding = " " * (self._width - len(text))
        self._width = len(text)
        self._stream.write(f"\r{text}{padding}" + ("\n" if is_last else ""))
        self._stream.flush()
