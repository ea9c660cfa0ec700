"""Runs the parts of one cell in their order, on the worker thread; the context that magics get.

The first part that fails ends the cell. Blocking is allowed here and in no caller of this module.

Longer than other modules: the context has all that magics can reach.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from iot_kernel.api.parallel import BoardEnd, BoardTurn
from iot_kernel.api.worker import Interrupts
from iot_kernel.boards.board_group import BoardOfGroup
from iot_kernel.errors import DeviceError, HostError, UsageError
from iot_kernel.kernel.board_blocks import BoardBlocks, BoardLines
from iot_kernel.kernel.board_messages import value_bundle
from iot_kernel.kernel.board_run import BoardRun, SentCode
from iot_kernel.kernel.board_turns import ParallelRun, refuse_debugger
from iot_kernel.kernel.capture import Capture
from iot_kernel.kernel.debugger.cell_debugger import CellDebugger
from iot_kernel.kernel.error_reply import report
from iot_kernel.kernel.output import CellOutput
from iot_kernel.kernel.set_up import set_up
from iot_kernel.kernel.shared_calls import CallsOfBoard, HostReach, SharedCalls, SharedHost, UserCalls
from iot_kernel.repl.halves import Halves, whole
from iot_kernel.syntax.cell import (
    QUESTION,
    BoardCode,
    CellMagic,
    HostCode,
    LineMagic,
    Part,
    Target,
    parse_cell,
)

if TYPE_CHECKING:
    from iot_kernel.boards.session import Session
    from iot_kernel.boards.setup_cells import SetupCell
    from iot_kernel.kernel.debugger.cell_prompts import CellPrompts
    from iot_kernel.kernel.debugger.debug_session import DebugSession
    from iot_kernel.kernel.wiring import Wiring
    from iot_kernel.magics.magic import MagicContext, RunCode

T = TypeVar("T")


#: Cuts what runs on boards into parts: the same text for all that run it at the same time.
_board_parts = lru_cache(maxsize=2)(parse_cell)


class CellRun:
    """A cell that is being run; what magics see of it is a `MagicContext`.

    Nothing that it keeps refers back to it, so that its output is freed with it.

    Args:
        wiring: the boards and the magics.
        host: how the sub-kernel is reached.
        board: how code for boards reaches the event loop.
        output: where the cell shows things.
        default_target: where plain cells run; a magic may set it.
        debugging: the debugger of boards; None where nothing has needed it yet.
        load_debugging: gives that where it is needed after all.
        interrupts: of the cell; others by default.
    """

    def __init__(
        self,
        wiring: Wiring,
        host: HostReach,
        board: UserCalls,
        output: CellOutput,
        default_target: Target,
        debugging: DebugSession | None,
        load_debugging: Callable[[], DebugSession],
        interrupts: Interrupts | None = None,
    ) -> None:
        self.interrupts = interrupts or Interrupts()
        self.session = wiring.session
        self.registry = wiring.registry
        self.magics = wiring.magics
        self.setup_cells = wiring.setup_cells
        self.group = wiring.group
        self.default_target = default_target
        self.line = 1
        #: what the frontend does with the reply, such as showing a page
        self.payload: list[Any] = []
        self.check, self.interruptible = self.interrupts.check, self.interrupts.stopped_by
        self._wiring = wiring
        self._host = host
        self._board = board
        name = f"In [{output.execution_count}]"
        self._debugger = CellDebugger(wiring, name, debugging, load_debugging)
        self._board_run = BoardRun(wiring, board, self.interrupts, self._debugger, output)
        self._redirect(output)
        self._host_pieces = 0
        self._shows_values = True
        self._code_number = output.execution_count  # of the cell whose code runs
        self._keeps_value = True  # of the code that runs next

    def run(self, parts: Sequence[Part], user_expressions: Mapping[str, str]) -> dict[str, Any]:
        """Runs the parts until one fails; shows the error if there is one.

        Args:
            parts: of the cell.
            user_expressions: evaluated afterwards on the board, by name, if all went well.

        Returns:
            The content of the execute_reply, without the execution count.
        """
        try:
            if self.cell_id and not _is_setup(parts):
                self.setup_cells.forget_cell(self.cell_id)
            self._run_parts(parts)
            values = {name: self._board_run.evaluate(text) for name, text in user_expressions.items()}
            content = {"status": "ok", "payload": self.payload, "user_expressions": values}
        except BaseException as error:  # noqa: BLE001  `report` knows every family, and what is none of them
            content = report(error, self.output)
            if self._debugger.opens_on(error):
                self.debugger.look_now()
        if self.interrupts.requested:
            self.output.cut()
        self.output.flush()
        return content

    # What magics see, beside the attributes above

    @property
    def is_watched(self) -> bool:
        """Whether somebody may be watching the cell: who takes no questions watches nothing either."""
        return bool(self.output.parent["content"].get("allow_stdin", True))

    @property
    def last_error(self) -> str:
        """The error that a cell of this notebook showed last; see `MagicContext`."""
        return self._wiring.last_error.text

    @property
    def cell_id(self) -> str:
        """The frontend's id of the cell; empty where it has none."""
        return str((self.output.parent.get("metadata") or {}).get("cellId") or "")

    @property
    def number(self) -> int:
        """The cell's execution count."""
        return self.output.execution_count

    def run_board(
        self,
        source: str,
        line: int = 1,
        run_code: RunCode | None = None,
        before_value: Callable[[], None] = lambda: None,
    ) -> str | None:
        """Runs code, which may hold magics, on the current board; see `MagicContext`."""
        parts = _board_parts(source, default=Target.BOARD, ours=self.magics.host_line_names)
        return self._run_parts(parts, line - 1, run_code, before_value)

    @contextmanager
    def capture(self, kinds: Collection[str]) -> Iterator[Capture]:
        """Keeps what is shown while the block runs; see `MagicContext`."""
        outer = self.output
        captured = Capture(outer, kinds)
        self._redirect(captured.output)
        try:
            yield captured
        finally:
            self._redirect(outer)
            captured.finish()

    def run_code(
        self,
        code: str,
        line: int = 1,
        sent: str | None = None,
        readable: Callable[[DeviceError], DeviceError] | None = None,
    ) -> str | None:
        """Runs code without magics on the current board; see `MagicContext`."""
        return whole(self._execution(code, line, sent, readable))

    def _execution(
        self,
        code: str,
        line: int,
        sent: str | None = None,
        readable: Callable[[DeviceError], DeviceError] | None = None,
    ) -> Halves[str | None]:
        number = self.number if self._keeps_value else None
        piece = SentCode(
            *(code, line, self._code_number, number, sent, readable), is_setup=not self._shows_values
        )
        with self.interrupts.stopped_by(self._interrupt_board):
            device = self.session.device()
            self.interrupts.check()
            set_up(self.setup_cells, self.session, device, self._run_setup_cell, self.err)
            return (yield from self._board_run.execution(device, piece))

    def board_execution(
        self, source: str, line: int = 1, sent: Callable[[str], str] | None = None
    ) -> Halves[str | None]:
        """Does in two halves what `run_board` does; see `MagicContext`."""
        match _board_parts(source, default=Target.BOARD, ours=self.magics.host_line_names):
            case [BoardCode(code, begins)] if not QUESTION.fullmatch(code):
                self.interrupts.check()
                self.line = begins + line - 1
                return self._shown((yield from self._execution(code, self.line, sent and sent(code))))
        yield  # all in the second half: magics wait again and again
        run_code = None if sent is None else lambda code, line: self.run_code(code, line, sent(code))
        return self.run_board(source, line, run_code)

    @property
    def debugger(self) -> CellPrompts:
        """The debugger's prompt; see `MagicContext`."""
        return self._debugger.prompts(self._make_prompts)

    @property
    def host_started(self) -> bool:
        """Whether the sub-kernel is there or on its way."""
        return self._host.started

    def run_host(self, source: str) -> None:
        """Runs a cell in the sub-kernel.

        Raises:
            HostError: it failed; its error has been shown.
            HostDiedError: the sub-kernel ended.
        """
        self.output.flush()
        piece, self._host_pieces = self._host_pieces, self._host_pieces + 1
        with self.interrupts.stopped_by(self._host.interrupt):
            reply = self._host.execute(source, piece)
            if reply["status"] != "ok":
                raise HostError(reply)
        self.payload += reply.get("payload", [])

    def ask_host(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the sub-kernel about its variables; nothing is shown.

        Raises:
            HostDiedError: the sub-kernel ended.
        """
        with self.interrupts.stopped_by(self._host.interrupt):
            return self._host.ask(question, data)

    def set_default_target(self, target: Target) -> None:
        """Sets where plain cells run from now on."""
        self.default_target = target

    def on_boards(
        self, boards: Sequence[BoardOfGroup], do: Callable[[MagicContext], Halves[T]]
    ) -> list[BoardEnd[T]]:
        """Does something on several boards at the same time; see `MagicContext`."""
        if isinstance(self._host, SharedHost):
            raise UsageError(
                "a cell that runs on several boards at the same time cannot begin another such thing"
            )
        if self._debugger.is_attached:
            self.err("breakpoints do not stop a cell that runs on several boards at the same time\n")
        calls, host = SharedCalls(self._board), SharedHost(self._host, self.magics.titles)
        runs: list[CellRun] = []

        def make(turn: BoardTurn, session: Session, output: CellOutput) -> CellRun:
            wiring = replace(self._wiring, session=session)
            own = CallsOfBoard(calls, turn.name)
            runs.append(
                CellRun(
                    *(wiring, host, own, output, self.default_target, None, refuse_debugger),
                    interrupts=turn.interrupts,
                )
            )
            return runs[-1]

        show = BoardBlocks if self._has_blocks else BoardLines
        blocks = show(self.output, [board.name for board in boards])
        run = ParallelRun(self._wiring.threads, blocks, make, calls)
        ends = run.run(boards, do, self.interrupts)
        self.payload += next((each.payload for each in runs if each.payload), [])  # all have the same
        return ends

    @property
    def _has_blocks(self) -> bool:
        """Whether the frontend can change what it has shown; a console, which knows no cells, cannot."""
        return bool(self.cell_id) or not self.is_watched

    # Parts

    def _run_parts(
        self,
        parts: Sequence[Part],
        offset: int = 0,
        run_code: RunCode | None = None,
        before_value: Callable[[], None] = lambda: None,
    ) -> str | None:
        value = None
        for index, part in enumerate(parts):
            self.interrupts.check()
            self.line = part.line + offset
            self._keeps_value = index == len(parts) - 1 and self._shows_values
            value = None
            match part:
                case BoardCode(code) if question := QUESTION.fullmatch(code):
                    self._explain(question["name"], source=len(question["marks"]) > 1)
                case BoardCode(code):
                    value = (run_code or self.run_code)(code, self.line)
                case HostCode(code):
                    self.run_host("\n" * (self.line - 1) + code)  # so that line numbers are the cell's
                case LineMagic():
                    self._run_line_magic(part)
                case CellMagic():
                    self._run_cell_magic(replace(part, line=self.line))
        before_value()
        return self._shown(value)

    def _shown(self, value: str | None) -> str | None:
        if value is not None and self._shows_values:
            self._show_value(value)
        return value

    def _show_value(self, value: str) -> None:
        bundle = value_bundle(value, self.session.displays.take_value())
        self.output.result(bundle.data, bundle.metadata)
        self.output.stderr("".join(f"{note}\n" for note in bundle.notes))

    def _make_prompts(self, session: DebugSession) -> CellPrompts:
        from iot_kernel.kernel.debugger.cell_prompts import CellPrompts

        return CellPrompts(self._wiring, session, self.output, self._board_run.ask_line, self.interruptible)

    def _run_setup_cell(self, cell: SetupCell) -> None:
        before = self._shows_values, self._code_number
        self._shows_values, self._code_number = False, cell.number
        try:
            self.run_board(cell.code, cell.line)
        finally:
            self._shows_values, self._code_number = before

    def _explain(self, name: str, *, source: bool) -> None:
        """Answers ``name?`` and ``name??`` as IPython does: in the pager."""
        text = self._board.explain(name, source=source)
        if text is None:
            self.output.stdout(f"Object `{name}` not found.\n")
        else:
            self.payload.append({"source": "page", "data": {"text/plain": text}, "start": 0})

    def _run_line_magic(self, part: LineMagic) -> None:
        if not self.magics.has_line(part.name):
            self.run_host(f"%{part.name} {part.arguments}".rstrip())
            return
        with self._stopped_like_magic():
            self.magics.run_line(self, part.name, part.arguments)

    def _run_cell_magic(self, part: CellMagic) -> None:
        if not self.magics.has_cell(part.name):
            self.run_host(part.source)
            return
        with self._stopped_like_magic():
            self.magics.run_cell(self, part)

    def _stopped_like_magic(self) -> AbstractContextManager[None]:
        """Ends an interrupted magic: what it does on the board, and then whatever it does."""
        return self.interrupts.stopped_in_steps(self._interrupt_board)

    def _redirect(self, output: CellOutput) -> None:
        self.output = self._board_run.output = output
        self.out, self.err, self.display = output.stdout, output.stderr, output.display

    def _interrupt_board(self) -> None:
        device = self.session.current
        if device is not None:
            device.interrupt()


def _is_setup(parts: Sequence[Part]) -> bool:
    match parts:
        case [CellMagic(name="setup")]:
            return True
    return False
