"""A transport that does harm to what it carries, at the place one asks for."""

import iot_kernel.device.board_connection
from iot_kernel.transports import create_transport
from iot_kernel.transports.base import Transport


class Harm:
    """What happens to bytes on their way; changes nothing by itself.

    Attributes:
        to_board: takes each piece written, gives what arrives.
        to_host: takes each piece read, gives what arrives.
    """

    def __init__(self):
        self.to_board = self.to_host = lambda data: data


class Unplug:
    """Pulls the plug when the given number of pieces has passed."""

    def __init__(self, board, after):
        self.board = board
        self.after = after
        self.count = 0

    def __call__(self, data):
        if self.count == self.after:
            self.board.kill()
        self.count += 1
        return data


class FaultyTransport(Transport):
    """Another transport with harm done to it."""

    def __init__(self, inner, harm):
        super().__init__(inner.url)
        self._inner = inner
        self._harm = harm

    @property
    def burst(self):
        return self._inner.burst

    @property
    def volatile(self):
        return self._inner.volatile

    def open(self, timeout):
        self._inner.open(timeout)
        self.serial_number = self._inner.serial_number

    def read(self):
        while data := self._inner.read():
            if arrived := self._harm.to_host(data):
                return arrived
        return b""

    def write(self, data):
        self._inner.write(self._harm.to_board(data))

    def close(self):
        self._inner.close()


def harm_links(monkeypatch):
    """Has every device opened from now on suffer what is set in the result."""
    harm = Harm()
    monkeypatch.setattr(
        iot_kernel.device.board_connection,
        "create_transport",
        lambda url, password=None: FaultyTransport(create_transport(url, password=password), harm),
    )
    return harm


class Once:
    """Does something to the first piece that is long enough, and nothing later.

    Args:
        act: what to do with it.
        longest: bytes that are left alone.
    """

    def __init__(self, act, longest=512):
        self.act = act
        self.longest = longest
        self.count = 0

    def __call__(self, data):
        if len(data) <= self.longest or self.count:
            return data
        self.count += 1
        return self.act(data)


def lose_and_double(data):
    """What a USB host controller may do: a packet of 64 bytes is lost, the next one comes twice."""
    return data[:128] + data[192:256] + data[192:256] + data[256:]
