"""Runs something on several boards at the same time for one cell; each has a context of its own.

The contexts differ in what belongs to a board: its session, its output, its interrupts, its thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

from iot_kernel.api.parallel import BoardEnd, BoardThreads, BoardTurn
from iot_kernel.api.worker import Interrupts
from iot_kernel.boards.board_group import BoardOfGroup
from iot_kernel.displays.message import BoardDisplay, DisplayKind
from iot_kernel.errors import UsageError
from iot_kernel.kernel.board_messages import messages_of
from iot_kernel.kernel.output import CellOutput
from iot_kernel.repl.halves import Halves, handed_over

if TYPE_CHECKING:
    from iot_kernel.boards.session import Session

T = TypeVar("T")

#: What is made for each board.
Context = TypeVar("Context")


class Blocks(Protocol):
    """Shows what each board says."""

    def output_of(self, index: int) -> CellOutput:
        """Where one of the boards shows things."""

    def finish(self) -> None:
        """Shows all that was said."""


class Questions(Protocol):
    """What the boards ask the user."""

    def interrupt(self) -> None:
        """All boards are about to be interrupted."""

    def leave(self, name: str, *, interrupted: bool) -> None:
        """A board has ended."""


class ParallelRun(Generic[Context]):
    """One call of `MagicContext.on_boards`.

    Args:
        threads: of the kernel.
        blocks: shows what each board says.
        make_context: makes the context of a board.
        questions: what the boards ask.
    """

    def __init__(
        self,
        threads: BoardThreads,
        blocks: Blocks,
        make_context: Callable[[BoardTurn, Session, CellOutput], Context],
        questions: Questions,
    ) -> None:
        self._threads = threads
        self._blocks = blocks
        self._make_context = make_context
        self._questions = questions

    def run(
        self, boards: Sequence[BoardOfGroup], do: Callable[[Context], Halves[T]], interrupts: Interrupts
    ) -> list[BoardEnd[T]]:
        """Does something on each board, and shows all that they say.

        Args:
            boards: where, each with another name.
            do: gets the context of a board.
            interrupts: those of the cell.
        """
        outputs = [self._blocks.output_of(index) for index in range(len(boards))]
        places = {board.name: (board.session, output) for board, output in zip(boards, outputs, strict=True)}
        try:
            return self._threads.run(
                [BoardTurn(board.name) for board in boards],
                lambda turn: self._do(do, turn, *places[turn.name]),
                interrupts,
                self._questions.interrupt,
            )
        finally:
            for output in outputs:
                output.flush()
            self._blocks.finish()

    def _do(
        self, do: Callable[[Context], Halves[T]], turn: BoardTurn, session: Session, output: CellOutput
    ) -> Halves[T]:
        """Does it on one board; all that its session has to show meanwhile goes to the board's output."""
        context, interrupts = self._make_context(turn, session, output), turn.interrupts
        before = session.displays.on_display, session.on_notice, session.on_stray
        session.displays.on_display = partial(_show, output)
        session.on_notice, session.on_stray = (lambda text: output.stderr(f"{text}\n")), output.stdout
        try:
            with (block := interrupts.stopped_in_steps(partial(_interrupt, session))):
                return (yield from handed_over(block, do(context)))
        finally:
            session.displays.on_display, session.on_notice, session.on_stray = before
            self._questions.leave(turn.name, interrupted=interrupts.requested)


def _show(output: CellOutput, display: BoardDisplay) -> None:
    replaces = display.display_id if display.kind is DisplayKind.UPDATE else ""
    output.later(partial(messages_of, display), display.size, replaces)


def _interrupt(session: Session) -> None:
    if (device := session.current) is not None:
        device.interrupt()


def refuse_debugger() -> NoReturn:
    """Says that code which runs on several boards at the same time cannot stop.

    Raises:
        UsageError: always.
    """
    raise UsageError(
        "a cell that runs on several boards at the same time cannot stop in the debugger; "
        "run it on one board ('%%connect NAME')"
    )
