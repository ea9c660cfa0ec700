"""Measures the functions of a board's user, and lines where the firmware has ``sys.settrace``. Blocking.

Stock firmware has no tracing. There each function gets another one in its place, which measures (snippet
`profile_functions`): those among the variables, in their classes, and in modules that are named. A cell is
sent in pieces, so that functions which it defines are measured when it goes on. Firmware with tracing
measures everything that runs (snippet `profile_lines`). Small boards measure functions among the variables
only (snippet `profile_small`).
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from iot_kernel.device.device import Device
from iot_kernel.device.last_expression import call_at_end
from iot_kernel.device.marked_answer import MARK, marked_answer
from iot_kernel.device.stopwatch import UNITS
from iot_kernel.errors import IoTKernelError, RemoteProtocolError
from iot_kernel.snippets import OWN, PLAIN, snippet
from iot_kernel.syntax.parsing import parsed
from iot_kernel.text import literal, printable

#: The function on the board.
PROFILE = "__iot_profile__"


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

#: How often the snippet calls a function to learn what measuring costs.
_COST_CALLS = 10


@dataclass(frozen=True, slots=True)
class FunctionProfile:
    """What was measured of one function.

    Attributes:
        file: where it is from, as tracebacks call it; empty where the board did not tell.
        name: of the function.
        first_line: where its code begins; 0 where the board did not tell.
        calls: how often it was called; each time that a generator goes on counts.
        own: s in it, without those in functions that were measured themselves.
        total: s in it.
        lines: how often each line was reached, and the s until the next.
    """

    file: str
    name: str
    first_line: int
    calls: int
    own: float
    total: float
    lines: dict[int, tuple[int, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured.

    Attributes:
        total: s that the cell took.
        own: s of them that no function took; None where the cell is among the functions.
        cost: s that measuring takes besides: of one call, or where there are lines of all of it.
        functions: those that took most first.
        has_lines: whether lines were measured.
    """

    total: float
    own: float | None
    cost: float
    functions: Sequence[FunctionProfile]
    has_lines: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a cell: the code as it stands in the cell, and what the board gets."""

    code: str
    sent: str


class Profiler:
    """Measures functions on a board; a context manager. Methods raise what `Device.exec` does.

    Args:
        board: where.
        modules: names of modules whose functions are measured as well.
    """

    def __init__(self, board: Device, modules: Sequence[str] = ()) -> None:
        self._board = board
        self._modules = tuple(modules)
        self._has_lines = False
        self._is_there = False

    def __enter__(self) -> Self:
        platform = self._board.platform
        for name in self._modules:
            self._board.exec(f"import {name} as {OWN}\ndel {OWN}\n", on_output=self._board.on_stray)
        self._has_lines = platform not in PLAIN and self._ask(snippet("ask_settrace")) is True
        if platform in PLAIN:
            program = snippet("profile_small", platform)
        else:
            name = "profile_lines" if self._has_lines else "profile_functions"
            named = (
                [module.rpartition(".")[2] for module in self._modules] if self._has_lines else self._modules
            )
            program = snippet("clock") + snippet(name).replace("MODULES", repr(named))
        self._board.exec(program)
        self._is_there = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_there:
            with contextlib.suppress(IoTKernelError):
                self._board.exec(self._telling)

    def pieces(self, code: str) -> Iterator[Piece]:
        """Cuts a cell into pieces, to be run one after the other.

        Args:
            code: of the cell; its first line is blank.
        """
        if self._has_lines:
            self._board.exec(f"{PROFILE}()\n")  # before the code begins: tracing shows in new frames only
            yield Piece(code, call_at_end(code, PROFILE))
            return
        for piece in pieces(code):
            yield Piece(piece, f"{PROFILE}(){call_at_end(piece, PROFILE)}")

    def read(self) -> Profile:
        """Ends the measuring; everything is as it was before, and the profile is told.

        Raises:
            RemoteProtocolError: what the board tells makes no sense.
        """
        answer = self._ask(self._telling)
        self._is_there = False
        return self._profile(answer)

    @property
    def _telling(self) -> str:
        """The program that puts everything back and tells what was measured; it has a mark."""
        if self._board.platform in PLAIN:
            return snippet("tell_profile_small", self._board.platform)
        return f"try:{PROFILE}(None,'{MARK}')\nfinally:del {PROFILE}\n"

    def _profile(self, answer: object) -> Profile:
        match answer:
            case (str(clock), int(total), int(inner), int(cost), list(rows)) if clock in UNITS:
                unit = UNITS[clock]
                functions = [_function(row, unit) for row in rows]
                if self._has_lines:
                    return Profile(total * unit, None, cost * unit, functions, has_lines=True)
                each = max(0, cost) * unit / _COST_CALLS
                return Profile(total * unit, max(0, total - inner) * unit, each, functions, has_lines=False)
        raise _senseless(answer)

    def _ask(self, code: str) -> object:
        said = marked_answer(self._board, code)
        if said is None:
            raise _senseless("")
        return literal(said)


def pieces(code: str) -> Iterator[str]:
    """Cuts code behind functions and classes, so that they can be measured in what follows.

    Args:
        code: the source text. Its first line is blank.

    Yields:
        Each piece, with as many blank lines before it as bring it to its lines.
    """
    lines = code.split("\n")
    start = 0
    for end in _ends(code):
        yield "\n" * start + "\n".join(lines[start:end]) if start else "\n".join(lines[:end])
        start = end
    yield "\n" * start + "\n".join(lines[start:]) if start else code


def _ends(code: str) -> Iterator[int]:
    """The lines behind which something other than a definition follows one."""
    tree = parsed(code)
    for before, after in pairwise(tree.body if tree is not None else ()):
        defines = any(isinstance(node, _DEFINITIONS) for node in ast.walk(before))
        end = before.end_lineno or 0
        if defines and not isinstance(after, _DEFINITIONS) and after.lineno > end:
            yield end


def _function(row: object, unit: float) -> FunctionProfile:
    match row:
        case (str(file), str(name), int(first), int(calls), int(own), int(total), list(lines)):
            return FunctionProfile(
                printable(file),
                printable(name),
                first,
                calls,
                max(0, own) * unit,
                max(0, total) * unit,
                _lines(lines, unit),
            )
    raise _senseless(row)


def _lines(lines: Sequence[object], unit: float) -> dict[int, tuple[int, float]]:
    found = {}
    for line in lines:
        match line:
            case (int(number), int(hits), int(taken)):
                found[number] = hits, max(0, taken) * unit
            case _:
                raise _senseless(line)
    return found


def _senseless(answer: object) -> RemoteProtocolError:
    return RemoteProtocolError("reading a profile", repr(answer)[-100:].encode())
