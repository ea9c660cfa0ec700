"""A Jupyter kernel with its host side in a sub-kernel: what the two and the frontends say to each other.

Comms, the debugger and questions for input are the sub-kernel's; here they only pass through, each under the
header of the request it belongs to. Everything runs on the kernel's event loop unless it says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from zmq.eventloop.zmqstream import ZMQStream

from iot_kernel.errors import HostDiedError
from iot_kernel.subkernel.channels import COMM, Message
from iot_kernel.subkernel.ipykernel_internals import KernelBase
from iot_kernel.subkernel.process import SubkernelProcess


class ProxyKernel(KernelBase):
    """The base of the kernel: implements `channels.Frontend`."""

    msg_types = [*KernelBase.msg_types, *sorted(COMM)]  # noqa: RUF012  ipykernel declares it so

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        assert self.session is not None  # noqa: S101  the application gave us one
        self._session = self.session
        self.subkernel = SubkernelProcess(self, self.subkernel_environment)
        self._asker: list[bytes] = []  # the frontend whose cell runs: input is asked from it
        self._executing: Message | None = None
        self._on_answer: Callable[[str], None] | None = None  # takes the line that a board's code asked for

    def start(self) -> None:
        """Begins to take requests."""
        super().start()  # type: ignore[no-untyped-call]
        self._loop: asyncio.AbstractEventLoop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        self._stdin = ZMQStream(self.stdin_socket, self.io_loop)
        self._stdin.on_recv(self._take_input)

    async def subkernel_environment(self) -> Mapping[str, str]:
        """Variables for the sub-kernel beyond this process's."""
        raise NotImplementedError

    # Requests on the shell channel

    async def execute_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Executes a cell for the frontend ``ident``."""
        self._asker, self._executing = ident, parent
        try:
            await super().execute_request(stream, ident, parent)  # type: ignore[no-untyped-call]
        finally:
            self._executing = self._on_answer = None

    async def comm_info_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Says which comms are open."""
        content = await self.ask_subkernel(parent) if self.subkernel.running else None
        nothing = {"status": "ok", "comms": {}}
        self.reply(stream, "comm_info_reply", content or nothing, parent, ident)

    # Requests on the control channel

    async def debug_request(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Has a debugger's request answered. Runs on the control thread.

        The reply is not awaited: the control channel takes one request after the other, and an interrupt must
        never wait for a debugger.
        """
        control = asyncio.get_running_loop()

        async def ask() -> None:
            content = await self.answer_debugger(parent)
            control.call_soon_threadsafe(self.reply, stream, "debug_reply", content, parent, ident)

        asyncio.run_coroutine_threadsafe(ask(), self._loop)

    async def answer_debugger(self, request: Message) -> Mapping[str, Any]:
        """Passes a debugger's request on to the sub-kernel; returns the content of the debug_reply."""
        return await self.ask_subkernel(request, "control") or no_debugger(request["content"])

    # Messages on the iopub channel

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
        self.reply(self.iopub_socket, kind, content, parent, topic, metadata=metadata, buffers=buffers)

    def note_published(self, kind: str, content: Mapping[str, Any]) -> None:
        """Sees what goes to the frontends, right before; from any thread."""

    def relay_output(self, message: Message) -> None:
        """Publishes what the sub-kernel says, with the parent it names.

        What replaces an earlier display comes from a thread, at any time. It names the cell that runs: a
        program that runs a notebook hears that one only, and frontends go by the display's id.

        A widget's message is idle when it has been handled; a cell that runs meanwhile keeps the kernel busy.
        """
        content, parent = message["content"], message["parent_header"]
        if message["msg_type"] == "update_display_data":
            parent = self._executing or parent
        self.publish(message["msg_type"], content, parent, message["metadata"], message.get("buffers"))
        if message["msg_type"] == "status" and content["execution_state"] == "idle" and self._executing:
            self.publish("status", {"execution_state": "busy"}, self._executing)

    # Questions on the stdin channel

    def ask_frontend(self, prompt: str, request: Message, on_answer: Callable[[str], None]) -> None:
        """Asks the frontend whose cell runs for a line of input.

        Args:
            prompt: what it shows.
            request: of the cell.
            on_answer: takes the line, unless the cell ends first.
        """
        self._on_answer = on_answer
        content = {"prompt": prompt, "password": False}
        self.reply(self._stdin, "input_request", content, request, self._asker)

    def relay_input_request(self, message: Message) -> None:
        """Asks the frontend whose cell runs for a line of input."""
        self.reply(self._stdin, "input_request", message["content"], message["parent_header"], self._asker)

    def _take_input(self, frames: list[bytes]) -> None:
        message = self._session.deserialize(self._session.feed_identities(frames)[1])
        if message["msg_type"] != "input_reply":
            return
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is None:
            self.subkernel.answer_input(message)
        else:
            on_answer(str(message["content"].get("value", "")))

    # Comms

    async def comm_open(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a new comm on. Without a sub-kernel the comm is closed at once."""
        if not self.subkernel.running:
            self.publish("comm_close", {"comm_id": parent["content"]["comm_id"], "data": {}}, parent)
        await self.comm_msg(stream, ident, parent)

    async def comm_msg(self, stream: ZMQStream, ident: list[bytes], parent: Message) -> None:
        """Passes a comm's message on."""
        if self.subkernel.running:
            await self.ask_subkernel(parent)

    comm_close = comm_msg

    # What requests are answered with

    def reply(
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
        """Sends a message about the request ``parent`` to the frontend ``ident``."""
        about = None if metadata is None else dict(metadata)
        self._session.send(socket, kind, dict(content), dict(parent), ident, buffers, metadata=about)

    async def ask_subkernel(self, request: Message, channel: str = "shell") -> Message | None:
        """Has the sub-kernel answer a request.

        Returns:
            The reply's content; None when there is none.
        """
        try:
            return await self.subkernel.request(request, channel=channel)
        except HostDiedError:
            return None


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
