"""Chooses how code gets to a board: plain or raw-paste, by what wire, memory and firmware allow."""

from __future__ import annotations

import re
from functools import lru_cache

from iot_kernel.errors import DeviceMemoryError, DeviceTimeoutError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.repl.connection import Connection, Outcome, PasteUnsupportedError
from iot_kernel.repl.execution_timeouts import USUAL, RunOptions
from iot_kernel.repl.halves import Halves
from iot_kernel.repl.turn_state import Sink, drop
from iot_kernel.snippets import snippet

#: bytes; up to here plain execution needs no thought about memory. Questions about names stay below.
SMALL = 1536

#: A board needs about this many bytes of memory a byte of code: the text, its parse tree, the bytecode.
MEMORY_PER_BYTE = 4

#: bytes; the smallest input buffer there is takes this much: sent so while the board is not known.
CAREFUL = 32

#: Boards whose input buffer is smaller than their wire lets one think: the micro:bit has 64 bytes.
SMALL_BUFFERS = {"microbit": CAREFUL}

#: s for a board to tell how much memory is free; it collects garbage first.
FREE_TIMEOUT = 10.0

#: bytes kept of what it tells; threads may print, too.
LONGEST_FREE = 10_000

#: s for a board that hung in raw-paste mode to come back.
RECOVERY_TIMEOUT = 10.0

#: Firmware that offers raw-paste mode and then hangs for good: it has no standard input to read code from.
NO_PASTE = frozenset({"webassembly"})

_CONTROLS = re.compile("[\x00-\x05]")


class CodeSender:
    """Sends code to one board and remembers what its firmware can do.

    Args:
        connection: the board's; it must be waiting for code when `execution` begins.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: bytes the board takes without reading them; None where the wire pushes back
        self.burst: int | None = CAREFUL
        self._has_paste: bool | None = False

    def adapt(self, platform: str, burst: int | None) -> None:
        """Takes into account what the board is.

        Args:
            platform: its ``sys.platform``.
            burst: bytes that it takes without reading them by its wire; None where that pushes back.
        """
        self.burst = SMALL_BUFFERS.get(platform, burst)
        self._has_paste = False if platform in NO_PASTE else None

    def execution(
        self, code: str, sink: Sink, options: RunOptions = USUAL, mark: EndMark | None = None
    ) -> Halves[Outcome]:
        """Sends code in the first half, and waits for its end; see `Connection.execution`.

        Raises:
            DeviceMemoryError: plain execution is the only way, and the code does not fit.
        """
        data = wire_form(code)
        paste = self._wants_paste(len(data), min(options.timeout or FREE_TIMEOUT, FREE_TIMEOUT))
        return (
            yield from self._connection.execution(
                data, sink, options, mark=mark, paste=paste, burst=self.burst
            )
        )

    def hard_reset(self, sink: Sink, *, quiet: float, limit: float) -> Outcome | None:
        """Resets the chip; see `Connection.hard_reset`."""
        code = wire_form(snippet("hard_reset"))
        return self._connection.hard_reset(code, sink, quiet=quiet, limit=limit, burst=self.burst)

    def _wants_paste(self, size: int, timeout: float) -> bool:
        """Whether to use raw-paste mode: for code larger than a burst, or large for the memory.

        The board may be asked how much memory it has, for so many seconds. Where either way would do, plain
        execution is faster: raw-paste has at most 256 bytes under way.
        """
        if size <= (SMALL if self.burst is None else self.burst):
            return False
        if self.burst is None and size * MEMORY_PER_BYTE <= self._free(timeout):
            return False
        if self._has_paste is None:
            self._has_paste = self._try_paste()
        if not self._has_paste and size > SMALL:
            self._check_memory(size, timeout)
        return self._has_paste

    def _try_paste(self) -> bool:
        """Finds out with code that does nothing, so that the user's is never run twice."""
        try:
            self._connection.execute(b"pass", drop, paste=True)
        except PasteUnsupportedError:
            return False
        except DeviceTimeoutError:
            self._connection.enter(interrupt=True, timeout=RECOVERY_TIMEOUT)
            return False
        return True

    def _check_memory(self, size: int, timeout: float) -> None:
        """Refuses code that the board would have to hold whole and cannot: firmware may crash then."""
        free = self._free(timeout)
        if size > free // 2:
            raise DeviceMemoryError(size, free)

    def _free(self, timeout: float = FREE_TIMEOUT) -> int:
        answer = bytearray()

        def take(data: bytes) -> None:
            answer.extend(data[: LONGEST_FREE - len(answer)])

        self._connection.execute(wire_form(snippet("free")), take, RunOptions(timeout), burst=self.burst)
        number = re.search(rb"\d{1,15}", answer)
        return int(number[0]) if number else 0


@lru_cache(maxsize=2)  # the same code runs on many boards at the same time
def wire_form(code: str) -> bytes:
    """Code as it goes to a board: LF line ends, and no byte that the raw REPL takes for itself."""
    text = code.replace("\r\n", "\n")
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text).encode(errors="replace")
