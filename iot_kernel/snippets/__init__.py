"""Short programs for the board, one file each, that this kernel sends. They run on MicroPython 1.9 and later.

Whatever a user has on the board does not matter to them: a variable with the name of a builtin, as they take
builtins from ``builtins``, and a file with the name of a module, see `from_firmware`. Never: a snippet that
the host imports, or that leaves a name among the user's variables unasked.
"""

from __future__ import annotations

import ast
import binascii
import itertools
import threading
import zlib
from functools import cache, lru_cache
from importlib.resources import files

import python_minifier

from iot_kernel.text import parsing

#: The one name that programs have for a moment among the user's variables, where no function of a question is
#: there: theirs, or that of the board's ``builtins``. Each name more would take memory for good.
OWN = "__iot_x__"


#: Boards whose modules come before files by their plain names, and which have no memory to spare for others.
PLAIN = frozenset({"microbit"})

#: Modules that a file may take the place of; ``builtins``, ``sys``, ``gc``, ``micropython``, ``deflate`` and
#: others come before files everywhere.
SHADOWED = frozenset(
    {
        *("array", "binascii", "bluetooth", "collections", "cryptolib", "errno", "hashlib", "heapq", "io"),
        *("json", "machine", "os", "platform", "random", "re", "select", "socket", "ssl", "struct", "time"),
        "websocket",
    }
)


#: programs that are kept; there are some hundred with all their variants
MOST_KEPT = 256

_minified_lock = threading.Lock()


@cache
def snippet(name: str, platform: str = "", *, is_interpreted: bool = False) -> str:
    """Returns a program in few bytes: each costs a board memory, and a slow wire time.

    Local names are shortened. Names that are global or not defined in the program stay: the board's own, and
    those in capitals, which whoever sends the program replaces.

    Args:
        name: the file's name without ``.py``.
        platform: the board's ``sys.platform``; empty where it is not known.
        is_interpreted: no function shall be machine code, see `interpreted`.
    """
    text = files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8")
    text = interpreted(text) if is_interpreted else text
    return minified(text.replace("PREFIXES", '("",)' if platform in PLAIN else '("u", "")'), platform)


def minified(text: str, platform: str = "") -> str:
    """Returns a program without what only people read, with short local names and the firmware's imports.

    That takes up to 200 ms, so programs are kept. Many boards need the same one at the same time: the first
    thread makes it, and the others wait for it.

    Args:
        text: the program.
        platform: as for `snippet`.
    """
    with _minified_lock:
        return _minified(text, platform)


@lru_cache(maxsize=MOST_KEPT)
def _minified(text: str, platform: str) -> str:
    with parsing():
        small = python_minifier.minify(
            text if platform in PLAIN else from_firmware(text),
            remove_literal_statements=True,
            hoist_literals=False,
            rename_globals=False,
        )
    return f"{small}\n"


def executing(statement: str) -> str:
    """Returns code that executes a statement in which the board's ``builtins`` are called `OWN`.

    Args:
        statement: on one line; it sees the user's variables.
    """
    return f"import builtins as {OWN}\ntry:{statement}\nfinally:del {OWN}\n"


#: The window of a deflated program, as a power of two: 4 KB of memory on the board while it is inflated.
_WINDOW = 12


def alone(code: str, names: str = "", *, inflates: bool = False) -> str:
    """Returns code that does the same among names of its own: what a user called ``bytes`` is none of them.

    Its tracebacks name another file, so it is for programs of ours only.

    Args:
        code: the program; it leaves nothing among the user's names.
        names: what it gets, as the inside of a literal of a dictionary; the expressions see the user's names,
            and the board's ``builtins`` as `OWN`.
        inflates: the board has ``deflate``, so that the code can go in fewer bytes.
    """
    return executing(f"{OWN}.exec({_inflating(code) if inflates else repr(code)},{{{names}}})")


def _inflating(code: str) -> str:
    """Firmware that has ``deflate`` has the other modules by these names, which no file can take."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW, 9)
    small = binascii.b2a_base64(stream.compress(code.encode()) + stream.flush(), newline=False).decode()
    source = f"i('uio').BytesIO(i('ubinascii').a2b_base64(b'{small}'))"
    inflater = f"(lambda d:d.DeflateIO({source},d.RAW,{_WINDOW}).read())(i('deflate'))"
    return f"(lambda i:{inflater})({OWN}.__import__)"


def from_firmware(text: str) -> str:
    """Returns a program that imports each module in `SHADOWED` from the firmware, not from a user's file.

    MicroPython looks for ``os`` and others among files first, so a user's ``os.py`` would take its place. By
    the name ``uos`` it takes the firmware's without a look at files: since 1.21 as an alias, before that
    because this was the name. Where there is no such name (CircuitPython, the micro:bit, modules that the
    firmware has not), the plain one is tried: those of CircuitPython's modules that our programs cannot do
    without, and all of the micro:bit's, come before files anyway.

    Args:
        text: the program. It imports such modules one at a time.
    """
    return ast.unparse(ast.fix_missing_locations(_Imports().visit(ast.parse(text))))


def interpreted(text: str) -> str:
    """Returns a program for firmware that makes no machine code.

    A function in machine code is fast as long as it uses no names of outside, so it gets them as arguments
    ``name=name``. Interpreted it would be slower by them, and uses the names themselves.

    Args:
        text: the program.
    """
    return ast.unparse(_Interpreted().visit(ast.parse(text)))


class _Interpreted(ast.NodeTransformer):
    """Takes away what is meant for machine code."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Changes a function, and those in it."""
        self.generic_visit(node)
        if _is_machine_code(node):
            node.decorator_list = []
            node.args.args, node.args.defaults = _without_outside(node.args)
        return node


def _is_machine_code(node: ast.FunctionDef) -> bool:
    return [ast.unparse(decorator) for decorator in node.decorator_list] == ["micropython.native"]


def _without_outside(arguments: ast.arguments) -> tuple[list[ast.arg], list[ast.expr]]:
    plain = len(arguments.args) - len(arguments.defaults)
    kept = [
        (argument, default)
        for argument, default in zip(arguments.args[plain:], arguments.defaults, strict=True)
        if not (isinstance(default, ast.Name) and default.id == argument.arg)
    ]
    return arguments.args[:plain] + [argument for argument, _ in kept], [default for _, default in kept]


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
