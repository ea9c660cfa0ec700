"""Runs something on several boards at the same time for one cell; each has a context of its own.

The contexts differ in what belongs to a board: its session, its output, its interrupts, its thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

from iot_kernel.api.parallel import BoardEnd, BoardThreads, BoardTurn
from iot_kernel.api.worker import Interrupts
from iot_kernel.boards.board_group import BoardOfGroup
from iot_kernel.displays.message import BoardDisplay, DisplayKind
from iot_kernel.errors import UsageError
from iot_kernel.kernel.board_messages import messages_of
from iot_kernel.kernel.output import CellOutput

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


@dataclass(frozen=True, slots=True)
class _BoardPlace(Generic[Context]):
    """What belongs to one board.

    Attributes:
        turn: its turn.
        session: has it.
        output: where it shows things.
        context: what is done gets.
    """

    turn: BoardTurn
    session: Session
    output: CellOutput
    context: Context


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
        self, boards: Sequence[BoardOfGroup], do: Callable[[Context], T], interrupts: Interrupts
    ) -> list[BoardEnd[T]]:
        """Does something on each board, and shows all that they say.

        Args:
            boards: where, each with another name.
            do: gets the context of a board.
            interrupts: those of the cell.
        """
        outputs = [self._blocks.output_of(index) for index in range(len(boards))]
        places = [self._place_of(board, output) for board, output in zip(boards, outputs, strict=True)]
        by_name = {place.turn.name: place for place in places}
        try:
            return self._threads.run(
                [place.turn for place in places],
                lambda turn: self._do(do, by_name[turn.name]),
                interrupts,
                self._questions.interrupt,
            )
        finally:
            for output in outputs:
                output.flush()
            self._blocks.finish()

    def _place_of(self, board: BoardOfGroup, output: CellOutput) -> _BoardPlace[Context]:
        turn = BoardTurn(board.name)
        return _BoardPlace(turn, board.session, output, self._make_context(turn, board.session, output))

    def _do(self, do: Callable[[Context], T], place: _BoardPlace[Context]) -> T:
        """Does it on one board; all that its session has to show meanwhile goes to the board's output."""
        session, output, interrupts = place.session, place.output, place.turn.interrupts
        before = session.displays.on_display, session.on_notice, session.on_stray
        session.displays.on_display = partial(_show, output)
        session.on_notice, session.on_stray = (lambda text: output.stderr(f"{text}\n")), output.stdout
        try:
            with interrupts.stopped_in_steps(partial(_interrupt, session)):
                return do(place.context)
        finally:
            session.displays.on_display, session.on_notice, session.on_stray = before
            self._questions.leave(place.turn.name, interrupted=interrupts.requested)


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
