"""Requests of frontends about modules of the board, each with the body of its reply. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from iot_kernel.debugging.frontend.breakpoint import Breakpoint
from iot_kernel.debugging.frontend.modules import IMPORTED_BEFORE, DebuggedModules, ModuleFile
from iot_kernel.errors import IoTKernelError


class ImportingBoard(Protocol):
    """What can be asked of a board that imports modules."""

    async def imported(self, modules: Sequence[ModuleFile]) -> Sequence[str | bool | None]:
        """Says which texts modules have on the board; see `module_commands.read_told`.

        Raises:
            IoTKernelError: it cannot be asked now.
        """


def listed(modules: DebuggedModules, reply: Mapping[str, Any] | None) -> dict[str, Any]:
    """The modules of the board, and behind them those of the process of host cells.

    Args:
        modules: of the board.
        reply: of that process; None where there is none.
    """
    theirs = (reply or {}).get("body") or {}
    rows = [*modules.rows(), *(theirs.get("modules") or ())]
    return {"modules": rows, "totalModules": len(rows)}


async def exchanged(
    modules: DebuggedModules, module: ModuleFile, wanted: Sequence[Mapping[str, Any]], board: ImportingBoard
) -> list[Breakpoint]:
    """Exchanges the breakpoints of a module, and finds out whether it is too late for them."""
    made = modules.exchange(module, wanted)
    if not any(each.is_verified for each in made):
        return made
    with suppress(IoTKernelError):  # it is busy; when the next cell runs, that one says so
        (key,) = await board.imported([module])
        if key is not None and not modules.is_current(module, key):
            return [
                replace(each, message=each.message or IMPORTED_BEFORE.format(module.name)) for each in made
            ]
    return made
