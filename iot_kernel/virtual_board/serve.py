"""A virtual board for other programs: ``python -m iot_kernel.virtual_board.serve [URL]``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from iot_kernel.errors import ConnectError
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions, parse_url
from iot_kernel.virtual_board.ports import LOOPBACK, TcpPort
from iot_kernel.virtual_board.transport import power_on
from iot_kernel.virtual_board.webrepl import WebRepl
from ukernel import interruptible

START_TIMEOUT = 10.0  # s; it takes milliseconds


def main() -> None:
    """Serves a board until SIGINT or SIGTERM; an error ends the process with its text."""
    parser = argparse.ArgumentParser(
        description="Run a virtual board with ports that other programs can open."
    )
    parser.add_argument("url", nargs="?", default="sim://", help="sim://[NAME][?option=value&...]")
    parser.add_argument(
        "--tcp",
        type=int,
        metavar="PORT",
        help="also serve the terminal on this TCP port, 0 for any (always on Windows)",
    )
    chosen = parser.parse_args()
    try:
        options = parse_url(chosen.url)
        with VirtualBoard(power_on(chosen.url, options, START_TIMEOUT)) as board:
            addresses = _open_ports(board, options, chosen.tcp)
            sys.stdout.write("\n".join([*addresses, ""]))
            sys.stdout.flush()
            _wait()
    except (ConnectError, OSError) as error:
        sys.exit(str(error))


def _open_ports(board: VirtualBoard, options: BoardOptions, tcp: int | None) -> list[str]:
    addresses = []
    if os.name != "nt":
        from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal

        terminal = PseudoTerminal(board, options.link, options.buffer)
        addresses.append(f"serial://{terminal.path}")
    elif tcp is None:
        tcp = 0  # the one way to it there
    if tcp is not None:
        port = TcpPort(board, tcp, options.link, options.buffer)
        addresses.append(f"socket://{LOOPBACK}:{port.port}")
    if options.webrepl is not None:
        addresses.append(f"ws://{LOOPBACK}:{WebRepl(board, options).port}")
    return addresses


def _wait() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    while not over.wait(interruptible.AT_A_TIME):
        pass


if __name__ == "__main__":
    main()
