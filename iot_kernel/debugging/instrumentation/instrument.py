"""Puts checkpoints into code for a board, without moving a line. Pure: text in, text out.

A checkpoint is ``7 in __iot_s__ and __iot_b__(7,a,b)``: a look into a set of numbers, and where that finds
the number a call with the values of local names. In front of a simple statement it stands as a statement; a
condition ``c`` becomes ``(7 in __iot_s__ and __iot_b__(7,a,b)or(c))``, and so does what the heads of
``for``, ``with`` and ``match`` evaluate. The call returns None. Both names are among the board's builtins,
which modules see, too, and among the globals of cells, where they are found faster.

No checkpoint touches a name before it stops, nor one that may be unbound
(`iot_kernel.debugging.instrumentation.bindings`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from iot_kernel.debugging.instrumentation.bindings import states
from iot_kernel.debugging.instrumentation.calls import (
    IMPORT,
    callables,
    called,
    called_around,
    last_statements,
)
from iot_kernel.debugging.instrumentation.checkpoints import (
    Checkpoint,
    Instrumented,
    LeftAlone,
    Scope,
    ScopeKind,
)
from iot_kernel.debugging.instrumentation.handed_over import arguments
from iot_kernel.debugging.instrumentation.micropython_compiler import (
    compiler_of,
    constant_names,
    head_of_loop,
    is_folded,
    names_on_board,
    renamed_names,
)
from iot_kernel.debugging.instrumentation.names import (
    FunctionNode,
    Names,
    class_names,
    global_names,
    unbound_names,
    used_names,
)
from iot_kernel.syntax.parsing import parse

#: The board's names for the set of numbers and for the function.
STOPS = "__iot_s__"
STOP = "__iot_b__"

#: A local name for what the function returns.
_RETURNED = "__iot_r__"

#: Characters of a text; 1 MB of code takes this computer some seconds.
LONGEST_SOURCE = 2_000_000

#: Names at one checkpoint: each takes a byte or two of the board's memory, and nobody reads longer lists.
MOST_NAMES = 40


def instrument(source: str, *, first: int = 1, watched: Collection[int] = ()) -> Instrumented:
    """Puts checkpoints into a cell or a module.

    Args:
        source: the text.
        first: the number of the first checkpoint.
        watched: lines; in the functions that have one of them, local names can be set, and those are seen
            that may be unbound. A checkpoint takes three times the memory there, or more, and MicroPython
            1.13; a call of such a function may allocate memory.

    Returns:
        The new text. Where this computer cannot parse the text it is left alone, and said so.
    """
    try:
        return _Instrumenter(source, first, watched).run()
    except SyntaxError as error:
        why = f"this computer cannot parse it: {error.msg} in line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        why = f"this computer cannot parse it: {error}"
    return Instrumented(source, left_alone=(LeftAlone("", 1, why),))


def _parsed(source: str) -> ast.Module:
    if len(source) > LONGEST_SOURCE:
        raise ValueError(f"more than {LONGEST_SOURCE} characters")
    if "\r" in source.replace("\r\n", "\n") or "\f" in source:
        raise ValueError("a control character that may end a line")
    return parse(source)


@dataclass(frozen=True, slots=True)
class _Place:
    """The scope that statements are in.

    Args:
        scope: what is told of it.
        names: those that are local to it, in a function.
        free: those of functions around it that it uses, and that stay bound.
        steady: all names of functions around it, and of this one, that nothing unbinds.
        before: what is bound in front of each statement.
        last: statements that end the function and call nothing.
        is_watched: whether local names can be set, and seen where they may be unbound.
        around: by what the statements around call code between those inside of them.
    """

    scope: Scope
    names: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    steady: Names = frozenset()
    unsteady: Names = frozenset()
    before: dict[ast.stmt, Names] = field(default_factory=dict)
    last: frozenset[ast.stmt] = frozenset()
    is_watched: bool = False
    around: Names = frozenset()

    def bound(self, statement: ast.stmt) -> tuple[str, ...]:
        """The local names that are bound in front of a statement."""
        known = self.before.get(statement, frozenset())
        return tuple(name for name in self.names if name in known)[:MOST_NAMES]

    def unsure(self, statement: ast.stmt) -> tuple[str, ...]:
        """The local names that may be unbound there, where those are wanted."""
        known = self.before.get(statement, frozenset())
        return tuple(name for name in self.names if self.is_watched and name not in known)[:MOST_NAMES]

    def qualified(self, name: str) -> str:
        inside = ".<locals>" if self.scope.kind is ScopeKind.FUNCTION else ""
        return f"{self.scope.name}{inside}.{name}" if self.scope.name else name

    def steady_in(self, node: FunctionNode | ast.ClassDef) -> Names:
        """The names that a function or class which is defined here can rely on, whenever it runs."""
        if self.scope.kind is not ScopeKind.FUNCTION:
            return self.steady
        known = self.before.get(node, frozenset())
        if not node.decorator_list and isinstance(node, FunctionNode):
            known |= {node.name} & set(self.names)  # it is called when it has its name
        return (self.steady - set(self.names)) | (known - self.unsteady)


class _Instrumenter:
    """Goes through a text once, and collects checkpoints and edits."""

    def __init__(self, source: str, first: int, watched: Collection[int]) -> None:
        self._tree = _parsed(source)
        self._source = source
        self._watched = watched
        self._constants = constant_names(self._tree)
        self._unusable = renamed_names(source) | self._constants
        self._next = first
        self._starts = [0]
        for line in source.encode().split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._checkpoints: list[Checkpoint] = []
        self._left_alone: list[LeftAlone] = []
        self._edits: list[tuple[int, str]] = []
        self._repeats = False

    def run(self) -> Instrumented:
        """Does all of it; raises what parsing raises."""
        self._body(_without_docstring(self._tree.body), _Place(Scope("", ScopeKind.MODULE, 1)))
        text = self._edited()
        _parsed(text)
        return Instrumented(text, tuple(self._checkpoints), tuple(self._left_alone), callables(self._tree))

    def _edited(self) -> str:
        data = self._source.encode()
        parts, at = [], 0
        for offset, text in sorted(self._edits, key=lambda edit: edit[0]):
            parts += [data[at:offset], text.encode()]
            at = offset
        return b"".join([*parts, data[at:]]).decode()

    # What stands where

    def _body(self, statements: list[ast.stmt], place: _Place) -> None:
        for statement in statements:
            self._statement(statement, place)

    def _statement(self, node: ast.stmt, place: _Place) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, place)
            case ast.ClassDef():
                self._keep_last(place)
                scope = Scope(place.qualified(node.name), ScopeKind.CLASS, node.lineno)
                steady = place.steady_in(node) - class_names(node)  # MicroPython looks no further than there
                self._body(_without_docstring(node.body), _Place(scope, steady=steady))
            case ast.Global() | ast.Nonlocal() | ast.ImportFrom(module="__future__"):
                pass
            case _:
                self._checkpoint(node, place)
                inside = replace(place, around=place.around | called_around(node))
                for body in _bodies(node):
                    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
                        self._repeats = body is node.body
                    self._body(body, inside)

    def _keep_last(self, place: _Place) -> None:
        """Has what is before a definition keep its place: code is called there, and no checkpoint is."""
        for index, point in reversed(list(enumerate(self._checkpoints))):
            if point.scope is place.scope:
                self._checkpoints[index] = replace(point, calls=point.calls | {IMPORT})
                return

    def _checkpoint(self, node: ast.stmt, place: _Place) -> None:
        match node:
            case ast.If(test=head) | ast.While(test=head) if is_folded(head, self._constants):
                pass  # the board's compiler leaves out what cannot be reached, and the names that it binds
            case ast.If(test=head) | ast.While(test=head) | ast.Match(subject=head):
                self._guard(head, node, place)
            case ast.For() | ast.AsyncFor():
                self._guard(head_of_loop(node), node, place)
            case ast.With(items=[item, *_]) | ast.AsyncWith(items=[item, *_]):
                self._guard(item.context_expr, node, place)
            case ast.Try() | ast.TryStar():
                pass
            case _:
                at = self._offset(node.lineno, node.col_offset)
                self._edits.append((at, f"{self._call(node, node, place)};"))

    def _guard(self, head: ast.expr, node: ast.stmt, place: _Place) -> None:
        call = self._call(head, node, place)
        self._edits.append((self._offset(head.lineno, head.col_offset), f"({call} or("))
        self._edits.append((self._offset(head.end_lineno or 0, head.end_col_offset or 0), "))"))

    def _call(self, at: ast.stmt | ast.expr, node: ast.stmt, place: _Place) -> str:
        """Makes the next checkpoint; returns its text, whose value is false."""
        number, bound, unsure = self._next, place.bound(node), place.unsure(node)
        self._next += 1
        names = (bound + place.free)[:MOST_NAMES]
        settable = len(bound) if place.is_watched else 0
        self._checkpoints.append(
            Checkpoint(
                *(number, at.lineno, at.col_offset, place.scope, names, settable, unsure),
                is_last=node in place.last,
                calls=called(at) | called_around(node) | place.around,
                begins_loop=self._repeats,
            )
        )
        self._repeats = False
        call = f"{STOP}({','.join([str(number), *arguments(names, unsure)])})"
        if not settable:
            return f"{number} in {STOPS} and {call}"
        values = ",".join(f"{name}:={_RETURNED}[{index}]" for index, name in enumerate(bound))
        return f"{number} in {STOPS} and({_RETURNED}:={call})and[{values}]and 0"

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    # Functions

    def _function(self, node: FunctionNode, place: _Place) -> None:
        name = place.qualified(node.name)
        for decorator in node.decorator_list:
            if (kind := compiler_of(decorator)) is not None:
                self._left_alone.append(
                    LeftAlone(name, node.lineno, f"functions with @{kind} cannot be stopped")
                )
                return
        if node.decorator_list:
            self._keep_last(place)
        names = [name for name in names_on_board(node) if name not in self._unusable]
        steady = place.steady_in(node) - global_names(node)
        free = sorted(steady & used_names(node) - set(names))
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        inside = _Place(
            Scope(name, ScopeKind.FUNCTION, node.lineno),
            tuple(names),
            tuple(free),
            steady,
            frozenset(unbound_names(node)),
            states(node, names),
            frozenset(last_statements(node.body)),
            is_watched=any(line in lines for line in self._watched),
        )
        self._body(_without_docstring(node.body), inside)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yields the bodies of a compound statement in the order of the text."""
    yield getattr(node, "body", [])
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body
    yield getattr(node, "orelse", [])
    yield getattr(node, "finalbody", [])
