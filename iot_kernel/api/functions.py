"""Plain functions of this program as code for a board; what cannot go says why. Does no I/O with boards."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType, MethodType

from iot_kernel.api.errors import UnsendableFunctionError
from iot_kernel.api.running import told
from iot_kernel.device.timed_loop import indented
from iot_kernel.device.traceback import renumbered
from iot_kernel.errors import DeviceError
from iot_kernel.text import parsing

#: Defines the function, without being seen by the user's code.
_MAKER = "__iot_function__"

#: lines of the program above the function's own
_ABOVE = 1

_AS_ARGUMENT = "pass what it needs as an argument"
_INSTEAD = f"import it inside of the function, or {_AS_ARGUMENT}"


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A function that can be sent.

    Attributes:
        name: the function's.
        source: its text, not indented.
        file: where it stands, and
        line: where it begins there.
        functions: its name, and those of the functions inside of it.
        names: what it takes from the module it stands in, which the board does not get.
    """

    name: str
    source: str
    file: str
    line: int
    functions: frozenset[str]
    names: frozenset[str]

    def program(self, value: str, *, has_args: bool) -> str:
        """Returns the program that calls it; the function leaves nothing behind.

        Args:
            value: a variable that gets what it returns; where there are arguments it holds them, as a tuple.
            has_args: whether there are.
        """
        given = f"*{value}" if has_args else ""
        body = indented(self.source, " ")
        call = f"try:{value}={_MAKER}()({given})\nfinally:del {_MAKER}\n"
        return f"def {_MAKER}():\n{body.rstrip()}\n return {self.name}\n{call}"

    def readable(self, error: DeviceError) -> DeviceError:
        """Returns an error of the program with the lines of the function's file, and with what may help."""
        own = {_MAKER, "<module>", *self.functions}

        def number(line: int, words: str) -> int | None:
            named = own & set(words.replace(",", " ").split())
            if not named:
                return line  # of code that ran before, and that it has called
            return None if named & {_MAKER, "<module>"} else line - _ABOVE + self.line - 1

        text = renumbered(error.traceback, number)
        for function in self.functions:
            text = re.sub(
                rf'"<stdin>"(?=[^\n]* {re.escape(function)}$)', f'"{self.file}"', text, flags=re.MULTILINE
            )
        found = told(DeviceError(error.ename, error.evalue, text, error.output))
        for name in sorted(self.names):
            if error.ename == "NameError" and f"'{name}'" in error.evalue:
                found.add_note(f"{name} is a name of this program, which the board does not know: {_INSTEAD}")
        return found


def function_code(function: Callable[..., object]) -> FunctionCode:
    """Reads a function's source.

    Args:
        function: written with ``def``, and with nothing about it that only this computer can evaluate.

    Raises:
        UnsendableFunctionError: it cannot be sent.
    """
    name = getattr(function, "__name__", type(function).__name__)
    plain = _plain(name, function)
    lines, line, tree = _parsed(name, plain)
    node = tree.body[0] if tree.body else None
    if isinstance(node, ast.AsyncFunctionDef) or inspect.isasyncgenfunction(plain):
        raise UnsendableFunctionError(
            name, "an async function has to be awaited; send a plain one that runs it"
        )
    if not isinstance(node, ast.FunctionDef) or node.name != plain.__code__.co_name:
        raise UnsendableFunctionError(
            name, "its file was changed since this program began; start the program again"
        )
    if inspect.isgeneratorfunction(plain):
        raise UnsendableFunctionError(name, "a generator stays on the board; return a list of what it yields")
    _check_head(name, node)
    codes = list(_codes(plain))
    functions = frozenset(code.co_name for code in codes)
    file = plain.__code__.co_filename
    return FunctionCode(node.name, "".join(lines), file, line, functions, _global_names(plain, codes))


def _plain(name: str, function: object) -> FunctionType:
    """Makes sure that it is a function, and that it does not depend on what is around it."""
    if isinstance(function, MethodType):
        raise UnsendableFunctionError(
            name, "a method belongs to an object, which stays here; send a plain function"
        )
    if isinstance(function, type):
        raise UnsendableFunctionError(name, "a class is no function; send a function that uses it")
    if not isinstance(function, FunctionType):
        raise UnsendableFunctionError(
            name, "this is no function that is written in Python, so there is no source"
        )
    if function.__name__ == "<lambda>" or function.__code__.co_name == "<lambda>":
        raise UnsendableFunctionError("a lambda", "its source cannot be found on its own; write it with def")
    if hasattr(function, "__wrapped__"):
        raise UnsendableFunctionError(
            name, "a decorator has wrapped it, and that stays here; send it without"
        )
    if outer := function.__code__.co_freevars:
        names = ", ".join(outer)
        raise UnsendableFunctionError(
            name, f"it uses {names} from outside of it, which the board does not get; {_AS_ARGUMENT}"
        )
    return function


def _parsed(name: str, function: FunctionType) -> tuple[list[str], int, ast.Module]:
    try:
        lines, line = inspect.getsourcelines(function)
        text = textwrap.dedent("".join(lines))
        with parsing():
            return text.splitlines(keepends=True), line, ast.parse(text)
    except (OSError, TypeError):
        problem = "its source cannot be found; write it in a file or a cell"
        raise UnsendableFunctionError(name, problem) from None
    except SyntaxError:
        problem = "its source makes no sense on its own; write it with a line for each statement"
        raise UnsendableFunctionError(name, problem) from None


def _check_head(name: str, node: ast.FunctionDef) -> None:
    """Makes sure that nothing in front of the body has to be evaluated on this computer."""
    if node.decorator_list:
        what = ast.unparse(node.decorator_list[0])
        raise UnsendableFunctionError(name, f"its decorator @{what} belongs to this program; send it without")
    arguments = node.args
    if arguments.posonlyargs:
        raise UnsendableFunctionError(
            name, "boards know no arguments that are positional only; leave out the /"
        )
    pairs = [
        *zip(arguments.args[::-1], arguments.defaults[::-1], strict=False),
        *(
            (one, value)
            for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if value
        ),
    ]
    for argument, default in pairs:
        if not _is_literal(default):
            problem = (
                f"the default of {argument.arg} is no plain value ({ast.unparse(default)}); {_AS_ARGUMENT}"
            )
            raise UnsendableFunctionError(name, problem)


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _codes(function: FunctionType) -> Iterator[CodeType]:
    """The code of a function, and of those inside of it."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        yield code
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _global_names(function: FunctionType, codes: Iterable[CodeType]) -> frozenset[str]:
    """The names that its code takes from its module."""
    names = {name for code in codes for name in code.co_names}
    return frozenset(names & function.__globals__.keys() - {function.__name__})
