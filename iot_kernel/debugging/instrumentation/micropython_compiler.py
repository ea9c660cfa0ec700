"""What MicroPython's compiler does in its own way, so that code has to be left as it is. Pure."""

from __future__ import annotations

import ast
import re
import unicodedata

from iot_kernel.debugging.instrumentation.names import (
    FunctionNode,
    bound_by,
    local_names,
    own_nodes,
    parameters,
)

#: Decorators by which MicroPython compiles a function in another way: what it may contain is limited.
_COMPILERS = frozenset({"native", "viper"})
_ASSEMBLER = "asm_"

#: Arguments of a ``range`` in the head of ``for`` that MicroPython turns into counting.
_COUNTED = range(1, 4)

_WORD = re.compile(r"\w+")


def renamed_names(source: str) -> set[str]:
    """Returns names that Python takes for others than a board does: it brings letters into a normal form."""
    words = {word for word in _WORD.findall(source) if not word.isascii()}
    normal = {word: unicodedata.normalize("NFKC", word) for word in words}
    return {form for word, form in normal.items() if form != word}


def constant_names(tree: ast.Module) -> set[str]:
    """Returns names for which the compiler puts in a number wherever they are read, local ones too."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="const"))):
                found.add(name)
    return found


def is_folded(test: ast.expr, constants: set[str]) -> bool:
    """Whether the board's compiler may know what a condition comes to."""
    match test:
        case ast.BoolOp(values=[first, *_]):
            return is_folded(first, constants)
        case ast.Name(id=name):
            return name in constants or name == "__debug__"
        case ast.Constant():
            return True
        case ast.UnaryOp() | ast.BinOp() | ast.Compare() | ast.Tuple():
            parts = [part for part in ast.iter_child_nodes(test) if isinstance(part, ast.expr)]
            return all(is_folded(part, constants) for part in parts)
    return False


def names_on_board(function: FunctionNode) -> list[str]:
    """Returns the local names of a function, without those that get values only in code that is left out."""
    nodes = list(own_nodes(function.body))
    left_out = {id(inside) for node in nodes for inside in own_nodes(_left_out(node))}
    bound = {name for node in nodes if id(node) not in left_out for name in bound_by(node)}
    return [name for name in local_names(function) if name in bound or name in parameters(function)]


def _left_out(node: ast.AST) -> list[ast.stmt]:
    """The statements that a constant condition keeps from being executed."""
    match node:
        case ast.If(test=ast.Constant(value=value)):
            return node.orelse if value else node.body
        case ast.While(test=ast.Constant(value=value)) if not value:
            return node.body
    return []


def head_of_loop(loop: ast.For | ast.AsyncFor) -> ast.expr:
    """Returns what of the head of ``for`` carries the checkpoint.

    MicroPython counts by itself where ``range`` stands there, so that has to stay as it is.
    """
    match loop.iter:
        case ast.Call(func=ast.Name(id="range"), args=[first, *_] as given, keywords=[]) if len(
            given
        ) in _COUNTED and not any(isinstance(each, ast.Starred) for each in given):
            return first
    return loop.iter


def compiler_of(decorator: ast.expr) -> str | None:
    """Returns the text of a decorator by which a function is compiled in another way; None of others."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
    return ast.unparse(named) if name in _COMPILERS or name.startswith(_ASSEMBLER) else None
