"""Has a board import modules with checkpoints, from its memory; no file of it is touched.

``snippets/debug_modules.py`` is the board's side; `iot_kernel.debugging.module_commands` tells what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from iot_kernel.debugging import module_commands
from iot_kernel.debugging.errors import CannotDebugError, CommandFailedError
from iot_kernel.device.debug_link import DebugLink
from iot_kernel.errors import DeviceError, DeviceMemoryError

#: The program of the board's side.
_PROGRAM = "debug_modules"

#: Why it gets no text, by what it raises then.
_REASONS = {
    "MemoryError": "the board has too little free memory for it with checkpoints",
    "OSError": "the board has no {}; what was compiled cannot be stopped ('mpy: false' keeps it as it is)",
}


class ModuleServer:
    """What one board imports instead of its files. The constructor touches nothing.

    All raise what `DebugLink.ask` does.

    Args:
        link: to the board, which has its side of the debugger.
        send: sends a program to where those of the debugger are.
    """

    def __init__(self, link: DebugLink, send: Callable[[str], None]) -> None:
        self._link = link
        self._send = send
        #: whether the board has its side
        self.is_there = False

    def attach(self) -> None:
        """Sends the board its side, unless it has that.

        Raises:
            CannotDebugError: it lacks something, and what.
        """
        if self.is_there:
            return
        try:
            self._send(_PROGRAM)
        except DeviceMemoryError as error:
            raise CannotDebugError("the board has too little free memory") from error
        except DeviceError as error:
            if error.ename in ("KeyboardInterrupt", "NameError"):
                raise
            raise CannotDebugError(f"the board's firmware lacks something ({error})") from error
        self.is_there = True

    def told(self, files: Sequence[str]) -> list[tuple[str, str | bool | None]]:
        """Says by which names files are imported, and their texts; see `module_commands.read_told`."""
        return module_commands.read_told(self._link.ask(module_commands.told(files)), len(files))

    def provide(self, file: str, key: str, name: str, digest: bytes, text: str) -> str:
        """Gives the board the text of a module; it takes no effect before `mount`.

        Args:
            file: as for `module_commands.provide`.
            key: the same.
            name: the same.
            digest: the same.
            text: the same.

        Returns:
            Why it did not get it; empty where it did.
        """
        try:
            for command in module_commands.provide(file, key, name, digest, text):
                self._link.ask(command)
        except CommandFailedError as error:
            if error.ename not in _REASONS:
                raise
            return _REASONS[error.ename].format(file)
        except DeviceMemoryError:
            return _REASONS["MemoryError"]
        return ""

    def forget(self, files: Collection[str]) -> frozenset[str]:
        """Forgets texts, but those of some files; returns the keys of the texts that are still there."""
        return module_commands.read_keys(self._link.ask(module_commands.forget(files)))

    def mount(self) -> None:
        """Imports read these texts, until a cell has ended or the board is connected again."""
        self._link.ask(module_commands.MOUNT)

    def unmount(self) -> None:
        """Imports read files again."""
        self._link.ask(module_commands.UNMOUNT)
