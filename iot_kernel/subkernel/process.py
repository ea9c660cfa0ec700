"""The process of the sub-kernel: started when the first host cell needs it, replaced when it dies.

Host code runs in a process of its own, so that its crashes, its blocking and its memory never touch the link
to a board. `iot_kernel.subkernel.channels` passes the messages. All methods run on the kernel's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from iot_kernel.errors import HostDiedError
from iot_kernel.subkernel.channels import METADATA, Channels, Frontend, Message
from iot_kernel.subkernel.session_cells import SessionCells

WATCH_INTERVAL = 0.1  # s between looks at the process: how late a crash is noticed at most
LAST_WORDS = 1.0  # s for what a process that died had still sent; it takes some ms
SHUTDOWN_WAIT = 0.7  # s for the user's exit handlers, before a kill; a shutdown has to end within 1 s

#: bytes in the name of a directory for sockets: their paths have at most 107, and end with "/host-ipc-5".
LONGEST_DIRECTORY = 90

_PREFIX = "iot-host-"
_SHUTTING_DOWN = "the kernel is shutting down"

#: How Windows tells crashes, where POSIX has signals.
_CRASHES = {
    0xC0000005: "access violation",
    0xC00000FD: "stack overflow",
    0xC0000409: "stack buffer overrun",
    0xC000013A: "ended by Ctrl-C",
}

#: Without it debugpy writes four lines of warnings into the first cell that is debugged.
_ENVIRONMENT = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}


class SubkernelProcess:
    """The sub-kernel of one kernel; the constructor starts nothing.

    Args:
        frontend: receives what host cells show and ask.
        environment: variables for the process beyond this one's, asked at each start.
    """

    def __init__(self, frontend: Frontend, environment: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        self._frontend = frontend
        self._environment = environment
        self._starting: asyncio.Task[Channels] | None = None
        self._manager: AsyncKernelManager | None = None
        self._channels: Channels | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[Channels]] = set()
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False
        self.cells = SessionCells()

    @property
    def running(self) -> bool:
        """Whether the process is there and answers."""
        return self._channels is not None

    @property
    def started(self) -> bool:
        """Whether the process is there or on its way; a later start takes over directory and environment."""
        return self._channels is not None or self._starting is not None

    @property
    def pid(self) -> int | None:
        """The process's id, None when there is no process."""
        provisioner = None if self._manager is None else self._manager.provisioner
        return getattr(provisioner, "pid", None)

    async def start(self) -> Channels | None:
        """Starts the process unless it runs, and waits until it answers.

        Returns:
            The channels; None when `interrupt` was called meanwhile, while the start goes on.

        Raises:
            HostDiedError: the process ended before it answered.
        """
        if self._channels is not None:
            return self._channels
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
        waiting = asyncio.shield(self._starting)
        self._waiting.add(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if self._closed:
                raise HostDiedError(_SHUTTING_DOWN) from None
            if waiting in self._waiting:
                raise
            return None
        finally:
            self._waiting.discard(waiting)

    async def request(
        self, message: Message, *, channel: str = "shell", execution_count: int | None = None
    ) -> Message | None:
        """Has the process work off a request; see `Channels.request`.

        Returns:
            The reply's content; None when there is none, as after an interrupt.

        Raises:
            HostDiedError: the process ended meanwhile; the next request starts a new one.
        """
        channels = await self.start()
        if channels is None:
            return None
        if message["header"]["msg_type"] == "execute_request":
            message = self._with_earlier(message, channels)
        return await channels.request(channel, message, execution_count=execution_count)

    async def ask(self, kind: str, content: Mapping[str, Any], data: bytes) -> tuple[Message, bytes] | None:
        """Asks the process something of our own; see `Channels.ask`.

        Raises:
            Exception: as `request` does.
        """
        channels = await self.start()
        return None if channels is None else await channels.ask(kind, content, data)

    async def ask_when_idle(
        self, kind: str, content: Mapping[str, Any], data: bytes
    ) -> tuple[Message, bytes] | None:
        """Asks the process as `ask` does; starts none, and waits for no cell.

        Returns:
            None where it is not there, or busy.

        Raises:
            HostDiedError: the process ended meanwhile.
        """
        if self._channels is None or self._channels.busy:
            return None
        return await self._channels.ask(kind, content, data)

    def answer_input(self, message: Message) -> None:
        """Passes a frontend's input reply on; without a process it is dropped."""
        if self._channels is not None:
            self._channels.send("stdin", message)

    async def interrupt(self) -> None:
        """Interrupts what the process is working on, or the wait for its start.

        Does nothing when it is idle.
        """
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            future.cancel()
        if self._channels is not None and self._channels.busy and self._manager is not None:
            await self._manager.interrupt_kernel()

    async def close(self) -> None:
        """Ends the process, if need be by force after `SHUTDOWN_WAIT`. Twice is fine."""
        self._closed = True
        for task in (self._starting, self._watcher):
            if task is not None:
                task.cancel()
        manager, self._manager = self._manager, None
        channels, self._channels = self._channels, None
        if channels is not None:
            channels.fail(HostDiedError(_SHUTTING_DOWN))
            channels.close()
        if manager is not None:
            await manager.shutdown_kernel(now=channels is None)
        self._remove_directory()

    def _with_earlier(self, message: Message, channels: Channels) -> Message:
        """Adds the cells that this process has not been told of."""
        earlier = self.cells.after(channels.told)
        if not earlier:
            return message
        channels.told = earlier[-1][0]
        metadata = message["metadata"]
        ours = {**metadata.get(METADATA, {}), "earlier": earlier}
        return {**message, "metadata": {**metadata, METADATA: ours}}

    async def _start(self) -> Channels:
        try:
            environment = await self._environment()
            self._manager = manager = self._new_manager(environment)
            await manager.start_kernel()
            channels = Channels(manager.get_connection_info(), self._frontend)
            self._watcher = asyncio.ensure_future(self._watch(manager, channels))
            try:
                await channels.handshake()
            except BaseException:
                channels.close()
                raise
            self._channels = channels
        finally:
            self._starting = None
        return channels

    def _new_manager(self, environment: Mapping[str, str]) -> AsyncKernelManager:
        if self._closed:
            raise HostDiedError(_SHUTTING_DOWN)
        self._remove_directory()
        _remove_left_directories()
        # Of its own; only its owner may enter it.
        prefix = f"{_PREFIX}{os.getpid()}-"
        self._directory = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        return _Manager(
            {**_ENVIRONMENT, **environment},
            connection_file=str(Path(self._directory.name) / "host.json"),
            transport=_transport(self._directory.name),
            shutdown_wait_time=SHUTDOWN_WAIT,
        )

    async def _watch(self, manager: AsyncKernelManager, channels: Channels) -> None:
        while await manager.is_alive():  # noqa: ASYNC110  a process that dies sends no event
            await asyncio.sleep(WATCH_INTERVAL)
        await channels.hear_out(LAST_WORDS)
        provisioner = manager.provisioner
        status = None if provisioner is None else await provisioner.poll()
        self._manager = self._channels = self._watcher = None
        channels.fail(HostDiedError(_exit_reason(status)))
        channels.close()
        await manager.cleanup_resources()

    def _remove_directory(self) -> None:
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None


class _Manager(AsyncKernelManager):
    """Starts our host kernel from a kernelspec that exists only here."""

    def __init__(self, environment: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._spec = KernelSpec(
            argv=[sys.executable, "-P", "-m", "iot_kernel.subkernel.kernel", "-f", "{connection_file}"],
            display_name="host",
            language="python",
            env=dict(environment),
        )

    @property
    def kernel_spec(self) -> KernelSpec:
        return self._spec


def _remove_left_directories() -> None:
    """Removes what kernels of this user have left that were killed."""
    from ukernel.pipes.endpoints import is_alive  # in here: a kernel starts without pipes

    if os.name != "posix":
        return
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = directory.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):  # the next kernel tries again
            if pid.isdigit() and directory.stat().st_uid == os.getuid() and not is_alive(int(pid)):
                shutil.rmtree(directory)


def _exit_reason(status: int | None) -> str:
    """Says how a process ended, from its exit status."""
    if status is None:
        return "for an unknown reason"
    if status in _CRASHES:
        return f"{_CRASHES[status]}, exit status 0x{status:X}"
    if status >= 0:
        return f"exit status {status}"
    return f"signal {-status}: {signal.strsignal(-status) or 'unknown'}"


def _transport(directory: str) -> str:
    """Sockets among files, which no other user can reach, where their paths are short enough."""
    is_short = len(os.fsencode(directory)) <= LONGEST_DIRECTORY
    return "ipc" if os.name == "posix" and is_short else "tcp"
