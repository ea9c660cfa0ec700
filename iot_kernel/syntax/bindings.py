"""What names will be once a cell that is being written has run, as far as its own text tells. Pure.

Each logical line is read by itself, since most of a cell is whole while one line of it is being written, and
MicroPython has statements that this computer's Python cannot read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from iot_kernel.syntax.logical_lines import logical_lines
from iot_kernel.syntax.parsing import parsed


@dataclass(frozen=True, slots=True)
class Imported:
    """A module, or a thing in it.

    Attributes:
        module: with dots.
        path: the names that lead to the thing; none for the module itself.
    """

    module: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What a call returns.

    Attributes:
        chain: the names that lead to what is called.
    """

    chain: tuple[str, ...]


#: By name: what it is bound to last; None where that cannot be told.
Bindings = dict[str, Imported | Made | None]


def bindings(code: str) -> Bindings:
    """Tells what a text binds names to.

    Args:
        code: Python text, which may be unfinished. Lines that this computer cannot read bind nothing.
    """
    found: Bindings = {}
    for line in logical_lines(code):
        for statement in _statements(line):
            nodes = list(ast.walk(statement))
            found.update(name for node in nodes for name in _named(node))
            found.update(name for node in nodes for name in _told(node))
    return found


def _statements(line: str) -> list[ast.stmt]:
    """The statements of a logical line; of a block its first line, without a body."""
    text = line.strip()
    tree = parsed(text)
    if tree is None and text.endswith(":"):
        tree = parsed(f"{text} pass")
    return [] if tree is None else tree.body


def _named(node: ast.AST) -> Iterator[tuple[str, None]]:
    """The name that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, None
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None


def _told(node: ast.AST) -> Iterator[tuple[str, Imported | Made]]:
    """The names of which a node tells what they will be."""
    match node:
        case ast.Import(names=names):
            yield from map(_module, names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            things = [(alias.name, alias.asname or alias.name) for alias in names if alias.name != "*"]
            yield from ((name, Imported(module, (thing,))) for thing, name in things)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)) if chain := _chain(called):
            yield name, Made(chain)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=called)) if chain := _chain(called):
            yield name, Made(chain)


def _module(alias: ast.alias) -> tuple[str, Imported]:
    """What ``import`` binds: without ``as``, the first part of a dotted name."""
    name = alias.name if alias.asname else alias.name.partition(".")[0]
    return alias.asname or name, Imported(name)


def _chain(node: ast.expr) -> tuple[str, ...]:
    """The names of ``a.b.c``; none of anything else."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=name) if before := _chain(value):
            return (*before, name)
    return ()
