"""The four channels to the sub-kernel: passes messages on, one by one, in both directions.

Requests go on with the header the frontend gave them, so what the sub-kernel sends names the right request:
display ids, output widgets, debugger events and comms need no mapping. All methods run on the kernel's event
loop. Nothing here starts or ends a process: `iot_kernel.subkernel.process` does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import zmq
from jupyter_client.client import KernelClient
from jupyter_client.connect import KernelConnectionInfo
from zmq.eventloop.zmqstream import ZMQStream

Message = dict[str, Any]

#: Messages whose end a frontend knows by the sub-kernel's idle alone; not all that begin like these.
COMM = frozenset({"comm_open", "comm_msg", "comm_close"})

#: What the sub-kernel says to frontends. Its busy, idle and input echoes are left out: the outer kernel
#: sends its own.
OUTPUT = COMM | {"stream", "display_data", "update_display_data", "execute_result", "clear_output"}
OUTPUT |= {"error", "debug_event"}

#: Key in an execute request's metadata under which the cell's number and the kernel's magics are sent.
METADATA = "iot_kernel"

#: s between idle and its reply, two sockets apart; IPython sends none when interrupted at a bad time.
REPLY_GRACE = 1.0


class Frontend(Protocol):
    """Where the sub-kernel's messages go."""

    def relay_output(self, message: Message) -> None:
        """Publishes a message with the parent it names."""

    def relay_input_request(self, message: Message) -> None:
        """Asks the frontend whose request the message names."""


class _Exchange:
    """A request that the sub-kernel is working on."""

    def __init__(self, execution_count: int | None) -> None:
        loop = asyncio.get_running_loop()
        self.reply: asyncio.Future[Message] = loop.create_future()
        self.idle: asyncio.Future[None] = loop.create_future()
        self.execution_count = execution_count


class Channels:
    """The open channels to a running sub-kernel.

    Args:
        connection: where the sub-kernel's sockets are.
        frontend: receives what the sub-kernel sends.
    """

    def __init__(self, connection: KernelConnectionInfo, frontend: Frontend) -> None:
        # Only for its sockets: the manager's are asyncio's kind, which do not go with streams. The context is
        # ours, so that it ends when we say and not when the client is collected.
        self._context = zmq.Context()
        self._client = KernelClient(context=self._context)
        self._client.load_connection_info(connection)
        self._session = self._client.session
        self._frontend = frontend
        self.told = 0  # number of the last cell that the sub-kernel was told of
        self._exchanges: dict[str, _Exchange] = {}
        self._comms: dict[str, Mapping[str, Any]] = {}  # id -> the header it was opened with
        self._subscribed = asyncio.Event()
        self._can_ask = asyncio.Event()  # the sub-kernel's questions reach us
        self._is_cut = asyncio.Event()  # all that it published has come
        self._failure: Exception | None = None
        identity = self._session.bsession  # input requests go to who asked for the execution, by identity
        iopub = self._client.connect_iopub()
        self._monitors = [self._monitor(iopub, zmq.EVENT_DISCONNECTED, self._is_cut)]
        self._streams = {
            "iopub": self._listen(iopub, self._on_output),
            "shell": self._listen(self._client.connect_shell(identity), self._on_reply),
            "control": self._listen(self._client.connect_control(identity), self._on_reply),
            "stdin": self._listen(self._connect_stdin(connection, identity), frontend.relay_input_request),
        }

    @property
    def busy(self) -> bool:
        """Whether a request is being worked on."""
        return bool(self._exchanges)

    async def handshake(self) -> None:
        """Returns once the sub-kernel answers and its output is being heard."""
        await self._subscribed.wait()  # what is published before goes unheard, the first idle as well
        await self._can_ask.wait()  # a question before is dropped, and its cell would wait for ever
        await self.request("shell", self._session.msg("kernel_info_request"))

    def send(self, channel: str, message: Message) -> None:
        """Passes a message on under its own header."""
        header = {key: value for key, value in message["header"].items() if key != "subshell_id"}
        if header["msg_type"] in COMM:
            self._note_comm(header["msg_type"], message["content"], header)
        self._session.send(self._streams[channel], {**message, "header": header})

    async def request(
        self, channel: str, message: Message, *, execution_count: int | None = None
    ) -> Message | None:
        """Passes a request on and waits until it has been worked off.

        Args:
            channel: ``shell`` or ``control``.
            message: the request.
            execution_count: the number to put into results; the sub-kernel's own when None. IPython's results
                have the number before in a cell that does not go into its history.

        Returns:
            The reply's content; None when there is none, as for comm messages.

        Raises:
            Exception: what `fail` was called with meanwhile.
        """
        reply = await self._work_off(channel, message, execution_count)
        return None if reply is None else self._renumbered(reply["content"], execution_count)

    async def ask(self, kind: str, content: Mapping[str, Any], data: bytes) -> tuple[Message, bytes] | None:
        """Asks the sub-kernel something of our own; no frontend hears of it.

        Args:
            kind: the request's type.
            content: of the request.
            data: that goes with it.

        Returns:
            The reply's content and what came with it; None when there is no reply.

        Raises:
            Exception: as `request` does.
        """
        message: Message = {**self._session.msg(kind, dict(content)), "buffers": [data]}
        reply = await self._work_off("shell", message, None)
        return None if reply is None else (reply["content"], b"".join(map(bytes, reply["buffers"])))

    def fail(self, error: Exception) -> None:
        """Ends every request with ``error``, and every comm with a comm_close so that widgets show it."""
        self._failure = error
        self._subscribed.set()
        self._can_ask.set()
        for exchange in self._exchanges.values():
            if not exchange.idle.done():
                exchange.idle.set_exception(error)
        for comm_id, header in self._comms.items():
            message = self._session.msg("comm_close", {"comm_id": comm_id, "data": {}}, parent=dict(header))
            self._frontend.relay_output(message)
        self._comms.clear()

    async def hear_out(self, patience: float) -> None:
        """Returns once a process that has ended has been heard to its last word.

        Args:
            patience: s that it is waited for at most: a child of the process may hold its sockets open.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._is_cut.wait()
        while self._streams["iopub"].socket.poll(0):  # noqa: ASYNC110  the stream reads meanwhile
            await asyncio.sleep(0)

    def close(self) -> None:
        """Closes the channels. Twice is fine."""
        for stream in (*self._monitors, *self._streams.values()):
            stream.close(linger=0)
        self._context.term()

    async def _work_off(self, channel: str, message: Message, execution_count: int | None) -> Message | None:
        if self._failure is not None:
            raise self._failure
        exchange = self._exchanges[message["header"]["msg_id"]] = _Exchange(execution_count)
        try:
            self.send(channel, message)
            await exchange.idle
            if message["header"]["msg_type"] in COMM:
                return None
            async with asyncio.timeout(REPLY_GRACE):
                return await exchange.reply
        except TimeoutError:
            return None
        finally:
            self._exchanges.pop(message["header"]["msg_id"], None)

    def _listen(self, socket: zmq.Socket[bytes], handle: Callable[[Message], None]) -> ZMQStream:
        def receive(frames: list[Any]) -> None:
            _, parts = self._session.feed_identities(frames)
            handle(self._session.deserialize(parts))

        stream = ZMQStream(socket)
        stream.on_recv(receive)
        return stream

    def _monitor(self, socket: zmq.Socket[bytes], event: int, happened: asyncio.Event) -> ZMQStream:
        monitor = ZMQStream(socket.get_monitor_socket(event))
        monitor.on_recv(lambda _: happened.set())
        return monitor

    def _connect_stdin(self, connection: KernelConnectionInfo, identity: bytes) -> zmq.Socket[bytes]:
        """Connects the channel of questions, and sees when the sub-kernel knows us there.

        It is watched from before, which the client does not offer. ZMQ_IMMEDIATE would show the same, but
        drops what a process that dies has still sent, and aborts ours when that comes in the middle of a
        message.
        """
        stdin = self._context.socket(zmq.DEALER)
        stdin.identity = identity
        self._monitors.append(self._monitor(stdin, zmq.EVENT_HANDSHAKE_SUCCEEDED, self._can_ask))
        separator = ":" if connection["transport"] == "tcp" else "-"
        stdin.connect(f"{connection['transport']}://{connection['ip']}{separator}{connection['stdin_port']}")
        return stdin

    def _on_reply(self, message: Message) -> None:
        exchange = self._exchanges.get(message["parent_header"].get("msg_id", ""))
        if exchange is not None and not exchange.reply.done():
            exchange.reply.set_result(message)

    def _on_output(self, message: Message) -> None:
        kind, parent = message["msg_type"], message["parent_header"]
        if kind == "iopub_welcome":
            self._subscribed.set()
        elif kind == "status":
            self._on_status(message)
        elif kind in OUTPUT and parent.get("session") != self._session.session:
            if kind in COMM:
                self._note_comm(kind, message["content"], parent)
            exchange = self._exchanges.get(parent.get("msg_id", ""))
            if exchange is not None:
                message["content"] = self._renumbered(message["content"], exchange.execution_count)
            self._frontend.relay_output(message)

    def _on_status(self, message: Message) -> None:
        parent = message["parent_header"]
        if parent.get("msg_type") in COMM:
            self._frontend.relay_output(message)
        exchange = self._exchanges.get(parent.get("msg_id", ""))
        idle = message["content"]["execution_state"] == "idle"
        if exchange is not None and idle and not exchange.idle.done():
            exchange.idle.set_result(None)

    def _note_comm(self, kind: str, content: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        if kind == "comm_open":
            self._comms[content["comm_id"]] = header
        elif kind == "comm_close":
            self._comms.pop(content["comm_id"], None)

    @staticmethod
    def _renumbered(content: Message, execution_count: int | None) -> Message:
        if execution_count is None or "execution_count" not in content:
            return content
        return {**content, "execution_count": execution_count}
