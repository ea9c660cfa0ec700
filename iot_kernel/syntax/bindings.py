"""What names will be once a cell that is being written has run, as far as its own text tells. Pure.

Each logical line is read by itself, since most of a cell is whole while one line of it is being written, and
MicroPython has statements that this computer's Python cannot read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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


#: By name: what it is bound to; None where that cannot be told.
Bindings = dict[str, Imported | Made | None]

#: characters of a logical line; longer ones are data
LONGEST = 10_000

#: What has to stand before a line that begins with this word, and behind it, so that it can be read alone.
_AROUND = {
    **dict.fromkeys(("else", "elif"), ("if 1: pass\n", "")),
    **dict.fromkeys(("except", "finally"), ("try: pass\n", "")),
    "try": ("", "\nfinally: pass"),
}
_INDENT = re.compile(r"[ \t]*")
_WORD = re.compile(r"\w*")


@dataclass(slots=True)
class _Scope:
    """What is bound in a function, in a class or, in the first one, outside of both.

    Attributes:
        indent: of the line that begins it; what is not indented more ends it.
        is_class: its names are not seen from functions in it.
        bound: in it.
    """

    indent: int = -1
    is_class: bool = False
    bound: Bindings = field(default_factory=dict)


def bindings(code: str, cursor: int) -> Bindings:
    """Tells what names are bound to where the cursor stands.

    The last binding above the cursor counts; where there is none, the first one below. Functions and classes
    have names of their own.

    Args:
        code: Python text, which may be unfinished. Lines that this computer cannot read bind nothing.
        cursor: an offset in it.
    """
    scopes = [_Scope()]
    below: Bindings = {}
    end = 0
    for line in logical_lines(code):
        start, end = end, end + len(line)
        if end <= cursor:
            _read(scopes, line)
        elif start <= cursor:
            _leave(scopes, line)
            scopes[-1].bound.update(each for each in _found(line) if isinstance(each[1], Imported))
        elif _indent(line) == 0:
            below = {**dict(_found(line)), **below}
    return {**below, **_seen(scopes)}


def _read(scopes: list[_Scope], line: str) -> None:
    """Takes in a line above the cursor."""
    _leave(scopes, line)
    scopes[-1].bound.update(_found(line))
    match _statements(line):
        case [ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments)]:
            names = [node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg)]
            scopes.append(_Scope(_indent(line), bound=dict.fromkeys(names)))
        case [ast.ClassDef()]:
            scopes.append(_Scope(_indent(line), is_class=True))


def _leave(scopes: list[_Scope], line: str) -> None:
    """Ends the functions and classes that a line is not in; one without a statement ends nothing."""
    is_blank = line.lstrip()[:1] in ("", "#")
    while not is_blank and scopes[-1].indent >= _indent(line):
        scopes.pop()


def _seen(scopes: list[_Scope]) -> Bindings:
    seen: Bindings = {}
    for scope in scopes:
        if not scope.is_class or scope is scopes[-1]:
            seen.update(scope.bound)
    return seen


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return len(found[0].expandtabs()) if found is not None else 0


def _found(line: str) -> Iterator[tuple[str, Imported | Made | None]]:
    """What the statements of a line bind, one after the other."""
    nodes = [node for statement in _statements(line) for node in ast.walk(statement)]
    for node in sorted(nodes, key=_order):
        yield from _named(node)
        yield from _told(node)


def _order(node: ast.AST) -> tuple[int, int, bool]:
    """Where a node stands in its text; a statement comes behind what it begins with."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0), isinstance(node, ast.stmt)


def _statements(line: str) -> list[ast.stmt]:
    """The statements of a logical line; of a block its first line, without a body."""
    text = line.strip()
    if len(text) > LONGEST:
        return []
    word = _WORD.match(text)
    before, behind = _AROUND.get(word[0] if word is not None else "", ("", ""))
    for end in ("", "\n pass"):
        if (tree := parsed(f"{before}{text}{end}{behind}")) is not None:
            return tree.body
    return []


def _named(node: ast.AST) -> Iterator[tuple[str, None]]:
    """The name that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
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
