"""Changes the programs on a board, in steps that each leave it with the old program or the new one.

See `iot_kernel.deployment.layout` for what lies where, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.layout import (
    FIRST,
    ON,
    STUB_BEGIN,
    TRY,
    Layout,
    home_of,
    read_layout,
    stub,
)
from iot_kernel.deployment.program import MAIN
from iot_kernel.device.board_connection import EVAL_TIMEOUT
from iot_kernel.device.device import Device
from iot_kernel.errors import IoTKernelError
from iot_kernel.files.tree import Tree
from iot_kernel.snippets import OWN, executing
from iot_kernel.sync.compare import MOST_SIZES
from iot_kernel.text import printable

#: bytes; a stub has some 1200, and a longer main.py is none
LONGEST_STUB = 4096

#: characters of the name of a notebook that a board keeps
LONGEST_TITLE = 200

#: bytes of such a name in UTF-8
MOST_TITLE_BYTES = 4 * LONGEST_TITLE

_HAS_EXECFILE = executing(f"{OWN}.print({OWN}.hasattr({OWN},'execfile'))")

_FLAT = (
    "this board's file system has no directories, so a new program cannot stand beside the old one; "
    "'%cp main.py :' replaces a program"
)
_NO_MAIN = "this firmware starts no main.py, so nothing can be deployed to it"
_CIRCUITPYTHON = (
    "this board runs CircuitPython, and %deploy needs files that the board itself can change at each boot: "
    "there they belong to the computer. '%cp main.py :code.py' replaces a program"
)


@dataclass(frozen=True, slots=True)
class BoardState:
    """What is on a board.

    Args:
        tree: its files.
        layout: its programs.
        main: the content of ``main.py``; None where there is none, or a long one that is not the stub.
    """

    tree: Tree
    layout: Layout
    main: bytes | None


def check_board(device: Device) -> None:
    """Makes sure that a board is of a kind that programs can be deployed to.

    Raises:
        DeployError: it is not; it says why.
    """
    info = device.info
    if info is not None and info.implementation == "circuitpython":
        raise DeployError([_CIRCUITPYTHON])
    if device.platform == "webassembly":
        raise DeployError([_NO_MAIN])


def look(device: Device, sizes: Collection[int] = ()) -> BoardState:
    """Asks a board what is on it.

    Args:
        device: the board.
        sizes: of files whose digests are wanted.

    Raises:
        DeployError: programs cannot be deployed to it.
    """
    check_board(device)
    tree = device.files.tree("/", digest_sizes=sizes if len(sizes) <= MOST_SIZES else None)
    if tree.is_flat:
        raise DeployError([_FLAT])
    home = home_of(tree.mounts)
    layout = read_layout(tree, home, has_stub=False)
    file = tree.files.get(layout.main)
    main = device.files.read(layout.main) if file is not None and file.size <= LONGEST_STUB else None
    has_stub = main is not None and main.startswith(STUB_BEGIN)
    return BoardState(tree, read_layout(tree, home, has_stub=has_stub), main)


class Switch:
    """Changes the programs of a board. The constructor touches nothing.

    Args:
        device: the board.
        state: what is on it.
    """

    def __init__(self, device: Device, state: BoardState) -> None:
        self._device = device
        self._files = device.files
        self._state = state
        self._layout = state.layout

    @property
    def kept_size(self) -> int:
        """Bytes that are written beside a program: the stub, and a copy of what was there before."""
        if self._layout.has_stub:
            return 0
        file = self._state.tree.files.get(self._layout.main)
        return len(stub(self._layout.home)) + (file.size if file is not None else 0)

    def stage(
        self, number: int, contents: Mapping[str, bytes], on_progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Writes a program, which nothing starts yet.

        Raises:
            OSError: the board's file system refused something; all of it is removed again.
            Exception: as `RemoteFiles.write_files` does.
        """
        if not self._layout.has_stub and self._layout.generations:
            self._files.remove_tree(self._layout.directory)  # of a main.py that somebody has replaced since
        try:
            files = {self._layout.path(number, path): data for path, data in contents.items()}
            self._files.write_files(files, on_progress)
        except BaseException:
            self._discard(number)
            raise

    def install(self) -> None:
        """Has the board start what `stage` and `confirm` say: puts the stub in the place of ``main.py``.

        Until then the board starts what it has started before, and by the stub it starts that, too.
        """
        text = stub(self._layout.home, has_execfile=self._has_execfile())
        if self._state.main == text:
            return
        if not self._layout.has_stub:
            self._keep_first()
        self._files.write(self._layout.main, text)

    def _keep_first(self) -> None:
        first = self._layout.path(FIRST, MAIN)
        if self._layout.main in self._state.tree.files:
            self._files.copy(self._layout.main, first)
        self._files.write(self._layout.path(FIRST, ON), b"")

    def _has_execfile(self) -> bool:
        return self._device.exec(_HAS_EXECFILE, timeout=EVAL_TIMEOUT).strip() == "True"

    def end_trials(self) -> None:
        """Has the board start no program once that was to be tried when its power went."""
        for each in self._layout.generations.values():
            if each.is_trial:
                with suppress(FileNotFoundError):
                    self._files.remove(self._layout.path(each.number, TRY))

    def begin_trial(self, number: int) -> None:
        """Has the board start a program once, at its next boot."""
        self.end_trials()
        self._files.write(self._layout.path(number, TRY), b"")

    def confirm(self, number: int, title: str) -> None:
        """Has the board start a program at each boot.

        Args:
            number: of the program.
            title: of the notebook it came from.
        """
        name = printable(title, LONGEST_TITLE).encode(errors="replace")
        self._files.write(self._layout.path(number, ON), name)

    def title(self, number: int) -> str:
        """The notebook that a program came from; empty where nobody knows."""
        path = self._layout.path(number, ON)
        found = self._files.stat(path)
        if found is None or not 0 <= found.size <= MOST_TITLE_BYTES:
            return ""
        return printable(self._files.read(path).decode(errors="replace"), LONGEST_TITLE)

    def withdraw(self, number: int) -> None:
        """Has the board start the program before, from its next boot on."""
        for mark in (TRY, ON):
            with suppress(FileNotFoundError):
                self._files.remove(self._layout.path(number, mark))

    def discard(self, number: int) -> None:
        """Removes a program; the marks first, so that what is left of it is never started."""
        self.withdraw(number)
        with suppress(FileNotFoundError):
            self._files.remove_tree(self._layout.path(number))

    def restore_first(self) -> None:
        """Makes the board what it was before the first deployment."""
        first = self._layout.path(FIRST, MAIN)
        if MAIN in self._layout.generations[FIRST].files:
            self._files.copy(first, self._layout.main)
        else:
            self._files.remove(self._layout.main)
        self._files.remove_tree(self._layout.directory)

    def _discard(self, number: int) -> None:
        with suppress(IoTKernelError, OSError):  # nothing starts what is left, and the next one removes it
            self.discard(number)
