"""Remembers the code that ran on boards, so that a traceback can be told in the words of the notebook."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

#: characters of code that are looked at; a notebook of 200 cells has about 100 000
LONGEST_PAST = 400_000

#: pieces of code that are kept of one board's life
MOST_CODES = 1000

#: lives of boards that are kept, the latest: each reset begins one, and a bench has tens of boards
MOST_LIVES = 100


@dataclass(frozen=True, slots=True)
class RanCode:
    """Code of a cell that went to a board in one piece.

    Attributes:
        text: the code.
        line: of the cell, in which it starts.
        number: of the cell, as in ``In [3]``.
        failed: the line of it that ended it early, 0 where nobody knows; None where it ran to its end.
        at: when it ended, by `time.monotonic`.
    """

    text: str
    line: int
    number: int
    failed: int | None = None
    at: float = field(default_factory=time.monotonic)

    def source(self, line: int) -> str:
        """A line of the code; empty where there is no such line."""
        return "".join(self.text.split("\n")[line - 1 : line])

    @property
    def reached(self) -> str:
        """The lines that have run; in the one that failed nobody knows how much."""
        return (
            self.text if self.failed is None else "\n".join(self.text.split("\n")[: max(0, self.failed - 1)])
        )


class RanCells:
    """The code that ran, by the board's life: from one start of its interpreter to the next. Thread-safe."""

    def __init__(self) -> None:
        self._lives_lock = threading.Lock()
        self._lives: OrderedDict[str, deque[RanCode]] = OrderedDict()

    def note(self, mark: str, code: RanCode) -> None:
        """Code has run.

        Args:
            mark: of the board's life; empty where that is not known, and nothing is kept.
            code: what ran.
        """
        if not mark:
            return
        with self._lives_lock:
            life = self._lives.setdefault(mark, deque(maxlen=MOST_CODES))
            life.append(code)
            self._lives.move_to_end(mark)
            if len(self._lives) > MOST_LIVES:
                self._lives.popitem(last=False)

    def of(self, mark: str) -> list[RanCode]:
        """What ran in a life, the latest last; what is longer ago than `LONGEST_PAST` is left out."""
        kept: list[RanCode] = []
        size = 0
        for code in reversed(tuple(self._lives.get(mark, ()))):  # another thread may note more meanwhile
            size += len(code.text)
            if size > LONGEST_PAST:
                break
            kept.insert(0, code)
        return kept
