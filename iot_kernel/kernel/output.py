"""The output of a cell: thread-safe, in order, in bursts that a Jupyter server lets through.

Nothing here knows where text comes from. A `CellOutput` belongs to one execute request and may be written
to for as long as the kernel lives: what a board prints after its cell has ended still belongs to that cell.
Writing text never waits; text is collected and leaves as one message after `BURST` seconds, before any
other message and before the reply.

A Jupyter server drops messages of a kernel that exceeds 1000 messages or 1 MB of stream text a second,
counted over three seconds as they arrive there. `Pace` keeps below that, leaving some for messages that were
held up on their way, so that a long output takes longer and arrives whole.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from iot_kernel.kernel.backlog import Backlog, Content, Later, Make

BURST = 0.05  # s; below what a reader notices, and at most 20 messages a second however text trickles in

WINDOW = 3.6  # s; a Jupyter server counts over 3, and what is sent evenly may arrive in bunches
WINDOW_BYTES = 2_700_000  # of the 3 000 000 it allows; the rest is for what surrounds the text
WINDOW_MESSAGES = 2_700  # of the 3000 it allows

#: Sends one message to every frontend, from any thread: type, content, parent message, metadata.
Publish = Callable[[str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any] | None], None]


class Pace:
    """How much may be sent now: a sliding window over bytes and messages. Reads no clock itself."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._bytes = 0

    def delay(self, now: float, size: int) -> float:
        """Returns how many seconds a message of ``size`` bytes has to wait; 0.0 when it may go."""
        while self._sent and self._sent[0][0] + WINDOW <= now:
            self._bytes -= self._sent.popleft()[1]
        full = self._bytes + size > WINDOW_BYTES or len(self._sent) >= WINDOW_MESSAGES
        return self._sent[0][0] + WINDOW - now if self._sent and full else 0.0

    def count(self, now: float, size: int) -> None:
        """Counts a message that is being sent."""
        self._sent.append((now, size))
        self._bytes += size

    def reset(self) -> None:
        """Forgets what was sent, as a server does whenever the kernel becomes idle."""
        self._sent.clear()
        self._bytes = 0


class NoPace(Pace):
    """Lets everything go at once: for what no server counts."""

    def delay(self, now: float, size: int) -> float:
        """Returns 0.0."""
        return 0.0

    def count(self, now: float, size: int) -> None:
        """Counts nothing."""


_UNPACED = NoPace()


class Flushed(Protocol):
    """What collects text until it is flushed."""

    def flush(self) -> None:
        """Sends what was collected."""


class Bursts:
    """The thread that sends collected text after `BURST`; one a kernel, started by the first text."""

    def __init__(self) -> None:
        self._due: list[Flushed] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, output: Flushed) -> None:
        """Has ``output`` flushed in `BURST` seconds."""
        with self._wake:
            self._due.append(output)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="IoT output", daemon=True)
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """Ends the thread; text written from now on waits for an explicit flush. Twice is fine."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(BURST * 10)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._due or self._closed)
                if self._closed:
                    return
            time.sleep(BURST)  # more comes meanwhile, and goes in the same message
            self._flush_due()

    def _flush_due(self) -> None:
        with self._wake:
            due, self._due = self._due, []
        for output in due:
            output.flush()


class CellOutput:
    """The output of one execute request.

    Args:
        publish: sends a message.
        parent: the request, which every message names.
        execution_count: the number of the cell, for `result`.
        bursts: flushes collected text.
        pace: shared by all outputs of a kernel.
    """

    def __init__(
        self, publish: Publish, parent: Mapping[str, Any], execution_count: int, bursts: Bursts, pace: Pace
    ) -> None:
        self.parent = parent
        self.execution_count = execution_count
        self._publish = publish
        self._bursts = bursts
        self._pace = pace
        self._backlog = Backlog()
        self._waiting = False  # a flush has been asked for
        self._changed = threading.Condition()  # guards the three above
        self._sending = threading.RLock()  # keeps pieces in order; held while waiting for the pace

    @property
    def bursts(self) -> Bursts:
        """What flushes collected text."""
        return self._bursts

    def redirected(self, publish: Publish) -> CellOutput:
        """Returns an output of the same cell whose messages go elsewhere, as fast as they come."""
        return CellOutput(publish, self.parent, self.execution_count, self._bursts, _UNPACED)

    def stdout(self, text: str) -> None:
        """Shows text as the cell's standard output."""
        self._stream("stdout", text)

    def stderr(self, text: str) -> None:
        """Shows text as the cell's error output."""
        self._stream("stderr", text)

    def display(
        self,
        data: Mapping[str, Any],
        *,
        metadata: Mapping[str, Any] | None = None,
        display_id: str | None = None,
        update: bool = False,
    ) -> None:
        """Shows a MIME bundle, or replaces the one shown before with the same ``display_id``."""
        transient = {} if display_id is None else {"display_id": display_id}
        kind = "update_display_data" if update else "display_data"
        self.send(kind, {"data": dict(data), "metadata": dict(metadata or {}), "transient": transient})

    def later(self, make: Make, size: int, replaces: str = "") -> None:
        """Sends messages in their turn behind the text written so far. Never waits.

        Args:
            make: makes them, type and content, when they are sent; must not raise.
            size: bytes that wait with it.
            replaces: of messages with the same name only the last that waits counts; empty for none.
        """
        self._wait_with(lambda: self._backlog.add_later(Later(make, size, replaces)))

    def result(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        """Shows the value of the cell's last expression, a MIME bundle, as ``Out[n]``."""
        content = {"data": data, "metadata": metadata or {}, "execution_count": self.execution_count}
        self.send("execute_result", content)

    def error(self, ename: str, evalue: str, traceback: Sequence[str]) -> None:
        """Shows an exception."""
        self.send("error", {"ename": ename, "evalue": evalue, "traceback": list(traceback)})

    def send(self, kind: str, content: Mapping[str, Any]) -> None:
        """Sends a message of any type but ``stream``, behind the text written so far."""
        with self._sending:
            self.flush()
            self._publish_paced(kind, content)

    def flush(self) -> None:
        """Sends all that was written so far. Waits as the pace demands, so it is not for an event loop."""
        with self._sending:
            while (piece := self._take()) is not None:
                if isinstance(piece, Later):
                    for kind, content in piece.make():
                        self._publish_paced(kind, content)
                else:
                    self._publish_paced("stream", {"name": piece[0], "text": piece[1]})

    def cut(self) -> None:
        """Leaves out most of the text not yet sent, and says so: for an interrupted cell.

        Wakes a waiting `flush`.
        """
        with self._changed:
            self._backlog.cut()
            self._pace.reset()
            self._changed.notify_all()

    def _stream(self, name: str, text: str) -> None:
        if not text:
            return
        self._wait_with(lambda: self._backlog.add(name, text))

    def _wait_with(self, add: Callable[[], None]) -> None:
        with self._changed:
            add()
            first, self._waiting = not self._waiting, True
        if first:
            self._bursts.add(self)

    def _take(self) -> tuple[str, str] | Later | None:
        with self._changed:
            piece = self._backlog.take()
            self._waiting = piece is not None
            return piece

    def _publish_paced(self, kind: str, content: Content) -> None:
        is_text = kind == "stream"  # of other messages a server counts no bytes
        text = json.dumps(content, ensure_ascii=False) if is_text else ""
        self._await_pace(len(text.encode(errors="replace")))
        self._publish(kind, content, self.parent, None)

    def _await_pace(self, size: int) -> None:
        with self._changed:
            while (delay := self._pace.delay(time.monotonic(), size)) > 0:
                self._changed.wait(delay)
            self._pace.count(time.monotonic(), size)
