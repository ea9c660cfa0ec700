"""A Jupyter kernel with its host side in a sub-kernel: what the two and the frontends say to each other.

Comms, the debugger and questions for input are the sub-kernel's; here they only pass through, each under the
header of the request it belongs to. Everything runs on the kernel's event loop unless it says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from jupyter_client.session import Session
from zmq.eventloop.zmqstream import ZMQStream

from iot_kernel.errors import HostDiedError
from iot_kernel.kernel.stop_on_error import StopOnError, clock
from iot_kernel.subkernel.channels import COMM, Message
from iot_kernel.subkernel.ipykernel_internals import KernelBase
from iot_kernel.subkernel.process import StartInterrupted, SubkernelProcess

#: When the message that is being handled came.
_ARRIVED: ContextVar[datetime] = ContextVar("arrived")

_ABORTED = {"status": "aborted"}  # the specification calls it deprecated, and frontends go by it


class ProxyKernel(KernelBase):
    """The base of the kernel: implements `channels.Frontend`."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.subkernel = SubkernelProcess(self, self.subkernel_environment)
        for kind in COMM:
            self.shell_handlers[kind] = self.comm_message
        self._asker: list[bytes] = []  # the frontend whose cell runs: input is asked from it
        self._executing: Message | None = None
        self._stop_on_error = StopOnError()
        self._tasks: set[asyncio.Future[Any]] = set()

    def start(self) -> None:
        """Begins to take requests."""
        super().start()  # type: ignore[no-untyped-call]
        self._loop: asyncio.AbstractEventLoop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        self._stdin = ZMQStream(self.stdin_socket, self.io_loop)
        self._stdin.on_recv(self._take_input)

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
            self._send(stream, "execute_reply", _ABORTED, msg, idents, metadata=metadata)
        return not dropped

    async def execute_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Executes a cell for the frontend ``ident``."""
        self._asker, self._executing = ident, parent
        # What waits behind a failed cell is ours to drop: ipykernel drops the first of them only.
        ours = {**parent, "content": {**parent["content"], "stop_on_error": False}}
        try:
            await super().execute_request(stream, ident, ours)  # type: ignore[no-untyped-call]
        finally:
            self._executing = None

    def subkernel_environment(self) -> Mapping[str, str]:
        """Variables for the sub-kernel beyond this process's."""
        return {}

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
        self.note_published(kind, content)
        topic = f"kernel.{self.ident}.{kind}".encode()
        self._send(self.iopub_socket, kind, content, parent, topic, metadata=metadata, buffers=buffers)

    def note_published(self, kind: str, content: Mapping[str, Any]) -> None:
        """Sees what goes to the frontends, right before; from any thread."""

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
            self.subkernel.answer_input(message)

    # Comms and the debugger: the sub-kernel's

    async def comm_message(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a comm message on. Without a sub-kernel nobody listens, which is said at once."""
        if self.subkernel.running:
            await self._ask_subkernel(parent)
        elif parent["msg_type"] == "comm_open":
            self.publish("comm_close", {"comm_id": parent["content"]["comm_id"], "data": {}}, parent)

    async def comm_info_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Says which comms are open."""
        content = await self._ask_subkernel(parent) if self.subkernel.running else None
        nothing = {"status": "ok", "comms": {}}
        self._send(stream, "comm_info_reply", content or nothing, parent, ident)

    async def debug_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a debugger's request on. Runs on the control thread.

        The reply is not awaited: the control channel takes one request after the other, and an interrupt must
        never wait for a debugger.
        """
        control = asyncio.get_running_loop()

        async def ask() -> None:
            content = await self._ask_subkernel(parent, "control") or no_debugger(parent["content"])
            control.call_soon_threadsafe(self._send, stream, "debug_reply", content, parent, ident)

        asyncio.run_coroutine_threadsafe(ask(), self._loop)

    # Helpers

    def _request(self) -> Message:
        """The shell request being handled."""
        request: Message = self.get_parent("shell")  # type: ignore[no-untyped-call]
        return request

    async def _ask_subkernel(self, request: Message, channel: str = "shell") -> Message | None:
        try:
            return await self.subkernel.request(request, channel=channel)
        except (HostDiedError, StartInterrupted):
            return None

    def _background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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


def no_debugger(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a debugger's request when there is no sub-kernel to debug."""
    return {
        "type": "response",
        "seq": 0,
        "request_seq": request.get("seq", 0),
        "success": False,
        "command": request.get("command", ""),
        "message": "the process of host cells is not running",
    }
