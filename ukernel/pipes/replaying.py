"""Gives a recording back as a pipe: `replay`. Needs neither a kernel nor a board."""

from __future__ import annotations

import math
import re
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ukernel.pipes.clock_fit import PERIOD
from ukernel.pipes.framing import LONGEST_MESSAGE, NO_CLOCK, Message
from ukernel.pipes.inbox import Inbox
from ukernel.pipes.reader import Decoder, PipeReader
from ukernel.pipes.recordings.formats import RecordingError, Row
from ukernel.pipes.recordings.kinds import format_of
from ukernel.pipes.recordings.playback import Playback, Sample

Encoder = Callable[..., bytes]

#: s that a thread sleeps at a time; it sleeps on where a recording has a longer gap.
LONGEST_SLEEP = 3600.0


class Replay(PipeReader):
    """The messages of a recording, with their stamps and losses, at the pace at which they came.

    It is read as a `Pipe` is. `replay` makes it.

    Args:
        path: of the recording.
        playback: its samples.
        speed: how many times as fast as they came; infinite for as fast as they can be read.
        encoder: makes a message of the values of a sample.
    """

    def __init__(self, path: Path, playback: Playback, speed: float, encoder: Encoder | None) -> None:
        super().__init__(path.stem, Inbox(f"recording {path}"))
        self._path = path
        self._speed = speed
        self._encoder = encoder
        self._samples = playback.samples()
        self._next: Sample | None = None  # the one that is due next
        self._start: tuple[float, float] | None = None  # a time of the recording, and when it was here
        self._values: Row = ()  # of the message that was read last
        self._is_closing = threading.Event()
        self._reading_lock = threading.RLock()
        self._needs_bytes = True
        if not all(re.fullmatch(r"value\d*", label) for label in playback.labels):
            self.labels = playback.labels

    def read(self, timeout: float | None = None) -> bytes | None:
        """Waits for the next message, until it is due; see `PipeReader.read`.

        Raises:
            RecordingError: the recording is damaged from here on, or no message can be made of its values.
        """
        end = None if timeout is None else time.monotonic() + float(timeout)
        with self._reading_lock:
            sample = self._next = self._next or self._following()
            if sample is None or not self._wait_until(self._due(sample), end):
                return None
            self._next = None
            return self._take(sample)

    def close(self) -> None:
        """Reads no more; a read under way in another thread ends. Twice is fine."""
        self.closed = True
        self._is_closing.set()
        with self._reading_lock:
            self._samples.close()  # and the file that it reads

    def ask(self) -> dict[str, object]:
        """Tells whether there is more."""
        return {"open": not self.closed}

    def decoder(self, given: Decoder | None) -> Decoder:
        """Chooses what makes samples: what the user has given, or else the values as they were recorded."""
        if given is not None:
            return given
        self._needs_bytes = False
        return self._recorded

    def __repr__(self) -> str:
        return f"<replay of {self._path}{', closed' if self.closed else ''}>"

    def _recorded(self, _: bytes) -> Any:  # noqa: ANN401
        return self._values[0] if len(self._values) == 1 else self._values

    def _following(self) -> Sample | None:
        """The next sample; None at the end, and then the pipe is closed."""
        try:
            sample = None if self.closed else next(self._samples, None)
        except BaseException:
            self.close()
            raise
        if sample is None:
            self.close()
        return sample

    def _due(self, sample: Sample) -> float:
        """When a sample is due, by the monotonic clock."""
        if self._start is None:
            self._start = sample.time, time.monotonic()
        first, at = self._start
        return -math.inf if math.isinf(self._speed) else at + (sample.time - first) / self._speed

    def _wait_until(self, due: float, end: float | None) -> bool:
        """Waits until a time; False where another one comes first, or the pipe is closed."""
        while not self.closed:
            now = time.monotonic()
            if due <= now:
                return True
            if end is not None and end <= now:
                return False
            self._is_closing.wait(min(due - now, LONGEST_SLEEP, math.inf if end is None else end - now))
        return False

    def _take(self, sample: Sample) -> bytes | None:
        self._values = sample.values
        try:
            data = self._message(sample.values) if self._needs_bytes else b""
        except BaseException:
            self.close()
            raise
        clock = NO_CLOCK if sample.clock is None else round(sample.clock * 1e6) % PERIOD
        self._inbox.put(Message(data, sample.time, sample.lost, clock))
        return self._inbox.take()

    def _message(self, values: Row) -> bytes:
        """Makes a message of the values.

        Raises:
            RecordingError: it cannot be done without an encoder.
        """
        if self._encoder is not None:
            data = self._encoder(*values)
        elif len(values) == 1 and isinstance(values[0], bytes):
            data = values[0]
        else:
            data = self._packed(values)
        if not isinstance(data, bytes | bytearray) or len(data) > LONGEST_MESSAGE:
            raise RecordingError(
                f"{self._path}: a message is up to {LONGEST_MESSAGE:,} bytes, not {data!r:.50}"
            )
        return bytes(data)

    def _packed(self, values: Row) -> bytes:
        try:
            return struct.pack(f"<{len(values)}f", *values)
        except (struct.error, OverflowError):
            raise RecordingError(
                f"{self._path}: {values!r:.100} are no 32-bit floats: say what the messages were with "
                "encoder=, for example encoder=struct.Struct('<hh').pack"
            ) from None


def replay(path: str | Path, *, speed: float = 1.0, encoder: Encoder | None = None) -> Replay:
    """Gives a recording back as a pipe: the messages come as they came when they were recorded.

    It is read as what `subscribe` gives, and `collect`, `record`, `live_plot` and `stream` take it in place
    of a name. It ends behind the last sample; where the recording is damaged, with an error behind the last
    good one. Of a recording that is still being written, or was cut short, it reads what is there.

    Times, the board's clock and losses are those of the recording; single files keep no losses. A recording
    holds samples, not messages. So ``collect``, ``record`` and ``live_plot`` get the samples as they are,
    unless a decoder is given; other readers get 32-bit floats, ``"<f"`` for each value, or what ``encoder``
    makes. Bytes stay what they are: ``record("adc", "raw.parquet", decoder=bytes)`` keeps the messages
    themselves, which ``.csv`` and ``.npz`` files cannot.

    Args:
        path: what `record` has written: a ``.csv``, ``.npz`` or ``.parquet`` file, or the directory of a set.
        speed: how many times as fast as they came; ``math.inf`` as fast as they can be read.
        encoder: makes the bytes of a message of the values of a sample: ``struct.Struct("<hh").pack``.

    Returns:
        The pipe; use it in a ``with`` statement.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: the speed is nonsense, or there is no such kind of recording.
        RecordingError: the file is no recording, or is damaged; also from reading it.
        ImportError: the kind of file needs a package that is not installed.
        OSError: the file cannot be read.
    """
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise TypeError(f"speed must be a number, not {speed!r}")
    if not speed > 0:
        raise ValueError(f"speed must be more than 0, not {speed!r}")
    if encoder is not None and not callable(encoder):
        advice = f": struct.Struct({encoder!r}).pack is one" if isinstance(encoder, str) else ""
        raise TypeError(f"encoder must be a function, not {encoder!r}{advice}")
    path = Path(path).expanduser()
    return Replay(path, Playback(path, format_of(path)), float(speed), encoder)
