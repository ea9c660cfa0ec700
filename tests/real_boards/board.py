"""A board in a process of its own whose serial port is a TCP port.

The listening socket is ours and handed down to the process, so that the port number is known beforehand, no
two boards ever get the same one, and it stays the same when the board is switched off and on.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Self

BOOT_SECONDS = 60.0  # half a second is usual; a loaded machine with cold caches takes longer
QUIET_SECONDS = 0.1  # of silence after which a board has said all it had to say
RENEWAL_SECONDS = 1.0  # it takes some ms; a board that is busy is switched off and on instead
PROMPT = b">>> "


class Board:
    """A board that runs from construction to `close()`.

    Args:
        command: Gives the words that start the board's process, from the listening socket it inherits.
        renews: Its process puts a new board in the place of the old one at SIGUSR2, and says so by a line.
        has_real_time: A chip whose small input buffer overflows when it stands still while its wire goes on,
            as real ones never do: other processes shall not hold it up, where we have the right to say so.
    """

    def __init__(
        self, command: Callable[[int], Sequence[str]], *, renews: bool = False, has_real_time: bool = False
    ) -> None:
        self._command = command
        self._renews = renews
        self._has_real_time = has_real_time
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: socket.socket | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        """The address for `%connect`."""
        return f"socket://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Switch the board on and wait until it waits at its prompt."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        descriptor = self._listener.fileno()
        words = [*dies_with_us(), *self._command(descriptor)]
        said = subprocess.PIPE if self._renews else None
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, pass_fds=[descriptor])
        if self._has_real_time:
            with contextlib.suppress(PermissionError):  # for root only
                os.sched_setscheduler(self._process.pid, os.SCHED_RR, os.sched_param(1))
        self._await_prompt()

    def kill(self) -> None:
        """Switch the board off: its client is cut off and nobody can connect."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def restart(self) -> None:
        """Switch the board off and on again; the address stays."""
        self.kill()
        self.start()

    def renew(self) -> None:
        """Have a board that was just switched on, as `restart` does: in less time where its kind can."""
        process = self._process
        if process is not None and process.stdout is not None and process.poll() is None:
            process.send_signal(signal.SIGUSR2)
            if select.select([process.stdout], [], [], RENEWAL_SECONDS)[0] and process.stdout.readline():
                self._await_prompt()
                return
        self.restart()

    def close(self) -> None:
        """Switch the board off for good."""
        self.kill()

    def connect(self) -> socket.socket:
        """Return a plain socket to the board's serial port."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=BOOT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _await_prompt(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while not self._prompts(deadline):
            time.sleep(QUIET_SECONDS)

    def _prompts(self, deadline: float) -> bool:
        """Wait for the prompt; return whether it came before the board hung up."""
        seen = b""
        with self.connect() as link:
            link.settimeout(QUIET_SECONDS)
            while True:
                try:
                    data = link.recv(4096)
                except ConnectionError:
                    data = b""
                except TimeoutError:
                    if seen.endswith(PROMPT):
                        return True
                    self._check_alive(deadline, seen)
                    link.sendall(b"\r")
                    continue
                if not data:
                    self._check_alive(deadline, seen)
                    return False
                seen += data

    def _check_alive(self, deadline: float, seen: bytes) -> None:
        assert self._process is not None
        status = self._process.poll()
        if status is not None or time.monotonic() > deadline:
            self.kill()
            raise RuntimeError(f"the board does not start (exit status {status}, it said {seen!r})")


def dies_with_us() -> list[str]:
    """Return words before a command that end its process when this one dies, where the system can do that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
