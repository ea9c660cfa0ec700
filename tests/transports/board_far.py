"""Real MicroPython as a far end: a program on the board passes all it reads to the test, and back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.boards.virtual import VirtualBoard
from tests.transports.far import SocketFar, read_until

RELAY = Path(__file__).with_name("relay.py")


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
