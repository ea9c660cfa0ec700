"""How fast files move, beside mpytool, mpremote, Belay and rshell on the same serial port.

Run ``python -m bench.file_transfer``. Each tool opens the same terminal with the same virtual board behind
it, and moves the same files; what a tool sends of its own programs counts. Links: USB-like (1 MB/s, 0.5 ms
each way); 115200 baud. A check reads back what arrived. The limit, called the wire, are as many bytes that
the board drops or makes up, written and read barely.
"""

from __future__ import annotations

import contextlib
import random
import re
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import belay
import mpytool
from mpremote.transport_serial import SerialTransport

from bench.bare import bare_board, download, upload
from bench.rows import Pair, Row, at_least, tell, with_peers
from bench.sources import source_text
from bench.terminal import terminal
from iot_kernel.device.device import Device

T = TypeVar("T")

SIZES = {"115200": 100_000, "usb": 500_000}  # bytes of the file that is moved
SHORT = 20_000  # the same for tools that would take minutes
FILES = 20  # the same bytes as so many files
TURNS = {"115200": 1, "usb": 5}  # of our figure and the wire; a slow wire hardly varies

#: What our rate has to be, of what.
BARS = {
    "115200": {
        "random up": (0.95, "the wire"),
        "source up": (1.3, "mpytool"),
        "files up": (1.0, "mpytool"),
        "random down": (0.95, "the wire"),
    },
    "usb": {
        "random up": (0.95, "the wire"),  # 1.5 times mpytool would be a little more than all of it
        "source up": (1.5, "mpytool"),
        "files up": (1.5, "mpytool"),
        "random down": (1.5, "mpytool"),
    },
}


class Tool(ABC):
    """One tool, at work on one port. It is open already when time is taken."""

    #: whether it gets the shorter file
    is_slow = False

    @abstractmethod
    def put(self, path: str, data: bytes) -> float:
        """Writes a file; the seconds it took."""

    def put_all(self, contents: Mapping[str, bytes]) -> float:
        """Writes files; the seconds it took."""
        return sum(self.put(path, data) for path, data in contents.items())

    def get(self, path: str) -> tuple[bytes, float] | None:
        """Reads a file; its content and the seconds. None where the tool has no function for that."""
        return None


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    begin = time.perf_counter()
    result = action()
    return result, time.perf_counter() - begin


class Ours(Tool):
    """This project."""

    def __init__(self, device: Device) -> None:
        self._device = device

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str) -> Iterator[Ours]:
        device = Device(f"serial://{port}")
        device.open()
        try:
            yield cls(device)
        finally:
            device.close()

    def put(self, path: str, data: bytes) -> float:
        return self.put_all({path: data})

    def put_all(self, contents: Mapping[str, bytes]) -> float:
        return _timed(lambda: self._device.files.write_files(contents))[1]

    def get(self, path: str) -> tuple[bytes, float]:
        return _timed(lambda: self._device.files.read(path))


class Mpytool(Tool):
    """mpytool, through its Python interface."""

    def __init__(self, board: mpytool.Mpy) -> None:
        self._board = board

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str) -> Iterator[Mpytool]:
        connection = mpytool.ConnSerial(port=port, baudrate=115200)
        board = mpytool.Mpy(connection)
        board.comm.enter_raw_repl()
        try:
            yield cls(board)
        finally:
            board.comm.exit_raw_repl()
            connection.close()

    def put(self, path: str, data: bytes) -> float:
        return _timed(lambda: self._board.put(data, path))[1]

    def get(self, path: str) -> tuple[bytes, float]:
        return _timed(lambda: bytes(self._board.get(path)))


class Mpremote(Tool):
    """mpremote, through the transport that its commands use."""

    is_slow = True

    def __init__(self, transport: SerialTransport) -> None:
        self._transport = transport

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str) -> Iterator[Mpremote]:
        transport = SerialTransport(port)
        transport.enter_raw_repl(soft_reset=False)
        try:
            yield cls(transport)
        finally:
            transport.exit_raw_repl()
            transport.close()

    def put(self, path: str, data: bytes) -> float:
        return _timed(lambda: self._transport.fs_writefile(path, data))[1]

    def get(self, path: str) -> tuple[bytes, float]:
        return _timed(lambda: bytes(self._transport.fs_readfile(path)))


class Belay(Tool):
    """Belay, which synchronizes a directory."""

    is_slow = True

    def __init__(self, device: belay.Device) -> None:
        self._device = device

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str) -> Iterator[Belay]:
        device = belay.Device(port)
        try:
            yield cls(device)
        finally:
            device.close()

    def put(self, path: str, data: bytes) -> float:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / path.lstrip("/")
            file.write_bytes(data)
            return _timed(lambda: self._device.sync(directory, keep=True, minify=False))[1]


class Rshell(Tool):
    """rshell, a command that connects anew each time; it tells itself how long the copying took."""

    is_slow = True

    def __init__(self, port: str) -> None:
        self._port = port

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str) -> Iterator[Rshell]:
        yield cls(port)

    def put(self, path: str, data: bytes) -> float:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / path.lstrip("/")
            file.write_bytes(data)
            return self._copy(str(file), f"/pyboard{path}")

    def get(self, path: str) -> tuple[bytes, float]:
        with tempfile.TemporaryDirectory() as directory:
            seconds = self._copy(f"/pyboard{path}", f"{directory}/file")
            return (Path(directory) / "file").read_bytes(), seconds

    def _copy(self, source: str, target: str) -> float:
        program = str(Path(sys.executable).with_name("rshell"))  # PATH may not lead there
        command = [program, "--port", self._port, "--timing", "cp", source, target]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told = re.search(r"took ([\d.]+) seconds", done.stdout)
        assert told is not None, done.stdout
        return float(told[1])


PEERS: tuple[type[Mpytool | Mpremote | Belay | Rshell], ...] = (Mpytool, Mpremote, Belay, Rshell)


Rates = dict[str, float | None]  # bytes a second of each kind of transfer; None where a tool cannot


def measure() -> Iterator[Row]:
    """Measures all tools on all links."""
    for link in SIZES:
        with (
            tempfile.TemporaryDirectory() as directory,
            terminal(f"sim://bench?dir={directory}&link={link}") as port,
        ):
            ours, wire = [], []
            for _ in range(TURNS[link]):
                wire.append(_measure_wire(port, link))
                ours.append(_measure(Ours, port, Path(directory), link))
            peers = {kind.__name__.lower(): _measure(kind, port, Path(directory), link) for kind in PEERS}
        for what in BARS[link]:
            yield _row(
                what, link, _pair(what, ours, wire), {name: rates[what] for name, rates in peers.items()}
            )


def _pair(what: str, ours: list[Rates], wire: list[Rates]) -> Pair:
    """Our rates in kB/s, and the wire's."""
    limit = "down" if "down" in what else "up"
    columns = [rates[what] for rates in ours], [rates[limit] for rates in wire]
    return Pair(*(tuple((rate or 0.0) / 1000 for rate in column) for column in columns))


def _row(what: str, link: str, pair: Pair, peers: Mapping[str, float | None]) -> Row:
    factor, against = BARS[link][what]
    name = f"{FILES} {what}, {link}" if what == "files up" else f"{what}, {link}"
    if against == "the wire":
        row = at_least(name, pair, "kB/s", factor, of=against, digits=1)
    else:
        good = pair.figure * 1000 >= factor * (peers[against] or 0.0)
        row = replace(
            at_least(name, pair, "kB/s", 0.0, of="limit", digits=1),
            good=good,
            bar=f"at least {factor:g} x {against}",
        )
    rates = {peer: None if rate is None else rate / 1000 for peer, rate in peers.items()}
    return with_peers(row, pair.figure, rates, digits=1)


def _measure_wire(port: str, link: str) -> Rates:
    with bare_board(port) as board:
        return {"up": upload(board, SIZES[link]), "down": download(board, SIZES[link])}


def _measure(
    kind: type[Ours | Mpytool | Mpremote | Belay | Rshell], port: str, directory: Path, link: str
) -> Rates:
    with kind.at(port) as tool:
        return _measure_tool(tool, directory, SHORT if tool.is_slow else SIZES[link])


def _measure_tool(tool: Tool, directory: Path, size: int) -> Rates:
    noise, source = random.Random(1).randbytes(size), source_text()[:size]
    tool.put("/warm.py", b"pass\n")
    up = {"random up": ("/noise.bin", noise), "source up": ("/source.py", source)}
    rates: Rates = {name: size / tool.put(*what) for name, what in up.items()}
    for path, content in up.values():
        assert (directory / path[1:]).read_bytes() == content, f"{tool} damaged {path}"
    got = tool.get("/noise.bin")
    assert got is None or got[0] == noise, f"{tool} read something else"
    rates["random down"] = size / got[1] if got else None
    step = size // FILES
    parts = {f"/part{index}.bin": noise[index * step :][:step] for index in range(FILES)}
    rates["files up"] = size / tool.put_all(parts)
    assert all((directory / path[1:]).read_bytes() == data for path, data in parts.items())
    for file in directory.iterdir():
        file.unlink()
    return rates


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
