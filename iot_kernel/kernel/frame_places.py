"""Finds which cell, and which line of it, a frame of a board's traceback means. Pure: no board is asked.

A board calls the file of every cell ``<stdin>``, and counts lines from where the code began that was sent to
it. The outermost frame is in the cell that has failed. The function of an inner frame may come from any cell
since the board started. It has to be a definition of that name, around that line; and where the line that
called it calls a plain name, it is what that name was bound to last. Where several cells are possible, only
what is true of all of them is told.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iot_kernel.device.traceback import MODULE, WIRE, CodeFrame
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.syntax.parsing import parsed

#: characters of code that are parsed; a cell this long takes 50 ms
LONGEST_CODE = 50_000

#: pieces of code with a definition of the same name that are looked at; more are parsed too slowly
MOST_CODES = 30

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

#: What MicroPython calls functions without a name; the first three run at once, where they stand.
_UNNAMED: dict[str, type[ast.AST]] = {
    "<listcomp>": ast.ListComp,
    "<dictcomp>": ast.DictComp,
    "<setcomp>": ast.SetComp,
    "<genexpr>": ast.GeneratorExp,
    "<lambda>": ast.Lambda,
}
_WORDS = dict.fromkeys(_UNNAMED, "for") | {"<lambda>": "lambda"}
_AT_ONCE = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where in the notebook a frame is.

    Attributes:
        numbers: of the cells that it may be in; empty where there are too many.
        line: of the cell.
        source: the text of the line; empty where it is not certain.
    """

    numbers: tuple[int, ...]
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class _Definition:
    """A function, or with ``node`` None the code outside of all, with the line that was reached in it."""

    code: RanCode
    line: int
    node: ast.AST | None = None

    @property
    def identity(self) -> tuple[int, str]:
        """The same for a function that was defined twice with the same text."""
        start, end = _span(self.node) if self.node is not None else (0, 0)
        return start, "\n".join(self.code.text.split("\n")[start - 1 : end])


def find_places(
    frames: Sequence[CodeFrame], past: Sequence[RanCode], *, is_syntax_error: bool = False
) -> list[FramePlace | None]:
    """Finds where the frames of a traceback are.

    Args:
        frames: the outermost first.
        past: the code that ran since the board started; the last one is what has failed.
        is_syntax_error: the board refused the code, so that it was in no function.

    Returns:
        A place for each frame; None where nothing is known.
    """
    found: list[FramePlace | None] = []
    known: dict[tuple[CodeFrame, _Definition | None], list[_Definition]] = {}  # recursion repeats frames
    caller: _Definition | None = None
    for index, frame in enumerate(frames):
        definitions: list[_Definition] = []
        if frame.file != WIRE or not past:
            pass
        elif frame.function == MODULE or (is_syntax_error and len(frames) == 1):
            definitions = [_Definition(past[-1], frame.line)] if index == 0 else []
        else:
            if (frame, caller) not in known:
                known[frame, caller] = _possible(frame, past, caller)
            definitions = known[frame, caller]
        found.append(_place(definitions))
        caller = definitions[0] if len(definitions) == 1 else None
    return found


def _place(definitions: Sequence[_Definition]) -> FramePlace | None:
    lines = {found.code.line + found.line - 1 for found in definitions}
    sources = {found.code.source(found.line) for found in definitions}
    numbers = sorted({found.code.number for found in definitions})
    source = sources.pop() if len(sources) == 1 else ""
    if len(lines) != 1 or (len(numbers) > 2 and not source):
        return None
    return FramePlace(tuple(numbers) if len(numbers) <= 2 else (), lines.pop(), source)


def _possible(frame: CodeFrame, past: Sequence[RanCode], caller: _Definition | None) -> list[_Definition]:
    """The functions that a frame may be in; those of the same text once, as the latest of them."""
    name = frame.function
    if caller is not None and (name in _AT_ONCE or name not in _UNNAMED):
        inside = _defined(frame, caller.code, ast.ClassDef)
        if name in _AT_ONCE or (inside and _contains(inside[0].node, caller.line)):
            return inside[:1]
    if name in _AT_ONCE:
        return []
    if caller is not None and _is_plain_call(caller, name):
        return _bound_last(frame, past)
    codes = {code.text: code for code in past if _may_define(name, code)}
    if len(codes) > MOST_CODES:
        return []
    found = {each.identity: each for code in codes.values() for each in _defined(frame, code)}
    return list(found.values())


def _defined(frame: CodeFrame, code: RanCode, kind: type[ast.AST] | None = None) -> list[_Definition]:
    """The definitions of a frame's function around its line, in some code."""
    name = frame.function
    tree = _tree(code.text) if _may_define(name, code) else None
    if tree is None:
        return []
    wanted = _UNNAMED.get(name) or kind
    return [
        _Definition(code, frame.line, node)
        for node in ast.walk(tree)
        if isinstance(node, wanted or (ast.FunctionDef, ast.AsyncFunctionDef))
        and getattr(node, "name", name) == name
        and _contains(node, frame.line)
    ]


def _may_define(name: str, code: RanCode) -> bool:
    words = _WORDS.get(name) or rf"(?:def|class)\s+{re.escape(name)}"
    return re.search(rf"\b{words}\b", code.text) is not None


def _is_plain_call(caller: _Definition, name: str) -> bool:
    """Whether a line calls a function by a name that belongs to all cells."""
    tree = _tree(caller.code.text)
    if tree is None or any(_binds(scope, name) for scope in _scopes(tree, caller.node)):
        return False
    nodes = [node for node in _own_nodes(caller.node or tree) if _contains(node, caller.line)]
    calls = any(isinstance(node, ast.Call) and _is_name(node.func, name) for node in nodes)
    return calls and not any(isinstance(node, ast.Attribute) and node.attr == name for node in nodes)


def _bound_last(frame: CodeFrame, past: Sequence[RanCode]) -> list[_Definition]:
    """The function that a name was bound to when the last code failed; none if that is not certain."""
    name = frame.function
    for code in reversed(past):
        if not re.search(rf"\b{re.escape(name)}\b", code.text):
            continue
        tree = _tree(code.text)
        if tree is None:
            return []
        binders = [node for node in _binders(tree, name) if not _is_later(node, tree, code.failed)]
        if any(isinstance(node, ast.Global) for node in binders):
            return []
        if binders:
            latest = max(binders, key=lambda node: _span(node)[0])
            has_run = code.failed is None or _span(latest)[1] < code.failed
            is_sure = has_run and isinstance(latest, _Function) and latest in tree.body
            is_meant = is_sure and _contains(latest, frame.line)
            return [_Definition(code, frame.line, latest)] if is_meant else []
    return []


def _is_later(node: ast.AST, tree: ast.Module, failed: int | None) -> bool:
    """Whether a statement had not run yet when its code failed in a line; in a loop it may have."""
    return bool(failed) and node in tree.body and _span(node)[0] >= (failed or 0)


def _binders(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """What gives a name of the module another value, or may do so."""
    for node in _own_nodes(tree):
        match node:
            case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) | ast.ClassDef(name=bound):
                if bound == name:
                    yield node
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                words = {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
                if words & {name, "*"}:
                    yield node
            case ast.Name(id=bound, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=bound):
                if bound == name:
                    yield node
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Global) and name in node.names)


def _binds(function: ast.AST, name: str) -> bool:
    """Whether a name belongs to a function itself."""
    own = list(_own_nodes(function))
    if any(isinstance(node, ast.Global) and name in node.names for node in own):
        return False
    return any(
        (isinstance(node, ast.arg) and node.arg == name)
        or (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        or (isinstance(node, _Function) and node.name == name)
        or (isinstance(node, ast.alias) and (node.asname or node.name) == name)
        for node in own
    )


def _scopes(tree: ast.Module, inner: ast.AST | None) -> list[ast.AST]:
    """The functions around a definition, and itself."""
    if inner is None:
        return []
    kinds = (*_FUNCTIONS, *_UNNAMED.values())
    return [node for node in ast.walk(tree) if isinstance(node, kinds) and inner in ast.walk(node)]


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a scope: definitions in it, and not what is inside of them."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, *_UNNAMED.values())):
            waiting += ast.iter_child_nodes(node)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _contains(node: ast.AST | None, line: int) -> bool:
    if node is None or not hasattr(node, "lineno"):
        return False
    start, end = _span(node)
    return start <= line <= end


def _span(node: ast.AST) -> tuple[int, int]:
    start: int = getattr(node, "lineno", 0)
    return start, getattr(node, "end_lineno", None) or start


@lru_cache(maxsize=200)
def _tree(text: str) -> ast.Module | None:
    return None if len(text) > LONGEST_CODE else parsed(text)
