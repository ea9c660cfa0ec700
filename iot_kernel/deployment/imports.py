"""Which modules a program imports, and which of them have to go along with it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from iot_kernel.text import parsing

#: Builtin errors that ``except`` names where a module may be missing.
_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})

#: modules that are looked for on this computer: whole projects have some tens
MOST_MODULES = 500


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported.

    Args:
        name: with those of the packages around it.
        line: where.
        is_optional: the program goes on where it is missing.
    """

    name: str
    line: int
    is_optional: bool = False

    @property
    def top(self) -> str:
        """The module, or the package that it is in."""
        return self.name.partition(".")[0]


@dataclass(slots=True)
class Resolution:
    """Where the modules of a program are.

    Attributes:
        found: contents of files that go along, by their paths in the program.
        missing: which are nowhere, with the file and the line that import each first.
        on_board: which are the firmware's or among the board's files.
    """

    found: dict[str, bytes] = field(default_factory=dict)
    missing: dict[str, tuple[str, int]] = field(default_factory=dict)
    on_board: set[str] = field(default_factory=set)


#: Takes the name of a module and returns its files by path; None where it is not on this computer.
Find = Callable[[str], Mapping[str, bytes] | None]


def imports_of(source: str | bytes) -> list[Import]:
    """The modules that a source imports; none of one that Python cannot read, nor relative ones."""
    try:
        with parsing():
            tree = ast.parse(source)
        return list(_imports(tree, is_optional=False))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def resolve(
    sources: Mapping[str, str], *, firmware: Collection[str], board: Collection[str], find: Find, also: Find
) -> Resolution:
    """Finds the modules of a program: its own, the firmware's, the project's, the board's, others.

    Args:
        sources: the program's files.
        firmware: modules of the board's firmware.
        board: modules among the board's files.
        find: looks in the project.
        also: looks where else a module may be that neither project nor board have.
    """
    result = Resolution()
    waiting: list[tuple[str, str | bytes]] = list(sources.items())
    own, seen = {module_of(path) for path in sources}, set[str]()
    while waiting and len(seen) < MOST_MODULES:
        path, source = waiting.pop(0)
        for each in imports_of(source):
            if each.top in own or each.top in seen or _is_same_package(path, each.top):
                continue
            files = None if each.top in firmware else find(each.top)
            if files is None and each.top not in firmware and each.top not in board:
                files = also(each.top)
            if files is not None:
                seen.add(each.top)
                result.found.update(files)
                waiting += [(file, data) for file, data in files.items() if file.endswith(".py")]
            elif each.top in firmware or each.top in board:
                seen.add(each.top)
                result.on_board.add(each.top)
            elif not each.is_optional:
                result.missing.setdefault(each.name, (path, each.line))
    return result


def module_of(path: str) -> str:
    """The module, or package, that a file of a program belongs to, as imports name it."""
    return path.removeprefix("lib/").partition("/")[0].removesuffix(".py")


def attributes_of(source: str | bytes, modules: Collection[str]) -> set[tuple[str, str]]:
    """Which names of modules a source uses: ``machine.I2C`` and ``from machine import I2C``."""
    try:
        with parsing():
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in modules
    }
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in aliases:
                found.add((aliases[name], attribute))
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in modules:
                found |= {(module, alias.name) for alias in names if alias.name != "*"}
    return found


def _imports(node: ast.AST, *, is_optional: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            yield from (Import(alias.name, node.lineno, is_optional) for alias in names)
        case ast.ImportFrom(module=str(module), level=0):
            yield Import(module, node.lineno, is_optional)
        case ast.Try(body=body, handlers=handlers):
            is_caught = is_optional or any(map(_catches, handlers))
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, is_optional=is_caught if child in body else is_optional)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, is_optional=is_optional)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether it takes the error of a module that is missing."""
    if handler.type is None:
        return True
    named = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(named & _MISSING)


def _is_same_package(path: str, name: str) -> bool:
    return "/" in path and module_of(path) == name
