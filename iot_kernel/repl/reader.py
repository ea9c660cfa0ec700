"""The reader thread: reads what a board sends, and takes the frames out of it. It never writes.

Text and frames leave in their order, one after the other, on whichever thread: the reader thread, the driver
of a turn where that reads directly, or the timer that gives up waiting for the end of what began like a
frame.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from iot_kernel.errors import ConnectionLostError
from iot_kernel.protocol.frames import Damaged, Demultiplexer, Frame
from iot_kernel.protocol.message_demultiplexer import MessageDemultiplexer
from iot_kernel.repl.standstill import look_again
from iot_kernel.transports.base import Transport

_log = logging.getLogger(__name__)

#: All bytes of all links, at DEBUG: ``%loglevel iot_kernel.wire DEBUG`` shows what a board really said.
wire = logging.getLogger("iot_kernel.wire")

#: s that the beginning of a frame waits for more before it is taken for text. A whole frame takes 0.4 s at
#: 115200 baud, and a board may pause in it to collect garbage.
FRAME_PATIENCE = 1.0

#: s, where the raw REPL has printed one of its marks in the middle: mostly Ctrl-C has broken the frame off,
#: and a cell waits for its end.
MARK_PATIENCE = 0.1

Take = Callable[[Iterable[bytes | Frame | Damaged]], None]


class Reader:
    """Reads one board. The constructor touches nothing.

    Args:
        transport: opened before `start`, closed by somebody else, which ends the reading.
        take: takes text and frames, which it has to use up; never called twice at a time.
        lose: the stream broke; the last call.
    """

    def __init__(self, transport: Transport, take: Take, lose: Callable[[ConnectionLostError], None]) -> None:
        self._transport = transport
        self._take = take
        self._lose = lose
        self._demultiplexer: Demultiplexer | MessageDemultiplexer = Demultiplexer()
        self._take_lock = threading.Lock()  # held while something is taken
        self._received_at = 0.0
        self._timer: threading.Timer | None = None
        self._patience = FRAME_PATIENCE  # of the timer
        self._due = 0.0  # when the timer calls
        self._thread = threading.Thread(target=self._run, name=f"reader of {transport.url}", daemon=True)

    def start(self) -> None:
        """Starts reading."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the end, once the transport is closed. Before `start` and on the reader's thread fine."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def take_messages(self) -> None:
        """From now on what comes is messages."""
        with self._take_lock:
            self._demultiplexer = MessageDemultiplexer()

    def read_direct(self, timeout: float | None) -> bytes:
        """Reads on the calling thread, which has begun direct reading; `take_direct` comes next.

        A stream that broke is told as on the reader thread.

        Args:
            timeout: seconds.

        Returns:
            What came; nothing where nothing did.
        """
        try:
            return self._transport.read_direct(timeout)
        except ConnectionLostError as error:
            self._lose(error)
            return b""

    def take_direct(self, data: bytes) -> None:
        """Takes what `read_direct` has read; a bug in that is told as on the reader thread."""
        try:
            self._take_data(data)
        except Exception as error:  # noqa: BLE001 - as in `_run`
            self._fail(error)

    def _take_data(self, data: bytes) -> None:
        wire.debug("%s -> %d bytes %r", self._transport.url, len(data), data)
        with self._take_lock:
            self._received_at = time.monotonic()
            self._take(self._demultiplexer.feed(data))
            self._watch()

    def _run(self) -> None:
        try:
            while data := self._transport.read():
                self._take_data(data)
        except ConnectionLostError as error:
            self._lose(error)
        except Exception as error:  # noqa: BLE001 - a bug below must not look like a board that is silent
            self._fail(error)
        finally:
            with self._take_lock:
                if self._timer is not None:
                    self._timer.cancel()

    def _fail(self, error: Exception) -> None:
        _log.error("reading from %s failed", self._transport.url, exc_info=error)
        self._lose(ConnectionLostError(self._transport.url, str(error)))

    def _watch(self) -> None:
        patience = MARK_PATIENCE if self._demultiplexer.holds_marks else FRAME_PATIENCE
        if self._timer is not None and patience < self._patience:
            self._timer.cancel()
            self._timer = None
        if self._demultiplexer.is_waiting and self._timer is None:
            self._patience = patience
            self._call_in(patience)

    def _call_in(self, seconds: float) -> None:
        self._due = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.daemon = True
        self._timer.start()

    def _give_up(self) -> None:
        with self._take_lock:
            self._timer = None
            now = time.monotonic()
            if now - self._received_at < self._patience:
                self._watch()
            elif look := look_again(now - self._due):  # the end of the frame may wait to be read
                self._call_in(look)
            elif text := self._demultiplexer.flush():
                self._take([Damaged(), text])
