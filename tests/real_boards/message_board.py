"""A board that talks in messages as µcore firmware does; behind it MicroPython's unix port runs the code.

What is ours is the firmware's outside: messages, what an exception does, which output is lost, what a line of
three bytes means. Names, values and errors are MicroPython's. ``sys`` has no stdin and stdout there. Where
the firmware loses output only while its wire is busy, this board always does.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from pathlib import Path
from typing import Self

from iot_kernel.protocol import cobs
from iot_kernel.protocol.jmp_messages import (
    Busy,
    Content,
    Header,
    JmpMessage,
    MessageError,
    MessageKind,
    decode,
    encode,
)
from iot_kernel.transports import create_transport
from tests.protocol.scripted_messages import INFO
from tests.real_boards.virtual import VirtualBoard

K = MessageKind

#: bytes of a print in one message, and how many of these wait for the wire; they are lost when the code ends
PIECE = 120
QUEUE = 10

#: What the kernel's ``input`` prints before it reads.
ASKING = b"\x1c"

#: What the firmware has frozen; what it tells us stands between two 0x02.
FROZEN = """
import builtins, sys
class _Sys:
    def __init__(self, sys):
        for name in dir(sys):
            if name not in ("stdin", "stdout", "stderr"):
                try: setattr(self, name, getattr(sys, name))
                except AttributeError: pass
def _import(name, *rest, sys=_Sys(sys), old=builtins.__import__):
    return sys if name == "sys" else old(name, *rest)
builtins.__import__ = _import
class _Module: pass
for _name, _text in MODULES:
    _names = {}
    exec(_text, _names)
    sys.modules[_name] = _Module()
    for _key in _names: setattr(sys.modules[_name], _key, _names[_key])
del sys, builtins, _Sys, _import, _Module, _name, _text, _names, _key
"""

_UCORE = """
_print = print
def pipe_open(name): _print(end="\\x02o%s\\x02" % name)
def pipe_close(name): _print(end="\\x02c%s\\x02" % name)
def pipe_write(name, data):
    if isinstance(data, str): data = data.encode()
    _print(end="\\x02w%s %s\\x02" % (name, bytes(data).hex() if data else ""))
"""

UCORE = """
import _ucore
_open_pipes = set()
class Pipe:
    def __init__(self, name): self.name = name
    def write(self, data): _ucore.pipe_write(self.name, data)
    def close(self): close_pipe(self.name)
def open_pipe(name):
    if name not in _open_pipes:
        _ucore.pipe_open(name)
        _open_pipes.add(name)
    return Pipe(name)
def close_pipe(name):
    if name in _open_pipes:
        _open_pipes.discard(name)
        _ucore.pipe_close(name)
def is_pipe_open(name):
    return name in _open_pipes
"""

_EXIT = (
    b'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
    b'  File "<string>", line 1, in <module>\nSystemExit: \n'
)
_NEWS = re.compile(rb"\x02(?P<kind>[owc])(?P<rest>[^\x02]*)\x02")
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class _ResetError(Exception):
    """The chip was reset by the code that ran."""


class _ExitError(Exception):
    """The code raised SystemExit, for which the interpreter restarts."""


class MessageBoard:
    """A board at a TCP port; it runs until `close`.

    Args:
        directory: its file system.
        log: put in front of messages, as a log that shares the wire.
    """

    def __init__(self, directory: Path, *, log: bytes = b"") -> None:
        self._log = log
        directory.mkdir(parents=True, exist_ok=True)
        self._terminal = create_transport(VirtualBoard(directory).url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self.restarts = 0
        self._client: socket.socket | None = None
        self._sending_lock = threading.Lock()
        self._requests: list[JmpMessage] = []
        self._arrived = threading.Condition()
        self._heard = b""
        self._request: JmpMessage | None = None  # whose output it is
        self._queue: list[str] = []  # what it has printed and not sent yet
        self._is_asking = False
        self._echo = b""  # of the terminal behind this board
        self._threads = [
            threading.Thread(target=self._serve, name="message board's wire", daemon=True),
            threading.Thread(target=self._run, name="message board's interpreter", daemon=True),
        ]
        self._terminal.open(30)
        self._boot(b"\r\x01")
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Switches it off."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._terminal.close()
        with self._arrived:
            self._requests.append(JmpMessage(Header(0)))
            self._arrived.notify_all()
        for thread in self._threads:
            thread.join(10)

    @property
    def is_idle(self) -> bool:
        """Whether it runs no code."""
        return self._request is None

    def cut(self) -> None:
        """Pulls its plug out of the computer; it goes on running."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The wire

    def _serve(self) -> None:
        while True:
            try:
                self._client, _ = self._listener.accept()
            except OSError:
                return
            self._read_messages(self._client)

    def _read_messages(self, client: socket.socket) -> None:
        pending = b""
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                *blocks, pending = (pending + data).split(cobs.END)
                for block in blocks:
                    with contextlib.suppress(MessageError, ValueError):
                        self._take(decode(cobs.decode(block)))
        client.close()

    def _take(self, message: JmpMessage) -> None:
        match message.header.kind:
            case K.KERNEL_INFO_REQUEST:
                self._interpose(message, K.KERNEL_INFO_REPLY, INFO)
            case K.INTERRUPT_REQUEST:
                self._request = None
                if not self._is_asking:  # nothing interrupts input()
                    self._terminal.write(b"\x03")
                self._interpose(message, K.INTERRUPT_REPLY, {"status": 0})
            case K.INPUT_REPLY:
                self._answer_input(str(message.content["value"]).encode())
            case _:
                with self._arrived:
                    self._requests.append(message)
                    self._arrived.notify_all()

    def _answer_input(self, line: bytes) -> None:
        self._is_asking = False
        if len(line) == 3:
            self._terminal.write(b"\x03")
        else:
            self._echo = line.rstrip(b"\n") + b"\r\n"
            self._terminal.write(line.rstrip(b"\n") + b"\r")

    def _interpose(self, message: JmpMessage, kind: MessageKind, content: Content) -> None:
        """Answers at once; what runs then has lost its way back."""
        self._say(message, K.STATUS, {"state": Busy.BUSY})
        self._say(message, kind, content)
        self._say(message, K.STATUS, {"state": Busy.IDLE})
        self._request = None

    def _say(self, request: JmpMessage | None, kind: MessageKind, content: Content) -> None:
        header = Header(kind, "8" * 36)
        parent = request.header if request is not None else None
        answer = JmpMessage(header, content, parent, request.route if request is not None else bytes(36))
        with self._sending_lock, contextlib.suppress(OSError):
            if self._client is not None:
                self._client.sendall(self._log + cobs.encode(encode(answer)) + cobs.END)

    # The interpreter

    def _run(self) -> None:
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._requests)
                request = self._requests.pop(0)
            if not request.header.kind:
                return
            self._request = request
            self._say(request, K.STATUS, {"state": Busy.BUSY})
            try:
                begin = self._answer(request)
            except _ResetError:
                begin = b"\r\x01"
            else:
                if self._request is not None:
                    self._say(request, K.STATUS, {"state": Busy.IDLE})
            self._request = None
            self._queue.clear()
            if begin is not None:
                self.restarts += 1
                self._boot(begin)

    def _answer(self, request: JmpMessage) -> bytes | None:
        """Returns what has the interpreter restart; None where it need not."""
        if request.header.kind == K.SHUTDOWN_REQUEST:
            self._say(request, K.SHUTDOWN_REPLY, {"status": 0, "restart": 1})
            return b"\x04"
        code = str(request.content.get("code", ""))
        begin = b"\x04"
        try:
            error = self._execute(code) if code else b""
        except _ExitError:
            error, begin = _EXIT, b""
        if not error:
            self._say(request, K.EXECUTE_REPLY, {"status": 0, "execution_count": 1})
            return None
        name, _, text = error.strip().splitlines()[-1].decode().partition(":")
        told = {
            "status": 1,
            "ename": name,
            "evalue": text.strip(),
            "traceback": error.decode(),
            "execution_count": 1,
        }
        self._say(request, K.EXECUTE_REPLY, told)
        self._say(request, K.ERROR, told)
        return begin

    def _execute(self, code: str) -> bytes:
        self._terminal.write(code.encode() + b"\x04")
        self._until(b"OK")
        self._until(b"\x04", prints=True)
        error = self._until(b"\x04")[:-1]
        if self._until_one_of(b">", b"M") == b"M":
            raise _ExitError
        return error.replace(b"\r\n", b"\n")

    def _until_one_of(self, *marks: bytes) -> bytes:
        while not self._heard.startswith(marks):
            self._read()
        taken, self._heard = self._heard[:1], self._heard[1:]
        return taken

    def _boot(self, begin: bytes) -> None:
        self._terminal.write(begin)
        self._until(_BANNER)
        modules = repr([("_ucore", _UCORE), ("ucore", UCORE)])
        assert not self._execute(FROZEN.replace("MODULES", modules))

    def _until(self, mark: bytes, *, prints: bool = False) -> bytes:
        taken = b""
        while True:
            before, found, rest = self._heard.partition(mark)
            if found:
                self._heard = rest
                if prints:
                    self._print(before)
                return taken + before + found
            if prints and self._heard.endswith(b"\n>>> "):
                self._heard = b""
                raise _ResetError
            if prints:
                keep = self._heard.rfind(b"\x02") if self._heard.count(b"\x02") % 2 else len(self._heard)
                self._print(self._heard[:keep])
                self._heard = self._heard[keep:]
            self._read()

    def _read(self) -> None:
        data = self._terminal.read()
        if not data:
            raise SystemExit
        self._heard += data

    def _print(self, data: bytes) -> None:
        echoed = data[: len(self._echo)]
        if self._echo.startswith(echoed):
            data, self._echo = data[len(echoed) :], self._echo[len(echoed) :]
        at = 0
        for news in _NEWS.finditer(data):
            self._print_text(data[at : news.start()])
            self._tell(news["kind"], news["rest"].decode())
            at = news.end()
        self._print_text(data[at:])

    def _print_text(self, text: bytes) -> None:
        for start in range(0, len(text), PIECE):
            self._queue.append(text[start : start + PIECE].decode(errors="replace"))
        self._send_queue(QUEUE)

    def _send_queue(self, left: int = 0) -> None:
        while len(self._queue) > left:
            piece = self._queue.pop(0)
            if self._request is not None:  # what interrupted it has taken its output
                self._say(self._request, K.STREAM, {"name": 0, "text": piece})

    def _tell(self, kind: bytes, rest: str) -> None:
        name, _, data = rest.partition(" ")
        if kind == b"o":
            self._say(None, K.COMM_OPEN, {"comm_id": name, "target": 0})
        elif kind == b"w":
            self._say(None, K.COMM_MSG, {"comm_id": name, "data": bytes.fromhex(data)})
            self._send_queue()  # who writes waits for the wire
            self._is_asking = bytes.fromhex(data).startswith(ASKING)
            if self._is_asking:
                self._say(self._request, K.INPUT_REQUEST, {"prompt": "", "password": 0})
        else:
            self._say(None, K.COMM_CLOSE, {"comm_id": name})
