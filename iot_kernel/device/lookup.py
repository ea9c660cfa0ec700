"""Asks a board for its names, and files, without running any code of the user's. Pure but for the asking.

What comes back is a board's word, so every name is checked. Protocol: the snippets print a mark of this
question, a literal, and 0x1F; what threads print around it does not matter.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iot_kernel.debugging.value_text import value_text
from iot_kernel.device.marked_answer import marked
from iot_kernel.errors import IoTKernelError
from iot_kernel.files.names import entry
from iot_kernel.files.paths import is_temporary
from iot_kernel.files.remote_reply import literal as written
from iot_kernel.snippets import OWN, PLAIN, SHADOWED, snippet
from iot_kernel.syntax.bindings import Imported
from iot_kernel.text import literal, printable

#: names in one answer: more help nobody who looks for one, and take a slow wire more time than he waits
MOST_NAMES = 150

#: characters of a name or a key; identifiers of real programs stay far below
LONGEST_NAME = 100

#: characters of a value
LONGEST_VALUE = 80

#: names in a chain, and characters of the whole; others are not looked up
_LONGEST_CHAIN = 20

#: types whose values can be copied to the host, as their names are in a repr
_MOVABLE = (
    *("NoneType", "bool", "int", "float", "complex", "str", "bytes", "bytearray", "array", "ndarray"),
    *("list", "tuple", "set", "frozenset", "dict", "OrderedDict"),
)

#: The snippets that ask, and which others each needs.
_PROGRAMS: dict[str, tuple[str, ...]] = {
    "modules": (),
    "list_names": (),
    "variables": (),
    "loaded": (),
    "look_up": ("follow",),
    "describe": ("follow", "short_value"),
    "list_children": ("short_value", "parts"),
}

#: characters from one column of the firmware's table of modules to the next
_COLUMN = 18

#: Runs code on the board and returns what it printed; raises `IoTKernelError`.
Execute = Callable[[str], str]

#: Where a thing is: the names that lead to it from variables and builtins, or from where it will be imported.
Place = Sequence[str] | Imported


@dataclass(frozen=True, slots=True)
class Found:
    """Names that a board told.

    Attributes:
        names: in the board's order, each once.
        is_whole: there are no others that begin with the same letters.
    """

    names: tuple[str, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class NameDescription:
    """What a name leads to.

    Attributes:
        kind: the name of its type.
        size: how many items it has, where it has any.
        value: its repr where that is short and plain, of text the beginning; the name of a class, the file or
            the name of a module.
    """

    kind: str
    size: int | None = None
    value: str | None = None


def names(
    execute: Execute,
    place: Place,
    prefix: str = "",
    *,
    platform: str = "",
    keys: bool = False,
    may_import: bool = False,
) -> Found | None:
    """Asks for the names in a thing.

    Args:
        execute: asks the board.
        place: where it is; no names for the variables and builtins.
        prefix: letters with which the names begin.
        platform: the board's ``sys.platform``.
        keys: ask for a dictionary's keys that are text instead.
        may_import: the module of the place is one that the firmware has in C. Others are looked into only if
            they were imported before.

    Returns:
        None where nothing is there, or could not be found without running code of the user's.

    Raises:
        IoTKernelError: the board did not answer, or with no answer.
    """
    execute, chain = _begin(execute, place, platform, may_import=may_import)
    if not _is_chain(chain):
        return None
    given = f"{tuple(chain)!r},{prefix!r},{MOST_NAMES},{keys}"
    answer = ask(execute, "look_up", given, platform)
    if not isinstance(answer, list):
        return None
    told = [name for name in answer if isinstance(name, str) and _is_name(name, keys=keys)]
    kept = [name for name in told if name.startswith(prefix) and not name.startswith("__iot")]
    return Found(tuple(dict.fromkeys(kept)), is_whole=answer[-1:] != [None])


def describe(
    execute: Execute, place: Place, *, platform: str = "", may_import: bool = False
) -> NameDescription | None:
    """Asks what is at a place; the arguments are those of `names`.

    Returns:
        None as `names` does.

    Raises:
        IoTKernelError: as `names` does.
    """
    execute, chain = _begin(execute, place, platform, may_import=may_import)
    if not chain or not _is_chain(chain):
        return None
    match ask(execute, "describe", f"{tuple(chain)!r},{LONGEST_VALUE}", platform):
        case (str(kind), int() | None as size, str() | None as value):
            shown = None if value is None else value_text(kind, size, value)
            return NameDescription(printable(kind), size, shown)
    return None


def modules(execute: Execute, *, platform: str = "") -> tuple[str, ...]:
    """Asks which modules can be imported, without importing any: the firmware's, and the user's files.

    Returns:
        Their names, sorted; of packages the first part only. Fewer where the firmware has no list of its own.

    Raises:
        IoTKernelError: as `names` does.
    """
    built_in, _, files = ask_text(execute, "modules", "", platform).partition("\x1d")
    listed = literal(files)
    found = _listed(built_in)
    if isinstance(listed, list):
        found |= {_module_of(name) for name in listed if isinstance(name, str)}
    return _module_names(found)


def firmware_modules(execute: Execute, *, platform: str = "") -> tuple[str, ...]:
    """Asks for the modules of the firmware, as `modules` does; none where it has no list of its own."""
    return _module_names(_listed(ask_text(execute, "modules", "", platform).partition("\x1d")[0]))


def _listed(table: str) -> set[str]:
    """The words in the firmware's table of modules."""
    return {re.split(r"[./]", word)[0] for line in table.splitlines() for word in _row(line)}


def _module_names(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in found if _is_name(name, keys=False) and not name.startswith("__")))


def files(execute: Execute, directory: str, prefix: str = "", *, platform: str = "") -> Found | None:
    """Asks for the names in a directory; behind those of directories stands a slash.

    Args:
        execute: as for `names`.
        directory: empty for the current one.
        prefix: letters with which the names begin.
        platform: the board's ``sys.platform``.

    Returns:
        None where there is no such directory.

    Raises:
        IoTKernelError: as `names` does.
    """
    if platform in PLAIN:  # no directories, and no path that names the one there is
        if directory.strip("/"):
            return None
        directory = ""
    given = f"{written(directory)},{written(prefix)},{MOST_NAMES}"
    answer = ask(execute, "list_names", given, platform)
    if not isinstance(answer, list):
        return None
    told = [name for name in answer if isinstance(name, str) and _is_file(name, directory)]
    kept = [name for name in told if name.startswith(prefix) and not is_temporary(name)]
    return Found(tuple(dict.fromkeys(kept)), is_whole=answer[-1:] != [None])


def variables(execute: Execute, prefix: str = "", *, platform: str = "") -> Found:
    """Asks for the variables that can be copied to the host.

    Args:
        execute: as for `names`.
        prefix: letters with which the names begin.
        platform: the board's ``sys.platform``.

    Raises:
        IoTKernelError: as `names` does.
    """
    answer = ask(execute, "variables", f"{written(prefix)},{MOST_NAMES},{_MOVABLE!r}", platform)
    listed = answer if isinstance(answer, list) else []
    told = [name for name in listed if isinstance(name, str) and _is_name(name, keys=False)]
    kept = [name for name in told if name.startswith(prefix)]
    return Found(tuple(dict.fromkeys(kept)), is_whole=listed[-1:] != [None])


def loaded_files(execute: Execute, *, platform: str = "") -> list[str] | None:
    """Asks from which files modules have been loaded.

    Returns:
        As the board calls them; None where the firmware has no list of modules.

    Raises:
        IoTKernelError: as `names` does.
    """
    if platform in PLAIN:
        return None
    answer = ask(execute, "loaded", "", platform)
    return [file for file in answer if isinstance(file, str)] if isinstance(answer, list) else None


def _is_file(name: str, directory: str) -> bool:
    """Whether a name can be one, and can be typed."""
    plain = name.removesuffix("/")
    with contextlib.suppress(OSError, UnicodeEncodeError):
        return plain.isprintable() and bool(entry(plain.encode(), directory))
    return False


def _row(line: str) -> list[str]:
    """The words of a row of the firmware's table; none of a sentence below it, in whatever language."""
    words = list(re.finditer(r"\S+", line))
    is_row = line.isascii() and all(word.start() % _COLUMN == 0 for word in words)
    return [word[0] for word in words] if is_row else []


def _module_of(file: str) -> str:
    """The module that a file or a directory may be; empty where it is none."""
    name, dot, kind = file.partition(".")
    return name if not dot or kind in ("py", "mpy") else ""


def _is_chain(chain: Sequence[str]) -> bool:
    return len(chain) <= _LONGEST_CHAIN and all(_is_name(name, keys=False) for name in chain)


def _begin(
    execute: Execute, place: Place, platform: str, *, may_import: bool
) -> tuple[Execute, Sequence[str]]:
    """What asks about a place, and the names that lead there: what will be imported is a variable meanwhile.

    Modules that a file may take the place of are imported by the name that only the firmware has. A board
    with little memory is asked for the variable that the module will be.
    """
    if not isinstance(place, Imported):
        return execute, place
    module = place.module.split(".")
    if platform in PLAIN or not _is_chain(module):
        return execute, (*module, *place.path)
    names = (f"u{place.module}", place.module) if place.module in SHADOWED else (place.module,)
    given = f"{place.module!r},{names if may_import else ()!r}"
    find = f"{OWN}=__iot_imported__({given})\ndel __iot_imported__\n"
    begin = f"{snippet('imported', platform)}{find}if {OWN} is None:del {OWN}\n"
    end = f"try:del {OWN}\nexcept:0\n"
    return (lambda code: execute(f"{begin}{code}{end}")), (OWN, *place.path)


def _is_name(name: str, *, keys: bool) -> bool:
    return 0 < len(name) <= LONGEST_NAME and (name.isprintable() if keys else name.isidentifier())


def ask(execute: Execute, name: str, given: str, platform: str) -> object:
    """Asks with a snippet that is among `_PROGRAMS`.

    Args:
        execute: asks the board.
        name: of the snippet.
        given: arguments of its function, as text.
        platform: the board's ``sys.platform``.

    Returns:
        The literal that it printed.

    Raises:
        IoTKernelError: the board did not answer, or with no answer.
    """
    return literal(ask_text(execute, name, given, platform))


def ask_text(execute: Execute, name: str, given: str, platform: str) -> str:
    """Asks as `ask` does, and returns what the board said between the mark and 0x1F."""
    code, answer = marked(_program(name, platform))
    found = answer.search(execute(code.replace("GIVEN", given)))
    if found is None:
        raise IoTKernelError("the board's answer about names was no answer")
    return found[1]


def _program(name: str, platform: str) -> str:
    """The snippet with those that it needs, or the small one for a board with little memory."""
    needed = _PROGRAMS[name]
    parts = (*needed, name)
    texts = [snippet(part, platform) for part in parts]
    if platform in PLAIN and needed:
        parts, texts = (name,), [snippet(f"{name}_small", platform)]
    names = ",".join(f"__iot_{part}__" for part in parts)
    return f"{''.join(texts)}__iot_{name}__(GIVEN)\ndel {names}\n"
