"""``ucore``, the board's side of pipes and displays: puts it into a board's memory when code mentions it.

The modules beside this one run on boards. Which of them a board gets depends on what its firmware has; one
that the board has already, in its firmware or among its files, is left alone. Never: a device, or what the
messages of a pipe mean.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from iot_kernel.errors import DeviceError, DeviceMemoryError, IoTKernelError, RemoteProtocolError
from iot_kernel.snippets import OWN, PLAIN, executing, minified, snippet
from iot_kernel.text import parsing, printable

#: What `ask_ucore` says of boards that get the module: how they write to the host, or that they are small.
_KINDS = ("bytes", "text", "small")

#: The module for boards without `sys.modules`: it goes into a file that is removed as soon as it is imported.
SMALL = "ucore_small"

#: What ``VERSION`` of a board's module is at least, for what this kernel calls and reads.
VERSION = 2

#: Names in the module that are of no use to cells: what it imports, and what the notebook's side asks for.
INTERNAL = frozenset(
    {
        *("VERSION", "allocate_lock", "crc32", "get_ident", "monotonic_ns", "pack"),
        *("show_value", "sys", "ticks_us"),
    }
)

#: Letters of a program that are sent at once to a board that has little memory.
_PART = 512

#: Letters of a program that a board compiles at once: compiling takes ten times as much memory.
_STEP = 1000

#: Where a module is until all of it has arrived.
_UNFINISHED = f"{OWN}.__import__('sys').modules{{}}"
_KEY = "ucore.new"

#: Where the part of the module begins that shows things; it takes as much memory as the rest.
_DISPLAYS = "\n# Displays: "

_MENTIONED = re.compile(r"\bucore\b")
_SHOWS = re.compile(r"display|clear_output")
_PIPES = re.compile(r"(?:open|close)_pipe|is_pipe_open")
_STAR = re.compile(r"^[ \t]*from[ \t]+ucore[ \t]+import[ \t]*\*", re.MULTILINE)
_KIND = re.compile(r"^ucore (?P<kind>\w+)\s*$", re.MULTILINE)

#: What a board says of the module that it has: whether it can open pipes, its version, its file.
_FACTS = re.compile(r"^ucore (?P<is_ours>True|False) (?P<version>\S+) ?(?P<file>[^\r\n]*?)\s*$", re.MULTILINE)

#: Binds the name where nothing else has it: examples call ``ucore.open_pipe`` without an import.
_BIND = "try:ucore\nexcept:import ucore\n"

#: The version of a module that belongs to the board's firmware, as its protocol does.
_FIRMWARE = "firmware"

#: Errors that importing a module may end in, whatever it contains.
_NOT_ITS_FAULT = ("KeyboardInterrupt", "MemoryError")

#: Runs code on the board and returns what it printed.
Run = Callable[[str], str]


class ModuleMemoryError(IoTKernelError):
    """A module that the kernel gives to a board does not fit into its memory.

    Args:
        name: of the module.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the board has too little free memory for its module {name}; %softreset frees what cells have "
            "left there"
        )
        self.name = name


class StarImportError(IoTKernelError):
    """A cell takes all names of ``ucore``, which crashes boards: in RAM it is an object and no module."""

    def __init__(self) -> None:
        super().__init__(
            "a board cannot take * from ucore; 'import ucore', or name what you need: "
            "'from ucore import open_pipe, close_pipe, is_pipe_open'"
        )


def check_imports(code: str) -> None:
    """Refuses what would crash the board.

    Raises:
        StarImportError: the code takes all names of ``ucore``.
    """
    if _STAR.search(code) is not None:
        raise StarImportError


def is_mentioned(code: str) -> bool:
    """Whether code needs ``ucore``, as far as a look at its text can tell."""
    return _MENTIONED.search(code) is not None


def shows(code: str) -> bool:
    """Whether code that mentions ``ucore`` may show things, as far as a look at its text can tell."""
    return _SHOWS.search(code) is not None


def is_for_pipes(code: str) -> bool:
    """Whether code that mentions ``ucore`` names what pipes have, as far as a look at its text can tell."""
    return _PIPES.search(code) is not None


def provide(run: Run, platform: str = "", *, binds: bool = True) -> str:
    """Makes ``import ucore`` work on a board until its next reset.

    Args:
        run: runs code on the board.
        platform: the board's ``sys.platform``; empty where it is not known.
        binds: with the name among the user's variables.

    Returns:
        What the user should know, in one line: about a module of the board's own that pipes do not work with.

    Raises:
        ModuleMemoryError: the board has too little memory.
        RemoteProtocolError: the board's answer makes no sense.
        Exception: as ``run`` does.
    """
    try:
        answer = run(snippet("ask_ucore", platform))
    except DeviceError as error:
        if error.ename in _NOT_ITS_FAULT:
            raise
        return f"the board's own module ucore cannot be imported ({printable(str(error), 200)})"
    found = _match(_KIND, answer)
    if found["kind"] in _KINDS:
        with _too_large():
            if found["kind"] == "small":
                _import_small(run, "ucore", source(SMALL))
            else:
                for code in steps():
                    run(code)
    if binds:
        bind(run)
    return "" if found["kind"] in _KINDS else _notice(_match(_FACTS, run(snippet("about_ucore"))))


def bind(run: Run) -> None:
    """Gives the user's variables the name of the module, where nothing else has it."""
    run(_BIND)


def add_displays(run: Run, platform: str = "") -> None:
    """Makes a board's module show things, where it is ours and does not yet; `provide` comes first.

    Args:
        run: runs code on the board.
        platform: the board's ``sys.platform``; empty where it is not known.

    Raises:
        Exception: as `provide` does.
    """
    if _match(_KIND, run(snippet("ask_displays", platform)))["kind"] != "part":
        return
    with _too_large():
        if platform in PLAIN:
            _import_small(run, OWN, source(f"{SMALL}_display"))  # a name that goes with its file
        else:
            for code in display_steps():
                run(code)


def _match(pattern: re.Pattern[str], answer: str) -> re.Match[str]:
    found = pattern.search(answer)
    if found is None:
        raise RemoteProtocolError("asking the board for its module of pipes", answer.encode())
    return found


@contextmanager
def _too_large() -> Iterator[None]:
    """Says of the module what is true of it: no cell of the user is too large."""
    try:
        yield
    except DeviceMemoryError as error:
        raise ModuleMemoryError("ucore") from error
    except DeviceError as error:
        if error.ename == "MemoryError":
            raise ModuleMemoryError("ucore") from error
        raise


def _notice(facts: re.Match[str]) -> str:
    version = facts["version"]
    where = f" ({printable(facts['file'], 200)})" if facts["file"] else ""
    if facts["is_ours"] == "False":
        return f"the board's own module ucore{where} is not the one of pipes; give it another name"
    if version == _FIRMWARE or (version.isdecimal() and int(version) >= VERSION):
        return ""
    cure = "'%upip install ucore' replaces it" if where else "%softreset replaces it"
    return f"the board's module ucore{where} is older than this kernel needs; {cure}"


def _import_small(run: Run, name: str, text: str) -> None:
    """Imports a module from a file, which the board compiles without holding its text in memory."""
    try:
        for code in _steps(name, minified(text)):
            run(code)
    finally:
        with suppress(DeviceError):  # not there, as nothing had been written
            run(f"from os import remove as {OWN}\n{OWN}('{name}.py')\ndel {OWN}")


def _steps(name: str, text: str) -> Iterator[str]:
    yield f"import builtins as {OWN}\n__iot_file__={OWN}.open('{name}.py','w')\ndel {OWN}"
    for start in range(0, len(text), _PART):
        yield f"__iot_file__.write({text[start : start + _PART]!r})"
    yield f"__iot_file__.close()\ndel __iot_file__\nimport gc as {OWN}\n{OWN}.collect()\ndel {OWN}"
    yield f"import {name}"


@cache
def steps() -> tuple[str, ...]:
    """Returns programs that, run one after the other, put the module into a board's memory.

    Only with the last one it can be imported. What an interrupted attempt leaves is overwritten by the next.
    """
    new = _UNFINISHED.format(f"[{_KEY!r}]")
    done = _UNFINISHED.format(f".pop({_KEY!r})")
    return (executing(f"{new}={{}}"), *_executed(source("ucore").partition(_DISPLAYS)[0], new, done))


@cache
def display_steps() -> tuple[str, ...]:
    """Returns programs that add what shows things to a module in a board's memory."""
    names = _UNFINISHED.format("['ucore']._names")
    text = source("ucore")
    return tuple(_executed(text[text.index(_DISPLAYS) :], names, names))


def _executed(text: str, names: str, done: str) -> Iterator[str]:
    """Executes a program in parts, and makes a module of it.

    Args:
        text: the program.
        names: where the names are that it defines, as an expression.
        done: the same for the last time.
    """
    for part in _parts(minified(text)):
        yield executing(f"{OWN}.exec({part!r},{names})")
    yield executing(f"{OWN}.exec({snippet('provide_ucore')!r},{done})")


def _parts(text: str) -> Iterator[str]:
    """Cuts a program between statements."""
    lines = text.splitlines(keepends=True)
    part = ""
    with parsing():
        statements = ast.parse(text).body
    for statement in statements:
        code = "".join(lines[statement.lineno - 1 : statement.end_lineno])
        if part and len(part) + len(code) > _STEP:
            yield part
            part = ""
        part += code
    yield part


def source(name: str) -> str:
    """Returns the text of a module, as it goes into a board's file system.

    Args:
        name: of the module beside this one.
    """
    return files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8")


def place() -> Path:
    """Where the module is on this computer, as a package to install."""
    return Path(__file__).with_name("ucore.py")


def installed(platform: str) -> bytes:
    """Returns the module as it goes into a board's file system for good, without what only people read.

    Args:
        platform: the board's ``sys.platform``; empty where it is not known.
    """
    return minified(source(SMALL if platform == "microbit" else "ucore")).encode()
