"""Code in a loop, for a stopwatch: the program, and its tracebacks as if there were no loop. Pure.

The code goes into a function, as in CPython's timeit, so that its variables are as fast as in a function, and
leave nothing behind.
"""

from __future__ import annotations

import ast

from iot_kernel.device.stopwatch import WATCH
from iot_kernel.device.traceback import renumbered
from iot_kernel.errors import DeviceError
from iot_kernel.syntax.parsing import parsed

_FUNCTION = "__iot_timed__"
_HEAD = f"""def {_FUNCTION}(__iot_n__):
 from builtins import range as __iot_r__;from gc import collect as __iot_i__
 SETUP
 __iot_i__();{WATCH}()
 for __iot_i__ in __iot_r__(__iot_n__):
"""
_TAIL = f"""
 {WATCH}()
try:{_FUNCTION}(LOOPS)
finally:del {_FUNCTION}
"""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_PAUSES = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)

_HEAD_LINES = _HEAD.count("\n")


class TimedLoop:
    """Code that runs in a loop.

    Args:
        code: the code of the loop.
        setup: runs once before it, not timed; one line.
        line: where in the cell the first line of ``code`` stands; ``setup`` stands before it.
    """

    def __init__(self, code: str, setup: str, line: int) -> None:
        self.code = code
        self._setup = setup
        self._line = line

    @property
    def in_cell(self) -> str:
        """The code where it stands in the cell; other lines are blank."""
        return "\n" * (self._line - 1) + self.code

    @property
    def pauses(self) -> bool:
        """Whether the code awaits or yields: then it is no code for a plain function."""
        return any(_pauses(_parsed(code)) for code in (self.code, self._setup))

    def empty(self) -> TimedLoop:
        """Returns the same loop with nothing in it."""
        return TimedLoop("pass", "", self._line)

    def program(self, loops: int) -> str:
        """Returns the program; it calls the function of `iot_kernel.device.stopwatch` before and after.

        Args:
            loops: how many.
        """
        head, tail = _HEAD.replace("SETUP", self._setup or "pass"), _TAIL.replace("LOOPS", str(loops))
        return f"{head}{indented(self.code, '  ')}{tail}"

    def readable(self, error: DeviceError) -> DeviceError:
        """Returns an error of the program as if the code itself had run where it stands in the cell."""
        last = _HEAD_LINES + 1 + self.code.count("\n")
        own = {_FUNCTION, *_inner_functions(self.code)}
        is_syntax_error = _FUNCTION not in error.traceback

        def number(line: int, words: str) -> int | None:
            if not is_syntax_error and not own & set(words.split()):
                return None if "<module>" in words else line
            return self._line - 1 if line <= _HEAD_LINES else min(line, last) - _HEAD_LINES - 1 + self._line

        text = renumbered(error.traceback, number).replace(_FUNCTION, "<module>")
        return DeviceError(error.ename, error.evalue, text, error.output)


def indented(code: str, indent: str) -> str:
    """Indents code, but not what lies inside of a text of several lines."""
    inside: set[int] = set()
    for node in ast.walk(_parsed(code)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and isinstance(
            getattr(node, "value", ""), str | bytes
        ):
            inside.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(code.split("\n"), 1)
    return "\n".join(line if number in inside or not line else f"{indent}{line}" for number, line in lines)


def _pauses(node: ast.AST) -> bool:
    if isinstance(node, _FUNCTIONS):
        return False
    return isinstance(node, _PAUSES) or any(map(_pauses, ast.iter_child_nodes(node)))


def _inner_functions(code: str) -> set[str]:
    """How tracebacks call the functions in code."""
    names = set()
    for node in ast.walk(_parsed(code)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Lambda():
                names.add("<lambda>")
            case ast.GeneratorExp():
                names.add("<genexpr>")
            case ast.ListComp():
                names.add("<listcomp>")
            case ast.SetComp():
                names.add("<setcomp>")
            case ast.DictComp():
                names.add("<dictcomp>")
    return names


def _parsed(code: str) -> ast.AST:
    """The code's tree; an empty one where the host cannot parse it: the board then says what is wrong."""
    return parsed(code) or ast.Module([], [])
