"""The pipes of one kernel: hub, listener and state file, started together.

Whatever goes wrong with port or state file, cells run; `take_problems` says it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Mapping

from iot_kernel.device.board_lock import session_notebook
from iot_kernel.errors import ConfigError
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.listener import PipeListener
from iot_kernel.pipes.state import StateFile
from ukernel.pipes.endpoints import (
    PATH_VARIABLE,
    PORT_VARIABLE,
    TOKEN_VARIABLE,
    KernelEntry,
    port_from,
    state_path,
    token_from,
)

#: s between looks at the state file, which anybody can delete; readers look for a kernel for 5 s.
MEND_INTERVAL = 2.0


class PipeService:
    """What a kernel needs for pipes. Thread-safe; the constructor touches nothing.

    Args:
        environ: the environment variables.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.hub = Hub()
        self._environ = environ
        self._entry_lock = threading.RLock()
        self._listener: PipeListener | None = None
        self._state: StateFile | None = None
        self._entry = KernelEntry(0, 0.0, 0)
        self._beside: dict[BoardPipes, KernelEntry] = {}
        self._problems: list[str] = []
        self._is_closed = False

    @property
    def port(self) -> int | None:
        """Where subscribers are served; None before `start`."""
        return self._entry.port or None

    def start(self) -> None:
        """Listens, and says so in the state file. Never raises; twice is fine."""
        with self._entry_lock:
            if self._listener is not None or self._is_closed:
                return
            self._listener = listener = PipeListener(self.hub, self._token(), self._about)
            try:
                self._listen(listener)
            except OSError as error:
                self._problems.append(f"this kernel has no pipes: no port can be used ({error.strerror})")
                return
            me = KernelEntry(
                os.getpid(), time.time(), listener.port, listener.token, notebook=session_notebook()
            )
            self._entry = me._replace(device=self._entry.device, uid=self._entry.uid, url=self._entry.url)
            self._state = StateFile(state_path(self._environ))
            self._write()
            listener.repeat(self._mend, MEND_INTERVAL)

    def environment(self) -> dict[str, str]:
        """Variables by which host cells find this kernel first."""
        self.start()
        path = str(self._state.path) if self._state is not None else ""
        port, token = str(self._entry.port or ""), self._entry.token
        return {PORT_VARIABLE: port, TOKEN_VARIABLE: token, PATH_VARIABLE: path}

    def name_device(self, device: str, uid: str = "", url: str = "") -> None:
        """Says which board the pipes come from; empty for none."""
        with self._entry_lock:
            entry = self._entry._replace(device=device, uid=uid, url=url)
            if entry != self._entry:
                self._entry = entry
                self._write()

    def beside(self) -> BoardPipes:
        """Gives the pipes of one more board of this kernel; nobody finds them before it is named."""
        return BoardPipes(self)

    def name_beside(self, board: BoardPipes, device: str, uid: str, url: str) -> None:
        """Says what the board of other pipes is; empty for none. Called by `BoardPipes`."""
        self.start()
        with self._entry_lock:
            listener, known = self._listener, self._beside.pop(board, None)
            if listener is not None and (device or url):
                entry = self._entry._replace(token=board.token, device=device, uid=uid, url=url)
                self._beside[board] = entry
                if known is None:
                    listener.add(board.hub, board.token, lambda: self._about_beside(board))
            elif listener is not None and known is not None:
                listener.remove(board.hub)
            if self._beside.get(board) != known:
                self._write()

    def take_problems(self) -> list[str]:
        """What went wrong since the last call, one line each."""
        with self._entry_lock:
            problems, self._problems = self._problems, []
        return problems

    def close(self) -> None:
        """Ends all pipes for their subscribers, and listens no more. Twice is fine."""
        with self._entry_lock:
            self._is_closed = True
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        if self._state is not None:
            with contextlib.suppress(ConfigError):
                self._state.remove()

    def _token(self) -> str:
        try:
            token = token_from(self._environ)
        except ValueError as error:
            self._problems.append(f"{error}; this kernel has made up another token for its pipes")
            token = None
        return secrets.token_urlsafe(32) if token is None else token

    def _listen(self, listener: PipeListener) -> None:
        """Listens at the port that is wanted, or where that cannot be, at any."""
        problem = wanted = None
        try:
            wanted = port_from(self._environ)
        except ValueError as error:
            problem = str(error)
        try:
            listener.start(wanted or 0)
        except OSError as error:
            if not wanted:
                raise
            problem = f"{PORT_VARIABLE}: port {wanted} cannot be used ({error.strerror})"
            listener.start()
        if problem:
            self._problems.append(f"{problem}; pipes of this kernel are at port {listener.port} instead")

    def _about(self) -> dict[str, object]:
        return _board_of(self._entry)

    def _about_beside(self, board: BoardPipes) -> dict[str, object]:
        return _board_of(self._beside.get(board, self._entry))

    def _mend(self) -> None:
        if self._state is not None and self._entry_lock.acquire(blocking=False):  # else it is being written
            try:
                self._state.mend(*self._entries())
            finally:
                self._entry_lock.release()

    def _entries(self) -> list[KernelEntry]:
        """What stands in the state file: the current board first, which older readers take."""
        return [self._entry, *self._beside.values()]

    def _write(self) -> None:
        try:
            if self._state is not None:
                self._state.put(*self._entries())
        except ConfigError as error:
            self._problems.append(f"{error}; only this notebook finds its pipes")


class BoardPipes:
    """The pipes of a board beside the current one. `PipeService.beside` makes it.

    Args:
        service: of the kernel.
    """

    def __init__(self, service: PipeService) -> None:
        self.hub = Hub()
        #: what subscribers have to bring, which says as well whose pipe they mean
        self.token = secrets.token_urlsafe(32)
        self._service = service

    def name_device(self, device: str, uid: str = "", url: str = "") -> None:
        """Says which board the pipes come from; empty for none, after which nobody finds them."""
        self._service.name_beside(self, device, uid, url)


def _board_of(entry: KernelEntry) -> dict[str, object]:
    return {"device": entry.device, "uid": entry.uid, "url": entry.url}
