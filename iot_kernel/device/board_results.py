"""Has one board keep the results of cells as ``_``, ``__`` and ``_3``, as far as they are small.

The snippets `keep_result` and `name_results` are the board's side. A cell without a value sends nothing for
it, one with a value its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from iot_kernel.device.board_connection import EVAL_TIMEOUT, BoardConnection
from iot_kernel.errors import DeviceError, DeviceMemoryError
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.snippets import PLAIN, snippet

#: characters of the repr of a result that is kept; ten of this length take about 1 KB
LONGEST_RESULT = 100

#: results that are kept by number
MOST_RESULTS = 10

#: Characters that the board prints around a value.
_AROUND = len("\x1fM (,)")

_MENTIONED = re.compile(r"(?<![\w.])_([1-9]\d{0,8})\b")


def mentioned(code: str) -> list[int]:
    """Returns the numbers of the cells whose results code names, as ``_3``."""
    return sorted({int(number) for number in _MENTIONED.findall(code)})


class BoardResults:
    """The results that one board keeps. The constructor touches nothing.

    Args:
        board: the board.
    """

    def __init__(self, board: BoardConnection) -> None:
        self._board = board
        self._asked = ""  # the mark of the run in which the board was given what keeps results
        self._is_able = True
        self._numbers: set[int] = set()  # cells of that run

    @property
    def is_able(self) -> bool:
        """Whether the board keeps results, as far as is known."""
        return self._is_able or self._asked != self._board.mark

    def provide(self) -> bool:
        """Puts on the board what keeps results, if it is not there; returns `is_able`.

        Call it with the board at its prompt.

        Raises:
            DeviceError: KeyboardInterrupt, after an interrupt.
            Exception: as `Device.exec` does.
        """
        if self._asked != self._board.mark:
            self._numbers.clear()
            limits = {"LONGEST": LONGEST_RESULT + _AROUND, "MOST": MOST_RESULTS}
            self._is_able = self._is_small or self._run("keep_result", limits)
            self._asked = self._board.mark
        return self._is_able

    def note(self, number: int) -> None:
        """A cell has ended with a value."""
        self._numbers.add(number)

    def name(self, numbers: Iterable[int]) -> None:
        """Gives results their names, as far as they are kept; call it with the board at its prompt.

        Raises:
            Exception: as `provide` does.
        """
        known = self._numbers.intersection(numbers) if self._asked == self._board.mark else set()
        if known and not self._is_small:
            self._run("name_results", {"ASKED": sorted(known)})

    @property
    def _is_small(self) -> bool:
        """Whether it has no memory for more than what `leave_mark_small` keeps."""
        return self._board.info is not None and self._board.info.platform in PLAIN

    def _run(self, name: str, words: Mapping[str, object]) -> bool:
        program = snippet(name)
        for word, value in words.items():
            program = program.replace(word, str(value))
        try:
            self._board.exec(program, None, RunOptions(EVAL_TIMEOUT))
        except DeviceMemoryError:
            return False
        except DeviceError as error:  # no memory, or firmware that keeps its builtins
            if error.ename == "KeyboardInterrupt":
                raise
            return False
        return True
