"""Files that are Python in form, but only read, never run: plain values that are assigned to names.

The same file may be a program for a board, so it may hold anything; other names are not looked at. Values
never appear in an error, and errors carry no Python error inside them, because that would carry the line of
text.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection
from typing import NamedTuple


class PlainFileError(ValueError):
    """A file cannot be used.

    Args:
        problem: what is wrong, without any value.
        line: where; None for nowhere in particular.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem if line is None else f"{problem} (line {line})")
        self.problem = problem
        self.line = line


class PlainValue(NamedTuple):
    """What a name has.

    Attributes:
        value: any literal.
        line: where it stands.
    """

    value: object
    line: int

    def __repr__(self) -> str:
        return f"<a value of line {self.line}>"  # it may be a password


def read_plain(source: bytes, names: Collection[str]) -> dict[str, PlainValue]:
    """Gives the values of some names, as far as they have any.

    Raises:
        PlainFileError: this is not Python, or one of the names has no plain value.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in somebody's Wi-Fi password is no business of ours
        tree, line = _parse(source)
        if tree is None:
            raise PlainFileError("not valid Python (a quote or bracket missing?)", line)
    return {name: PlainValue(_literal(name, node), node.lineno) for name, node in _assigned(tree, names)}


def _parse(source: bytes) -> tuple[ast.Module | None, int | None]:
    try:
        return ast.parse(source), None
    except SyntaxError as error:
        return None, error.lineno
    except (ValueError, RecursionError, MemoryError):
        return None, None


def _assigned(tree: ast.Module, names: Collection[str]) -> list[tuple[str, ast.expr]]:
    plain: dict[str, ast.expr] = {}
    plain_targets: set[ast.expr] = set()
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                plain[target.id] = value
                plain_targets.add(target)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and node not in plain_targets:
            problem = f"{node.id} must be set once, by '{node.id} = value' at the start of a line"
            raise PlainFileError(f"{problem}; this file is read, not run", node.lineno)
    return list(plain.items())


def _literal(name: str, node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        value = _NOT_PLAIN
    if value is _NOT_PLAIN:
        raise PlainFileError(f"{name} must have a plain value; this file is read, not run", node.lineno)
    return value


_NOT_PLAIN = object()
