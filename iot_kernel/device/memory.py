"""A board's memory: what is free, the largest block, and what code has taken. Blocking.

The board collects garbage before it counts, so the figures are of what is really in use. Nothing is counted
unless somebody asks: cells cost nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from iot_kernel.device.lookup import Execute
from iot_kernel.device.marked_answer import AnsweringBoard, marked, marked_answer
from iot_kernel.errors import DeviceError, IoTKernelError, RemoteProtocolError
from iot_kernel.snippets import snippet
from iot_kernel.text import literal

_SAID = re.compile(r"(?P<numbers>[^\x1d]*)\x1d(?P<info>.*)", re.DOTALL)
_HEAP = re.compile(
    r"GC: total: (?P<total>\d{1,18}), .*?(?:max new split: (?P<more>\d{1,18})|$)", re.MULTILINE
)
_LARGEST = re.compile(r"max free sz: (\d{1,18})")

#: bytes of a block of memory, in which mem_info counts: four words
_BLOCK, _BLOCK_64_BIT = 16, 32

_LARGEST_32_BIT = 1 << 31


class NoMemoryError(IoTKernelError):
    """A board does not tell about its memory."""

    def __init__(self) -> None:
        super().__init__("the board does not tell about its memory: its firmware has no gc.mem_free()")


class MemoryBoard(AnsweringBoard, Protocol):
    """What is needed of a board."""

    runs: int
    cells: int

    @property
    def platform(self) -> str:
        """Its ``sys.platform``."""

    @property
    def mark(self) -> str:
        """Another one after each restart."""


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """A board's memory at one moment, in bytes.

    Attributes:
        used: in use.
        free: not in use.
        largest: the largest free block.
        more: what the firmware can take from its system besides.
    """

    used: int
    free: int
    largest: int
    more: int


@dataclass(frozen=True, slots=True)
class MemoryLeft:
    """What a board has left, in bytes.

    Attributes:
        free: not in use.
        largest: the largest piece in one; None where the firmware cannot tell.
    """

    free: int
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """What has happened since the last reading.

    Attributes:
        used: bytes more in use; negative where there are less.
        cells: how many cells have run.
        others: whether other code of this kernel has run as well.
    """

    used: int
    cells: int
    others: bool


class BoardMemory:
    """The memory of one board; remembers the last reading.

    Args:
        board: the board.
    """

    def __init__(self, board: MemoryBoard) -> None:
        self._board = board
        self._last: MemoryReading | None = None
        self._after = ("", 0, 0)  # the board's mark, runs and cells at that time

    def read(self) -> tuple[MemoryReading, MemoryChange | None]:
        """Reads how much is free now.

        Returns:
            That, and what has changed since the last time; None where there was none, or the board has
            restarted meanwhile.

        Raises:
            NoMemoryError: the firmware does not tell.
            RemoteProtocolError: what it tells makes no sense.
        """
        self._collect()
        last, (mark, runs, cells) = self._last, self._after
        others = self._board.runs - runs - 1 > self._board.cells - cells
        reading = self._reading()
        change = None
        if last is not None and mark == self._board.mark:
            change = MemoryChange(reading.used - last.used, self._board.cells - cells, others)
        self._last = reading
        self._after = self._board.mark, self._board.runs, self._board.cells
        return reading, change

    def _collect(self) -> None:
        """Has garbage collected: WebAssembly does that only once the code that asks has ended."""
        try:
            self._board.exec(snippet("free", self._board.platform))
        except DeviceError as error:
            if error.ename != "AttributeError":
                raise
            raise NoMemoryError from None

    def _reading(self) -> MemoryReading:
        said = _Said.read(self._ask("memory"))
        free, more = (said.free, 0) if said.total is None else (said.total - said.used, said.more)
        if said.largest is not None:
            return MemoryReading(said.used, free, said.largest, more)
        used, largest = said.used, literal(self._ask("largest_block"))
        if not isinstance(largest, int):
            raise RemoteProtocolError("asking about memory", repr(largest).encode())
        return MemoryReading(used, free, largest, more)

    def _ask(self, name: str) -> str:
        said = marked_answer(self._board, snippet(name, self._board.platform))
        if said is None:
            raise NoMemoryError
        return said


def ask_memory_left(execute: Execute, *, platform: str = "") -> MemoryLeft | None:
    """Asks once how much memory is left.

    Args:
        execute: runs code on the board, and returns what it printed.
        platform: the board's ``sys.platform``.

    Returns:
        None where the board does not answer, or does not tell.

    Raises:
        IoTKernelError: as ``execute`` does, or the answer makes no sense.
    """
    code, answer = marked(snippet("memory", platform))
    found = answer.search(execute(code))
    if found is None:
        return None
    said = _Said.read(found[1])
    return MemoryLeft(said.free, None if said.largest is None else max(said.largest, said.more))


@dataclass(frozen=True, slots=True)
class _Said:
    """What a board says of its memory, in bytes; None for what it does not know."""

    free: int
    used: int
    total: int | None
    more: int
    largest: int | None

    @classmethod
    def read(cls, said: str) -> _Said:
        """Reads the answer of the snippet ``memory``."""
        found = _SAID.fullmatch(said)
        match literal(found["numbers"]) if found else None:
            case (int(free), int(used), int(maxsize)):
                info = said.partition("\x1d")[2]
                heap, block = _HEAP.search(info), _LARGEST.search(info)
                size = _BLOCK_64_BIT if maxsize > _LARGEST_32_BIT else _BLOCK
                return cls(
                    free,
                    used,
                    None if heap is None else int(heap["total"]),
                    int(heap["more"] or 0) if heap else 0,
                    None if block is None else int(block[1]) * size,
                )
        raise RemoteProtocolError("asking about memory", said.encode())
