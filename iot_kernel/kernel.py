"""The IoT Kernel as Jupyter sees it: requests in, replies out, in the words of the messaging specification.

This process runs no code of the user: a cell's parts run on a worker thread, host code runs in a
sub-kernel. The event loop only passes messages on and waits for neither. No line here knows how a board is
reached.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from ipykernel.kernelbase import Kernel
from jupyter_client.session import Session
from jupyter_core.paths import jupyter_data_dir
from traitlets import CaselessStrEnum, List
from zmq.eventloop.zmqstream import ZMQStream

from iot_kernel import __version__, assist
from iot_kernel.cell import Target, is_complete
from iot_kernel.cells import Cells
from iot_kernel.errors import HostDiedError
from iot_kernel.history import History
from iot_kernel.host import Host, HostStartInterrupted
from iot_kernel.relay import COMM, Message

LOAD_AFTER = 0.2  # s after the start: behind the frontend's first requests, before the first cell
PREWARM_AFTER = 0.8  # s after that: starting the sub-kernel at once would make the kernel ready later
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

_BANNERS = {
    Target.BOARD: "A cell runs on the connected board, %%host runs it here. %lsmagic lists the magics.",
    Target.HOST: "A cell runs here, %%ucore runs it on the connected board. %lsmagic lists the magics.",
}


class IoTKernel(Kernel):
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

    _execute_sleep = 0.0  # stock kernels wait here for output on its way; ours is flushed before the reply

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.host = Host(self)
        self.history = History(Path(jupyter_data_dir()) / "iot-kernel" / "history.sqlite")
        for kind in COMM:
            self.shell_handlers[kind] = self.comm_message
        self._result: str | None = None  # Out[n] of the running cell
        self._asker: list[bytes] = []  # the frontend whose cell runs: input is asked from it
        self._executing: Message | None = None
        self._tasks: set[asyncio.Future[Any]] = set()

    # Life

    def start(self) -> None:
        """Begins to take requests; what the first of them do not need is loaded later."""
        super().start()  # type: ignore[no-untyped-call]
        self._loop: asyncio.AbstractEventLoop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        self.cells = Cells(self._loop, self.host, self.publish, Target(self.default_target))
        self._stdin = ZMQStream(self.stdin_socket, self.io_loop)
        self._stdin.on_recv(self._take_input)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, lambda *_: self.interrupt())
        self._loop.call_soon(lambda: self._background(self._prewarm()))

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Lets the boards go and ends the sub-kernel. Runs on the control thread."""
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        await asyncio.wait([asyncio.wrap_future(closing)], timeout=SHUTDOWN_TIMEOUT)
        return {"status": "ok", "restart": restart}

    def pre_handler_hook(self) -> None:
        """Leaves the handler of SIGINT alone: ours serves all requests."""

    def post_handler_hook(self) -> None:
        """Leaves the handler of SIGINT alone."""

    # Execution

    async def execute_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Executes a cell for the frontend ``ident``."""
        self._asker, self._executing = ident, parent
        try:
            await super().execute_request(stream, ident, parent)  # type: ignore[no-untyped-call]
        finally:
            self._executing = None

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
        reply = await self.cells.execute(self._request(), self.execution_count)
        if store_history and not silent:
            self.history.add(self.execution_count, code, self._result)
            self._loop.call_later(SAVE_AFTER, self.history.save)
        return {"execution_count": self.execution_count, **reply}

    def interrupt(self) -> None:
        """Interrupts whatever runs. May be called on any thread and in a signal handler."""
        self._loop.call_soon_threadsafe(self.cells.interrupt)

    async def interrupt_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Interrupts whatever runs. Runs on the control thread."""
        self.interrupt()
        self._send(stream, "interrupt_reply", {"status": "ok"}, parent, ident)

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Drops the cells that wait behind a failed one: those that hold a place in the queue by now."""
        self._aborting = True
        if self.shell_stream is not None:
            self.shell_stream.flush()
        self._background(self._stop_aborting())

    async def _stop_aborting(self) -> None:
        async with self._main_asyncio_lock:  # the queue is fair: all that wait now come first
            self._aborting = False

    # What cells show and ask

    def publish(
        self,
        kind: str,
        content: Mapping[str, Any],
        parent: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        buffers: list[Any] | None = None,
    ) -> None:
        """Sends a message to all frontends, from any thread."""
        if kind == "execute_result":
            self._result = content["data"].get("text/plain")
        topic = self._topic(kind)  # type: ignore[no-untyped-call]
        self._send(self.iopub_socket, kind, content, parent, topic, metadata=metadata, buffers=buffers)

    def relay_output(self, message: Message) -> None:
        """Publishes what the sub-kernel says, with the parent it names.

        A widget's message is idle when it has been handled; a cell that runs meanwhile keeps the kernel busy.
        """
        content, parent = message["content"], message["parent_header"]
        self.publish(message["msg_type"], content, parent, message["metadata"], message.get("buffers"))
        if message["msg_type"] == "status" and content["execution_state"] == "idle" and self._executing:
            self.publish("status", {"execution_state": "busy"}, self._executing)

    def relay_input_request(self, message: Message) -> None:
        """Asks the frontend whose cell runs for a line of input."""
        parent = message["parent_header"]
        self._send(self._stdin, "input_request", message["content"], parent, self._asker)

    def _take_input(self, frames: list[bytes]) -> None:
        message = self._session.deserialize(self._session.feed_identities(frames)[1])
        if message["msg_type"] == "input_reply":
            self.host.answer_input(message)

    # Comms and the debugger: the sub-kernel's

    async def comm_message(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a comm message on. Without a sub-kernel nobody listens, which is said at once."""
        if self.host.running:
            await self._ask_host(parent)
        elif parent["msg_type"] == "comm_open":
            self.publish("comm_close", {"comm_id": parent["content"]["comm_id"], "data": {}}, parent)

    async def comm_info_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Says which comms are open."""
        content = await self._ask_host(parent) if self.host.running else None
        nothing = {"status": "ok", "comms": {}}
        self._send(stream, "comm_info_reply", content or nothing, parent, ident)

    async def debug_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a debugger's request on. Runs on the control thread.

        The reply is not awaited: the control channel takes one request after the other, and an interrupt must
        never wait for a debugger.
        """
        control = asyncio.get_running_loop()

        async def ask() -> None:
            content = await self._ask_host(parent, "control") or assist.no_debugger(parent["content"])
            control.call_soon_threadsafe(self._send, stream, "debug_reply", content, parent, ident)

        asyncio.run_coroutine_threadsafe(ask(), self._loop)

    # What frontends ask while a cell is written

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

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        """Completes names of magics, and whatever the sub-kernel completes in its cells."""
        magics = (await self.cells.rooms()).magics
        ours = assist.complete_magic(code, cursor_pos, magics)
        theirs: Message | None = None
        if assist.is_for_host(code, self.cells.target, magics) or (ours and self.host.running):
            theirs = await self._ask_host(self._request())
        return assist.merge_completions(ours, theirs, cursor_pos)

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        """Shows the help of a magic, and whatever the sub-kernel knows in its cells."""
        magics = (await self.cells.rooms()).magics
        text = assist.help_of_magic(code, cursor_pos, magics)
        content: Message | None = None
        if text is None and assist.is_for_host(code, self.cells.target, magics):
            content = await self._ask_host(self._request())
        data = {} if text is None else {"text/plain": text}
        return content or {"status": "ok", "found": bool(data), "data": data, "metadata": {}}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Tells a console whether to run what was typed."""
        target = self.cells.target
        if target is Target.HOST and self.host.running and not code.lstrip().startswith("%%"):
            content = await self._ask_host(self._request())
            if content is not None:
                return content
        status, indent = is_complete(code, default=target)
        return {"status": status, "indent": indent} if status == "incomplete" else {"status": status}

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

    # Helpers

    def _request(self) -> Message:
        """The shell request being handled."""
        request: Message = self.get_parent("shell")  # type: ignore[no-untyped-call]
        return request

    def _send(
        self,
        socket: Any,  # noqa: ANN401  ipykernel has three kinds
        kind: str,
        content: Mapping[str, Any],
        parent: Mapping[str, Any],
        ident: bytes | list[bytes],
        *,
        metadata: Mapping[str, Any] | None = None,
        buffers: list[Any] | None = None,
    ) -> None:
        self._session.send(
            socket,
            kind,
            dict(content),
            dict(parent),
            ident,
            buffers,
            metadata=None if metadata is None else dict(metadata),
        )

    @property
    def _session(self) -> Session:
        assert self.session is not None  # noqa: S101  the application gave us one
        return self.session

    async def _ask_host(self, request: Message, channel: str = "shell") -> Message | None:
        try:
            return await self.host.request(request, channel=channel)
        except (HostDiedError, HostStartInterrupted):
            return None

    async def _prewarm(self) -> None:
        """Gets ready what the first cells need; what fails here is reported by the cell that needs it."""
        with contextlib.suppress(Exception):
            await asyncio.sleep(LOAD_AFTER)
            await self.cells.rooms()
        with contextlib.suppress(HostDiedError, HostStartInterrupted):
            await asyncio.sleep(PREWARM_AFTER)
            await self.host.start()

    def _background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        self.history.close()
        await asyncio.gather(self.cells.close(), self.host.close())
