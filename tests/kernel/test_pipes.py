"""Pipes end to end: threads on a virtual board, real kernels, consumers in host cells and other processes."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import children
from tests.kernel.notebook import Notebook, eventually, virtual

#: What a board does to have a pipe: frames as docs/protocol.md lays them out.
BOARD = """
import sys, struct, time, _thread
from binascii import crc32
_lock, _open, _free = _thread.allocate_lock(), {}, []
def frame(channel, sequence, data, more=False, continues=False):
    size = (len(data) | more << 15 | continues << 14) ^ 128
    body = struct.pack("<BHB", channel, size, ~(channel + (size & 255) + (size >> 8)) & 255) + data
    body += struct.pack("<I", (crc32(body, sequence) & 0xFFFFFF) << 8 | sequence)
    for plain, letter in zip(b"\\xfd\\xfe\\x01\\x04>", b"feadg"):
        body = body.replace(bytes((plain,)), bytes((0xfd, letter)))
    with _lock:
        sys.stdout.buffer.write(b"\\xfe" + body)
_controls = [0]
def control(kind, channel, name):
    frame(1, _controls[0] & 255, kind + bytes((channel, 1, 0)) + name.encode())
    _controls[0] += 1
def open_pipe(name, channel=16):
    _open[name] = [channel, 0]
    control(b"o", channel, name)
def write(name, data):
    pipe = _open[name]
    for start in range(0, len(data) or 1, 4096):
        frame(pipe[0], pipe[1] & 255, data[start:start + 4096], start + 4096 < len(data), start > 0)
        pipe[1] += 1
def close_pipe(name):
    control(b"c", _open.pop(name)[0], name)
def produce(name, channel=16, pause=2):
    open_pipe(name, channel)
    def run():
        number = 0
        while name in _open:
            write(name, struct.pack("<f", number))
            number += 1
            time.sleep_ms(pause)
    _thread.start_new_thread(run, ())
"""

COUNT = """%%host
from ukernel.pipes import collect, subscribe
import numpy as np
samples = collect("adc", n=200)
print(len(samples), np.unique(np.diff(samples)).tolist())
"""

READ_ALL = """
import sys
from ukernel.pipes import subscribe
with subscribe(sys.argv[1]) as pipe:
    print("subscribed", flush=True)
    count = sum(1 for _ in pipe)
    print(count, pipe.lost, flush=True)
"""


@pytest.fixture(autouse=True)
def own_state(jupyter):
    """Each test looks at kernels of its own."""
    for name in ("UCORE_PIPE_PORT", "UCORE_PIPE_TOKEN", "UCORE_STATE_PATH"):
        assert name not in os.environ


def state_file():
    return Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "iot-kernel" / "pipes.json"


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def entry_of(pid):
    """What the state file says of a kernel; None where it does not know it."""
    kernels = json.loads(state_file().read_text())["kernels"]
    return next((kernel for kernel in kernels if kernel["pid"] == pid), None)


class Consumer:
    """A plain Python process that reads a pipe to its end."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [sys.executable, "-c", READ_ALL, name], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "subscribed\n"

    def result(self):
        """How many chunks there were, and how many were lost."""
        with self.process:
            counts = self.process.stdout.read().split()
        assert self.process.returncode == 0
        return tuple(map(int, counts))


def listed(notebook, name):
    """The row of a pipe in ``%pipes``; None where it is not open."""
    for line in notebook.run("%pipes").text().splitlines():
        if line.startswith(f"{name} "):
            return line.split()
    return None


def subscribed(notebook, name, count=1):
    return eventually(lambda: (row := listed(notebook, name)) is not None and int(row[-2]) == count)


@pytest.mark.parametrize("kernel", ["iot", "ucore"])
def test_a_thread_produces_while_host_cells_and_others_read(kernel):
    with Notebook(kernel) as notebook:
        notebook.connect("pipes")
        assert notebook.run(f"%%ucore\n{BOARD}\nproduce('adc')").status == "ok"
        assert notebook.run(COUNT).text() == "200 [1.0]\n"
        other = Consumer("adc")
        assert subscribed(notebook, "adc")
        for number in range(20):
            assert notebook.run(f"%%ucore\n{number} + 1").result == str(number + 1)
        assert notebook.run("%%ucore\nclose_pipe('adc')").status == "ok"
        count, lost = other.result()
        assert (count > 0, lost) == (True, 0)
        assert notebook.run("%pipes").text().startswith("no pipe is open")


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("pipes")
        yield notebook


@pytest.fixture
def producing(notebook):
    """A notebook whose board has a pipe open, and a process that reads it."""
    assert notebook.run(f"{BOARD}\nproduce('adc')").status == "ok"
    consumer = Consumer("adc")
    assert subscribed(notebook, "adc")
    yield consumer
    consumer.process.kill()
    consumer.process.wait()
    consumer.process.stdout.close()


def test_where_the_kernel_is(notebook):
    entry = entry_of(notebook.pid)
    assert stat.S_IMODE(state_file().stat().st_mode) == 0o600
    assert (entry["pid"], entry["url"]) == (notebook.pid, virtual("pipes"))
    assert entry["uid"]
    host = notebook.run("%%host\nimport os\n[os.environ['UCORE_PIPE_PORT'], os.environ['UCORE_PIPE_TOKEN']]")
    assert host.result == repr([str(entry["port"]), entry["token"]])


def test_an_interrupt_ends_no_pipe(notebook, producing):
    with notebook.soon(notebook.manager.interrupt_kernel):
        assert notebook.run("while True: pass").ename == "KeyboardInterrupt"
    assert notebook.run(COUNT).text() == "200 [1.0]\n"
    with notebook.soon(notebook.manager.interrupt_kernel):
        cell = notebook.run("%%host\nfrom ukernel.pipes import subscribe\nnext(subscribe('silence'))")
    assert cell.ename == "KeyboardInterrupt"
    assert listed(notebook, "adc")
    notebook.run("close_pipe('adc')")
    assert producing.result()[1] == 0


@pytest.mark.parametrize("end", ["%softreset -q", "%hardreset -t 0.2", "%disconnect", "%connect {other}"])
def test_what_ends_the_stream(notebook, producing, end):
    cell = notebook.run(end.format(other=virtual("other")))
    assert cell.status == "ok", cell.reply
    count, lost = producing.result()
    assert (count > 0, lost) == (True, 0)
    notebook.connect("pipes")
    assert notebook.run("%pipes").text().startswith("no pipe is open")


def test_a_board_that_dies_ends_the_stream():
    with Notebook("iot") as notebook:
        notebook.connect("dying")
        notebook.run(f"{BOARD}\nproduce('adc')")
        consumer = Consumer("adc")
        assert subscribed(notebook, "adc")
        boards = [pid for pid in children(notebook.pid) if "micropython" in command(pid)]
        assert boards
        for pid in boards:
            os.kill(pid, 9)
        assert consumer.result()[1] == 0


@pytest.mark.parametrize("how", ["shutdown", "restart", "kill"])
def test_the_end_of_the_kernel(how):
    with Notebook("ucore") as notebook:
        notebook.connect("ending")
        notebook.run(f"%%ucore\n{BOARD}\nproduce('adc')")
        consumer = Consumer("adc")
        assert subscribed(notebook, "adc")
        pid = notebook.pid
        assert entry_of(pid)
        if how == "kill":
            os.kill(pid, 9)
        elif how == "restart":
            notebook.manager.restart_kernel()
            notebook.client.wait_for_ready(timeout=60)
        else:
            notebook.manager.shutdown_kernel()
        count, _ = consumer.result()
        assert count > 0
        if how == "restart":
            assert notebook.run("%pipes").text().startswith("no pipe is open")
            assert entry_of(notebook.pid)
        assert how == "kill" or eventually(lambda: entry_of(pid) is None)


def test_a_port_that_is_taken_is_told(notebook, monkeypatch):
    monkeypatch.setenv("UCORE_PIPE_PORT", str(entry_of(notebook.pid)["port"]))
    with Notebook("iot") as second:
        cell = second.run("%%host\nimport os\nprint(os.environ['UCORE_PIPE_PORT'])")
        assert "UCORE_PIPE_PORT: port" in cell.text("stderr")
        assert cell.text().strip() != os.environ["UCORE_PIPE_PORT"]


def test_losses_are_shown(notebook):
    notebook.run(f"{BOARD}\nopen_pipe('adc')\nfor n in range(5):\n    write('adc', b'1234')")
    notebook.run("_open['adc'][1] += 3\nwrite('adc', b'1234')")
    assert listed(notebook, "adc")[-1] == "3"
    assert "1 open, 3 messages lost, 0 frames damaged" in notebook.run("%info").text()
    notebook.run("close_pipe('adc')")


LARGE_PRODUCER = """
def run():
    while 'big' in _open:
        write('big', bytes(range(256)) * 255 + bytes(255))
        time.sleep_ms(50)
_thread.start_new_thread(run, ())
"""

LARGEST = """%%host
from ukernel.pipes import collect
[len(data) for data in set(collect("big", n=3, decoder=bytes))]
"""


def test_the_largest_message(notebook):
    notebook.run(f"{BOARD}\nopen_pipe('big', 20)\n{LARGE_PRODUCER}")
    assert notebook.run(LARGEST).result == "[65535]"
    assert notebook.run("close_pipe('big')").status == "ok"
