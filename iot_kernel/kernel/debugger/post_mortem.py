"""The last cell that failed on a board, as the debugger's prompt shows it after the error.

The frames are those of the board's traceback, which tells the exact lines. Where the cell ran with
checkpoints, the board has kept the names of the frames that have some.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iot_kernel.boards.origins import Origins
from iot_kernel.debugging.commands import Pauses
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.checkpoints import ScopeKind
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.messages import MOST_KEPT_FRAMES, VariablePage
from iot_kernel.debugging.prompt.frames import PromptFrame
from iot_kernel.debugging.prompt.source_texts import SourceText, SourceTexts, laid_out
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.device.traceback import MODULE, WIRE, CodeFrame, frames_of
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.advice import SYNTAX_ERRORS
from iot_kernel.kernel.debugger.last_failure import FailedCell
from iot_kernel.kernel.frame_places import FramePlace, find_places
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.syntax.cell import BoardCode
from iot_kernel.text import printable

#: Characters of the name of a file.
_LONGEST_NAME = 300


def frames_after(
    failed: FailedCell, kept: Sequence[StackFrame], texts: SourceTexts, origins: Origins
) -> list[PromptFrame]:
    """Returns the frames of a cell that has failed, the outermost first; one at least.

    Args:
        failed: the cell.
        kept: the frames whose names there still are.
        texts: what their checkpoints are in.
        origins: the files that were copied to the board.
    """
    frames = frames_of(failed.error.traceback)
    is_syntax_error = failed.error.ename in SYNTAX_ERRORS
    places = find_places(frames, failed.past, is_syntax_error=is_syntax_error)
    names = names_of(frames, kept)
    found = [
        _frame(frame, place, named, failed.past, texts, origins)
        for frame, place, named in zip(frames, places, names, strict=True)
    ]
    if found:
        return found
    last = failed.past[-1:]
    return [PromptFrame(_cell(last[0]), last[0].line, "")] if last else [PromptFrame(SourceText("?"), 1, "")]


def still_there(error: DeviceError, kept: Sequence[StackFrame]) -> tuple[StackFrame, ...]:
    """Returns the frames that had not ended when an error came; all where it does not tell."""
    frames = frames_of(error.traceback)
    return tuple(each for each in names_of(frames, kept) if each is not None) if frames else tuple(kept)


def names_of(frames: Sequence[CodeFrame], kept: Sequence[StackFrame]) -> list[StackFrame | None]:
    """Finds the names of the frames of a traceback.

    The frames with checkpoints are some of the traceback's, in its order. What the board has kept behind the
    last of them has ended before the error came. Of a deep recursion it has kept the innermost frames.

    Args:
        frames: of the traceback.
        kept: what the board has kept.
    """
    is_cut = any(each.index >= MOST_KEPT_FRAMES - 1 for each in kept)
    order = slice(None, None, -1 if is_cut else 1)
    found: list[StackFrame | None] = []
    rest = list(kept[order])
    for frame in frames[order]:
        at = next((index for index, each in enumerate(rest) if _function(each) == frame.function), None)
        found.append(None if at is None else rest[at])
        del rest[: 0 if at is None else at + 1]
    return found[order]


def _function(frame: StackFrame) -> str:
    """What a traceback calls the function of a frame."""
    scope = frame.place.checkpoint.scope
    return MODULE if scope.kind is ScopeKind.MODULE else scope.name.rpartition(".")[2]


def _frame(
    frame: CodeFrame,
    place: FramePlace | None,
    names: StackFrame | None,
    past: Iterable[RanCode],
    texts: SourceTexts,
    origins: Origins,
) -> PromptFrame:
    function = "" if frame.function == MODULE else frame.function
    if names is not None and (source := texts.find(names.place.key)).lines:
        line = names.place.checkpoint.line if place is None else place.line
        return PromptFrame(source, line, function, names)
    if place is not None:
        ran = next((code for code in past if code.number in place.numbers and _has(code, place)), None)
        source = SourceText("an earlier cell") if ran is None else _cell(ran)
        return PromptFrame(source, place.line, function, names)
    if frame.file == WIRE:
        return PromptFrame(SourceText("an earlier cell"), frame.line, function, names)
    origin = origins.find(frame.file)
    text = origin.text() if origin is not None else None
    name = printable(frame.file if origin is None else str(origin.source), _LONGEST_NAME)
    lines = tuple(text.split("\n")) if text is not None else ()
    return PromptFrame(SourceText(name, lines, lines), frame.line, function, names)


def _has(code: RanCode, place: FramePlace) -> bool:
    return not place.source or code.source(place.line - code.line + 1) == place.source


def _cell(code: RanCode) -> SourceText:
    return laid_out(f"In [{code.number}]", BoardCode(code.text, code.line))


class BoardAfterError:
    """A board whose code has failed: implements `PromptBoard`.

    Args:
        device: the board.
        debugger: where it keeps names; None evaluates among the variables of all cells.
        show: takes what is printed.
    """

    def __init__(self, device: Device, debugger: BoardDebugger | None, show: TextSink) -> None:
        self._device = device
        self._debugger = debugger
        self._show = show

    def local(self, frame: StackFrame, start: int) -> VariablePage:
        """The local variables of a frame, from one on."""
        if self._debugger is None:
            return VariablePage(0, 0, ())
        return self._debugger.local(frame, start)

    def execute(self, frame: StackFrame | None, code: str) -> Sequence[str]:
        """Executes statements."""
        if self._debugger is not None and frame is not None:
            return self._debugger.execute(frame, code)
        try:
            self._device.run_cell(code, self._show)
        except DeviceError as error:
            raise CommandFailedError(error.ename, error.evalue) from error
        return ()

    def set_pauses(self, pauses: Pauses) -> None:
        """Nothing runs that could stop."""
