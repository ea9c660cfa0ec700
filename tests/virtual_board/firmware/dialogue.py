"""A conversation with a board's terminal, byte by byte."""

from __future__ import annotations

import threading

from iot_kernel.errors import ConnectionLostError
from iot_kernel.transports import create_transport
from iot_kernel.transports.base import Transport

DEADLINE = 30.0  # s for what takes milliseconds: only a hang gets there

RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class Dialogue:
    """Talks to a board through a transport that this object opens and closes."""

    def __init__(self, url: str | Transport) -> None:
        self.transport = create_transport(url) if isinstance(url, str) else url
        self.transport.open(DEADLINE)
        self.lost: ConnectionLostError | None = None
        self._heard = bytearray()
        self._over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, name="dialogue")
        self._thread.start()

    def _listen(self) -> None:
        try:
            while data := self.transport.read():
                with self._changed:
                    self._heard += data
                    self._changed.notify_all()
        except ConnectionLostError as error:
            self.lost = error
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def say(self, data: bytes) -> None:
        self.transport.write(data)

    def hear(self, mark: bytes) -> bytes:
        """Everything up to and with the mark."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or mark in self._heard, DEADLINE)
            assert mark in self._heard, f"{mark!r} did not come, but {bytes(self._heard[-500:])!r}"
            end = self._heard.index(mark) + len(mark)
            heard = bytes(self._heard[:end])
            del self._heard[:end]
        return heard

    def expect(self, data: bytes) -> None:
        """The next bytes are these."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._heard) >= len(data), DEADLINE)
            heard = bytes(self._heard[: len(data)])
            del self._heard[: len(data)]
        assert heard == data

    def ask(self, data: bytes, mark: bytes) -> bytes:
        self.say(data)
        return self.hear(mark)

    def enter_raw(self) -> None:
        self.hear(b">>> ")
        self.say(b"\x01")
        self.expect(b"\r\n" + RAW_BANNER)

    def run(self, code: str) -> bytes:
        """What a program prints, in raw REPL; it must not raise."""
        self.say(code.encode() + b"\x04")
        self.expect(b"OK")
        output = self.hear(b"\x04")[:-1]
        self.expect(b"\x04>")
        return output

    def fail(self, code: str) -> bytes:
        """The traceback of a program that raises, in raw REPL."""
        self.say(code.encode() + b"\x04")
        self.expect(b"OK")
        self.hear(b"\x04")
        traceback = self.hear(b"\x04")[:-1]
        self.expect(b">")
        return traceback

    def over(self) -> None:
        """Waits until the board's end of the link is gone."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._over, DEADLINE)

    def close(self) -> None:
        self.transport.close()
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()
