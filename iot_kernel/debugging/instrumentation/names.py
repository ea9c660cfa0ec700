"""Which names a function has, by what its text says. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

#: What opens a scope of its own inside another one.
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Names = frozenset[str]


def local_names(function: FunctionNode) -> list[str]:
    """Returns the names that a function binds, parameters first, then in the order of the text."""
    declared = _declared(function.body)
    found = [*parameters(function), *_stored(function.body)]
    return [name for name in dict.fromkeys(found) if name not in declared]


def parameters(function: FunctionNode) -> list[str]:
    """Returns the names of a function's parameters."""
    given = function.args
    plain = [*given.posonlyargs, *given.args, *([given.vararg] if given.vararg else []), *given.kwonlyargs]
    return [each.arg for each in [*plain, *([given.kwarg] if given.kwarg else [])]]


def class_names(node: ast.ClassDef) -> set[str]:
    """Returns the names that the body of a class binds or declares."""
    return _declared(node.body) | set(_stored(node.body))


def _declared(body: Iterable[ast.AST]) -> set[str]:
    """The names that a body says to be those of another scope."""
    nodes = own_nodes(body)
    return {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}


def used_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function's body reads or declares, the functions inside it included."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    declared = {name for node in nodes if isinstance(node, ast.Nonlocal) for name in node.names}
    return declared | {node.id for node in nodes if isinstance(node, ast.Name)}


def global_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function declares as those of its module."""
    nodes = own_nodes(function.body)
    return {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def unbound_names(function: FunctionNode) -> set[str]:
    """Returns the names that a function, or one inside it, takes away from what they are bound to."""
    return unbound_by(ast.walk(function))


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
        yield from bound_by(node)
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


def bound_by(node: ast.AST) -> Iterator[str]:
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


def unbound_by(nodes: Iterable[ast.AST]) -> set[str]:
    """Returns the names that nodes take away from what they are bound to."""
    found = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Del()) | ast.ExceptHandler(name=str(name)):
                found.add(name)
    return found
