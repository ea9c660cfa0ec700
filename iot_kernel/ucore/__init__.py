"""Gives boards ``ucore``, their side of pipes, when code mentions it: into their memory.

The modules beside this one run on boards. Which of them a board gets depends on what its firmware has; one
that the board has already, in its firmware or among its files, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files

from iot_kernel.errors import DeviceError, RemoteProtocolError
from iot_kernel.snippets import alone, minified, snippet

#: The module for each kind of board that `ask_ucore` tells apart.
MODULES = {"bytes": "ucore", "text": "ucore"}

#: The module for boards without `sys.modules`: it goes into a file that is removed as soon as it is imported.
SMALL = "ucore_small"

#: Letters of a program that are sent at once to a board that has little memory.
_PART = 512

_MENTIONED = re.compile(r"\bucore\b")
_ANSWER = re.compile(r"^ucore (?P<kind>\w+) (?P<version>\d+)\s*$", re.MULTILINE)

#: Binds the name where nothing else has it: examples call ``ucore.open_pipe`` without an import.
_BIND = "try:ucore\nexcept NameError:import ucore\n"

#: Runs code on the board and returns what it printed.
Run = Callable[[str], str]


def is_mentioned(code: str) -> bool:
    """Whether code needs ``ucore``, as far as a look at its text can tell."""
    return _MENTIONED.search(code) is not None


def provide(run: Run) -> None:
    """Makes ``import ucore`` work on a board until its next reset.

    Args:
        run: runs code on the board.

    Raises:
        RemoteProtocolError: the board's answer makes no sense.
        Exception: as ``run`` does.
    """
    answer = run(snippet("ask_ucore"))
    found = _ANSWER.search(answer)
    if found is None:
        raise RemoteProtocolError("asking the board for its module of pipes", answer.encode())
    if found["kind"] == "small":
        _provide_small(run)
    elif found["kind"] != "there":
        run(program(MODULES[found["kind"]]))
    run(_BIND)


def _provide_small(run: Run) -> None:
    """Imports the small module from a file, which the board compiles without holding its text in memory."""
    try:
        for code in _steps(minified(source(SMALL))):
            run(code)
    finally:
        with suppress(DeviceError):  # not there, as nothing had been written
            run("__import__('os').remove('ucore.py')")


def _steps(text: str) -> Iterator[str]:
    yield "__iot_file__=open('ucore.py','w')"
    for start in range(0, len(text), _PART):
        yield f"__iot_file__.write({text[start : start + _PART]!r})"
    yield "__iot_file__.close()\ndel __iot_file__\n__import__('gc').collect()\n__import__('ucore')"


@cache
def program(name: str) -> str:
    """Returns the code that puts one of the modules into a board's memory.

    Args:
        name: of the module beside this one.
    """
    return alone(minified(source(name)) + snippet("provide_ucore"))


def source(name: str) -> str:
    """Returns the text of a module, as it goes into a board's file system.

    Args:
        name: of the module beside this one.
    """
    return files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8")
