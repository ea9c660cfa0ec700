"""The IoT Kernel as Jupyter sees it: requests in, replies out, in the words of the messaging specification.

This process runs no code of the user: a cell's parts run on a worker thread, host code runs in a
sub-kernel. The event loop only passes messages on and waits for neither. No line here knows how a board is
reached.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from traitlets import CaselessStrEnum, List
from zmq.eventloop.zmqstream import ZMQStream

from iot_kernel.errors import HostDiedError
from iot_kernel.kernel import completion
from iot_kernel.kernel.proxy import ProxyKernel
from iot_kernel.kernel.stop_on_error import StopOnError, clock
from iot_kernel.private_files import data_directory
from iot_kernel.subkernel.channels import Message
from iot_kernel.syntax.cell import Target, is_complete
from iot_kernel.urls import __version__

if TYPE_CHECKING:
    from iot_kernel.kernel.dispatch import Dispatcher
    from iot_kernel.kernel.history import History

LOAD_AFTER = 0.2  # s after the start: behind the frontend's first requests, before the first cell
PREWARM_AFTER = 0.8  # s after that: starting the sub-kernel at once would make the kernel ready later
GARBAGE = 10_000  # objects made between looks for garbage; a cell on 50 boards makes thousands at a time
HOST_PATIENCE = 0.3  # s for what the sub-kernel knows beyond our own; its first answer takes it a second
SAVE_AFTER = 1.0  # s from a cell to its line in the history file
SHUTDOWN_TIMEOUT = 0.9  # s; frontends begin to send signals soon after

LANGUAGE: dict[str, object] = {
    "name": "micropython",
    "version": "3.4.0",  # of the language that MicroPython implements
    "mimetype": "text/x-python",
    "file_extension": ".py",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "script",
}

#: When the message that is being handled came.
_ARRIVED: ContextVar[datetime] = ContextVar("arrived")

_ABORTED = {"status": "aborted"}  # the specification calls it deprecated; frontends go by it

_BANNERS = {
    Target.BOARD: "A cell runs on the connected board, %%host runs it here. %lsmagic lists the magics.",
    Target.HOST: "A cell runs here, %%ucore runs it on the connected board. %lsmagic lists the magics.",
}


class IoTKernel(ProxyKernel):
    """The kernel; both kernelspecs run it, with another ``default_target``."""

    default_target = CaselessStrEnum(
        [target.value for target in Target],
        default_value=Target.BOARD.value,
        help="Where a cell without a cell magic runs.",
    ).tag(config=True)

    implementation = "iot_kernel"
    implementation_version = __version__
    language_info = LANGUAGE
    help_links = List(
        [
            {"text": "MicroPython", "url": "https://docs.micropython.org/"},
            {"text": "CircuitPython", "url": "https://docs.circuitpython.org/"},
        ]
    )

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._result: str | None = None  # Out[n] of the running cell
        self._stop_on_error = StopOnError()

    def start(self) -> None:
        """Begins to take requests; what the first of them do not need is loaded later."""
        super().start()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, lambda *_: self.interrupt())
        self._prewarming = self._loop.create_task(self._prewarm())

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Executes the cells. On the event loop only; loaded on first use, as no frontend begins with one."""
        from iot_kernel.kernel.dispatch import Dispatcher

        return Dispatcher(
            self._loop, self.subkernel, self.publish, self.ask_frontend, Target(self.default_target)
        )

    @cached_property
    def history(self) -> History:
        """What was executed. On the event loop only; loaded on first use."""
        from iot_kernel.kernel.history import History

        return History(data_directory() / "history.sqlite")

    async def subkernel_environment(self) -> Mapping[str, str]:
        """Variables by which host cells find this kernel's pipes."""
        return await self.dispatcher.subkernel_environment()

    # execute_request

    def note_arrival(self) -> None:
        """Notes when a message came."""
        _ARRIVED.set(clock())

    def should_handle(self, stream: ZMQStream, msg: Message, idents: list[bytes]) -> bool:
        """Drops a cell that was sent before its sender could know that another one failed."""
        if msg["msg_type"] != "execute_request":
            return True
        dropped = self._stop_on_error.drops(_ARRIVED.get(), msg["header"].get("date"))
        if dropped:
            metadata = {**self.init_metadata(msg), **_ABORTED}  # type: ignore[no-untyped-call]
            self.reply(stream, "execute_reply", _ABORTED, msg, idents, metadata=metadata)
        return not dropped

    async def execute_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Executes a cell. Those behind a failed one are dropped by `should_handle`; ipykernel drops one."""
        content = {**parent["content"], "stop_on_error": False}
        await super().execute_request(stream, ident, {**parent, "content": content})

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Mapping[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Executes a cell; the request itself, which goes on to the sub-kernel, says all the rest."""
        self._result = None
        request = self._request()
        number = self.execution_count
        if not (store_history or silent):  # the next one in the history has this number, too
            self.execution_count -= 1
        reply = await self.dispatcher.execute(request, number)
        stops = request["content"].get("stop_on_error", True) and not silent
        self._stop_on_error.ended(failed=stops and reply["status"] == "error")
        if store_history and not silent:
            self.history.add(number, code, self._result)
            self.subkernel.cells.note(number, code)
            self._loop.call_later(SAVE_AFTER, self.history.save)
        return {"execution_count": number, **reply}

    def note_published(self, kind: str, content: Mapping[str, Any]) -> None:
        """Keeps results for the history."""
        if kind == "execute_result":
            self._result = content["data"].get("text/plain")

    # inspect_request, complete_request, history_request, is_complete_request, kernel_info_request

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        """Shows the help of a magic, what is known of a name of the board, or what the sub-kernel knows."""
        told = await self.dispatcher.help.inspect(code, cursor_pos)
        theirs = await self._ask_host(told.host)
        if theirs is not None:
            return theirs
        data = {} if told.page is None else {"text/plain": told.page}
        return {"status": "ok", "found": bool(data), "data": data, "metadata": {}}

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        """Completes magics, names of the board, and what the sub-kernel completes in its cells."""
        told = await self.dispatcher.help.complete(code, cursor_pos)
        theirs = await self._ask_host(told.host)
        if told.completions is None and theirs is not None:
            return {"status": "ok", **theirs}
        ours = completion.reply(told.completions or completion.Completions(cursor_pos), cursor_pos)
        return completion.merged(ours, theirs)

    async def _ask_host(self, host: completion.AskHost) -> Message | None:
        """Passes the request that is being handled on to the sub-kernel, where that is to be asked."""
        if host is completion.AskHost.ALWAYS:
            return await self.ask_subkernel(self._request())
        if host is completion.AskHost.NEVER or not self.subkernel.running or self._executing:
            return None
        asking = asyncio.ensure_future(self.ask_subkernel(self._request()))
        done, _ = await asyncio.wait([asking], timeout=HOST_PATIENCE)
        return asking.result() if done else None

    async def do_history(
        self,
        hist_access_type: str,
        output: bool,
        raw: bool,
        session: int | None = None,
        start: int | None = None,
        stop: int | None = None,
        n: int | None = None,
        pattern: str | None = None,
        unique: bool = False,
    ) -> dict[str, Any]:
        """Returns executed cells, of boards and host alike."""
        match hist_access_type:
            case "tail":
                rows = self.history.tail(n, output=output)
            case "range":
                rows = self.history.range(session or 0, start or 0, stop, output=output)
            case "search":
                rows = self.history.search(pattern, n, unique=unique, output=output)
            case _:
                rows = []
        return {"status": "ok", "history": rows}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Tells a console whether to run what was typed."""
        target = self.dispatcher.target
        if target is Target.HOST and self.subkernel.running and not code.lstrip().startswith("%%"):
            content = await self.ask_subkernel(self._request())
            if content is not None:
                return content
        status, indent = is_complete(code, default=target)
        return {"status": status, "indent": indent} if status == "incomplete" else {"status": status}

    @property
    def kernel_info(self) -> dict[str, Any]:
        """Who this is. No subshells: comm messages of all frontends keep one order."""
        return {
            "protocol_version": "5.5",
            "implementation": self.implementation,
            "implementation_version": self.implementation_version,
            "language_info": self.language_info,
            "banner": f"IoT Kernel {__version__}\n{_BANNERS[Target(self.default_target)]}\n",
            "help_links": self.help_links,
            "supported_features": ["debugger"],
        }

    def answers_meanwhile(self, kind: str, content: Message) -> bool:
        """Whether a request can be answered while a cell runs: all that the sub-kernel is not asked for."""
        if kind in {"complete_request", "inspect_request", "is_complete_request"}:
            cursor = content.get("cursor_pos")
            code, at = str(content.get("code", "")), cursor if isinstance(cursor, int) else None
            return self.dispatcher.is_for_board(code, at)
        return kind in {"kernel_info_request", "history_request"}

    def answered_meanwhile(self) -> None:
        """The cell that runs keeps the kernel busy."""
        if self._executing is not None:
            self.publish("status", {"execution_state": "busy"}, self._executing)

    # debug_request

    async def answer_debugger(self, request: Message) -> Mapping[str, Any]:
        """Answers what is asked about code and variables of boards; all the rest is the sub-kernel's."""

        async def ask_host(question: Mapping[str, Any]) -> Mapping[str, Any] | None:
            return await self.ask_subkernel({**request, "content": question}, "control")

        ours = await self.dispatcher.answer_debugger(request["content"], ask_host)
        return ours or await super().answer_debugger(request)

    # shutdown_request and interrupt_request, on the control thread

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Lets the boards go and ends the sub-kernel."""
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        await asyncio.wait([asyncio.wrap_future(closing)], timeout=SHUTDOWN_TIMEOUT)
        return {"status": "ok", "restart": restart}

    async def interrupt_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Interrupts whatever runs."""
        self.interrupt()
        self.reply(stream, "interrupt_reply", {"status": "ok"}, parent, ident)

    def interrupt(self) -> None:
        """Interrupts whatever runs. May be called on any thread and in a signal handler."""
        self._loop.call_soon_threadsafe(lambda: self.dispatcher.interrupt())  # noqa: PLW0108  loaded there only

    # Helpers

    def _request(self) -> Message:
        """The shell request being handled."""
        request: Message = self.get_parent("shell")  # type: ignore[no-untyped-call]
        return request

    async def _prewarm(self) -> None:
        """Gets ready what the first cells need; what fails here is reported by the cell that needs it."""
        with contextlib.suppress(Exception):
            await asyncio.sleep(LOAD_AFTER)
            await self.dispatcher.wiring()
            gc.freeze()  # what is loaded by now stays, and garbage need not be looked for in it any more
            gc.set_threshold(GARBAGE)
        with contextlib.suppress(HostDiedError):
            await asyncio.sleep(PREWARM_AFTER)
            await self.subkernel.start()

    async def _close(self) -> None:
        self.history.close()
        await asyncio.gather(self.dispatcher.close(), self.subkernel.close())
