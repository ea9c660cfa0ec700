"""The modules of the current board that came from this computer, as the debugger sees them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iot_kernel.boards.origins import Origin, digest
from iot_kernel.debugging.frontend.modules import ModuleFile
from iot_kernel.device import lookup

if TYPE_CHECKING:
    from iot_kernel.boards.session import Session
    from iot_kernel.device.device import Device


class CopiedModules:
    """Implements `modules.ModuleFiles`; reads files of this computer, and touches no board but in `imported`.

    Args:
        session: knows the board, and what was copied to it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def device(self) -> Device | None:
        """The current board; None where there is none."""
        return self._session.current

    def known(self) -> Sequence[ModuleFile]:
        """Returns the modules."""
        return [made for origin in self._origins() if (made := _module(origin)) is not None]

    def find(self, path: str) -> ModuleFile | None:
        """Returns the one that came from a file here, however its path is written."""
        named = [each for each in self.known() if Path(each.path).name == Path(path).name]
        real = os.path.realpath(path) if named else ""
        return next((each for each in named if os.path.realpath(each.path) == real), None)

    def text(self, module: ModuleFile) -> str | None:
        """Returns the text as it was copied; None where the file here is another one by now, or no text."""
        for origin in self._origins():
            if origin.path == module.file and origin.digest == module.digest:
                text = origin.text()
                return text if text is not None and digest(text.encode()) == module.digest else None
        return None

    def imported(self, modules: Sequence[ModuleFile]) -> list[bool | None]:
        """Asks an idle board which modules it has imported; None for those that it has not.

        Raises:
            IoTKernelError: it does not answer.
        """
        device = self.device
        if device is None:
            return [None for _ in modules]
        ask: Callable[[str], str] = lambda code: device.answer_when_idle(code) or ""  # noqa: E731
        files = lookup.loaded_files(ask, platform=device.platform) or []
        origins = self._session.origins_of(device)
        loaded = {origin.path for file in files if (origin := origins.find(file)) is not None}
        return [module.file in loaded or None for module in modules]

    def _origins(self) -> list[Origin]:
        device = self._session.current
        return [] if device is None else self._session.origins_of(device).all()


def _module(origin: Origin) -> ModuleFile | None:
    if not all(part.isidentifier() for part in origin.module.split(".")):
        return None
    return ModuleFile(str(origin.source), origin.path, origin.module, origin.digest)
