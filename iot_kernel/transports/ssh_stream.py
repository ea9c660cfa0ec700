"""A process of ssh as a stream of bytes: its input and output are one socket, its words a file."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import IO

from iot_kernel.transports.poll_stream import PollStream

#: Seconds that ssh has to end by itself once its input has: a round trip, and the script's end at the other
#: computer. A board that takes nothing keeps it longer; then it is ended.
CLOSE_TIMEOUT = 1.0

#: Bytes of its words that are kept: a sign of life has two, what counts comes at the very end.
WORDS_LIMIT = 16384

#: Bytes in front of the answer of the other computer, which its login shell may print.
NOISE_LIMIT = 65536

SIGN_OF_LIFE = "."


def start_process(command: Sequence[str], explain: Callable[[str], str]) -> SshStream:
    """Starts ssh.

    Args:
        command: the program and its arguments.
        explain: makes a text for people of what it said when the stream broke.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = socket.socketpair()
    words = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - the stream closes it
    try:
        process = subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=words, start_new_session=True
        )
    except OSError:
        ours.close()
        words.close()
        raise
    finally:
        theirs.close()
    return SshStream(process, ours, words, explain)


class SshStream:
    """Bytes in both directions; see `streams.ByteStream` for the methods.

    Args:
        process: leads a process group.
        sock: the other end of its input and output; belongs to the stream from now on.
        words: what the process appends its errors to; likewise.
        explain: see `start_process`.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        sock: socket.socket,
        words: IO[bytes],
        explain: Callable[[str], str],
    ) -> None:
        self._process = process
        self._sock = sock
        self._words = words
        self._explain = explain
        self._early = b""
        sock.setblocking(False)
        self._stream = PollStream(sock.fileno(), self._receive, sock.send, self._release, "ssh has ended")

    def read_answer(self, mark: str, timeout: float) -> str:
        """Waits for the first line that has the mark, and leaves what follows it to `read`.

        Returns:
            What stands behind the mark and a space; empty once the stream is closed.

        Raises:
            TimeoutError: no such line came in ``timeout`` seconds.
            EOFError: ssh has ended; `said` tells why.
        """
        end, received = time.monotonic() + timeout, b""
        while True:
            line, newline, rest = received.partition(f"{mark} ".encode())[2].partition(b"\n")
            if newline:
                self._early = rest
                return line.decode(errors="replace").strip()
            if len(received) > NOISE_LIMIT:
                raise TimeoutError("too much text before the answer")
            data = self._stream.read(max(0.0, end - time.monotonic()))
            if not data:
                return ""
            received += data

    def read(self) -> bytes:
        """As `ByteStream.read`."""
        if self._early:
            data, self._early = self._early, b""
            return data
        try:
            return self._stream.read()
        except (OSError, EOFError) as error:
            raise EOFError(self._explain(self.said())) from error

    def write(self, data: bytes) -> None:
        """As `ByteStream.write`."""
        try:
            self._stream.write(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ConnectionResetError(self._explain(self.said())) from error

    def close(self) -> None:
        """As `ByteStream.close`. What was written before still goes to the board."""
        self._stream.close()

    def said(self) -> str:
        """What ssh and the other computer have said, once the stream has ended; without signs of life."""
        self._wait(CLOSE_TIMEOUT)
        with contextlib.suppress(ValueError):  # closed meanwhile
            self._words.seek(0)
            lines = self._words.read(2 * WORDS_LIMIT).decode(errors="replace").splitlines()
            return "\n".join(line for line in lines if line.strip() not in ("", SIGN_OF_LIFE))
        return ""

    def _receive(self, size: int) -> bytes:
        if os.fstat(self._words.fileno()).st_size > WORDS_LIMIT:
            os.ftruncate(self._words.fileno(), 0)
        return self._sock.recv(size)

    def _release(self) -> None:
        self._sock.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._wait(CLOSE_TIMEOUT):
                break
            with contextlib.suppress(ProcessLookupError):  # with what it has started: jumps over other hosts
                os.killpg(self._process.pid, number)
        self._process.wait()
        self._words.close()

    def _wait(self, seconds: float) -> bool:
        """Whether ssh ends within some seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
