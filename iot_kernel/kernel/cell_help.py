"""What a notebook is offered while a cell is written: who is asked about what stands at the cursor.

Magics are this kernel's, code for the board is the matter of `board_help`, the arguments of magics that of
`argument_help`. What is left is the sub-kernel's, which `kernel` asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_kernel.boards.live_names import LiveNames, ToldVariables
from iot_kernel.device.children import Path
from iot_kernel.kernel.board_help import Around, BoardHelp
from iot_kernel.kernel.completion import (
    AskHost,
    Completions,
    board_code,
    is_for_host,
    magic_of,
    names_of_magics,
    typed_magic,
    types_code,
)
from iot_kernel.packages.stubs import installed
from iot_kernel.subkernel.process import SubkernelProcess
from iot_kernel.syntax.cell import Target

if TYPE_CHECKING:
    from iot_kernel.kernel.argument_help import ArgumentHelp
    from iot_kernel.kernel.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Told:
    """What is known without the sub-kernel.

    Attributes:
        host: whether that is to be asked.
        completions: None where only that has any.
        page: about the name at the cursor; None where there is nothing to say.
    """

    host: AskHost
    completions: Completions | None = None
    page: str | None = None


class CellHelp:
    """Helps with the cells of one notebook. All on the event loop; the constructor touches nothing.

    Args:
        wiring: gives the boards and magics.
        subkernel: knows the variables of host cells.
        target: tells where plain code runs.
    """

    def __init__(
        self,
        wiring: Callable[[], Awaitable[Wiring]],
        subkernel: SubkernelProcess,
        target: Callable[[], Target],
    ) -> None:
        self._wiring = wiring
        self._subkernel = subkernel
        self._target = target
        self._names = LiveNames()
        self._board = BoardHelp(self._names)
        self._argument_help: ArgumentHelp | None = None

    def note_code(self, code: str) -> None:
        """Code went to a board: what it defines may be meant later."""
        self._board.note_code(code)

    async def close(self) -> None:
        """Ends what helps."""
        await self._board.close()

    async def complete(self, code: str, cursor: int) -> Told:
        """Tells what may be meant at a cursor.

        Args:
            code: the cell's text.
            cursor: an offset in it, in characters.
        """
        wiring, target = await self._wiring(), self._target()
        typed = typed_magic(code, cursor)
        if typed is not None and (names := names_of_magics(typed, cursor, wiring.magics)) is not None:
            is_hosts = target is Target.HOST and typed.around is None
            return Told(AskHost.ALWAYS if is_hosts else AskHost.IF_IDLE, names)
        if typed is not None and (magic := magic_of(typed, target, wiring.magics)) is not None:
            if not types_code(typed):
                return Told(AskHost.NEVER, await self._arguments(wiring).complete(magic, typed, cursor))
            typed = None
        if is_for_host(code, target, wiring.magics):
            return Told(AskHost.ALWAYS)
        if typed is not None:
            return Told(AskHost.IF_IDLE)
        for_board = board_code(code, target, wiring.magics)
        if for_board is None:
            return Told(AskHost.NEVER)
        return Told(AskHost.NEVER, await self._board.complete(for_board, cursor, await self._around()))

    async def inspect(self, code: str, cursor: int) -> Told:
        """Tells about what stands at a cursor: a magic's help, or what is known of a name.

        Args:
            code: the cell's text.
            cursor: an offset in it, in characters.
        """
        wiring, target = await self._wiring(), self._target()
        typed = typed_magic(code, cursor)
        if typed is not None and (magic := magic_of(typed, target, wiring.magics)) is not None:
            for_board = board_code(code, target, wiring.magics) if types_code(typed) else None
            page = None if for_board is None else await self.explain(for_board, cursor)
            return Told(AskHost.NEVER, page=page or magic.help)
        if is_for_host(code, target, wiring.magics):
            return Told(AskHost.ALWAYS)
        if typed is not None:
            return Told(AskHost.IF_IDLE)
        for_board = board_code(code, target, wiring.magics)
        page = None if for_board is None else await self.explain(for_board, cursor)
        return Told(AskHost.NEVER, page=page)

    async def explain(self, code: str, cursor: int, *, source: bool = False) -> str | None:
        """Tells about a name in code for the board.

        Args:
            code: Python text.
            cursor: an offset in it, in characters.
            source: tell the text that defines it, too.

        Returns:
            None where nothing is known.
        """
        return await self._board.inspect(code, cursor, await self._around(), source=source)

    async def children(self, path: Path, start: int, longest: int) -> ToldVariables:
        """Tells what a thing on the board consists of; see `LiveNames.children`."""
        return await self._board.children(
            Around((await self._wiring()).session.current), path, start, longest
        )

    def _arguments(self, wiring: Wiring) -> ArgumentHelp:
        from iot_kernel.kernel.argument_help import ArgumentHelp  # with magics, which the wiring has loaded

        if self._argument_help is None:
            self._argument_help = ArgumentHelp(wiring, self._names, self._subkernel)
        return self._argument_help

    async def _around(self) -> Around:
        board = (await self._wiring()).session.current
        about = None if board is None else board.info
        if board is None or about is None:
            return Around()
        return Around(board, installed(about.implementation, about.platform, about.version))
