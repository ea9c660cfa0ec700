"""A board that says exactly what a test wants, over a joined pair of ends in memory, or of sockets."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from iot_kernel.transports.base import Transport
from tests.transports.memory import MemoryEnd, MemoryTransport
from tests.transports.socket_pair import SocketEnd, SocketTransport

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_numbers = itertools.count()


class ScriptedBoard:
    """Answers what the host sends: `answer` gets all bytes since the last answer, and returns bytes or None.

    Attributes:
        heard: all bytes from the host.

    Args:
        has_descriptor: the transport has one, as serial ports have.
    """

    def __init__(self, answer: Callable[[bytes], bytes | None], *, has_descriptor: bool = False) -> None:
        self.transport: Transport
        self._end: MemoryEnd | SocketEnd
        if has_descriptor:
            self.transport, self._end = SocketTransport.pair()
        else:
            self.transport, self._end = MemoryTransport.pair(f"scripted{next(_numbers)}")
        self.answer = answer
        self.heard = b""
        self._pending = b""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return self.transport.url

    @property
    def end(self) -> MemoryEnd | SocketEnd:
        return self._end

    def say(self, data: bytes) -> None:
        self._end.write(data)

    def close(self) -> None:
        self._end.cut()
        self._thread.join()

    def _run(self) -> None:
        while data := self._end.read():
            self.heard += data
            self._pending += data
            answer = self.answer(self._pending)
            if answer is not None:
                self._pending = b""
                self._end.write(answer)


def raw_repl(programs: dict[bytes, bytes | None] | None = None, *, paste: bytes = BANNER) -> Callable:
    """A board that knows some programs: code -> what it answers after ``OK``; unknown code does nothing.

    Args:
        programs: an answer of None never comes.
        paste: the answer to the raw-paste request; by default that of firmware without it.
    """
    known = programs or {}

    def answer(heard: bytes) -> bytes | None:
        if heard.endswith(b"\x05A\x01"):
            return paste
        if heard.endswith(b"\x01"):
            return BANNER
        if heard == b"\x04":
            return b"OK\r\nsoft reboot\r\n" + BANNER
        if heard.endswith(b"\x04"):
            code = heard.rpartition(b"\x03")[2][:-1]
            printed = known.get(code, b"\x04\x04>")
            return b"OK" if printed is None else b"OK" + printed
        if heard.endswith(b"\x03"):
            return b"\x04KeyboardInterrupt: \r\n\x04>"
        return None

    return answer
