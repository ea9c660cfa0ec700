"""A running virtual board and the lines on which others see its terminal.

A board has one terminal, and every line shares it, as a UART and a WebREPL share a real one: what the board
prints goes to all, what any of them types goes to the board. One thread reads the board and hands its output
to the lines.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Protocol, Self

from iot_kernel.errors import ConnectionLostError
from iot_kernel.virtual_board.wire import IDEAL, Wire, WireSpeed

SMALL_WRITE = 4  # bytes; how exactly is known what was read, and two windows of raw-paste leave no more room


class BoardProcess(Protocol):
    """A running board without lines, as a module for each of MicroPython's ports has it."""

    on_reset: Callable[[], None]  # called before each start but the first

    def start(self, timeout: float) -> None:
        """Powers the board on, and waits until its program runs; boot.py and main.py may still be to come.

        Args:
            timeout: seconds to wait at most.

        Raises:
            ConnectError: the operating system refuses, or the process does not become a board.
        """

    def read(self) -> bytes:
        """Blocks until the board sends something; ``b""`` once it was stopped.

        Raises:
            ConnectionLostError: its process ended by itself.
        """

    def write(self, data: bytes) -> None:
        """Sends bytes to the board's terminal; the interrupt character interrupts while code runs.

        Raises:
            ConnectionLostError: the board is gone or stopped.
        """

    def unread_writes(self) -> int:
        """Counts the writes of at most `SMALL_WRITE` bytes of which the board has not read all."""

    def interrupt_char(self) -> bytes:
        """Gives the character that interrupts what runs now, empty if there is none."""

    def stop(self) -> None:
        """Switches the board off; twice is fine, any thread is fine."""


class Line(ABC):
    """One way to a board's terminal."""

    @abstractmethod
    def deliver(self, data: bytes) -> None:
        """Takes what the board printed; called on the board's thread, which waits meanwhile."""

    def reset(self) -> None:  # noqa: B027 - most lines are no part of the board
        """Called before the board starts again."""

    @abstractmethod
    def close(self) -> None:
        """Ends the line when the board is off; twice is fine, and from two threads at once."""


class VirtualBoard:
    """A board that is on, with its lines; a context manager that switches it off.

    Args:
        process: the running board; it belongs to this object from now on.
    """

    def __init__(self, process: BoardProcess) -> None:
        self._process = process
        self._lines: list[Line] = []
        self._lock = threading.Lock()
        self.lost: ConnectionLostError | None = None
        process.on_reset = self._reset
        self._thread = threading.Thread(target=self._run, name="virtual board", daemon=True)

    def attach(self, line: Line) -> None:
        """Adds a line; the first one starts the flow of output, so that it misses nothing."""
        with self._lock:
            self._lines.append(line)
            if not self._thread.is_alive() and self.lost is None:
                self._thread.start()

    def type(self, data: bytes) -> None:
        """Gives input to the board; input to a board that is gone is lost."""
        with contextlib.suppress(ConnectionLostError):
            self._process.write(data)

    def input_buffer(self, size: int) -> Callable[[bytes], None]:
        """Gives a way to type that loses input as a board with such a buffer does; 0 loses none."""
        return _InputBuffer(self._process, size).write if size else self.type

    def _current_lines(self) -> list[Line]:
        with self._lock:
            return list(self._lines)

    def _run(self) -> None:
        try:
            while data := self._process.read():
                for line in self._current_lines():
                    line.deliver(data)
        except ConnectionLostError as error:
            self.lost = error
        self._close_lines()

    def _close_lines(self) -> None:
        for line in self._current_lines():
            line.close()

    def _reset(self) -> None:
        for line in self._current_lines():
            line.reset()

    def stop(self) -> None:
        """Switches the board off and ends its lines; twice is fine."""
        self._process.stop()
        self._close_lines()  # one that waits for its reader would hold the thread up
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _InputBuffer:
    """What a board takes while its program does not read: so many bytes, and then it loses input.

    Which bytes the program has read is known by whole writes, so they are small.
    """

    def __init__(self, process: BoardProcess, size: int) -> None:
        self._process = process
        self._size = size
        self._held: deque[int] = deque()  # bytes of each write that may not be read yet

    def write(self, data: bytes) -> None:
        """Types what fits; an interrupt always does."""
        unread = self._process.unread_writes()
        while len(self._held) > unread:
            self._held.popleft()
        held = max(0, sum(self._held) - SMALL_WRITE + 1)  # the first may have been read but for one byte
        fitting = data[: self._size - held]
        interrupt = self._process.interrupt_char()
        with contextlib.suppress(ConnectionLostError):  # input to a board that is gone is lost
            for start in range(0, len(fitting), SMALL_WRITE):
                piece = fitting[start : start + SMALL_WRITE]
                self._held.append(len(piece))
                self._process.write(piece)
            if interrupt and interrupt in data[len(fitting) :]:
                self._process.write(interrupt)


RECEIVED_LIMIT = 1024 * 1024  # bytes a terminal holds for its reader before it holds the board up


class Terminal(Line):
    """A line that ends in this process: `read` and `write`, over a wire of its own.

    Args:
        board: whose terminal.
        link: the wire.
        buffer: bytes the board takes while it does not read, 0 for any number.
    """

    def __init__(self, board: VirtualBoard, link: WireSpeed = IDEAL, buffer: int = 0) -> None:
        self._board = board
        self._received = bytearray()
        self._over = False
        self._changed = threading.Condition()
        self._wire = Wire(link, self._receive, board.input_buffer(buffer))
        board.attach(self)

    def deliver(self, data: bytes) -> None:
        """Puts output on the wire."""
        self._wire.to_host(data)

    def _receive(self, data: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._received) < RECEIVED_LIMIT)
            self._received += data
            self._changed.notify_all()

    def read(self) -> bytes:
        """Blocks until the board sends something; ``b""`` once the board was stopped.

        Raises:
            ConnectionLostError: the interpreter ended by itself.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._received or self._over)
            data = bytes(self._received)
            self._received.clear()
            self._changed.notify_all()
        if not data and self._board.lost:
            raise self._board.lost
        return data

    def write(self, data: bytes) -> None:
        """Types; blocks while the wire is full.

        Raises:
            ConnectionLostError: the board is gone.
        """
        if self._board.lost:
            raise self._board.lost
        self._wire.to_board(data)

    def close(self) -> None:
        """Ends the line, and what reads it."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._wire.close()
