"""WebREPL's file transfer: what clients send in binary frames, and the answers of stock firmware.

A request is 82 bytes: "WA", the operation, flags, offset, size, the length of the name, the name in 64 bytes.
Answers are "WB" and a code. A file that cannot be opened is refused with a code; stock firmware drops the
connection instead.
"""

import struct
import sys

PUT = 1
GET = 2
VERSION = 3

_REQUEST = "<2sBBQIH64s"
_REQUEST_SIZE = struct.calcsize(_REQUEST)
_PIECE = 256  # bytes of a file in one answer

_OK = 0
_REFUSED = 1


class Transfer:
    """The file side of one client.

    Args:
        send: sends bytes in a binary frame.
    """

    def __init__(self, send):
        self._send = send
        self._start()

    def _start(self):
        self._request = bytearray()
        self._left = 0
        self._file = None
        self._operation = 0

    def receive(self, byte):
        """Takes one byte of a binary frame."""
        if self._operation == PUT:
            self._put(byte)
        elif self._operation == GET:
            self._get()
        else:
            self._request.extend(byte)
            if len(self._request) == _REQUEST_SIZE:
                self._begin()

    def _begin(self):
        _, operation, _, _, size, length, name = struct.unpack(_REQUEST, self._request)
        self._request = bytearray()
        if operation == VERSION:
            self._send(bytes(sys.implementation.version[:3]))
            return
        if operation not in (PUT, GET):
            self._answer(_REFUSED)
            return
        try:
            self._file = open(name[:length].decode(), "wb" if operation == PUT else "rb")
        except (OSError, UnicodeError):
            self._answer(_REFUSED)
            return
        self._operation = operation
        self._left = size
        self._answer(_OK)
        if operation == PUT and not size:
            self._finish()

    def _put(self, byte):
        self._file.write(byte)
        self._left -= 1
        if not self._left:
            self._finish()

    def _get(self):
        data = self._file.read(_PIECE)
        self._send(struct.pack("<H", len(data)) + data)
        if not data:
            self._finish()

    def _finish(self):
        self._file.close()
        self._start()
        self._answer(_OK)

    def _answer(self, code):
        self._send(struct.pack("<2sH", b"WB", code))
