"""What this package needs of ipykernel and IPython beyond what they promise to keep, each with its reason.

Both kernels and their applications are built on the classes here. Any release may rename or change what these
override or call; `tests/subkernel/test_ipykernel_internals.py` then says what is gone and what needed it. No
other module touches private parts of these two libraries, which `tests/test_private_names.py` sees to.

Nothing here knows cells, boards or what a message is about.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any, ClassVar

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

Message = dict[str, Any]


class KernelBase(Kernel):
    """The base of the kernel that frontends see: runs no code of the user and takes SIGINT at any time."""

    #: s of waiting before each execute_reply, for output that is on its way. Ours is flushed before.
    _execute_sleep = 0.0

    in_turn = 0  # requests that are handled one after the other: the first is being handled

    async def shell_main(self, subshell_id: str | None, msg: list[Any]) -> None:
        """Handles each message of the shell channel in a context of its own.

        ipykernel keeps the current request in one context for all messages, and puts the request of the cell
        back when a comm message that came during it has been handled. Our comm messages wait for the
        sub-kernel: by then another cell may run, which would lose its request and never become idle.
        """
        context = copy_context()
        context.run(self.note_arrival)
        if self.in_turn and self.answers_meanwhile(*self._read(msg)):
            await asyncio.create_task(self.dispatch_shell(msg), context=context)
            self.answered_meanwhile()
            return
        self.in_turn += 1
        try:
            await asyncio.create_task(super().shell_main(subshell_id, msg), context=context)
        finally:
            self.in_turn -= 1

    def note_arrival(self) -> None:
        """Is called in each message's context when it comes, before it waits for its turn."""

    def answers_meanwhile(self, kind: str, content: Message) -> bool:
        """Whether a request is answered while another one is being handled; ipykernel has it wait.

        Args:
            kind: its type; empty where the message cannot be read.
            content: of the request.
        """
        return False

    def answered_meanwhile(self) -> None:
        """Called when such a request has been answered and its idle was published."""

    def _read(self, msg: list[Any]) -> tuple[str, Message]:
        """Reads type and content of a message that is checked later, when it is handled."""
        session: Any = self.session
        try:
            _, frames = session.feed_identities(msg, copy=False)
            header, content = (session.unpack(frames[index].bytes) for index in (1, 4))
            return str(header["msg_type"]), content
        except Exception:  # noqa: BLE001  whatever is wrong with it is reported when it is handled
            return "", {}

    def pre_handler_hook(self) -> None:
        """Leaves the handler of SIGINT alone: ours serves all requests, ipykernel sets one for each."""

    def post_handler_hook(self) -> None:
        """Leaves the handler of SIGINT alone."""


class SubkernelBase(IPythonKernel):
    """The base of the sub-kernel: what stock ipykernel lacks there."""

    #: Types of requests that take no output: what threads print during one still belongs to the last cell.
    unnoticed: ClassVar[frozenset[str]] = frozenset()

    handling = False  # a message is being handled, and its reply not yet sent

    async def dispatch_shell(
        self, msg: list[Any], /, subshell_id: str | None = None, *, concurrent: bool = False
    ) -> None:
        """Handles a message, and says when a comm message that came while a cell waits has been handled.

        ipykernel says no idle for these, without which a widget sends no more.
        """
        if concurrent:
            await super().dispatch_shell(msg, subshell_id=subshell_id, concurrent=True)
            self.send_response(self.iopub_socket, "status", {"execution_state": "idle"})  # type: ignore[no-untyped-call]
            return
        self.handling = True
        try:
            await super().dispatch_shell(msg, subshell_id=subshell_id)
        finally:
            self.handling = False

    def set_parent(self, ident: list[bytes], parent: Message, channel: str = "shell") -> None:
        """Notes the request being handled.

        `IPythonKernel` makes it the parent of all output too, also of what threads of earlier cells print;
        `Kernel` only notes whom to reply to.
        """
        is_unnoticed = parent.get("header", {}).get("msg_type") in self.unnoticed
        note = Kernel.set_parent if is_unnoticed else IPythonKernel.set_parent
        note(self, ident, parent, channel)  # type: ignore[no-untyped-call]

    @contextmanager
    def _cancel_on_sigint(self, future: asyncio.Future[Any]) -> Iterator[None]:
        """Cancels ``future``, a cell that waits in ``await``, on SIGINT.

        ipykernel does so without waking the event loop: the cell ends when the next message happens to come.
        """
        loop = asyncio.get_running_loop()
        saved = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(future.cancel))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, saved)


def explain_missing_magics(shell: Any, explain: Callable[[str, str], Exception]) -> None:  # noqa: ANN401  untyped
    """Has IPython find magics to run as before, and raise an error of ours when there is none.

    Where it finds them is the one place that leaves no frame of ours in the tracebacks of magics.

    Args:
        shell: IPython's.
        explain: makes the error, from "line" or "cell" and the magic's name.
    """
    find = shell._find_with_lazy_load

    def find_or_explain(kind: str, name: str) -> object:
        magic = find(kind, name)
        if magic is None:
            raise explain(kind, name)
        return magic

    shell._find_with_lazy_load = find_or_explain


class AppBase(IPKernelApp):
    """The base of both applications."""

    def init_sockets(self) -> None:
        """Binds the channels. Where a port is taken the process ends, so that Jupyter starts it with others.

        ipykernel waits for good then, for an iopub channel that has no thread yet and that nobody closes.
        """
        try:
            super().init_sockets()  # type: ignore[no-untyped-call]
        except zmq.ZMQError:
            if self.iopub_thread is None and self.iopub_socket is not None:
                self.iopub_socket.close(linger=0)
            raise

    def start(self) -> None:
        """Runs the kernel until it is shut down, and sees its last status off before channels are closed.

        ipykernel closes the channels when the interpreter ends, also while the control thread still sends the
        idle of the shutdown: a traceback then goes to the log.
        """
        super().start()  # type: ignore[no-untyped-call]
        if self.control_thread is not None and self.control_thread.is_alive():
            self.control_thread.stop()
            self.control_thread.join()


class BareApp(AppBase):
    """An application for a kernel that runs no code of the user.

    No subshells: all messages of the sub-kernel then pass through one event loop, and frontends send comm
    messages in the order of cells. No capture of standard output, no profile, no debugger.
    """

    def init_control(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        """Makes the control channel, and no thread for subshells."""
        super().init_control(context)  # type: ignore[no-untyped-call]
        self.shell_channel_thread = None

    def init_io(self) -> None:
        """Leaves the standard streams alone: what this process prints is for the log."""
        self.displayhook = SimpleNamespace()

    def init_signal(self) -> None:
        """Leaves SIGINT to the kernel."""

    def init_profile_dir(self) -> None:
        """Reads no IPython profile; the sub-kernel does."""
        self.profile_dir = None

    def init_config_files(self) -> None:
        """Reads no IPython configuration."""

    def load_config_file(self, *_: object) -> None:
        """Reads no IPython configuration."""

    def init_path(self) -> None:
        """Leaves the search path alone: notebooks import nothing here."""

    def init_pdb(self) -> None:
        """Leaves pdb alone."""
