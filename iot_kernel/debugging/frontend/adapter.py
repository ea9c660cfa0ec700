"""The debugger of board cells as a frontend sees it: requests in, replies and commands for the board out.

It speaks Jupyter's debug protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html) upon the
debug adapter protocol (https://microsoft.github.io/debug-adapter-protocol). Host cells have debugpy, in the
sub-kernel: one session serves both, and what is not about a board goes there. No I/O: the board and the
sub-kernel are awaited through what the caller gives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import NO_CHECKPOINTS, CommandLostError
from iot_kernel.debugging.frontend.breakpoint import Breakpoint
from iot_kernel.debugging.frontend.debugged_board import AskSubkernel, DebuggedBoard, Request
from iot_kernel.debugging.frontend.debugged_cells import DebuggedCells
from iot_kernel.debugging.frontend.looking import LOOKS, is_ours
from iot_kernel.debugging.frontend.module_requests import exchanged, listed
from iot_kernel.debugging.frontend.standing import Render
from iot_kernel.debugging.frontend.stops import Stops
from iot_kernel.debugging.frontend.variable_rows import Row
from iot_kernel.debugging.instrumentation.traced import PREFIX
from iot_kernel.errors import IoTKernelError

#: How far the code goes.
_STEPS = {"continue": Step.CONTINUE, "next": Step.NEXT, "stepIn": Step.IN, "stepOut": Step.OUT}

#: The filter of exceptions that a board can stop for.
_UNCAUGHT = "uncaught"

_VAIN_PAUSE = "this cell cannot be paused: {}\n"


@dataclass(frozen=True, slots=True)
class _Question:
    """A request, and whom to ask for its answer."""

    request: Request
    arguments: Mapping[str, Any]
    board: DebuggedBoard
    ask: AskSubkernel
    is_idle: bool

    @property
    def path(self) -> str:
        """The file that it is about."""
        source = self.arguments.get("source")
        return str(source.get("path")) if isinstance(source, Mapping) else ""

    def reply(self, **body: object) -> Row:
        return {**self.head(), "success": True, "body": body}

    def head(self) -> Row:
        number, command = self.request.get("seq", 0), self.request.get("command", "")
        return {"type": "response", "seq": number, "request_seq": number, "command": command}


_Handler = Callable[[_Question], Awaitable[Row | None]]


class Adapter:
    """The debugger of one kernel's boards. The constructor touches nothing; not thread-safe.

    Args:
        cells: which of them get checkpoints.
        on_event: takes events for the frontends.
        render: shows a variable alone.
    """

    def __init__(self, cells: DebuggedCells, on_event: Callable[[Row], None], render: Render) -> None:
        self._cells = cells
        self._hides_errors = False
        self.stops = Stops(cells.breakpoints, on_event, render)
        #: whether a cell with checkpoints runs on a board
        self.is_running = False
        #: takes what its user should know while a cell runs on a board, from any thread
        self.on_vain_pause: Callable[[str], None] | None = None
        self._session: Mapping[str, _Handler] = {
            "debugInfo": self._info,
            "dumpCell": self._dump,
            "source": self._source,
            "modules": self._modules,
            "threads": self._threads,
            "initialize": self._initialize,
            "attach": self._attach,
            "disconnect": self._detach,
            "terminate": self._detach,
            "setBreakpoints": self._set_breakpoints,
            "setExceptionBreakpoints": self._set_exception_breakpoints,
        }
        self._thread: Mapping[str, _Handler] = {
            **dict.fromkeys(_STEPS, self._go),
            "pause": self._pause,
            "stackTrace": self._stack,
        }

    # Requests

    async def answer(
        self, request: Request, board: DebuggedBoard, ask: AskSubkernel, *, is_idle: bool = False
    ) -> Row | None:
        """Answers a request.

        Args:
            request: as the frontend sent it.
            board: the board that runs the cell.
            ask: asks the sub-kernel.
            is_idle: no cell runs.

        Returns:
            None where the sub-kernel's answer is all there is to say.
        """
        question = _Question(request, request.get("arguments") or {}, board, ask, is_idle)
        command = str(request.get("command"))
        try:
            if (about_session := self._session.get(command)) is not None:
                return await about_session(question)
            if (about_thread := self._thread.get(command)) is not None and self._is_for_board(question):
                return await about_thread(question)
            if (look := LOOKS.get(command)) is not None and is_ours(question.arguments):
                return question.reply(**await look(self.stops.now(), question.arguments, board))
        except IoTKernelError as error:
            if command == "evaluate" and self._hides_errors and question.arguments.get("context") == "repl":
                return question.reply(result=str(error), type="", variablesReference=0)
            return {**question.head(), "success": False, "message": str(error)}
        return None

    def _is_for_board(self, question: _Question) -> bool:
        if self.stops.is_for_board(question.arguments):
            return True
        runs_there = self.on_vain_pause is not None
        return question.request.get("command") == "pause" and (runs_there or question.is_idle)

    # The session

    async def _info(self, question: _Question) -> Row | None:
        reply = await question.ask(question.request)
        if reply is None or not isinstance(body := reply.get("body"), Mapping):
            return None
        self._cells.paths.learn(body)
        ours = self._cells.breakpoints.listed()
        known = {each["source"] for each in ours}
        breakpoints = [
            each for each in body.get("breakpoints") or () if each.get("source") not in known
        ] + ours
        stopped = [*(body.get("stoppedThreads") or ()), *self.stops.stopped_threads()]
        return {**reply, "body": {**body, "breakpoints": breakpoints, "stoppedThreads": stopped}}

    async def _dump(self, question: _Question) -> Row | None:
        reply = await question.ask(question.request)
        if reply is None:
            return None
        path = (reply.get("body") or {}).get("sourcePath")
        if isinstance(path, str):
            self._cells.paths.note(path, str(question.arguments.get("code", "")))
        return dict(reply)

    async def _source(self, question: _Question) -> Row | None:
        code = self._cells.paths.code(question.path)
        if question.path.startswith(PREFIX):
            code = await self._cells.table.traced.read(question.path, question.board.file_text)
        elif code is None:
            code = self._cells.modules.text(question.path)
        return None if code is None else question.reply(content=code)

    async def _modules(self, question: _Question) -> Row:
        return question.reply(**listed(self._cells.modules, await question.ask(question.request)))

    async def _threads(self, question: _Question) -> Row:
        reply = await question.ask(question.request) or {}
        theirs = (reply.get("body") or {}).get("threads") or ()
        return question.reply(threads=[*theirs, *self.stops.threads()])

    async def _initialize(self, question: _Question) -> None:
        """Finds out who asks: JupyterLab's console says of an error only that there was one."""
        self._hides_errors = question.arguments.get("clientID") == "jupyterlab"

    async def _attach(self, question: _Question) -> None:
        """Finds out how cells are named; the rest is the sub-kernel's."""
        await self._info(replace(question, request={**question.request, "command": "debugInfo"}))
        self._cells.attach()

    async def _detach(self, question: _Question) -> None:
        """Forgets what the frontend wanted, and lets code go that stands."""
        self._cells.detach()
        if self.stops.standing is not None:
            with suppress(IoTKernelError):  # it has gone on, or is out of reach
                await question.board.set_pauses({})
                await question.board.go(Step.CONTINUE)

    async def _set_exception_breakpoints(self, question: _Question) -> None:
        self._cells.stops_on_errors = _UNCAUGHT in (question.arguments.get("filters") or ())

    async def _set_breakpoints(self, question: _Question) -> Row | None:
        wanted = [each for each in question.arguments.get("breakpoints") or () if isinstance(each, Mapping)]
        made = await self._made(question, wanted)
        if made is None:
            return None
        if why := question.board.why_not():
            made = [replace(each, is_verified=False, message=str(why)) for each in made]
        if self.stops.standing is not None or self.is_running:
            with suppress(IoTKernelError):  # it hears nothing as it runs; before the next cell it is told
                await question.board.set_pauses(self._cells.pauses())
        return question.reply(breakpoints=[each.row(question.path) for each in made])

    async def _made(self, question: _Question, wanted: list[Mapping[str, Any]]) -> list[Breakpoint] | None:
        """Exchanges breakpoints; None where they are in no code for boards."""
        code = self._cells.paths.code(question.path)
        if code is not None:
            return self._cells.earlier.set_breakpoints(question.path, code, wanted)
        if question.path.startswith(PREFIX):
            text = await self._cells.table.traced.read(question.path, question.board.file_text)
            return self._cells.breakpoints.exchange(question.path, text, wanted)
        module = self._cells.modules.find(question.path)
        if module is None:
            self._cells.modules.note(question.path, wanted)
            return None
        await question.ask(question.request)  # host cells may import the file, too
        return await exchanged(self._cells.modules, module, wanted, question.board)

    # Going on

    async def _go(self, question: _Question) -> Row:
        self.stops.now()
        step = _STEPS[question.request["command"]]
        await question.board.go(step)
        return question.reply(**({"allThreadsContinued": False} if step is Step.CONTINUE else {}))

    async def _pause(self, question: _Question) -> Row:
        say = self.on_vain_pause
        if say is None:
            self._cells.pause_next()
            return question.reply()
        try:
            await self._pause_running(question.board)
        except CommandLostError as error:
            say(_VAIN_PAUSE.format(error.why))  # JupyterLab does not show the reply's message
            raise
        return question.reply()

    async def _pause_running(self, board: DebuggedBoard) -> None:
        if not self.is_running:
            raise CommandLostError(NO_CHECKPOINTS)
        await board.pause()

    async def _stack(self, question: _Question) -> Row:
        frames = self.stops.now().frames()
        return question.reply(stackFrames=frames, totalFrames=len(frames))
