"""Moves bytes between a program and a cell: a thread for each stream, since pipes of Windows can only block.

Elsewhere a pipe can be asked whether it holds something. So after a program's end nothing of its own is
missed there, however late a thread gets its turn; on Windows a short silence has to do.

The threads take their turns at the cell, so that the text of two streams keeps nearly the order in which it
was written. They outlive the program if others, which the program has started, hold its output open.
"""

from __future__ import annotations

import codecs
import contextlib
import select
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from typing import IO

CHUNK = 65_536  # bytes a read: as much as a pipe holds
LAST_WORDS = 0.2  # s without output after the program's end: then what is still to come is others' on Windows


class Pump:
    """The streams of one program; the constructor starts nothing.

    Args:
        outputs: each pipe that the program writes to, with what takes its text; bytes that are no UTF-8
            become replacement characters. The pipes are closed here.
        sink: the pipe that the program reads, if it reads one. It is closed by `hang_up` or `ended`.
        data: what the program reads.
        holds: the pipe stays open behind ``data``.
    """

    def __init__(
        self,
        outputs: Mapping[IO[bytes], Callable[[str], None]],
        sink: IO[bytes] | None,
        data: bytes,
        *,
        holds: bool = True,
    ) -> None:
        self._outputs = outputs
        self._sink = sink
        self._data = memoryview(data)
        self._holds = holds
        self._feeding = threading.Lock()  # held while the pipe to the program is used
        self._is_hung_up = False
        self._changed = threading.Condition()  # of the two below; held while a cell takes text
        self._open = set(outputs)
        self._passed = 0  # bytes
        self.finished = threading.Event()  # nobody can print any more

    def start(self) -> None:
        """Starts the threads."""
        for pipe, write in self._outputs.items():
            self._spawn("IoT shell output", self._relay, pipe, write)
        if self._sink is not None:
            self._spawn("IoT shell input", self._feed, self._sink)

    def hang_up(self) -> None:
        """Ends what the program reads, behind what it is just taking. From any thread, also at the end."""
        self._is_hung_up = True
        if self._sink is not None and self._feeding.acquire(blocking=False):
            try:
                self._close_sink(self._sink)
            finally:
                self._feeding.release()

    def ended(self) -> None:
        """Waits after the program's end until all that itself has printed is passed on."""
        self.hang_up()
        with self._changed:
            most = self._passed + CHUNK * len(self._open)  # bytes that may wait in the pipes
            while self._open and self._passed < most and _hold_something(self._open):
                before = self._passed
                self._changed.wait(LAST_WORDS)
                if self._passed == before and not _CAN_ASK:
                    return

    @staticmethod
    def _spawn(name: str, do: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=do, args=arguments, name=name, daemon=True).start()

    def _relay(self, pipe: IO[bytes], write: Callable[[str], None]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        try:
            while self._read(pipe, decoder, write):
                pass
        finally:
            with self._changed:
                self._open.discard(pipe)
                if not self._open:
                    self.finished.set()
                self._changed.notify_all()
            pipe.close()

    def _read(
        self, pipe: IO[bytes], decoder: codecs.IncrementalDecoder, write: Callable[[str], None]
    ) -> bytes:
        """Passes on what comes next; until then it is in the pipe, where pipes can be asked."""
        if _CAN_ASK:
            _hold_something({pipe}, timeout=None)
            with self._changed:
                data = pipe.read(CHUNK)
                self._pass(data, decoder, write)
        else:
            data = pipe.read(CHUNK)
            with self._changed:
                self._pass(data, decoder, write)
        return data

    def _pass(self, data: bytes, decoder: codecs.IncrementalDecoder, write: Callable[[str], None]) -> None:
        if text := decoder.decode(data, final=not data):
            write(text)
        self._passed += len(data)
        self._changed.notify_all()

    def _feed(self, sink: IO[bytes]) -> None:
        while self._data and not self._is_hung_up:
            with self._feeding:
                if not self._is_hung_up:
                    self._write(sink)
        if not self._holds or self._is_hung_up:
            self.hang_up()

    def _write(self, sink: IO[bytes]) -> None:
        try:
            self._data = self._data[sink.write(self._data[:CHUNK]) or 0 :]
        except OSError:  # it reads no more
            self._is_hung_up = True

    @staticmethod
    def _close_sink(sink: IO[bytes]) -> None:
        with contextlib.suppress(OSError):  # what is left in its buffer has no reader any more
            sink.close()


if sys.platform == "win32":
    _CAN_ASK = False

    def _hold_something(_pipes: Collection[IO[bytes]], *, timeout: float | None = 0) -> bool:
        """Whether one of the pipes may hold something: always."""
        return True

else:
    _CAN_ASK = True

    def _hold_something(pipes: Collection[IO[bytes]], *, timeout: float | None = 0) -> bool:
        """Whether one of the pipes holds something, or is at its end; waits so many seconds for that."""
        poll = select.poll()
        for pipe in pipes:
            poll.register(pipe, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))
