"""What a cell has not sent yet: text and other messages in their order, bounded. No locks, no clocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PIECE = 262_144  # characters a message; a few a second at full pace, and few outputs in a saved notebook
BACKLOG = 32_000_000  # characters not yet sent; beyond, text is left out and counted: a board never waits
TAIL = 16_384  # characters kept of a backlog when the cell is interrupted: what its last moments looked like
LATER = 1_000  # characters that a message counts for, at least: so many small ones take as much memory

Content = Mapping[str, Any]
Make = Callable[[], Iterable[tuple[str, Content]]]


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """Messages that are made when they are sent.

    Args:
        make: makes them, type and content.
        size: bytes that wait with it.
        replaces: takes the place of one with the same name that waits; empty for none.
    """

    make: Make
    size: int
    replaces: str = ""

    @property
    def weight(self) -> int:
        """The characters that it counts for."""
        return max(self.size, LATER)


class Backlog:
    """What waits to be sent."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[str, str] | Later] = deque()
        self._replaceable: dict[str, Later] = {}
        self._size = 0
        self._left_out = 0
        self._later_left_out = 0

    def add(self, name: str, text: str) -> None:
        """Takes text for the stream ``name``; what would exceed `BACKLOG` is counted instead of kept."""
        if self._size + len(text) > BACKLOG:
            self._left_out += len(text)
            return
        self._note_gap()
        self._push(name, text)

    def add_later(self, later: Later) -> None:
        """Takes messages; what would exceed `BACKLOG` is counted instead of kept."""
        if (old := self._replaceable.pop(later.replaces, None)) is not None:
            self._chunks.remove(old)
            self._size -= old.weight
        if self._size + later.weight > BACKLOG:
            self._later_left_out += 1
            return
        self._note_gap()
        self._push_later(later)

    def take(self) -> tuple[str, str] | Later | None:
        """Removes and returns what comes next: text of one stream, at most `PIECE` characters, or a message.

        None when all is sent.
        """
        if not self._chunks:
            self._note_gap()
        if self._chunks and isinstance(later := self._chunks[0], Later):
            self._chunks.popleft()
            self._size -= later.weight
            self._replaceable.pop(later.replaces, None)
            return later
        return self._take_text()

    def cut(self) -> None:
        """Leaves out all but the last `TAIL` characters, and says so."""
        if self._size + self._left_out <= TAIL:
            return
        waiting, self._chunks, self._size = self._chunks, deque(), 0
        self._replaceable.clear()
        kept: list[tuple[str, str] | Later] = []
        left = TAIL
        while waiting:
            match waiting.pop():
                case Later() as later if left > 0:
                    kept.append(later)
                    left -= LATER
                case Later():
                    self._later_left_out += 1
                case name, text:
                    tail = text[-left:] if left > 0 else ""
                    kept.append((name, tail))
                    left -= len(tail)
                    self._left_out += len(text) - len(tail)
        self._note_gap()
        for chunk in reversed(kept):
            if isinstance(chunk, Later):
                self._push_later(chunk)
            elif chunk[1]:
                self._push(*chunk)

    def _take_text(self) -> tuple[str, str] | None:
        parts: list[str] = []
        left = PIECE
        name = ""
        while self._chunks and left:
            chunk = self._chunks[0]
            if isinstance(chunk, Later) or (parts and chunk[0] != name):
                break
            name, text = chunk
            self._chunks.popleft()
            if len(text) > left:
                self._chunks.appendleft((name, text[left:]))
            parts.append(text[:left])
            left -= len(parts[-1])
        self._size -= PIECE - left
        return (name, "".join(parts)) if parts else None

    def _note_gap(self) -> None:
        if self._left_out:
            count, self._left_out = self._left_out, 0
            self._push("stderr", f"\n[{count:,} characters of output left out]\n")
        if self._later_left_out:
            count, self._later_left_out = self._later_left_out, 0
            self._push("stderr", f"\n[{count:,} displays left out]\n")

    def _push(self, name: str, text: str) -> None:
        self._chunks.append((name, text))
        self._size += len(text)

    def _push_later(self, later: Later) -> None:
        self._chunks.append(later)
        self._size += later.weight
        if later.replaces:
            self._replaceable[later.replaces] = later
