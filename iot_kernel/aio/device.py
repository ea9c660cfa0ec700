"""`AsyncDevice`, `connect` and `discover`: awaited, what blocking ones do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator
from functools import update_wrapper
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from iot_kernel.api.calls import DeviceCalls, DeviceEvents, PendingCall
from iot_kernel.api.clock import DeviceClock
from iot_kernel.api.connecting import FoundBoard, open_board
from iot_kernel.api.connecting import discover as discover_now
from iot_kernel.api.device import ApiDevice
from iot_kernel.api.files import DeviceFiles
from iot_kernel.api.pipes import DevicePipes
from iot_kernel.api.programs import DevicePrograms
from iot_kernel.api.running import check_text
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.info import DeviceInfo
from iot_kernel.pipes.hub import PipeInfo
from ukernel.pipes.aio import Stream, stream

P = ParamSpec("P")
T = TypeVar("T")

#: s after which a loop that waits for a call looks around: Jupyter's Python kernel cancels from a signal
#: handler, which does not wake the loop.
LOOK = 0.2


async def ended(call: PendingCall[T]) -> T:
    """Waits for a call; where this is cancelled, the call is interrupted, and has ended when this ends."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    call.future.add_done_callback(lambda _: loop.call_soon_threadsafe(over.set))
    try:
        await _set(over)
    except asyncio.CancelledError:
        while not call.future.done():
            call.interrupt()
            try:
                await _set(over)
            except asyncio.CancelledError:
                continue  # once more: that is another interrupt
        raise
    return call.future.result()


async def _set(event: asyncio.Event) -> None:
    """Waits for an event, and wakes the loop meanwhile."""
    while not event.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await event.wait()


class AwaitedCalls:
    """Something of a board whose blocking methods are awaited.

    Args:
        calls: to the board.
        blocking: has these methods.
    """

    def __init__(self, calls: DeviceCalls, blocking: Any) -> None:  # noqa: ANN401  of any class
        self._calls = calls
        self._blocking = blocking

    def __repr__(self) -> str:
        return f"<aio.{repr(self._blocking)[1:]}"

    async def call(self, method: Callable[..., T], *args: object, **options: object) -> T:
        """Calls one of the methods, on the thread of the device."""
        return await ended(
            self._calls.begin(lambda: method(self._blocking, *args, **options), in_steps=False)
        )


def awaited(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Makes a method of `AwaitedCalls` of a blocking one, with the same parameters."""

    async def call(self: Any, /, *args: P.args, **options: P.kwargs) -> T:  # noqa: ANN401
        found: T = await self.call(method, *args, **options)
        return found

    update_wrapper(call, method)
    return call


class AsyncFiles(AwaitedCalls):
    """The files of one board; see `iot_kernel.DeviceFiles`."""

    put = awaited(DeviceFiles.put)
    get = awaited(DeviceFiles.get)
    read_bytes = awaited(DeviceFiles.read_bytes)
    write_bytes = awaited(DeviceFiles.write_bytes)
    listdir = awaited(DeviceFiles.listdir)
    walk = awaited(DeviceFiles.walk)
    makedirs = awaited(DeviceFiles.makedirs)
    remove = awaited(DeviceFiles.remove)
    sync = awaited(DeviceFiles.sync)
    snapshot = awaited(DeviceFiles.snapshot)
    restore = awaited(DeviceFiles.restore)


class AsyncClock(AwaitedCalls):
    """The clock of one board; see `iot_kernel.DeviceClock`."""

    read = awaited(DeviceClock.read)
    set = awaited(DeviceClock.set)


class AsyncPrograms(AwaitedCalls):
    """What one board starts by itself; see `iot_kernel.DevicePrograms`."""

    deploy = awaited(DevicePrograms.deploy)
    roll_back = awaited(DevicePrograms.roll_back)


class AsyncPipes(AwaitedCalls):
    """The pipes of one board; see `iot_kernel.DevicePipes`."""

    def __init__(self, pipes: DevicePipes) -> None:
        self._blocking = self._pipes = pipes

    def open(self) -> list[PipeInfo]:
        """Returns the pipes that the board has open now, by their names."""
        return self._pipes.open()

    async def stream(self, name: str) -> Stream:
        """Gives the messages of a pipe to ``async for``; the first that is asked for connects.

        Raises:
            ValueError: no pipe can have this name.
            OSError: this computer has no port to spare.
        """
        address = await asyncio.to_thread(lambda: self._pipes.address)
        return stream(name, port=address.port, token=address.token)

    async def publish(self, name: str | None, broker: str, *, board: str = "", waits: bool = True) -> None:
        """Publishes a pipe at an MQTT broker; see `iot_kernel.DevicePipes`."""
        await asyncio.to_thread(self._pipes.publish, name, broker, board=board, waits=waits)

    async def unpublish(self, name: str | None = None) -> None:
        """Publishes a pipe no more, at no broker; see `iot_kernel.DevicePipes`."""
        await asyncio.to_thread(self._pipes.unpublish, name)


class AsyncDevice(AwaitedCalls):
    """A board that is connected: `iot_kernel.aio.connect` gives it; see `iot_kernel.Device`.

    When a call is cancelled, what runs on the board is interrupted, and the board is usable.

    Args:
        calls: to the board.
        device: the same board for blocking calls.

    Attributes:
        files: what is stored on the board.
        clock: the board's.
        programs: what the board starts by itself.
        events: what is called when something happens that nobody has asked for; on a thread of the device.
    """

    def __init__(self, calls: DeviceCalls, device: ApiDevice) -> None:
        super().__init__(calls, device)
        self._device = device
        self.files = AsyncFiles(calls, device.files)
        self.clock = AsyncClock(calls, device.clock)
        self.programs = AsyncPrograms(calls, device.programs)
        self.events: DeviceEvents = device.events

    exec = awaited(ApiDevice.exec)
    eval = awaited(ApiDevice.eval)
    get = awaited(ApiDevice.get)
    set = awaited(ApiDevice.set)
    install = awaited(ApiDevice.install)
    soft_reset = awaited(ApiDevice.soft_reset)
    hard_reset = awaited(ApiDevice.hard_reset)

    async def run(
        self,
        function: Callable[..., T],
        *args: object,
        on_output: TextSink | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  of the code on the board
    ) -> T:
        """See `iot_kernel.Device.run`."""
        device = self._device
        return await ended(
            self._calls.begin(
                lambda: device.run(function, *args, on_output=on_output, timeout=timeout), in_steps=False
            )
        )

    def pipes(self) -> AsyncPipes:
        """The pipes of the board."""
        return AsyncPipes(self._device.pipes())

    def interrupt(self) -> None:
        """Ends the code that runs on the board with KeyboardInterrupt; returns at once."""
        self._device.interrupt()

    @property
    def info(self) -> DeviceInfo:
        """What the board says of itself."""
        return self._device.info

    @property
    def name(self) -> str:
        """The board's name in a device file, else its uid, else its url."""
        return self._device.name

    @property
    def url(self) -> str:
        """Where the board is, or was."""
        return self._device.url

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return self._device.is_open

    async def close(self) -> None:
        """Lets the board go; see `iot_kernel.Device.close`."""
        await asyncio.to_thread(self._device.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


# Tracebacks, help() and the repr of the class show these.
AsyncDevice.__module__, AsyncDevice.__name__, AsyncDevice.__qualname__ = "iot_kernel.aio", "Device", "Device"


class Connecting:
    """A board on its way: ``board = await connect(...)``, or ``async with connect(...) as board``.

    Args:
        board: see `iot_kernel.connect`, as the others.
        schemes: the kinds of connection that will do.
        password: for WebREPL.
    """

    def __init__(self, board: str, schemes: tuple[str, ...], password: str | None) -> None:
        self._wanted = (board, schemes, password)
        self._device: AsyncDevice | None = None

    def __await__(self) -> Generator[Any, None, AsyncDevice]:
        return self._connect().__await__()

    async def __aenter__(self) -> AsyncDevice:
        self._device = await self._connect()
        return self._device

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._device is not None:
            await self._device.close()

    async def _connect(self) -> AsyncDevice:
        calls = DeviceCalls()
        device = AsyncDevice(calls, ApiDevice(calls))
        try:
            await ended(calls.begin(lambda: open_board(calls, *self._wanted)))
        except BaseException:
            await device.close()
            raise
        return device


def connect(board: str = "", *schemes: str, password: str | None = None) -> Connecting:
    """Connects a board; see `iot_kernel.connect`."""
    check_text("a board's name or url", board)
    return Connecting(board, schemes, password)


async def discover() -> list[FoundBoard]:
    """Searches for boards; see `iot_kernel.discover`."""
    return await asyncio.to_thread(discover_now)
