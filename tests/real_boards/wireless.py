"""A board on the network: a virtual board whose serial terminal is not used, reached by WebREPL over TCP."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Self

from iot_kernel.errors import ConnectionLostError
from iot_kernel.virtual_board.transport import VirtualTransport
from tests.free_ports import free_port
from tests.real_boards import kinds

OPEN_SECONDS = 60.0


class WirelessBoard:
    """A board with a WebREPL; it runs from construction to `close()`.

    Args:
        directory: Its file system.
    """

    password = "tuna-fish"

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        options = {"webrepl": str(self.port), "password": self.password}
        self._terminal = VirtualTransport(kinds.unix(directory, **options).url)
        self._terminal.open(OPEN_SECONDS)
        self._drain = threading.Thread(target=self._read)
        self._drain.start()

    @property
    def url(self) -> str:
        """The address for `%connect`."""
        return f"ws://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Switch the board off."""
        self._terminal.close()
        self._drain.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        with contextlib.suppress(ConnectionLostError):
            while self._terminal.read():
                pass
