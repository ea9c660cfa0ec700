"""The debugger's prompt in one cell: implements `ConsoleDebugger`, on the worker thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from iot_kernel.debugging.errors import NoPromptError
from iot_kernel.debugging.prompt.console import AskLine
from iot_kernel.debugging.prompt.prompts import PostMortemPrompt
from iot_kernel.errors import UsageError
from iot_kernel.kernel.debugger.debug_session import DebugSession
from iot_kernel.kernel.debugger.last_failure import FailedCell
from iot_kernel.kernel.debugger.post_mortem import BoardAfterError, frames_after
from iot_kernel.kernel.debugger.prompt_talk import PromptTalk
from iot_kernel.kernel.output import CellOutput
from iot_kernel.kernel.wiring import Wiring

_NONE = "no cell has failed on a board yet: there is nothing to look at"
_ELSEWHERE = "the cell that failed last ran on another board: {url}"
_RESTARTED = "the board has lost its variables since; what is left is where the error came from"
_PLAIN = """\
The cell ran without checkpoints, so that no names of its functions are kept: expressions see the variables of
all cells. %pdb on keeps names for cells that run from now on; %%debug runs a cell step by step."""
_GONE = (
    "The names of the cell's functions are not kept any more: other code has stopped since, or %pdb was "
    "switched off."
)


class CellPrompts:
    """What the prompt does in one cell.

    Args:
        wiring: the boards, and the cell that failed last.
        session: the debugger of this kernel's boards.
        output: where the cell shows things.
        ask: asks the user for a line; None where nobody can be asked.
        interruptible: has an interrupt call a function while a block runs.
    """

    def __init__(
        self,
        wiring: Wiring,
        session: DebugSession,
        output: CellOutput,
        ask: AskLine | None,
        interruptible: Callable[[Callable[[], None]], AbstractContextManager[None]],
    ) -> None:
        self._wiring = wiring
        self._session = session
        self._output = output
        self._ask = ask
        self._interruptible = interruptible
        #: whether code is run step by step
        self.steps = False
        self._stops = False

    @property
    def keeps_names(self) -> bool:
        """Whether cells run so that their names are kept when they fail."""
        return self._session.prompts.keeps_names

    def keep_names(self, *, on: bool) -> None:
        """Has cells for boards run so, or not; see `ConsoleDebugger`."""
        device = self._wiring.session.current
        if not on:
            self._session.prompts.drop_names(self._session.debugger_of(device))
        elif self._ask is None:
            raise NoPromptError
        else:
            self._session.keep_names(device if device is not None and device.is_open else None)

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """Has code stop at its first line while the block runs; see `ConsoleDebugger`."""
        if self._ask is None:
            raise NoPromptError
        self.steps = self._stops = True
        try:
            yield
        finally:
            self.steps = self._stops = False

    def take_stop(self) -> bool:
        """Whether code that is about to run stops at its first line: the first code that is stepped."""
        stops, self._stops = self._stops, False
        return stops

    def look_back(self) -> None:
        """Opens the prompt where the last cell for a board has failed; see `ConsoleDebugger`."""
        failed = self._wiring.last_failure.cell
        if failed is None:
            raise UsageError(_NONE)
        if self._ask is None:
            raise NoPromptError
        if failed.device is not self._wiring.session.current:
            raise UsageError(_ELSEWHERE.format(url=failed.device.url))
        self._look(failed)

    def look_now(self) -> None:
        """The same right after an error has been shown; does nothing where no names are kept."""
        failed = self._wiring.last_failure.cell
        if failed is not None and self._ask is not None and self._is_kept(failed):
            with suppress(KeyboardInterrupt):
                self._look(failed)

    def _is_kept(self, failed: FailedCell) -> bool:
        kept = failed.kept
        is_there = kept is not None and kept is self._session.prompts.kept and bool(kept.frames)
        return is_there and failed.mark == failed.device.mark

    def _look(self, failed: FailedCell) -> None:
        device = failed.device
        is_kept = self._is_kept(failed)
        debugger = self._session.debugger_of(device) if is_kept else None
        origins = self._wiring.session.origins_of(device)
        kept = failed.kept.frames if is_kept and failed.kept is not None else ()
        frames = frames_after(failed, kept, self._session.prompts.texts, origins)
        talk = PromptTalk(self._ask, self._output.stdout)
        prompt = PostMortemPrompt(BoardAfterError(device, debugger, self._output.stdout))
        busy = threading.Event()

        def stop() -> None:
            talk.end()
            if busy.is_set():
                device.interrupt()

        with self._interruptible(stop):
            talk.converse(prompt, prompt.stand(frames, self._note(failed, is_kept=is_kept)), busy)

    def _note(self, failed: FailedCell, *, is_kept: bool) -> str:
        if is_kept:
            return ""
        if failed.mark != failed.device.mark:
            return _RESTARTED
        return _GONE if failed.kept is not None and failed.kept.frames else _PLAIN
