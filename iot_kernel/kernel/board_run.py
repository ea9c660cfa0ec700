"""Runs the code of one cell on the current board: what it says and asks meanwhile, and how it failed.

On the worker thread. Code that has run is noted, so that later errors can name its lines.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iot_kernel.api.worker import Interrupts
from iot_kernel.device.traceback import failed_line
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.kernel.cell_io import CellIO, run_plainly
from iot_kernel.kernel.debugger.cell_debugger import CellDebugger
from iot_kernel.kernel.output import CellOutput
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.kernel.shared_calls import UserCalls
from iot_kernel.repl.halves import Halves
from iot_kernel.syntax.cell import BoardCode

if TYPE_CHECKING:
    from iot_kernel.device.device import Device
    from iot_kernel.kernel.wiring import Wiring


class StdinNotImplementedError(IoTKernelError):
    """Code on the board asked for input where nobody can be asked, as when a program runs the notebook."""

    def __init__(self) -> None:
        super().__init__("the code asked for input(), but this frontend takes no questions")


@dataclass(frozen=True, slots=True)
class SentCode:
    """Code that goes to the board.

    Attributes:
        text: the code, without magics.
        line: of the cell, in which it starts.
        cell: execution count of the cell that it is from.
        number: of the result that its value becomes; None where nobody keeps it.
        sent: what the board gets instead; None where it gets the code.
        readable: makes errors of what was sent errors of the code.
        is_setup: it is a setup cell's: none of the debugger's.
    """

    text: str
    line: int
    cell: int
    number: int | None
    sent: str | None = None
    readable: Callable[[DeviceError], DeviceError] | None = None
    is_setup: bool = False


class BoardRun:
    """The runs of one cell's code. The constructor touches nothing.

    Args:
        wiring: notes what ran.
        calls: how the frontend is asked.
        interrupts: those of the cell.
        debugger: the cell's.
        output: where the cell shows things; may be set at any time.
    """

    def __init__(
        self,
        wiring: Wiring,
        calls: UserCalls,
        interrupts: Interrupts,
        debugger: CellDebugger,
        output: CellOutput,
    ) -> None:
        self._wiring = wiring
        self._calls = calls
        self._interrupts = interrupts
        self._debugger = debugger
        self.output = output
        self._lacks_stdin = False  # code asked for input, and the frontend takes no questions

    @property
    def ask_line(self) -> Callable[[str, Callable[[str], None]], None] | None:
        """Asks the user for a line; None where the frontend takes no questions."""
        return self._ask if self.output.parent["content"].get("allow_stdin", False) else None

    def execution(self, device: Device, code: SentCode) -> Halves[str | None]:
        """Runs code on a board that is connected; returns what `Device.cell_execution` does.

        Raises:
            StdinNotImplementedError: it asked for input, and nobody can be asked.
            DeviceError: it failed, with what helps to find out why.
            Exception: as `Device.run_cell`.
        """
        self._calls.note_code(code.text)
        self._wiring.session.displays.begin()
        cell = self._cell_io(device, code)
        try:
            if code.sent is not None or code.is_setup:
                sent = code.text if code.sent is None else code.sent
                value = yield from run_plainly(device, sent, cell)
            else:
                value = yield from self._debugger.execution(device, BoardCode(code.text, code.line), cell)
        except DeviceError as error:
            if self._lacks_stdin and error.ename == "KeyboardInterrupt":
                raise StdinNotImplementedError from error
            raise self._failed(device, code, error) from error
        except IoTKernelError:
            self._note(device, code, failed=0)
            raise
        if code.readable is None:  # else it ran in a function, and has defined nothing
            self._note(device, code)
        return value

    def evaluate(self, expression: str) -> dict[str, Any]:
        """Returns the value of an expression on the current board, as ``user_expressions`` has it."""
        try:
            value = self._wiring.session.device().run_cell(expression, lambda _: None)
        except IoTKernelError as error:
            return {"status": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
        return {"status": "ok", "data": {"text/plain": value or "None"}, "metadata": {}}

    def _note(self, device: Device, code: SentCode, failed: int | None = None) -> None:
        self._wiring.ran.note(device.mark, RanCode(code.text, code.line, code.cell, failed))

    def _failed(self, device: Device, code: SentCode, error: DeviceError) -> DeviceError:
        """Notes how code failed, and returns the error with what helps to find out why."""
        told = error if code.readable is None else code.readable(error)
        self._note(device, code, failed_line(told.traceback))
        self._debugger.note_failure(device, told)
        return self._explained(told, device)

    def _cell_io(self, device: Device, code: SentCode) -> CellIO:
        output = self.output
        return CellIO(
            code=output.parent["content"].get("code", ""),
            on_output=output.stdout,
            on_error_text=output.stderr,
            hold=self._hold,
            on_begin=lambda: device.interrupt() if self._interrupts.requested else None,
            on_survived=self._interrupts.settle,
            on_input=partial(self._ask_user, device),
            number=code.number,
            name=f"In [{output.execution_count}]",
            ask=self.ask_line,
            steps=self._debugger.steps,
            stops=self._debugger.take_stop(),
        )

    def _ask(self, prompt: str, on_answer: Callable[[str], None]) -> None:
        self.output.flush()
        self._calls.ask_user(prompt, on_answer)

    def _ask_user(self, device: Device, prompt: str) -> None:
        """Passes on what code asks; called on the thread that reads."""
        if (ask := self.ask_line) is not None:
            ask(prompt, device.answer)
        else:
            self._lacks_stdin = True
            device.interrupt()

    def _hold(self, event: threading.Event) -> None:
        with suppress(KeyboardInterrupt), self._interrupts.stopped_by(event.set):
            event.wait()

    def _explained(self, error: DeviceError, device: Device) -> DeviceError:
        """Says where in the notebook an error happened, and what to do about it."""
        from iot_kernel.kernel.error_help import explained

        return explained(error, device, self._wiring)
