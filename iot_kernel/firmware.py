"""Makes programs for boards import the firmware's own modules, also where a file of the user's has the name.

MicroPython looks for ``os`` and others among files first, so a user's ``os.py`` would take its place. By the
name ``uos`` it takes the firmware's without a look at files: since 1.21 as an alias, before that because this
was the name. Where there is no such name (CircuitPython, the micro:bit, modules that the firmware has not),
the plain one is tried: those of CircuitPython's modules that our programs cannot do without, and all of the
micro:bit's, come before files anyway.
Pure.
"""

from __future__ import annotations

import ast
import itertools

#: Modules that a file may take the place of; ``builtins``, ``sys``, ``gc``, ``micropython``, ``deflate`` and
#: others come before files everywhere.
SHADOWED = frozenset(
    {
        *("array", "binascii", "bluetooth", "collections", "cryptolib", "errno", "hashlib", "heapq", "io"),
        *("json", "machine", "os", "platform", "random", "re", "select", "socket", "ssl", "struct", "time"),
        "websocket",
    }
)


def from_firmware(text: str) -> str:
    """Returns a program that imports each module in `SHADOWED` from the firmware.

    Args:
        text: the program. It imports such modules one at a time.
    """
    return ast.unparse(ast.fix_missing_locations(_Imports().visit(ast.parse(text))))


class _Imports(ast.NodeTransformer):
    """Puts imports that follow one another into one ``try``; where that fails their plain names count."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Changes the statements in a node, and those in them."""
        for field in ("body", "orelse", "finalbody", "handlers"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, self._changed(statements))
        return node

    def _changed(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for is_shadowed, group in itertools.groupby(statements, _is_shadowed):
            members = list(group)
            new += [_guarded(members)] if is_shadowed else map(self.visit, members)
        return new


def _is_shadowed(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import(names=[ast.alias(name=module)]) | ast.ImportFrom(module=module):
            return module in SHADOWED
    return False


def _guarded(imports: list[ast.stmt]) -> ast.stmt:
    """Catches all errors, since the user may have a variable called ImportError.

    No Ctrl-C is lost: a board looks for one when it jumps or returns, and importing what is in the firmware
    does neither.
    """
    return ast.Try([_own(statement) for statement in imports], [ast.ExceptHandler(body=imports)], [], [])


def _own(statement: ast.stmt) -> ast.stmt:
    """The same import by the name that only the firmware has."""
    match statement:
        case ast.ImportFrom(module=module, names=names):
            return ast.ImportFrom(f"u{module}", names, 0)
        case ast.Import(names=[ast.alias(name=module, asname=name)]):
            return ast.Import([ast.alias(f"u{module}", name or module)])
    raise AssertionError("unreachable")
