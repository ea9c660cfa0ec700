"""The commands of the debugger's prompt that look at the frames of board cells; those of Python's pdb.

No I/O: who asks the user gives the lines, and the board is reached through a `PromptBoard`. What a command
evaluates is printed by the board itself, among the output of the cell.
"""

from __future__ import annotations

import cmd
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.names import parameters
from iot_kernel.debugging.messages import Variable
from iot_kernel.debugging.prompt.board import PromptBoard
from iot_kernel.debugging.prompt.frames import PromptFrame, heading, listing
from iot_kernel.debugging.prompt.printing import Shows, printing, printing_variable
from iot_kernel.errors import IoTKernelError, UsageError
from iot_kernel.syntax.parsing import is_expression

#: What the user sees in front of a command.
PROMPT = "(board) "

#: Lines that `list` shows, as pdb does.
_LINES = 11

#: Variables of a function that are shown.
_MOST_VARIABLES = 200

#: Commands that any expression may follow; behind others an operator shows that a variable is meant.
_TAKE_EXPRESSIONS = frozenset({"p", "pp", "whatis"})
_OPERATORS = tuple("=+-*/%<>|&^@.,([")

#: The board would take the next command for the answer.
_ASKS = re.compile(r"\binput\s*\(")

_NO_NAMES = "no names are kept of this frame: expressions see the variables of all cells"

_HELP = """\
w, where, bt      the call stack
u, d [count]      to the frame that has called this one, and back
l [first[,last]]  lines around this one, or the next ones; ll  all of the function
p, pp expr        the value of an expression on the board; pp puts one item on a line
whatis expr       its type
a, locals         the arguments of the function; all its variables
expr, !statement  evaluated or executed on the board, in this frame; ! where it looks like a command
n, s, r, c        to the next line, into a function, out of it, on to a breakpoint
unt [line]        on to a line below this one, or to that one
b [line|function [, condition]]   sets a breakpoint, or lists all; tbreak  one that stops once
cl [number …]     takes breakpoints away, or all of them
q                 ends the cell, or leaves
An empty line does the last command again.
"""


@dataclass(frozen=True, slots=True)
class PromptReply:
    """What came of a line.

    Attributes:
        text: for the user.
        step: how far the code goes on; None where it stays.
        leaves: the user has had enough: the cell ends.
        was_interrupted: the stop button has ended what was evaluated.
    """

    text: str
    step: Step | None = None
    leaves: bool = False
    was_interrupted: bool = False


class LookingPrompt(cmd.Cmd):
    """The base of prompts. The constructor touches nothing; not thread-safe.

    Args:
        board: where the code ran.
    """

    def __init__(self, board: PromptBoard) -> None:
        super().__init__(stdout=io.StringIO())
        self._board = board
        self._stack: Sequence[PromptFrame] = ()
        self._selected = 0
        self._listed: int | None = None
        self._step: Step | None = None
        self._leaves = False

    def stand(self, stack: Sequence[PromptFrame], note: str = "") -> str:
        """The code stands somewhere; returns what the user is told of it.

        Args:
            stack: its frames, the outermost first; at least one.
            note: what else to say.
        """
        self._stack = stack
        return (f"{note}\n" if note else "") + self._select(len(stack) - 1)

    def obey(self, line: str) -> PromptReply:
        """Does what a line says; byte 4, by which frontends tell the end of a file, leaves."""
        self.stdout = said = io.StringIO()
        self._step, self._leaves = None, False
        was_interrupted = False
        try:
            self.onecmd("q" if line.strip() in {"\x04", "EOF"} else line)
        except IoTKernelError as error:
            self._say(f"*** {error}")
            was_interrupted = getattr(error, "ename", "") == "KeyboardInterrupt"
        return PromptReply(said.getvalue(), self._step, self._leaves, was_interrupted)

    # How a line is read

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Takes for a command what has a blank behind its name, or nothing; ``n = 3`` is a statement."""
        line = line.strip()
        if line.startswith("?"):
            line = f"help {line[1:]}"
        name, _, argument = line.partition(" ")
        argument = argument.strip()
        is_code = argument[:1] in _OPERATORS and name not in _TAKE_EXPRESSIONS
        if is_code or not hasattr(self, f"do_{name}"):
            return None, None, line
        return name, argument, line

    def default(self, line: str) -> None:
        """Evaluates an expression, or executes a statement."""
        code = line.removeprefix("!").strip()
        if is_expression(code):
            self._evaluate(Shows.VALUE, code)
        elif code:
            self._execute(code)

    # Looking around

    def do_where(self, _: str) -> None:
        """All frames, the innermost last."""
        for index, frame in enumerate(self._stack):
            self._write(heading(frame, is_selected=index == self._selected))

    do_w = do_bt = do_where

    def do_up(self, count: str) -> None:
        """To the frame that has called this one."""
        if self._selected == 0:
            raise UsageError("Oldest frame")
        self._write(self._select(max(0, self._selected - count_of(count))))

    do_u = do_up

    def do_down(self, count: str) -> None:
        """To the frame that was called by this one."""
        last = len(self._stack) - 1
        if self._selected == last:
            raise UsageError("Newest frame")
        self._write(self._select(min(last, self._selected + count_of(count))))

    do_d = do_down

    def do_list(self, given: str) -> None:
        """Lines around this one; again, the next ones; or from one line to another, or so many."""
        numbers = [count_of(each) for each in given.replace(",", " ").split()]
        self.lastcmd = "list"
        if numbers:
            first = numbers[0] if len(numbers) > 1 else max(1, numbers[0] - _LINES // 2)
            last = numbers[1] if len(numbers) > 1 else first + _LINES - 1
            last = first + last if last < first else last
        else:
            first = self._listed or max(1, self._frame.line - _LINES // 2)
            last = first + _LINES - 1
        self._list(first, last)

    do_l = do_list

    def do_longlist(self, _: str) -> None:
        """All lines of the function, or of the cell."""
        self._list(*self._frame.source.extent(self._frame.scope))

    do_ll = do_longlist

    def do_p(self, expression: str) -> None:
        """The value of an expression."""
        self._evaluate(Shows.PRINT, expression)

    def do_pp(self, expression: str) -> None:
        """The same; of long lists and dictionaries one item on a line."""
        self._evaluate(Shows.PRETTY, expression)

    def do_whatis(self, expression: str) -> None:
        """The type of an expression."""
        self._evaluate(Shows.KIND, expression)

    def do_args(self, _: str) -> None:
        """The arguments of the function, with short values."""
        node = self._frame.source.function(self._frame.scope)
        self._show_variables(parameters(node) if node is not None else [])

    do_a = do_args

    def do_locals(self, _: str) -> None:
        """All variables of the function, with short values."""
        self._show_variables(None)

    def do_help(self, arg: str) -> None:
        """All commands, or what one of them does."""
        method = getattr(self, f"do_{arg}", None)
        self._write(_HELP if method is None else f"{arg}: {method.__doc__}\n")

    do_h = do_help

    # Helpers

    @property
    def _frame(self) -> PromptFrame:
        return self._stack[self._selected]

    def _select(self, index: int) -> str:
        self._selected, self._listed = index, None
        frame = self._frame
        has_others = any(each.names is not None for each in self._stack)
        is_lacking = frame.names is None and frame.has_locals and has_others
        return heading(frame) + (f"({_NO_NAMES})\n" if is_lacking else "")

    def _list(self, first: int, last: int) -> None:
        frame = self._frame
        if not frame.source.lines:
            raise UsageError(f"the text of {frame.source.name} is not known here")
        if first > len(frame.source.lines):
            raise UsageError(f"{frame.source.name} ends in line {len(frame.source.lines)}")
        self._write(listing(frame, first, last, self._stop_lines()))
        self._listed = last + 1

    def _stop_lines(self) -> Collection[int]:
        """The lines of the selected text that have breakpoints."""
        return ()

    def _evaluate(self, shows: Shows, expression: str) -> None:
        if not expression:
            raise UsageError("an expression is missing; with ! in front a name is no command")
        if not is_expression(expression):
            raise UsageError(f"SyntaxError: this is no expression: {expression}")
        self._execute(printing(expression, shows))

    def _execute(self, code: str) -> None:
        if _ASKS.search(code):
            raise UsageError("nothing can be asked by input() here: what you write are commands")
        if kept := self._board.execute(self._frame.names, code):
            raise UsageError(
                f"not changed: {', '.join(kept)}. Local variables can be changed only in the frame where the "
                "code stands, in a cell with %%debug"
            )

    def _show_variables(self, wanted: Sequence[str] | None) -> None:
        names = self._frame.names
        if not self._frame.has_locals:
            raise UsageError("this is in no function; %who lists the variables of all cells")
        if names is None:
            raise UsageError(_NO_NAMES)
        start, total = 0, 1
        while start < min(total, _MOST_VARIABLES):
            page = self._board.local(names, start)
            for variable in page.variables:
                if wanted is None or variable.name in wanted:
                    self._show_variable(variable)
            start, total = page.start + max(1, len(page.variables)), page.total

    def _show_variable(self, variable: Variable) -> None:
        try:
            self._execute(printing_variable(variable))
        except CommandFailedError as error:
            if error.ename == "KeyboardInterrupt":
                raise
            self._say(f"*** {variable.name}: {error}")

    def _say(self, line: str) -> None:
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        self.stdout.write(text)


def count_of(text: str) -> int:
    """Reads a number; an empty text is 1."""
    if not text:
        return 1
    if not text.isdecimal():
        raise UsageError(f"this is no number: {text}")
    return int(text)
