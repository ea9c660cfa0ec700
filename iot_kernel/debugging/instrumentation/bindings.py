"""Which names of a function are bound for certain in front of each of its statements. Pure.

A checkpoint hands over the values of local names, and reading one that is not bound yet would raise. So a
name counts as bound only where every way through the function to that statement has bound it: loops may run
no time, every statement in ``try`` may raise, and ``with`` may swallow what its body raises.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iot_kernel.debugging.instrumentation.names import (
    FunctionNode,
    Names,
    bound_by,
    own_nodes,
    parameters,
    unbound_by,
)

#: Names that are bound; None where the place cannot be reached.
State = Names | None


def states(function: FunctionNode, names: Iterable[str]) -> dict[ast.stmt, Names]:
    """Returns for each statement of a function which of its names are bound for certain in front of it.

    Statements of functions and classes inside it are left out.

    Args:
        function: the function.
        names: those that are local to it.
    """
    inner = [node for node in own_nodes(function.body) if isinstance(node, FunctionNode | ast.ClassDef)]
    unsteady = {name for node in inner for name in unbound_by(ast.walk(node))}
    flow = _Flow(frozenset(names) - unsteady)
    flow.block(function.body, frozenset(parameters(function)) & flow.names)
    return flow.before


def _lost(*bodies: Iterable[ast.AST]) -> set[str]:
    """The names that statements may take away."""
    return {name for body in bodies for name in unbound_by(own_nodes(body))}


def _surely_evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yields an expression and those parts of it that are evaluated whenever it is."""
    yield node
    parts: list[ast.AST] = []
    match node:
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case ast.BoolOp(values=[first, *_]):
            parts = [first]
        case ast.IfExp(test=test):
            parts = [test]
        case ast.Compare(left=left, comparators=others):
            parts = [left, others[0]]
        case _:
            parts += ast.iter_child_nodes(node)
    for part in parts:
        yield from _surely_evaluated(part)


def _named_in(*expressions: ast.AST | None) -> set[str]:
    """The names that ``:=`` binds whenever these expressions are evaluated."""
    return {
        node.target.id
        for expression in expressions
        if expression is not None
        for node in _surely_evaluated(expression)
        if isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name)
    }


def _both(one: State, other: State) -> State:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _is_endless(loop: ast.While) -> bool:
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


@dataclass(slots=True)
class _Loop:
    left: State = None  # at the breaks


@dataclass(slots=True)
class _Flow:
    """Follows the ways through one function.

    Args:
        names: those that are looked at.
    """

    names: Names
    before: dict[ast.stmt, Names] = field(default_factory=dict)
    _loops: list[_Loop] = field(default_factory=list)
    _losses: list[set[str]] = field(default_factory=list)  # what a jump may lose on its way out

    def block(self, statements: Iterable[ast.stmt], state: State) -> State:
        """Goes through statements; returns what is bound behind them."""
        for statement in statements:
            known = frozenset() if state is None else state
            self.before[statement] = self.before.get(statement, known) & known
            state = self._after(statement, state)
        return state

    def _after(self, statement: ast.stmt, state: State) -> State:
        match statement:
            case ast.If():
                then = self._plus(state, _named_in(statement.test))
                return _both(self.block(statement.body, then), self.block(statement.orelse, then))
            case ast.While():
                return self._while(statement, state)
            case ast.For() | ast.AsyncFor():
                return self._for(statement, state)
            case ast.Try() | ast.TryStar():
                return self._try(statement, state)
            case ast.With() | ast.AsyncWith():
                return self._with(statement, state)
            case ast.Match():
                return self._match(statement, state)
        return self._after_simple(statement, state)

    def _after_simple(self, statement: ast.stmt, state: State) -> State:
        match statement:
            case ast.Return() | ast.Raise() | ast.Continue():
                return None
            case ast.Break():
                self._leave(state)
                return None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                return self._plus(state, {name})
            case ast.Assert():
                return state
            case ast.AnnAssign(value=None):
                return state
            case ast.Delete():
                return None if state is None else state - _lost([statement])
        return self._plus(state, {*_bound_at_once(statement), *_named_in(statement)})

    def _leave(self, state: State) -> None:
        if state is not None:
            lost = {name for names in self._losses for name in names}
            self._loops[-1].left = _both(self._loops[-1].left, state - lost)

    def _plus(self, state: State, names: Iterable[str]) -> State:
        return None if state is None else state | (frozenset(names) & self.names)

    def _while(self, loop: ast.While, state: State) -> State:
        head = None if state is None else state - _lost(loop.body, [loop.test])
        if head is not None:
            self.before[loop] &= head
        begun = self._plus(head, _named_in(loop.test))
        left = self._body(loop, begun)
        ended = self.block(loop.orelse, None if _is_endless(loop) else begun)
        return _both(ended, left)

    def _for(self, loop: ast.For | ast.AsyncFor, state: State) -> State:
        state = self._plus(state, _named_in(loop.iter))
        head = None if state is None else state - _lost(loop.body)
        left = self._body(loop, self._plus(head, _bound_at_once(loop.target)))
        return _both(self.block(loop.orelse, head), left)

    def _body(self, loop: ast.While | ast.For | ast.AsyncFor, state: State) -> State:
        """Goes through the body of a loop; returns what is bound where it is left by ``break``."""
        self._loops.append(_Loop())
        self.block(loop.body, state)
        return self._loops.pop().left

    def _try(self, node: ast.Try | ast.TryStar, state: State) -> State:
        tried = [*node.body, *node.handlers, *node.orelse]
        self._losses.append(_lost(node.finalbody))
        end = self.block(node.orelse, self.block(node.body, state))
        broken = None if state is None else state - _lost(node.body)
        for handler in node.handlers:
            own = {handler.name} if handler.name is not None else set()
            self._losses.append(own)
            handled = self.block(handler.body, self._plus(broken, own))
            self._losses.pop()
            end = _both(end, None if handled is None else handled - own)
        self._losses.pop()
        if not node.finalbody:
            return end
        self.block(node.finalbody, None if state is None else state - _lost(tried))
        return self._again(node.finalbody, end)

    def _again(self, statements: list[ast.stmt], state: State) -> State:
        """Goes through statements once more, for what is bound behind them only."""
        kept, self.before = self.before, {}
        try:
            return self.block(statements, state)
        finally:
            self.before = kept

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> State:
        swallowed = None if state is None else state - _lost(node.body)
        for item in node.items:
            bound = _bound_at_once(item.optional_vars) if item.optional_vars is not None else ()
            state = self._plus(state, {*bound, *_named_in(item.context_expr)})
        return _both(self.block(node.body, state), swallowed)

    def _match(self, node: ast.Match, state: State) -> State:
        state = self._plus(state, _named_in(node.subject))
        end = state
        for case in node.cases:
            captured = {name for part in ast.walk(case.pattern) for name in bound_by(part)}
            end = _both(end, self.block(case.body, self._plus(state, captured)))
        return end


def _bound_at_once(node: ast.AST) -> Iterator[str]:
    """The names that an assignment, an import or a target binds when it has been executed."""
    for part in _surely_evaluated(node):
        if not isinstance(part, ast.NamedExpr):
            yield from bound_by(part)
