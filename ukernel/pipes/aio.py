"""Reads a pipe in asynchronous code: ``async for data in stream("adc")``."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from types import TracebackType
from typing import Self, overload

from ukernel.pipes.client import CHUNK
from ukernel.pipes.discovery import PipeSource, find
from ukernel.pipes.framing import PipeError, Request, check_wanted, write_request
from ukernel.pipes.inbox import Inbox, MessageReader
from ukernel.pipes.reader import PipeReader


class Stream(MessageReader):
    """The messages of a pipe: an asynchronous iterator, and an asynchronous context manager that hangs up.

    The first message that is asked for connects; the event loop is never blocked.

    Args:
        name: of the pipe.
        host: see `subscribe`, as the others.
        port: where a kernel listens.
        token: the kernel's.
        device: the board.
        broker: an MQTT broker instead of a kernel.

    Raises:
        ValueError: no pipe can have this name.
    """

    def __init__(
        self,
        name: str,
        *,
        host: str | None = None,
        port: int | None = None,
        token: str | None = None,
        device: str | None = None,
        broker: str | None = None,
    ) -> None:
        super().__init__(Inbox(f"pipe {name!r}"))
        self._connection: socket.socket | None = None
        self.name = check_wanted(name, broker)
        self._find = partial(find, name, host=host, port=port, token=token, device=device, broker=broker)
        self._is_closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Waits for the next message.

        Raises:
            StopAsyncIteration: the pipe has ended.
            PipeError: the kernel hung up and said why.
            ConnectionError: no kernel was found.
        """
        while (data := self._inbox.take()) is None:
            if self._inbox.has_ended or self._is_closed:
                await self.aclose()
                raise StopAsyncIteration
            await self._receive(self._connection or await self._connect())
        return data

    async def aclose(self) -> None:
        """Hangs up. Twice is fine."""
        self._is_closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._connection is not None:  # the loop was left early: nobody reads any more
            self._connection.close()

    async def _connect(self) -> socket.socket:
        finding = asyncio.ensure_future(asyncio.to_thread(self._find))
        try:
            address, connection = await asyncio.shield(finding)
        except asyncio.CancelledError:
            finding.add_done_callback(_let_go)
            raise
        self._connection, self._inbox = connection, Inbox(f"pipe {self.name!r} at {address}")
        connection.setblocking(False)
        request = Request(self.name, address.token, stamps=True)
        await asyncio.get_running_loop().sock_sendall(connection, write_request(request))
        return connection

    async def _receive(self, connection: socket.socket) -> None:
        try:
            data = await asyncio.get_running_loop().sock_recv(connection, CHUNK)
        except OSError:  # the kernel died
            data = b""
        try:
            self._inbox.feed(data)
        except PipeError:
            await self.aclose()
            raise


class ReaderStream:
    """The messages of a pipe that is open already, or of a recording, as `Stream` gives them.

    Args:
        pipe: closed by `aclose`.
    """

    def __init__(self, pipe: PipeReader) -> None:
        self._pipe = pipe
        self._pending: asyncio.Future[bytes | None] | None = None

    @property
    def lost(self) -> int:
        """Messages lost between the first and the last one that was read."""
        return self._pipe.lost

    @property
    def arrived(self) -> float:
        """When the kernel had the last message, in seconds since 1970; 0 before the first."""
        return self._pipe.arrived

    @property
    def clock(self) -> int | None:
        """The board's clock when it wrote the last message; see `Pipe.clock`."""
        return self._pipe.clock

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Waits for the next message, on a thread.

        Raises:
            StopAsyncIteration: the pipe has ended.
            PipeError: it cannot be read any further, and why.
        """
        if self._pending is None:
            self._pending = asyncio.ensure_future(asyncio.to_thread(self._pipe.read))
        data = await asyncio.shield(self._pending)  # who is cancelled here gets the message the next time
        self._pending = None
        if data is None:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        """Reads no more. Twice is fine."""
        self._pipe.close()
        if self._pending is not None:
            await asyncio.wait([self._pending])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@overload
def stream(
    name: str,
    *,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> Stream: ...


@overload
def stream(
    name: PipeReader,
    *,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> ReaderStream: ...


def stream(
    name: str | PipeReader,
    *,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> Stream | ReaderStream:
    """Gives the messages of a pipe to ``async for``.

    Args:
        name: of the pipe; or a pipe that is open, such as a `Replay`.
        host: see `subscribe`, as the others.
        port: where a kernel listens.
        token: the kernel's.
        device: the board.
        broker: an MQTT broker instead of a kernel.

    Returns:
        The stream; with ``async with`` it hangs up at the end of the block.
    """
    if isinstance(name, PipeReader):
        return ReaderStream(name)
    return Stream(name, host=host, port=port, token=token, device=device, broker=broker)


def _let_go(finding: asyncio.Future[tuple[PipeSource, socket.socket]]) -> None:
    """Closes a connection that was made after its reader had given up."""
    if not finding.cancelled() and finding.exception() is None:
        finding.result()[1].close()
