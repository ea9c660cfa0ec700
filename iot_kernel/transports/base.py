"""What every transport promises: bytes to and from one board, and nothing about REPLs.

A transport is one file and one row in ``transports.SCHEMES``; it is right when it passes
``tests/transports/test_contract.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable


class Transport(ABC):
    """A byte stream to one board.

    The constructor touches nothing; `open` does. One thread reads, at times another one directly; any thread
    writes (callers take turns), any thread closes. Builtin errors of the libraries underneath never leave a
    transport.

    Args:
        url: where the board is, e.g. ``serial:///dev/ttyACM0``.
        password: of the board's WebREPL; other transports ignore it.
    """

    #: How many bytes the board takes without reading them, None where the wire itself pushes back (native
    #: USB, PTY, TCP to a program). A sender without flow control must not exceed it without pausing.
    burst: int | None = None

    #: False where bytes come in faster than a program that reads them takes them out of that buffer: what is
    #: not read is lost then even while the program waits for it.
    paced: bool = True

    #: What tells this board from others before it has been asked anything (a USB serial number); known after
    #: `open`.
    serial_number: str | None = None

    #: True where losing the stream means that the board's program is gone too (the virtual board).
    volatile: bool = False

    #: Whether firmware without a raw REPL, which talks in messages, may be at the other end.
    may_carry_messages: bool = True

    def __init__(self, url: str, *, password: str | None = None) -> None:
        self.url = url
        #: called where the transport itself sees that the board restarts; on any thread, must not block
        self.on_restart: Callable[[], None] = lambda: None

    def check(self) -> None:  # noqa: B027  a kind whose urls have nothing that can be wrong
        """Makes sure that the url can be understood; touches nothing. `open` does so, too.

        Raises:
            ConnectError: it cannot.
        """

    @abstractmethod
    def open(self, timeout: float) -> None:
        """Opens the stream.

        Args:
            timeout: seconds to try at most.

        Raises:
            ConnectError: with the reason and what to do about it.
        """

    @abstractmethod
    def read(self) -> bytes:
        """Blocks until the board sends something.

        Returns:
            At least one byte; ``b""`` once `close` was called (by any thread), again and again.

        Raises:
            ConnectionLostError: the other end is gone.
        """

    def begin_direct(self) -> bool:
        """Begins direct reading: the thread in `read` sleeps on, and whoever calls this reads what comes.

        So the thread that waits for an answer gets it at once, without another thread that has to wake it. It
        lasts until `end_direct`, or until a `write` has to wait: somebody has to read then, or both ends
        would wait for each other. Twice is fine.

        Returns:
            Whether it has begun. Most transports do not have it; the others can begin it only while a thread
            blocks in `read`, so that no bytes overtake others.
        """
        return False

    def read_direct(self, timeout: float | None) -> bytes:
        """Blocks until the board sends something, during direct reading.

        Args:
            timeout: seconds; None for as long as it takes.

        Returns:
            What came; ``b""`` after so many seconds, after `wake`, and once `close` was called.

        Raises:
            ConnectionLostError: the other end is gone.
        """
        raise NotImplementedError

    def end_direct(self) -> None:  # noqa: B027  nothing to do where it cannot begin
        """Has the thread in `read` go on. Twice, without a beginning and from any thread are fine."""

    def wake(self) -> None:  # noqa: B027  likewise
        """Ends `read_direct`, or the next one. From any thread; takes no time."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Sends all of ``data``, in order; blocks while the wire pushes back.

        Raises:
            ConnectionLostError: the other end is gone, or the stream is closed.
        """

    @abstractmethod
    def close(self) -> None:
        """Ends the stream and wakes a blocked `read`. Twice, before `open` and after an error are fine."""
