"""Has a board import modules with checkpoints while a cell runs. On the worker thread.

The board's files stay as they are, and so do modules that it has imported before: to import one anew would
lose what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

from iot_kernel.debugging.errors import CannotDebugError, CommandFailedError
from iot_kernel.debugging.frontend.modules import CHANGED, IMPORTED_BEFORE, DebuggedModules, ModuleFile
from iot_kernel.device.module_server import ModuleServer
from iot_kernel.errors import IoTKernelError
from iot_kernel.kernel.on_loop import OnLoop


class ModuleImports:
    """What one board imports while cells are debugged. The constructor touches nothing.

    Args:
        server: of the board.
        modules: of the debugger.
        on_loop: calls what touches ``modules``.
    """

    def __init__(self, server: ModuleServer, modules: DebuggedModules, on_loop: OnLoop) -> None:
        self._server = server
        self._modules = modules
        self._on_loop = on_loop
        self._said: set[tuple[str, str]] = set()

    def prepare(self, wanted: Sequence[ModuleFile], say: Callable[[str], None]) -> bool:
        """Gives the board the modules that it has not imported yet.

        Args:
            wanted: these.
            say: takes a line for the user about breakpoints that stop nowhere.

        Returns:
            Whether there are any; `mounted` makes imports read them.
        """
        if not wanted:
            return False
        try:
            self._server.attach()
        except CannotDebugError as error:
            for module in wanted:
                self._say_of(module, error.why, say)
            return False
        names = self._server.told([module.file for module in wanted])
        told = {replace(module, name=name): key for module, (name, key) in zip(wanted, names, strict=True)}
        for module, key in told.items():
            if key is not None and not self._on_loop(partial(self._modules.is_current, module, key)):
                self._say_of(module, IMPORTED_BEFORE.format("it"), say)
        missing = [module for module, key in told.items() if key is None]
        held = self._server.forget([module.file for module in missing])
        provided = [self._provide(module, held, say) for module in missing]
        return any(provided)

    def lost(self) -> None:
        """The board has forgotten all. From any thread."""
        self._said.clear()

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Has imports read what the board has got."""
        with suppress(CommandFailedError):  # firmware that mounts nothing there: then files are imported
            self._server.mount()
        try:
            yield
        finally:
            with suppress(
                IoTKernelError
            ):  # it is out of reach or was reset; `debug_modules` looks after that
                self._server.unmount()

    def _provide(self, module: ModuleFile, held: Collection[str], say: Callable[[str], None]) -> bool:
        if self._on_loop(partial(self._modules.is_ready, module, held)):
            return True
        sent = self._on_loop(partial(self._modules.send, module))
        if sent is None:
            self._say_of(module, CHANGED, say)
            return False
        for left in sent.left_alone:
            self._say_of(module, f"{left.name or 'the file'} (line {left.line}): {left.why}", say)
        why = self._server.provide(module.file, sent.key, module.name, module.digest, sent.source)
        if why:
            self._say_of(module, why, say)
        return not why

    def _say_of(self, module: ModuleFile, why: str, say: Callable[[str], None]) -> None:
        if self._on_loop(partial(self._modules.has_breakpoints, module)):
            self._say(module.name, why, say)

    def _say(self, name: str, why: str, say: Callable[[str], None]) -> None:
        """Says it once."""
        if (name, why) not in self._said:
            self._said.add((name, why))
            say(f"no breakpoint stops in {name}: {why}\n")
