"""Executes the cells of one kernel, on the host or part by part, and ends them on an interrupt.

All methods of `Dispatcher` run on the kernel's event loop and never block it. Host cells go to the sub-kernel
whole; anything else runs part by part on the worker thread. The boards, the registry and the magics are
loaded on first use, so that the kernel answers its first request without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from iot_kernel.api.worker import Worker, in_thread, settle
from iot_kernel.displays.message import BoardDisplay, DisplayKind
from iot_kernel.errors import HostDiedError
from iot_kernel.kernel.board_calls import BoardCalls
from iot_kernel.kernel.board_messages import messages_of
from iot_kernel.kernel.completion import needs_subkernel
from iot_kernel.kernel.debugger.debug_requests import DebugRequests
from iot_kernel.kernel.error_reply import report
from iot_kernel.kernel.host_calls import HostCalls, host_request, is_frontends_own
from iot_kernel.kernel.on_loop import OnLoop
from iot_kernel.kernel.output import Bursts, CellOutput, Pace, Publish
from iot_kernel.kernel.runner import CellRun
from iot_kernel.subkernel.channels import Message
from iot_kernel.subkernel.process import SubkernelProcess
from iot_kernel.syntax.cell import CellMagic, HostCode, Part, Target, parse_cell

if TYPE_CHECKING:
    from iot_kernel.debugging.frontend.debugged_board import AskSubkernel, Request
    from iot_kernel.kernel.cell_help import CellHelp
    from iot_kernel.kernel.wiring import Wiring
    from iot_kernel.magics.magic import MagicRegistry

AskFrontend = Callable[[str, Message, Callable[[str], None]], None]

ABANDON_AFTER = 10.0  # s after an interrupt; longer than every deadline of the layers below
INSISTING = 2  # interrupts: the second one ends what the first one did not, and more say nothing new
STOOD_STILL = 1.0  # s by which the event loop is late only where this computer stood still
CLOSE_TIMEOUT = 0.5  # s for the boards to be let go: a shutdown has to end within 1 s

_NOT_STOPPING = "interrupted, but what the cell was doing does not stop: it goes on in the background"


@dataclass(slots=True)
class _Running:
    """The cell that the worker thread is busy with.

    Attributes:
        run: runs it.
        reply: what its reply will have.
        output: where it shows things.
        interrupts: how many it got.
        end: of the time that it has since the last one.
    """

    run: CellRun
    reply: asyncio.Future[dict[str, Any]]
    output: CellOutput
    interrupts: int = 0
    end: asyncio.TimerHandle | None = None


class Dispatcher:
    """The cells of one kernel, executed one at a time.

    Args:
        loop: the kernel's event loop.
        subkernel: runs host cells.
        publish: sends a message to all frontends.
        ask: asks the frontend whose cell runs for a line: prompt, the cell's request, what takes the answer.
        target: where plain cells run; may be set at any time.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        subkernel: SubkernelProcess,
        publish: Publish,
        ask: AskFrontend,
        target: Target,
    ) -> None:
        self.loop = loop
        self.subkernel = subkernel
        self.target = target
        self._publish = publish
        self._ask = ask
        self._bursts = Bursts()
        self._pace = Pace()
        self._worker = Worker()
        self._wiring: asyncio.Future[Wiring] | None = None
        self._debugging = DebugRequests(
            loop,
            lambda: self.target,
            lambda *asked: self.help.children(*asked),  # noqa: PLW0108  loaded there only
            self._publish_debug_event,
        )
        self._last_output: CellOutput | None = None
        self._running: _Running | None = None

    async def wiring(self) -> Wiring:
        """Returns the boards, the registry and the magics; loads them on the first call."""
        if self._wiring is None or (self._wiring.done() and self._wiring.exception() is not None):
            self._wiring = in_thread(self._load)
        return await asyncio.shield(self._wiring)

    async def execute(self, request: Message, number: int) -> dict[str, Any]:
        """Executes a cell. Never raises for what the cell does.

        Args:
            request: the execute request.
            number: the cell's execution count.

        Returns:
            The content of the execute_reply; the execution count may be missing.
        """
        publish = _show_nothing if request["content"].get("silent") else self._publish
        output = CellOutput(publish, request, number, self._bursts, self._pace)
        try:
            return await self._execute(request, output)
        except Exception as error:  # noqa: BLE001  a bug; a cell without a reply would run forever
            return await self._worker.submit(partial(report, error, output))

    def interrupt(self) -> None:
        """Ends what is running, if anything is. Its reply comes soon in any case."""
        running = self._running
        if running is None:
            self.loop.create_task(self.subkernel.interrupt())
            return
        running.run.interrupts.request()
        running.output.cut()
        running.interrupts += 1
        if running.interrupts > INSISTING:
            return
        if running.end is not None:
            running.end.cancel()
        due = self.loop.time() + ABANDON_AFTER
        running.end = self.loop.call_at(due, self._abandon, running, due)

    async def close(self) -> None:
        """Ends what is running and disconnects the boards, within one and a half `CLOSE_TIMEOUT`."""
        if self._running is not None:
            self._running.run.interrupts.request()
        if self._last_output is not None:
            self._last_output.cut()
        await asyncio.wait([asyncio.create_task(self._debugging.close())], timeout=CLOSE_TIMEOUT / 2)
        if (wiring := self._loaded()) is not None:
            wiring.threads.close()
            closing = [
                in_thread(close) for close in (wiring.session.close, wiring.group.close, wiring.pipes.close)
            ]
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT)
        if "help" in self.__dict__:
            await self.help.close()
        self._worker.close()
        self._bursts.close()

    async def subkernel_environment(self) -> Mapping[str, str]:
        """Variables by which host cells find this kernel's pipes; none where these cannot be had."""
        try:
            return (await self.wiring()).pipes.environment()
        except Exception:  # noqa: BLE001  the next cell reports it
            return {}

    # What is asked while a cell is written

    def is_for_board(self, code: str, cursor: int | None = None) -> bool:
        """Whether a cell that is being typed is known to need no sub-kernel.

        Args:
            code: the cell's text.
            cursor: where the cursor stands; None where that does not matter.
        """
        wiring = self._loaded()
        return wiring is not None and not needs_subkernel(code, cursor, self.target, wiring.magics)

    async def answer_debugger(self, request: Request, ask: AskSubkernel) -> dict[str, Any] | None:
        """Answers what a debugger or a variables panel asks of boards; None where the sub-kernel answers."""
        return await self._debugging.answer(request, await self.wiring(), ask, is_idle=self._running is None)

    def _publish_debug_event(self, event: Mapping[str, Any]) -> None:
        parent = self._running.output.parent if self._running is not None else {}
        self._publish("debug_event", event, parent, None)

    def note_board_code(self, code: str) -> None:
        """Code went to a board."""
        self.help.note_code(code)

    @cached_property
    def help(self) -> CellHelp:
        """Helps while cells are written; loaded on first use."""
        from iot_kernel.kernel.cell_help import CellHelp

        return CellHelp(self.wiring, self.subkernel, lambda: self.target)

    def _loaded(self) -> Wiring | None:
        if self._wiring is None or not self._wiring.done() or self._wiring.exception() is not None:
            return None
        return self._wiring.result()

    def _load(self) -> Wiring:
        from iot_kernel.kernel.wiring import load_wiring  # in this thread: importing it is what takes long

        return load_wiring(self._notice, self._stray, self._show)

    async def _execute(self, request: Message, output: CellOutput) -> dict[str, Any]:
        wiring = await self.wiring()
        content = request["content"]
        parts = parse_cell(content["code"], default=self.target, ours=wiring.magics.host_line_names)
        for_host = is_frontends_own(content) or self._is_for_host(parts, wiring.magics)
        if not content.get("silent"):
            self._last_output = output
            self._pace.reset()
            for problem in wiring.take_problems():
                self._notice(problem)
        elif not for_host:  # frontends probe kernels with silent requests: never a board
            return {"status": "ok", "payload": [], "user_expressions": {}}
        if for_host:
            reply = await self._execute_on_host(request, output, wiring)
        else:
            reply = await self._execute_parts(parts, request, output, wiring)
        if not content.get("silent"):
            wiring.last_error.note(reply)
        return reply

    def _is_for_host(self, parts: Sequence[Part], magics: MagicRegistry) -> bool:
        """Whether a cell goes to the sub-kernel whole, as it came."""
        match parts:
            case []:
                return self.target is Target.HOST
            case [HostCode()]:
                return True
            case [CellMagic(name=name, arguments=arguments)]:
                return not magics.has_cell(name, self.target) or (name == "host" and not arguments)
        return False

    async def _execute_on_host(self, request: Message, output: CellOutput, wiring: Wiring) -> dict[str, Any]:
        number = output.execution_count
        asking = host_request(request, number, wiring.magics.titles)
        error: BaseException = KeyboardInterrupt()
        try:
            content = await self.subkernel.request(asking, execution_count=number)
            if content is not None:
                return content
        except HostDiedError as died:
            error = died
        return await self._worker.submit(partial(report, error, output))

    async def _execute_parts(
        self, parts: Sequence[Part], request: Message, output: CellOutput, wiring: Wiring
    ) -> dict[str, Any]:
        content = request["content"]
        host = HostCalls(self.subkernel, self.loop, request, output.execution_count, wiring.magics.titles)
        board = BoardCalls(
            self.loop,
            self.note_board_code,
            lambda prompt, on_answer: self._ask(prompt, request, on_answer),
            lambda name, source: self.help.explain(name, len(name), source=source),
        )
        load_debugger = partial(OnLoop(self.loop), partial(self._debugging.load, wiring))
        run = CellRun(*(wiring, host, board, output, self.target, self._debugging.debugger, load_debugger))
        reply = self._worker.submit(partial(run.run, parts, content.get("user_expressions") or {}))
        self._running = _Running(run, reply, output)
        try:
            return await reply
        finally:
            self._running = None
            self.target = run.default_target

    def _abandon(self, running: _Running, due: float | None = None) -> None:
        """Replies for a cell that no interrupt ends, and leaves its thread behind.

        Where this comes later than ``due``, this computer stood still, and the cell gets its time once more.
        """
        if running.reply.done():
            return
        if due is not None and self.loop.time() - due > STOOD_STILL:
            running.end = self.loop.call_later(ABANDON_AFTER, self._abandon, running)
            return
        self._worker.close()
        self._worker = Worker()
        shown = self._worker.submit(partial(report, KeyboardInterrupt(_NOT_STOPPING), running.output))
        shown.add_done_callback(lambda done: settle(running.reply, done.result(), None))

    # What no cell asked for is shown in the cell executed last, whether it still runs or not.

    def _notice(self, text: str) -> None:
        if self._last_output is not None:
            self._last_output.stderr(f"{text}\n")

    def _stray(self, text: str) -> None:
        if self._last_output is not None:
            self._last_output.stdout(text)

    def _show(self, display: BoardDisplay) -> None:
        output = self._last_output if self._running is None else self._running.run.output
        if output is not None:
            replaces = display.display_id if display.kind is DisplayKind.UPDATE else ""
            output.later(partial(messages_of, display), display.size, replaces)


def _show_nothing(*_: object) -> None:
    """Drops what a silent request would show."""
