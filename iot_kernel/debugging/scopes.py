"""Which names a function binds, and which of them are bound for certain at each of its statements. Pure.

A checkpoint hands over the values of local names, and reading one that is not bound yet would raise. So a
name counts as bound only where every way through the function to that statement has bound it: loops may run
no time, every statement in ``try`` may raise, and ``with`` may swallow what its body raises.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

#: What opens a scope of its own inside another one.
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Names = frozenset[str]

#: Names that are bound; None where the place cannot be reached.
State = Names | None


def local_names(function: FunctionNode) -> list[str]:
    """Returns the names that a function binds, parameters first, then in the order of the text."""
    declared = {
        name
        for node in own_nodes(function.body)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    found = [*parameters(function), *_stored(function.body)]
    return [name for name in dict.fromkeys(found) if name not in declared]


def parameters(function: FunctionNode) -> list[str]:
    """Returns the names of a function's parameters."""
    given = function.args
    plain = [*given.posonlyargs, *given.args, *([given.vararg] if given.vararg else []), *given.kwonlyargs]
    return [each.arg for each in [*plain, *([given.kwarg] if given.kwarg else [])]]


def used_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function reads or declares, the functions inside it included."""
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} | {
        name for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for name in node.names
    }


def global_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function declares as those of its module."""
    nodes = own_nodes(function.body)
    return {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def unbound_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function, or one inside it, takes away from what they are bound to."""
    return _unbound(ast.walk(function))


def states(function: FunctionNode, names: Iterable[str]) -> dict[ast.stmt, Names]:
    """Returns for each statement of a function which of its names are bound for certain in front of it.

    Statements of functions and classes inside it are left out.

    Args:
        function: the function.
        names: those that are local to it.
    """
    inner = [node for node in own_nodes(function.body) if isinstance(node, FunctionNode | ast.ClassDef)]
    unsteady = {name for node in inner for name in _unbound(ast.walk(node))}
    flow = _Flow(frozenset(names) - unsteady)
    flow.block(function.body, frozenset(parameters(function)) & flow.names)
    return flow.before


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yields the nodes that belong to the scope of a body, those that open another scope included."""
    for node in body:
        yield node
        if isinstance(node, _SCOPES):
            yield from own_nodes(_outside(node))
        else:
            yield from own_nodes(ast.iter_child_nodes(node))


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    """What of a definition is evaluated in the scope around it."""
    for name in ("decorator_list", "bases", "keywords"):
        yield from getattr(node, name, [])
    if isinstance(node, FunctionNode | ast.Lambda):
        yield from node.args.defaults
        yield from (default for default in node.args.kw_defaults if default is not None)


def _stored(body: Iterable[ast.AST]) -> Iterator[str]:
    for node in body:
        yield from _bound_by(node)
        if isinstance(node, _SCOPES):
            yield from _stored(_outside(node))
        elif isinstance(node, _COMPREHENSIONS):
            yield from (
                each.target.id
                for each in ast.walk(node)
                if isinstance(each, ast.NamedExpr) and isinstance(each.target, ast.Name)
            )
        else:
            yield from _stored(ast.iter_child_nodes(node))


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds, or may bind."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)


def _unbound(nodes: Iterable[ast.AST]) -> set[str]:
    found = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Del()) | ast.ExceptHandler(name=str(name)):
                found.add(name)
    return found


def _lost(*bodies: Iterable[ast.AST]) -> set[str]:
    """The names that statements may take away."""
    return {name for body in bodies for name in _unbound(own_nodes(body))}


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
            captured = {name for part in ast.walk(case.pattern) for name in _bound_by(part)}
            end = _both(end, self.block(case.body, self._plus(state, captured)))
        return end


def _bound_at_once(node: ast.AST) -> Iterator[str]:
    """The names that an assignment, an import or a target binds when it has been executed."""
    for part in _surely_evaluated(node):
        if not isinstance(part, ast.NamedExpr):
            yield from _bound_by(part)
