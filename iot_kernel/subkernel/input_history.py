"""What IPython's `%history`, `%recall`, `%save` and `In` know: also cells that ran elsewhere.

IPython notes what it runs itself, which is host cells only. The rest comes with the requests of the kernel
around it. IPython's file, which all its sessions share, gets none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import line_magic, magics_class
from IPython.core.magics.history import HistoryMagics

_ELSEWHERE = "%rerun runs cells of this computer only; '%recall {0}' puts cell {0} into a new one"


class InputHistory:
    """The inputs of one shell.

    Args:
        shell: IPython's.
    """

    def __init__(self, shell: Any) -> None:  # noqa: ANN401  IPython has no annotations
        self._manager = shell.history_manager
        self.elsewhere: set[int] = set()  # numbers of the cells that ran elsewhere, in part or as a whole
        magics = _Magics(shell)
        magics.elsewhere = self.elsewhere
        shell.register_magics(magics)

    def make_room(self, number: int) -> None:
        """Has the next input that IPython notes get a number."""
        for inputs in self._inputs():
            inputs.extend([""] * (number - len(inputs)))

    def fill(self, cells: Iterable[tuple[int, str]]) -> None:
        """Notes cells that have ended, by number and source; those that ran here are there already."""
        for number, source in cells:
            self.make_room(number + 1)
            text = source.rstrip("\n")
            if self._manager.input_hist_raw[number] != text:
                self.elsewhere.add(number)
                for inputs in self._inputs():
                    inputs[number] = text

    def _inputs(self) -> tuple[list[str], list[str]]:
        return self._manager.input_hist_parsed, self._manager.input_hist_raw


@magics_class
class _Magics(HistoryMagics):
    """IPython's, except that code of a board is never run on this computer."""

    elsewhere: set[int]

    @line_magic
    def rerun(self, parameter_s: str = "") -> None:  # type: ignore[override]
        options, ranges = self.parse_options(parameter_s, "l:g:", mode="string")
        if ranges and not options:
            shell: Any = self.shell
            for session, number, _ in shell.history_manager.get_range_by_str(ranges):
                if session == 0 and number in self.elsewhere:
                    raise UsageError(_ELSEWHERE.format(number))
        HistoryMagics.rerun(self, parameter_s)  # type: ignore[call-arg, arg-type]

    rerun.__doc__ = HistoryMagics.rerun.__doc__
