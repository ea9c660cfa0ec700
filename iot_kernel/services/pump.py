"""Moves bytes between a program and a cell: one thread that feeds the program and passes on what it prints.

The thread waits for whatever comes first, so that the text of two streams keeps nearly the order in which it
was written. It outlives the program if others, which the program has started, hold its output open.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import selectors
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import IO

CHUNK = 65_536  # bytes a read: as much as a pipe holds
LAST_WORDS = 0.2  # s without output after the program's end: then what is still to come is others'

_WAKE, _HANG_UP, _ENDED = b"w", b"h", b"e"


class Pump:
    """The streams of one program; the constructor starts nothing.

    Args:
        outputs: each pipe that the program writes to, with what takes its text; bytes that are no UTF-8
            become replacement characters. The pipes are closed here.
        sink: the pipe that the program reads, if it reads one. It stays open until `hang_up` or `ended`.
        data: what the program reads.
    """

    def __init__(
        self, outputs: Mapping[IO[bytes], Callable[[str], None]], sink: IO[bytes] | None, data: bytes
    ) -> None:
        self._outputs = dict(outputs)
        self._sink = sink
        self._data = memoryview(data)
        self._selector = selectors.DefaultSelector()
        self._reading, self._writing = os.pipe()
        self._alive = threading.Lock()  # held to use the pipe above, which the thread closes
        self._closed = False
        self._ended = False
        self._left = CHUNK * len(self._outputs)  # bytes that may wait in the pipes when the program ends
        self.drained = threading.Event()  # all that the program itself has printed is passed on
        self.finished = threading.Event()  # nobody can print any more

    def start(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self._run, name="IoT shell output", daemon=True).start()

    def hang_up(self) -> None:
        """Ends what the program reads, now. From any thread, also when all is over."""
        self._tell(_HANG_UP)

    def ended(self) -> None:
        """Says that the program has ended; `drained` is set soon."""
        self._tell(_ENDED)

    def _tell(self, what: bytes) -> None:
        with self._alive:
            if not self._closed:
                os.write(self._writing, what)

    def _run(self) -> None:
        try:
            with contextlib.closing(self._selector):
                self._register()
                while self._outputs:
                    self._step()
        finally:
            self._close()

    def _register(self) -> None:
        self._selector.register(self._reading, selectors.EVENT_READ, self._listen)
        for pipe, write in self._outputs.items():
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self._selector.register(pipe, selectors.EVENT_READ, partial(self._relay, pipe, decoder, write))
        if self._sink is not None:
            os.set_blocking(self._sink.fileno(), False)
            self._selector.register(self._sink, selectors.EVENT_WRITE, self._feed)

    def _close(self) -> None:
        self.drained.set()
        self.finished.set()
        self._close_sink()
        with self._alive:
            self._closed = True
            os.close(self._reading)
            os.close(self._writing)

    def _step(self) -> None:
        waiting = self._ended and not self.drained.is_set()
        ready = self._selector.select(LAST_WORDS if waiting else None)
        for key, _ in ready:
            key.data()
        if waiting and (not ready or self._left <= 0):
            self.drained.set()

    def _listen(self) -> None:
        for said in os.read(self._reading, CHUNK):
            self._close_sink()
            self._ended = self._ended or said == ord(_ENDED)

    def _relay(
        self, pipe: IO[bytes], decoder: codecs.IncrementalDecoder, write: Callable[[str], None]
    ) -> None:
        data = pipe.read(CHUNK)
        if self._ended:
            self._left -= len(data)
        text = decoder.decode(data, final=not data)
        if not data:
            self._selector.unregister(pipe)
            del self._outputs[pipe]
            pipe.close()
        if text:
            write(text)

    def _feed(self) -> None:
        if self._sink is None:  # closed a moment ago, when it was ready already
            return
        try:
            self._data = self._data[self._sink.write(self._data[:CHUNK]) or 0 :]
        except OSError:  # it reads no more
            self._close_sink()
            return
        if not self._data:
            self._selector.unregister(self._sink)

    def _close_sink(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            if self._selector.get_map():
                with contextlib.suppress(KeyError):  # nothing was left to be written: it is not watched
                    self._selector.unregister(sink)
            with contextlib.suppress(OSError):  # what is left in its buffer has no reader any more
                sink.close()
