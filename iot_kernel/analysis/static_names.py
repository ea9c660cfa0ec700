"""What the text of cells and the type stubs of a board say of names, by jedi. Never asks a board.

Jedi reads text and executes none of it. It is told to look for modules in the stubs only, so that ``machine``
is never a module of this computer, and for ``ucore``, which boards get from here. It is loaded on first use:
its import takes a tenth of a second.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

#: characters of earlier cells that are read, some 350 lines: jedi takes 10 ms longer with them
LONGEST_BEFORE = 12_000

#: lines of a docstring that are shown
LONGEST_HELP = 60

#: where stub packages of MicroPython keep what stands for Python's own library
_STDLIB = "stdlib"

#: Where jedi has its own stubs of Python's library.
_TYPESHED = "typeshed"

#: Where ``ucore`` is; to import that package would take longer than jedi.
_BOARD_MODULES = Path(__file__).parents[1] / "ucore"

#: names that are told; a notebook shows ten at a time
MOST_NAMES = 300


@dataclass(frozen=True, slots=True)
class StaticName:
    """A name that text or stubs tell.

    Attributes:
        name: as it is written; ``beta=`` for a keyword argument.
        kind: jedi's word: ``function``, ``class``, ``module``, ``param``, ``statement``, ``instance`` …
        is_builtin: stubs of Python's builtins tell it; also what these import for themselves.
        is_pythons: stubs of the rest of Python's library tell it, which boards have a part of, at most.
        is_of_cells: cells define it.
    """

    name: str
    kind: str
    is_builtin: bool = False
    is_pythons: bool = False
    is_of_cells: bool = False


class StaticNames:
    """Answers about one board's names. The constructor touches nothing; use it on one thread.

    Args:
        stubs: the directory of the board's stubs; None where there are none.
    """

    def __init__(self, stubs: Path | None = None) -> None:
        self._stubs = stubs

    def complete(self, before: str, code: str, cursor: int) -> list[StaticName]:
        """What may be meant at a cursor.

        Args:
            before: the text of earlier cells.
            code: the cell.
            cursor: an offset in it, in characters.
        """
        script, line, column = self._script(before, code, cursor)
        found = script.complete(line, column)
        return [
            StaticName(
                *(name.name_with_symbols, name.type, _is_builtin(name), _is_pythons(name)),
                is_of_cells=name.module_path is None and not _is_builtin(name),
            )
            for name in found[:MOST_NAMES]
        ]

    def signatures(self, before: str, code: str, cursor: int) -> list[str]:
        """The signatures of the function whose arguments are being typed; each once."""
        script, line, column = self._script(before, code, cursor)
        return list(dict.fromkeys(found.to_string() for found in script.get_signatures(line, column)))

    def help(self, before: str, code: str, cursor: int) -> str | None:
        """Signatures and docstring of the name at a cursor; None where nothing is known of it."""
        script, line, column = self._script(before, code, cursor)
        names = [name for name in script.help(line, column) if name.type != "keyword"]
        told = [text for name in names for text in _told(name)]
        return "\n\n".join(dict.fromkeys(told)) or None

    def source(self, before: str, code: str, cursor: int) -> str | None:
        """The text that defines the function or class at a cursor; None where no cell does."""
        script, line, column = self._script(before, code, cursor)
        for name in script.goto(line, column):
            start, end = name.get_definition_start_position(), name.get_definition_end_position()
            if name.module_path is None and name.type in ("function", "class") and start and end:
                return "\n".join(_whole(before, code).split("\n")[start[0] - 1 : end[0]])
        return None

    def modules(self, package: str = "") -> list[str]:
        """The modules of which there are stubs.

        Args:
            package: with dots, to tell those in it; empty for those at the top.
        """
        first, *rest = package.split(".")
        if package and not all(part.isidentifier() for part in (first, *rest)):
            return []
        tops = (f"{first}-stubs", first) if first else ("",)  # the former is how PEP 561 calls them
        inside = [path.joinpath(top, *rest) for path in self._path() for top in tops]
        places = [path for path in inside if path.is_dir()]
        found = (path for place in places for path in place.iterdir() if _is_module(path))
        files = {path.name.partition(".")[0] for path in found} - {_STDLIB}
        names = {name.removesuffix("-stubs") for name in files}
        return sorted(name for name in names if name.isidentifier() and not name.startswith("__"))

    def _script(self, before: str, code: str, cursor: int) -> tuple[Any, int, int]:
        jedi = _jedi()
        text = _whole(before, code)
        above = text[: len(text) - len(code) + cursor]
        script = jedi.Script(text, project=self._project, environment=self._environment)
        return script, above.count("\n") + 1, len(above) - above.rfind("\n") - 1

    def _path(self) -> list[Path]:
        return [] if self._stubs is None else [self._stubs, self._stubs / _STDLIB]

    @cached_property
    def _project(self) -> Any:  # noqa: ANN401  jedi tells no types
        paths = [str(path) for path in (*self._path(), _BOARD_MODULES)]
        return _jedi().Project(paths[0], sys_path=paths, smart_sys_path=False)

    @cached_property
    def _environment(self) -> Any:  # noqa: ANN401
        from jedi.api.environment import InterpreterEnvironment

        return InterpreterEnvironment()  # others are processes


@cache
def _jedi() -> Any:  # noqa: ANN401
    import jedi

    jedi.settings.auto_import_modules = []  # it would import what it analyses
    place = Path(
        f"{jedi.settings.cache_directory}-iot-kernel"
    )  # this process may be killed while it writes there
    jedi.settings.cache_directory = str(place) if _is_writable(place) else mkdtemp(prefix="iot-kernel-jedi-")
    return jedi


def _is_writable(place: Path) -> bool:
    """Whether a directory is there, made if need be, and takes files."""
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
    return place.is_dir() and os.access(place, os.W_OK)


def renew_cache() -> None:
    """Removes what jedi keeps of texts that it has read: a file there is damaged."""
    shutil.rmtree(_jedi().settings.cache_directory, ignore_errors=True)


def _is_builtin(name: Any) -> bool:  # noqa: ANN401
    return bool(name.type != "keyword" and name.in_builtin_module())


def _is_pythons(name: Any) -> bool:  # noqa: ANN401
    place = name.module_path
    return place is not None and _TYPESHED in place.parts and name.module_name != "builtins"


def _is_module(path: Path) -> bool:
    return path.suffix == ".pyi" or (path.is_dir() and next(path.rglob("*.pyi"), None) is not None)


def _whole(before: str, code: str) -> str:
    """The text of earlier cells, as far as it is read, and of this one."""
    if len(before) > LONGEST_BEFORE:
        before = before[-LONGEST_BEFORE:].partition("\n")[2]
    return f"{before.rstrip()}\n{code}" if before.strip() else code


def _told(name: Any) -> Iterator[str]:  # noqa: ANN401
    """What jedi tells of a name: how it is called, and what is written there."""
    calls = [call.to_string() for call in name.get_signatures()]
    if calls:
        yield "\n".join(dict.fromkeys(calls))
    lines = str(name.docstring(raw=True)).strip().split("\n")
    if any(lines):
        yield "\n".join(lines[:LONGEST_HELP] + (["…"] if lines[LONGEST_HELP:] else []))
    elif not calls and name.type == "statement" and name.description:
        yield str(name.description)
