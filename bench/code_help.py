"""How fast names and help for board code are told, beside ipykernel's own completion in the same run.

Run ``python -m bench.code_help``. The type stubs are those of PyPI, installed by ``%stubs``, and there
are as many earlier cells as are read; all of it has been read before anything is measured. Each question
comes after a cell, so the board is asked anew. While the board is busy, the kernel answers from memory.

The limit is stock ipykernel with a like question, and on a wire as many bytes as the kernel and the board
say, written and read barely.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator

from jupyter_client.blocking.client import BlockingKernelClient

from bench.bare import bare_board
from bench.kernel_latency import SETTLE, Running, await_message, jupyter_directories, kernel, reply_time
from bench.link_latency import Turn, recording, repeat
from bench.rows import Row, at_most, in_turns, tell
from bench.terminal import terminal
from iot_kernel.analysis.static_names import LONGEST_BEFORE
from iot_kernel.boards.live_names import LiveNames
from iot_kernel.device.device import Device

LINKS = ("usb", "115200")
TURNS = 15
MOST = {"usb": 4.0, "115200": 1.75}  # of the limit
MOST_BUSY = 6.0  # of ipykernel's time
RUNNING = 0.4  # s after which a cell runs

PAST = """\
import machine
class Sensor:
    def __init__(self): self.level = 3
    def read(self): return self.level
sensor = Sensor()
"""

#: Earlier cells, as long as they are read: a day's work in one notebook.
WORK = "".join(
    f"def step_{number}(a, b):\n    return [a * k for k in range(b)]\n"
    for number in range(LONGEST_BEFORE // 60)
)

#: What is asked, with a bar at the cursor: on the board, and of ipykernel; the latter's names are of a host
#: that has run `PEER_PAST`.
QUESTIONS = {
    "a name": ("mach|", "threa|"),
    "an attribute": ("sensor.|", "sensor.|"),
    "an argument": ("machine.Pin(2, machine.Pin.O|", "threading.Thread(None, sensor.re|"),
    "a module": ("import ma|", "import ma|"),
    "help": ("machine.Pin|", "threading.Thread|"),
}
PEER_PAST = PAST.replace("machine", "threading")


def measure() -> Iterator[Row]:
    """Measures everything; about a minute."""
    with jupyter_directories(), kernel("python3") as stock:
        reply_time(stock[1], PEER_PAST)
        for link in LINKS:
            yield from _on_a_link(link, stock[1])


def _on_a_link(link: str, stock: BlockingKernelClient) -> Iterator[Row]:
    with _board(link) as path, _board(link) as other, kernel("iot") as ours:
        time.sleep(SETTLE)
        for code in (f"%connect serial://{path}", "%stubs", WORK, PAST):
            reply_time(ours[1], code)
        for question in QUESTIONS:  # stubs are read, names are remembered
            ask(ours[1], question, 0)
        for question in QUESTIONS:
            yield _asked(question, link, ours[1], stock, other)
        if link == LINKS[0]:
            yield from _busy(ours, stock)


def _asked(
    question: str, link: str, ours: BlockingKernelClient, stock: BlockingKernelClient, path: str
) -> Row:
    """One question, after a cell has made memory old."""
    turns = _said(path, question)
    with bare_board(path) as board:

        def asked() -> float:
            reply_time(ours, "pass")
            return ask(ours, question, 0)

        pair = in_turns(asked, lambda: ask(stock, question, 1) + repeat(board, turns), TURNS)
    size = sum(turn.sent + turn.received for turn in turns)
    return at_most(f"{question}, {link}, {size} bytes", pair, "ms", MOST[link], of="limit", digits=1)


def _busy(ours: Running, stock: BlockingKernelClient) -> Iterator[Row]:
    request = ours[1].execute("import time; time.sleep(600)")  # a board takes no time of this computer
    time.sleep(RUNNING)
    for question in QUESTIONS:
        pair = in_turns(lambda q=question: ask(ours[1], q, 0), lambda q=question: ask(stock, q, 1), TURNS)
        yield at_most(f"{question}, busy board", pair, "ms", MOST_BUSY, of="ipykernel", digits=1)
    ours[0].interrupt_kernel()
    await_message(ours[1].get_shell_msg, request, lambda message: True)


def ask(client: BlockingKernelClient, question: str, which: int) -> float:
    """Milliseconds from a question to its answer, which must not be empty."""
    before, _, after = QUESTIONS[question][which].partition("|")
    begin = time.perf_counter()
    send = client.inspect if question == "help" else client.complete
    request = send(before + after, len(before))
    content = await_message(client.get_shell_msg, request, lambda message: True)["content"]
    assert content.get("matches") or content.get("found"), content
    return (time.perf_counter() - begin) * 1e3


def _said(path: str, question: str) -> list[Turn]:
    """How much is said for a question."""
    device = Device(f"serial://{path}")
    device.open()
    device.exec(PAST)
    with recording() as turns:
        _ask_live(device, question)
    device.close()
    return turns


def _ask_live(device: Device, question: str) -> None:
    """Asks the board alone, as the kernel does for a question."""
    live = LiveNames()
    match question:
        case "a name":
            live.names(device, (), "mach")
        case "an attribute":
            live.names(device, ("sensor",), "")
        case "an argument":
            live.names(device, ("machine", "Pin"), "O")
        case "a module":
            live.modules(device)
        case "help":
            live.describe(device, ("machine", "Pin"))


@contextlib.contextmanager
def _board(link: str) -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(f"sim://bench?dir={directory}&link={link}") as path,
    ):
        yield path


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
