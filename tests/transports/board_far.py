"""Real MicroPython as a far end: a program on the board passes all it reads to the test, and back."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.free_ports import free_port
from tests.real_boards.virtual import VirtualBoard
from tests.transports.far import DEADLINE, SocketFar, read_until
from tools import boards

RELAY = Path(__file__).with_name("relay.py")
WEBREPL = Path(__file__).with_name("webrepl_on_board.py")


class VirtualFar(SocketFar):
    """A virtual board under the program above. Its transport switches the board on."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.board = VirtualBoard(Path(self._directory.name) / "board")
        self.url = self.board.url

    def prepare(self, transport):
        program = RELAY.read_text(encoding="utf-8").replace("PORT", str(self.port))
        read_until(transport, b">>> ")
        transport.write(b"\x01")
        read_until(transport, b"exit\r\n>")
        transport.write(program.encode() + b"\x04")
        read_until(transport, b"READY")

    def vanish(self):
        self.board.kill()
        super().vanish()

    def stop(self):
        super().stop()
        assert self.board.processes() == []
        self._directory.cleanup()


class WebSocketFar(SocketFar):
    """MicroPython's own websocket module under a WebREPL of a few lines."""

    password = "secret"

    def __init__(self) -> None:
        super().__init__()
        port = free_port()
        self.url = f"ws://127.0.0.1:{port}"
        self._process = subprocess.Popen([boards.micropython(), WEBREPL, str(port), str(self.port)])
        assert self._ready.wait(DEADLINE), "the board did not start"

    def prepare(self, transport):
        read_until(transport, b">>> ")

    def vanish(self):
        self._process.kill()
        self._process.wait(DEADLINE)
        super().vanish()
