"""Which statements may lead to other code with checkpoints, as far as names tell. Pure.

Where a statement cannot, nobody needs to know of it when that code stops: no caller is there, and its
checkpoint costs a look into a set. Names may mislead, so a statement counts rather than not: where functions
are passed on as values, or called by what asks for an item, each call counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iot_kernel.debugging.instrumentation.names import FunctionNode, Names

#: What is no name: any call, any operation on a value, and an import or a definition, which are rare.
CALL, OPERATION, IMPORT = "()", "+", "import"

#: Where mentioning a class does not make another name of it.
_ASKS = frozenset({"isinstance", "issubclass", "super"})

#: Decorators that leave a function what it is.
_HARMLESS = frozenset({"staticmethod", "classmethod"})

#: What calls no function, wherever it stands.
_PLAIN = (
    *(ast.Pass, ast.Return, ast.Assign, ast.Expr, ast.Name, ast.Constant, ast.List, ast.Tuple),
    *(ast.Load, ast.Store, ast.Break, ast.Continue),
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Callables:
    """How the code of a text can be called.

    Attributes:
        names: its functions, methods and classes, and what else of `CALL` and `OPERATION` leads to them.
        passed: names that it reads as values, so that they may be called by another name.
    """

    names: Names = frozenset()
    passed: Names = frozenset()


#: Of a text that nothing is known of.
NOTHING = Callables()


def called(node: ast.AST) -> Names:
    """Returns by what a statement, or the head of one, may call code."""
    found = {name for part in ast.walk(node) for name in _called(part)}
    is_whole = isinstance(node, ast.stmt)  # a head is more than its expression: it asks what that is worth
    return frozenset(found if is_whole and is_plain(node) else {OPERATION, *found})


def called_around(node: ast.stmt) -> Names:
    """Returns by what a compound statement may call code between the statements that are inside of it."""
    match node:
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=args)) if all(map(is_plain, args)):
            return frozenset()
        case ast.For(iter=head) | ast.AsyncFor(iter=head):
            return called(head) | {CALL, OPERATION}
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return frozenset({CALL, OPERATION}).union(*map(called, items))
    return frozenset()


def _called(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            yield name
            yield CALL
        case ast.Call() | ast.Await() | ast.YieldFrom() | ast.Starred():
            yield CALL
        case ast.Import() | ast.ImportFrom():
            yield IMPORT
        case ast.Tuple(ctx=ast.Store()) | ast.List(ctx=ast.Store()):
            yield CALL  # it asks for items
        case _ if isinstance(node, _COMPREHENSIONS):
            yield CALL


def is_plain(node: ast.AST) -> bool:
    """Whether a node calls no function, not even by an operation."""
    return all(isinstance(part, _PLAIN) for part in ast.walk(node))


def last_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields the statements that leave a function's body and call nothing, not even on the way out."""
    if body and is_plain(body[-1]):
        yield body[-1]
    yield from _returns(body)


def _returns(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Return) and is_plain(statement):
            yield statement
        elif isinstance(statement, ast.If | ast.While | ast.For):
            yield from _returns([*statement.body, *statement.orelse])


def callables(tree: ast.Module) -> Callables:
    """Returns how the code of a text can be called."""
    names = {name for node in ast.walk(tree) for name in _callables(node)}
    return Callables(frozenset(names), frozenset(_passed([tree])))


def _callables(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.name
            if any(_changes(decorator) for decorator in node.decorator_list):
                yield from (CALL, OPERATION)
            if isinstance(node, ast.AsyncFunctionDef):
                yield CALL
        case ast.ClassDef():
            yield node.name
            special = (each.name for each in node.body if isinstance(each, FunctionNode))
            if any(name[:2] == "__" and name != "__init__" for name in special):
                yield from (CALL, OPERATION)
        case ast.Yield() | ast.YieldFrom():
            yield CALL


def _changes(decorator: ast.expr) -> bool:
    return not (isinstance(decorator, ast.Name) and decorator.id in _HARMLESS)


def _passed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that are read as values: neither called nor looked into."""
    for node in nodes:
        match node:
            case ast.Lambda():  # another name for what it calls
                yield from _mentioned(node.body)
            case ast.Call(func=ast.Name(id=name)) if name in _ASKS:
                pass
            case ast.Call(func=func):
                yield from _passed([*_inside(func), *node.args, *node.keywords])
            case ast.ClassDef():
                yield from _passed([*node.decorator_list, *node.keywords, *node.body])
            case ast.ExceptHandler():
                yield from _passed(node.body)
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute():
                yield node.attr
                yield from _passed(_inside(node))
            case _:
                yield from _passed(ast.iter_child_nodes(node))


def _inside(node: ast.expr) -> list[ast.expr]:
    """What is looked into, behind names that are not passed on by that."""
    match node:
        case ast.Name():
            return []
        case ast.Attribute(value=value):
            return _inside(value)
    return [node]


def _mentioned(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name


def reaching(texts: Iterable[Callables]) -> Names:
    """Returns by what the code of texts may be called, out of each of them; see `called`."""
    known = list(texts)
    names = frozenset({IMPORT}).union(*(text.names for text in known))
    passed = frozenset().union(*(text.passed for text in known))
    return names | {CALL} if names & passed else names
