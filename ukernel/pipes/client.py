"""Reads a pipe, in any process: a blocking socket and nothing of the kernel. Standard library only.

`subscribe` finds the kernel that has the pipe open (`discovery`) and gives a `Pipe`.
"""

from __future__ import annotations

import socket
import time

from ukernel import interruptible
from ukernel.pipes.discovery import PipeSource, find
from ukernel.pipes.framing import PipeError, Request, check_wanted, write_request
from ukernel.pipes.inbox import Inbox
from ukernel.pipes.reader import PipeReader

#: bytes asked for at a time; some thousand samples.
CHUNK = 256 * 1024


class Pipe(PipeReader):
    """The messages of a pipe, as they come: an iterator of bytes, and a context manager that hangs up.

    Iteration waits for the next message, and ends when the pipe is closed on the board, the board is reset or
    goes away, or the kernel ends. `subscribe` makes it.

    Args:
        name: of the pipe.
        connection: to the listener, the request sent; the pipe owns it from now on.
        address: of the listener, or the broker.
        label: what to call it beside others, such as ``board:name``; by default its name.
    """

    def __init__(self, name: str, connection: socket.socket, address: PipeSource, label: str = "") -> None:
        super().__init__(name, Inbox(f"pipe {name!r} at {address}"), label)
        #: where the kernel listens, or the broker
        self.address = address
        self._connection = connection

    def read(self, timeout: float | None = None) -> bytes | None:
        """Waits for the next message.

        Args:
            timeout: seconds; 0 takes what is there; None waits as long as it takes.

        Returns:
            The message; None at the end of the pipe, when `closed` is set, or when the time is over.

        Raises:
            PipeError: the kernel hung up and said why: we read too slowly, or have the wrong token.
        """
        end = None if timeout is None else time.monotonic() + float(timeout)
        while (data := self._inbox.take()) is None:
            if self._inbox.has_ended or self.closed:
                self.close()
                return None
            remaining = None if end is None else end - time.monotonic()
            if not self._receive(_shortened(remaining)) and end is not None and time.monotonic() >= end:
                return None
        return data

    def close(self) -> None:
        """Hangs up; a read under way in another thread ends. Twice is fine."""
        if self.closed:
            return
        self.closed = True
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the kernel has hung up before
        finally:
            self._connection.close()

    @property
    def kind(self) -> str:
        """Where it comes from: ``kernel`` or ``broker``."""
        return self.address.kind

    def ask(self) -> dict[str, object]:
        """Asks the kernel or the broker what is known of the pipe.

        Raises:
            OSError: it does not answer.
            PipeError: it refuses.
        """
        return self.address.ask(self.name)

    def __repr__(self) -> str:
        return f"<pipe {self.name!r} at {self.address}{', closed' if self.closed else ''}>"

    def _receive(self, remaining: float | None) -> bool:
        """Takes what the kernel has sent; False when the time is over first."""
        try:
            self._connection.settimeout(remaining if remaining is None else max(remaining, 0.0))
            data = self._connection.recv(CHUNK)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError:  # the kernel died, or another thread closed this
            data = b""
        try:
            self._inbox.feed(data)
        except PipeError:
            self.close()
            raise
        return True


def _shortened(remaining: float | None) -> float | None:
    """How long to wait at a time."""
    bounds = [seconds for seconds in (remaining, interruptible.AT_A_TIME) if seconds is not None]
    return min(bounds, default=None)


def subscribe(
    name: str,
    *,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> Pipe:
    """Subscribes to a pipe; it need not be open yet. What was written before is not repeated.

    Which kernel: the one at ``port``; else the one whose board is ``device``; else a host cell's own kernel;
    else the one at ``UCORE_PIPE_PORT``; else the one of the state file that has the pipe open, or the newest.

    Args:
        name: of the pipe.
        host: another computer, 127.0.0.1 by default; kernels listen on their own computer only, so this is
            for the end of a tunnel.
        port: where a kernel listens.
        token: the kernel's; by default that of ``UCORE_PIPE_TOKEN`` or of the state file.
        device: the name, uid or url of a board.
        broker: the url of an MQTT broker, ``mqtt://broker/prefix`` or ``mqtts://...``: the pipe is read
            there, and no kernel is looked for. ``device`` is the name of the board then. It may also stand
            in front of the pipe's, as in ``board:pipe``, and has to where several boards publish such a pipe.

    Returns:
        The pipe; use it in a ``with`` statement.

    Raises:
        ValueError: no pipe can have this name, or an environment variable holds nonsense.
        ConnectionError: no kernel was found for 5 s; the message says where it was looked for. Or no broker.
        ImportError: a broker needs paho-mqtt, which is not installed.
    """
    check_wanted(name, broker)
    address, connection = find(name, host=host, port=port, token=token, device=device, broker=broker)
    try:
        connection.sendall(write_request(Request(name, address.token, stamps=True)))
    except BaseException:
        connection.close()
        raise
    return Pipe(name, connection, address, f"{device}:{name}" if device else name)
