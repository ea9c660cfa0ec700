"""A virtual board behind a pseudo-terminal, in a process of its own: a serial port that any tool can open.

``python -m bench.terminal URL`` prints the terminal's path and carries bytes until its input ends. All tools
that are measured use the same port, so what this costs is the same for all of them.
"""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator, Sequence

from iot_kernel.errors import ConnectionLostError
from iot_kernel.virtual_board.transport import VirtualTransport

OPEN_TIMEOUT = 30.0  # s


@contextlib.contextmanager
def terminal(url: str) -> Iterator[str]:
    """Gives the path of a terminal with the virtual board ``url`` behind it."""
    with terminals([url]) as paths:
        yield paths[0]


@contextlib.contextmanager
def terminals(urls: Sequence[str]) -> Iterator[list[str]]:
    """Gives the paths of terminals with these virtual boards behind them; all start at the same time."""
    with contextlib.ExitStack() as running:
        processes = [running.enter_context(_started(url)) for url in urls]
        try:
            yield [_line(process) for process in processes]
        finally:
            for process in processes:
                if process.stdin is not None:
                    process.stdin.close()


def _started(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.terminal", url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def serve(url: str) -> None:
    """Carries bytes between a new terminal and a new board."""
    board = VirtualTransport(url)
    board.open(OPEN_TIMEOUT)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    print(os.ttyname(theirs), flush=True)
    for carry in (_from_board, _to_board):
        threading.Thread(target=carry, args=(board, ours), daemon=True).start()
    sys.stdin.read()
    board.close()


def _from_board(board: VirtualTransport, terminal: int) -> None:
    with contextlib.suppress(ConnectionLostError):
        while data := board.read():
            while data:
                data = data[os.write(terminal, data) :]


def _to_board(board: VirtualTransport, terminal: int) -> None:
    with contextlib.suppress(ConnectionLostError):
        while data := os.read(terminal, 65536):
            board.write(data)


if __name__ == "__main__":
    serve(sys.argv[1])
