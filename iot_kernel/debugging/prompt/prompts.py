"""The debugger's prompts for board cells: commands in, text out; those of Python's pdb. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.prompt.board import PromptBoard
from iot_kernel.debugging.prompt.breakpoints import PromptBreakpoints
from iot_kernel.debugging.prompt.frames import PromptFrame
from iot_kernel.debugging.prompt.looks import LookingPrompt, count_of
from iot_kernel.errors import UsageError

_ENDED = "the code has ended and cannot go on; q leaves"


class PostMortemPrompt(LookingPrompt):
    """The prompt after an error: the code has ended, and its frames can be looked at."""

    def do_quit(self, _: str) -> None:
        """Leaves the prompt."""
        self._leaves = True

    do_q = do_exit = do_c = do_cont = do_continue = do_quit

    def do_next(self, _: str) -> None:
        """Only for code that stands."""
        raise UsageError(_ENDED)

    do_n = do_s = do_step = do_r = do_return = do_unt = do_until = do_next
    do_b = do_break = do_tbreak = do_cl = do_clear = do_next


class SteppingPrompt(LookingPrompt):
    """The prompt of a cell that runs.

    Args:
        board: where it runs.
        breakpoints: those of the cell.
    """

    def __init__(self, board: PromptBoard, breakpoints: PromptBreakpoints) -> None:
        super().__init__(board)
        self._breakpoints = breakpoints

    def stand(self, stack: Sequence[PromptFrame], note: str = "") -> str:
        """The code stands somewhere; see `LookingPrompt.stand`."""
        names = stack[-1].names
        if names is not None and self._breakpoints.reached(names.place.checkpoint.number):
            self._tell()
        return super().stand(stack, note)

    # Going on

    def do_next(self, _: str) -> None:
        """To the next line, here or in a caller."""
        self._step = Step.NEXT

    do_n = do_next

    def do_step(self, _: str) -> None:
        """To the next line, wherever it is."""
        self._step = Step.IN

    do_s = do_step

    def do_return(self, _: str) -> None:
        """On, until the function has returned."""
        self._step = Step.OUT

    do_r = do_return

    def do_until(self, line: str) -> None:
        """On to a line below this one, or to one that is not above the one given; or out of the function."""
        innermost = self._stack[-1]
        if innermost.names is not None:
            first = count_of(line) if line else innermost.line + 1
            self._breakpoints.stop_below(innermost.names, first)
            self._tell()
        self._step = Step.OUT

    do_unt = do_until

    def do_continue(self, _: str) -> None:
        """On, to the next breakpoint."""
        self._step = Step.CONTINUE

    do_c = do_cont = do_continue

    def do_quit(self, _: str) -> None:
        """Ends the cell."""
        self._leaves = True

    do_q = do_exit = do_quit

    # Breakpoints

    def do_break(self, given: str, *, is_temporary: bool = False) -> None:
        """Sets a breakpoint in a line or a function, with a condition behind a comma; or lists all."""
        where, _, condition = given.partition(",")
        if where.strip():
            key = self._frame.names.place.key if self._frame.names is not None else ""
            made = self._breakpoints.add(where.strip(), condition.strip(), key, is_temporary=is_temporary)
            self._tell()
            self._say(self._breakpoints.told(made))
        else:
            rows = [self._breakpoints.told(made) for made in self._breakpoints.all()]
            self._say("\n".join(rows) or "there are no breakpoints")

    do_b = do_break

    def do_tbreak(self, given: str) -> None:
        """Sets a breakpoint that stops once."""
        self.do_break(given, is_temporary=True)

    def do_clear(self, numbers: str) -> None:
        """Takes breakpoints away, by their numbers, or all."""
        for number in numbers.replace(",", " ").split():
            self._breakpoints.remove(count_of(number))
        if not numbers:
            self._breakpoints.clear()
        self._tell()

    do_cl = do_clear

    # Helpers

    def _tell(self) -> None:
        self._board.set_pauses(self._breakpoints.pauses())

    def _stop_lines(self) -> Collection[int]:
        names = self._frame.names
        return self._breakpoints.lines(names.place.key) if names is not None else ()
