"""How fast a board is connected, and runs code that does nothing, beside mpremote and mpytool.

Run ``python -m bench.link_latency``. Each tool opens the same terminal with the same virtual board behind it,
enters the raw REPL once and then runs ``pass`` many times; the tools take turns. Links: ideal; USB-like
(1 MB/s, 0.5 ms each way); 115200 baud.

The limit of ``pass`` is a bare writer and reader of the same terminal. That of connecting is the same too: it
sends as many bytes as this project, with the same pauses, and has the board answer as many.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import mpytool
from mpremote.transport_serial import SerialTransport

from bench.bare import BareBoard, bare_board
from bench.rows import Pair, Row, also, at_most, tell, with_peers
from bench.terminal import terminal
from iot_kernel.device.device import Device

RUNS = {"ideal": 300, "usb": 100, "115200": 100}  # executions a turn
TURNS = 5
BAR = 0.6  # of mpytool's time
MOST = {"ideal": 3.5, "usb": 1.6, "115200": 1.6}  # of the limit
MOST_CONNECTING = 1.75  # of the limit
MOST_PAUSES = 3

PROMPTS = (b"\x04>", b"\n>")  # how the board says that it waits for code

SETTLE = 0.2  # s in which a board has booted

#: bytes that a board with a small buffer takes, and the s that it gets to read them, before there are more:
#: this is how boards are spoken to that are not known yet. Nothing else lies between two writes.
PIECE = 32
PAUSE = 0.01


@dataclass(slots=True)
class Turn:
    """How much is said from one prompt to the next."""

    sent: int = 0  # bytes
    received: int = 0
    pauses: int = 0
    was_sent: bool = False  # the last that was said came from here


@contextlib.contextmanager
def ours(path: str) -> Iterator[Callable[[], object]]:
    """A ready function of this project that runs ``pass``."""
    device = Device(f"serial://{path}")
    device.open()
    try:
        yield lambda: device.exec("pass")
    finally:
        device.close()


@contextlib.contextmanager
def with_mpytool(path: str) -> Iterator[Callable[[], object]]:
    """The same of mpytool."""
    connection = mpytool.ConnSerial(port=path, baudrate=115200)
    board = mpytool.Mpy(connection)
    board.comm.enter_raw_repl()
    try:
        yield lambda: board.comm.exec("pass")
    finally:
        board.comm.exit_raw_repl()
        connection.close()


@contextlib.contextmanager
def with_mpremote(path: str) -> Iterator[Callable[[], object]]:
    """The same of mpremote."""
    transport = SerialTransport(path)
    transport.enter_raw_repl(soft_reset=False)
    try:
        yield lambda: transport.exec("pass")
    finally:
        transport.exit_raw_repl()
        transport.close()


@contextlib.contextmanager
def barely(path: str) -> Iterator[Callable[[], object]]:
    """The same with single reads and writes."""
    with bare_board(path) as board:
        yield lambda: board.run("pass")


Tool = Callable[[str], contextlib.AbstractContextManager[Callable[[], object]]]

TOOLS: dict[str, Tool] = {"ours": ours, "limit": barely, "mpytool": with_mpytool, "mpremote": with_mpremote}


@contextlib.contextmanager
def board(link: str) -> Iterator[str]:
    """The terminal of a board that has just been switched on."""
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(f"sim://bench?dir={directory}&link={link}") as path,
    ):
        time.sleep(SETTLE)
        yield path


def measure() -> Iterator[Row]:
    """Measures all tools on all links."""
    for link in RUNS:
        yield _connecting(link)
        with board(link) as path:
            yield _running(path, link)


def _running(path: str, link: str) -> Row:
    times: dict[str, list[float]] = {name: [] for name in TOOLS}
    for _ in range(TURNS):
        for name, tool in TOOLS.items():
            with tool(path) as run:
                run()
                times[name].append(_time(run, RUNS[link]))
    pair = Pair(tuple(times["ours"]), tuple(times["limit"]))
    row = at_most(f"pass on the board, {link}", pair, "ms", MOST[link], of="limit")
    peers = {name: _median(times[name]) for name in ("mpytool", "mpremote")}
    good = pair.figure <= BAR * peers["mpytool"]
    return also(with_peers(row, pair.figure, peers), good, f"at most {BAR} x mpytool")


def _connecting(link: str) -> Row:
    with board(link) as path:
        turns = _turns(path)
    times: dict[str, list[float]] = {name: [] for name in TOOLS}
    for _ in range(TURNS):
        for name, tool in TOOLS.items():
            with board(link) as path:
                times[name].append(_connect_barely(path, turns) if name == "limit" else _open(path, tool))
    pair = Pair(tuple(times["ours"]), tuple(times["limit"]))
    size = sum(turn.sent for turn in turns)
    pauses = sum(turn.pauses for turn in turns)
    what = f"connecting, {link}, {size} bytes, {pauses} pauses"
    row = at_most(what, pair, "ms", MOST_CONNECTING, of="limit")
    row = also(row, pauses <= MOST_PAUSES, f"at most {MOST_PAUSES} pauses")
    return with_peers(row, pair.figure, {name: _median(times[name]) for name in ("mpytool", "mpremote")})


def _open(path: str, tool: Tool) -> float:
    """Milliseconds until a tool can run code."""
    begin = time.perf_counter()
    with tool(path):
        return (time.perf_counter() - begin) * 1e3


class _Recorder(logging.Handler):
    """Counts what goes to a board and what comes from it, from one prompt to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []
        self._end = b""  # of what came

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record.args, tuple)
        data = record.args[-1]
        assert isinstance(data, bytes)
        if not self.turns or ("<-" in record.msg and self._end.endswith(PROMPTS)):
            self.turns.append(Turn())
            self._end = b""
        turn = self.turns[-1]
        if "<-" in record.msg:
            turn.pauses += turn.was_sent
            turn.sent += len(data)
        else:
            turn.received += len(data)
            self._end = (self._end + data)[-2:]
        turn.was_sent = "<-" in record.msg


@contextlib.contextmanager
def recording() -> Iterator[list[Turn]]:
    """What is said to boards meanwhile, and what they say."""
    recorder, log = _Recorder(), logging.getLogger("iot_kernel.wire")
    log.addHandler(recorder)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield recorder.turns
    finally:
        log.setLevel(logging.NOTSET)
        log.removeHandler(recorder)


def _turns(path: str) -> list[Turn]:
    """Connects once, and gives how much was said."""
    with recording() as turns:
        device = Device(f"serial://{path}")
        device.open()
        said = list(turns)
        device.close()
    return said


def repeat(board: BareBoard, turns: list[Turn]) -> float:
    """Milliseconds in which a bare writer and reader say as much."""
    begin = time.perf_counter()
    for turn in turns:
        code = f"print(end='x' * {turn.received})"
        code += "#" * (turn.sent - len(code))
        for _ in range(turn.pauses):
            board.write(code[:PIECE].encode())
            code = code[PIECE:]
            time.sleep(PAUSE)
        board.run(code)
    return (time.perf_counter() - begin) * 1e3


def _connect_barely(path: str, turns: list[Turn]) -> float:
    with bare_board(path) as board:
        return repeat(board, turns)


def _time(run: Callable[[], object], count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - begin) * 1e3 / count


def _median(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
