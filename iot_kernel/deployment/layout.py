"""How programs lie beside one another on a board, and which one it starts. Pure.

The directory `DIRECTORY` has one directory for each *generation*, by its number: a whole program. A file in
it says what it is good for: ``.on`` has come up and is started at each boot, ``.try`` is started once. Zero
is what was there before the first deployment; it has ``main.py`` or nothing.

``main.py`` itself is the stub (`stub`), which stays as it is. It removes ``.try`` before it starts that
program; so whatever happens to a new one, the next boot starts the old one. Without ``.try`` it starts the
highest number that has ``.on`` and a ``main.py``. Each step of a deployment is the making, the renaming to a
name that was free, or the removal of one file, which is done or not done on littlefs and on FAT: no step
replaces a file but the first deployment and the last rollback, which replace ``main.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from iot_kernel.deployment.program import MAIN
from iot_kernel.files.tree import RemoteFile, Tree

#: Below the board's home. %rsync leaves names with a dot alone.
DIRECTORY = ".deploy"

ON, TRY = ".on", ".try"

#: What was there before the first deployment.
FIRST = 0

#: The first words of a stub, by which one of any age is known.
STUB_BEGIN = b"# %deploy starts the program"

#: The variable with the number of the program that the stub started, and its file; empty once it has ended.
STARTED = "__iot_program__"

#: The variable with the error that ended it, in a list.
ERRORS = "__iot_errors__"

_NUMBER = re.compile(r"0|[1-9]\d{0,8}")

_STUB = """\
# %deploy starts the program in DIRECTORY from here; '%deploy --rollback' brings back what was here before.
def __iot_start__(home):
    try:
        import uos as os
    except ImportError:
        import os
    import sys

    def has(number, name):
        try:
            return os.stat("%s/%d/%s" % (home, number, name))
        except OSError:
            return None

    on = new = -1
    try:
        for name in os.listdir(home):
            if name.isdigit() and has(int(name), "main.py"):
                number = int(name)
                on = max(on, number if has(number, ".on") else -1)
                new = max(new, number if has(number, ".try") else -1)
        if new > on:
            os.remove("%s/%d/.try" % (home, new))
            on = new
    except OSError:
        pass
    if on < 0:
        return on, ""
    path = "%s/%d" % (home, on)
    if on:
        sys.path[:0] = [path, path + "/lib"]
    return on, path + "/main.py"


__iot_program__ = __iot_start__("DIRECTORY")
del __iot_start__
if __iot_program__[1]:
    try:
        RUN(__iot_program__[1])
    except Exception as __iot_error__:
        __iot_errors__ = [__iot_error__]
        raise
__iot_program__ = (__iot_program__[0], "")
"""

#: For firmware without ``execfile``; names the file in tracebacks as well.
_COMPILED = "(lambda path: exec(compile(open(path).read(), path, 'exec'), globals()))"


@dataclass(frozen=True, slots=True)
class Generation:
    """A program on the board.

    Args:
        number: its directory.
        files: by path in it, without the marks.
        is_on: it has come up.
        is_trial: it is started once.
    """

    number: int
    files: Mapping[str, RemoteFile] = field(default_factory=dict)
    is_on: bool = False
    is_trial: bool = False

    @property
    def is_startable(self) -> bool:
        """Whether the stub would start it."""
        return self.is_on and MAIN in self.files


@dataclass(frozen=True, slots=True)
class Layout:
    """The generations on a board.

    Args:
        home: the directory with ``main.py``; ``/``, or ``/flash``.
        generations: by number.
        has_stub: whether ``main.py`` is the stub; nothing here is started otherwise.
    """

    home: str
    generations: Mapping[int, Generation]
    has_stub: bool

    @property
    def directory(self) -> str:
        """Where the generations are."""
        return below(self.home, DIRECTORY)

    @property
    def main(self) -> str:
        """The file that the firmware starts."""
        return below(self.home, MAIN)

    def path(self, number: int, name: str = "") -> str:
        """A file of a generation, or its directory."""
        return below(self.directory, f"{number}/{name}" if name else str(number))

    @property
    def current(self) -> Generation | None:
        """What the board starts; None where that is nothing of a deployment."""
        able = [each for each in self.generations.values() if each.is_startable]
        return max(able, key=lambda each: each.number) if self.has_stub and able else None

    @property
    def previous(self) -> Generation | None:
        """What a rollback leads to; `FIRST` is what was there at first; None where it leads nowhere."""
        if not self.has_stub:
            return None
        current = self.current
        below_it = [
            each
            for each in self.generations.values()
            if each.is_on and (current is None or each.number < current.number)
        ]
        return max(below_it, key=lambda each: each.number, default=None)

    @property
    def next_number(self) -> int:
        """A number that is free, and higher than all others."""
        return max(self.generations, default=FIRST) + 1

    def surplus(self, kept: int) -> list[int]:
        """Generations that nobody needs once one has come up: all but that, the one before, and the first."""
        before = self.current
        needed = {kept, FIRST, before.number if before is not None else FIRST}
        return sorted(number for number in self.generations if number not in needed)


def below(directory: str, name: str) -> str:
    """Puts a path below a directory of the board."""
    return f"{directory.rstrip('/')}/{name}"


def home_of(mounts: frozenset[str]) -> str:
    """The directory from which the firmware starts ``main.py``."""
    return "/flash" if "/flash" in mounts else "/"


def read_layout(tree: Tree, home: str, *, has_stub: bool) -> Layout:
    """Finds the generations among the files of a board.

    Args:
        tree: its files, with digests where contents are to be compared.
        home: the directory with ``main.py``.
        has_stub: whether that is the stub.
    """
    start = below(home, DIRECTORY) + "/"
    inside = {path.removeprefix(start): file for path, file in tree.files.items() if path.startswith(start)}
    leftovers = {path.removeprefix(start) for path in tree.leftovers if path.startswith(start)}
    directories = {path.removeprefix(start) for path in tree.directories if path.startswith(start)}
    parts = [path.partition("/")[0] for path in (*inside, *leftovers, *directories)]
    numbers = {int(part) for part in parts if _NUMBER.fullmatch(part)}
    return Layout(home, {number: _generation(number, inside) for number in sorted(numbers)}, has_stub)


def _generation(number: int, inside: Mapping[str, RemoteFile]) -> Generation:
    start = f"{number}/"
    files = {path.removeprefix(start): file for path, file in inside.items() if path.startswith(start)}
    is_on, is_trial = files.pop(ON, None) is not None, files.pop(TRY, None) is not None
    return Generation(number, files, is_on, is_trial)


def stub(home: str, *, has_execfile: bool = True) -> bytes:
    """The text of ``main.py``.

    Args:
        home: the directory that it is in.
        has_execfile: whether the firmware has that function.
    """
    run = "execfile" if has_execfile else _COMPILED
    return _STUB.replace("DIRECTORY", below(home, DIRECTORY)).replace("RUN", run).encode()
