"""Pipes where things go wrong: cut links, late kernels, binary output, subscribers that misbehave."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from tests.end_to_end.conftest import children
from tests.end_to_end.notebook import TIMEOUT, Notebook, virtual
from tests.end_to_end.pipes import PRODUCERS, Consumer, command, listed, place_of, subscribed
from ukernel.pipes import PipeError, collect, discovery, subscribe

pytestmark = pytest.mark.board


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("faults")
        yield notebook


@pytest.fixture
def board(notebook):
    """Runs board cells that succeed, on a board that was just reset."""

    def run(code):
        cell = notebook.run(code)
        assert cell.status == "ok", cell.error
        return cell

    run("%softreset -q")
    run(PRODUCERS)
    return run


class Cable:
    """A TCP port that leads to another one, until it is cut; then to the same again."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                ends = [self._listener.accept()[0], socket.create_connection(("127.0.0.1", self._target))]
                self._ends += ends
                for source, sink in (ends, ends[::-1]):
                    self._threads.append(threading.Thread(target=self._carry, args=(source, sink)))
                    self._threads[-1].start()

    def _carry(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()


@pytest.fixture
def cable(webrepl):
    cable = Cable(webrepl.port)
    yield cable
    cable.close()


@pytest.fixture
def wireless(webrepl, cable, monkeypatch):
    """The address of a board on the network, at the end of a cable."""
    monkeypatch.setenv("IOT_WEBREPL_PASSWORD", webrepl.password)
    return f"ws://127.0.0.1:{cable.port}"


def consecutive(samples):
    return set((samples[1:] - samples[:-1]).tolist()) == {1.0}


def test_webrepl_carries_arbitrary_bytes(wireless):
    with Notebook("iot") as notebook:
        assert notebook.run(f"%connect {wireless}").status == "ok"
        place = place_of(notebook)
        with subscribe("all", **place) as pipe:
            assert notebook.run("import ucore\npipe = ucore.open_pipe('all')").status == "ok"
            assert subscribed(notebook, "all")
            code = "for n in range(256): pipe.write(bytes((n, 255 - n)) * (n + 1))\npipe.close()\n'written'"
            assert notebook.run(code).result == "'written'"
            assert list(pipe) == [bytes((n, 255 - n)) * (n + 1) for n in range(256)]


def test_a_lost_link_ends_the_stream_and_the_next_cell_finds_it_again(wireless, cable):
    with Notebook("iot") as notebook:
        notebook.run(f"%connect {wireless}")
        notebook.run(f"{PRODUCERS}\ncount('adc', 5)")
        place = place_of(notebook)
        with subscribe("adc", **place) as pipe:
            next(pipe)
            cable.cut()
            assert {len(data) for data in pipe} <= {4}  # to its end
            assert pipe.lost == 0
        assert notebook.run("1 + 1").result == "2"  # connects again; the producer was never told
        assert consecutive(collect("adc", n=50, **place))
        assert listed(notebook, "adc")


def test_a_kernel_that_comes_late_finds_what_is_open(wireless, cable):
    """The first kernel is killed; the board goes on, and busy with a cell it still answers the second."""
    with Notebook("iot") as first:
        first.run(f"%connect {wireless}")
        first.run(f"{PRODUCERS}\ncount('adc', 5)\ncount('温度', 5, timestamps=True)")
        os.kill(first.pid, 9)
    with Notebook("iot") as second:
        assert second.run(f"%connect {wireless}").status == "ok"
        place = place_of(second)
        assert consecutive(collect("adc", n=50, **place))
        timed = collect("温度", n=50, timestamps=True, **place)
        assert (timed.clock, consecutive(timed.values)) == ("board", True)
        assert second.run("ucore.close_pipe('adc')\nended").status == "ok"
        assert second.run("%pipes").text().count("\n") == 3


def test_the_same_name_on_two_boards(notebook, board, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.2)
    with Notebook("ucore") as other:
        other.connect("twin")
        board("count('adc', pack=lambda n: struct.pack('<f', 1))")
        other.run(f"%%ucore\n{PRODUCERS}\ncount('adc', pack=lambda n: struct.pack('<f', 2))")
        code = "from ukernel.pipes import collect\nset(collect('adc', n=20).tolist())"
        assert notebook.run(f"%%host\n{code}").result == "{1.0}"
        assert other.run(code).result == "{2.0}"
        assert set(collect("adc", n=20, device=virtual("faults"))) == {1.0}
        assert set(collect("adc", n=20, device=virtual("twin"))) == {2.0}
        with pytest.raises(ConnectionError, match=r"has the board 'lamp'.*%connect lamp"):
            collect("adc", n=20, device="lamp")


def test_a_plain_python_notebook_is_a_consumer(notebook, board):
    board("count('adc')")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(stdout=subprocess.DEVNULL)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        shown = []
        client.execute_interactive(
            "from ukernel.pipes import collect\nprint(len(collect('adc', n=20)))",
            output_hook=shown.append,
            timeout=TIMEOUT,
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    assert "".join(m["content"]["text"] for m in shown if m["msg_type"] == "stream") == "20\n"


def test_binary_output_beside_frames(board, notebook):
    """What looks like a frame is none, what is one arrives, and cells go on."""
    board("count('adc', 1)")
    with subscribe("adc", **place_of(notebook)) as pipe:
        first = next(pipe)
        for _ in range(3):
            notebook.run("import os, sys\nfor _ in range(50): sys.stdout.buffer.write(os.urandom(200))")
        assert notebook.run("40 + 2").result == "42"
        board("ucore.close_pipe('adc')")
        values = [struct.unpack("<f", data)[0] for data in (first, *pipe)]
    assert values == sorted(set(values))
    assert values[-1] - values[0] + 1 == len(values) + pipe.lost
    assert len(values) > pipe.lost


def test_everything_at_once(notebook, board, tmp_path):
    """Two producers on a port without a lock of its own, a printing program, cells, and files both ways."""
    (tmp_path / "there.bin").write_bytes(os.urandom(100_000))
    board(
        "count('small', 1)\ncount('large', 3, pack=lambda n: struct.pack('<f', n) + bytes(range(256)) * 40)"
    )
    place = place_of(notebook)
    with subscribe("small", **place) as small, subscribe("large", **place) as large:
        for number in range(60):
            cell = board(f"for n in range(200): print(n, n * n)\n{number}")
            assert cell.text() == "".join(f"{n} {n * n}\n" for n in range(200))
            assert cell.result == str(number)
        long = "x = [" + "1, " * 20_000 + "]\nlen(x)"  # too long for one go: raw-paste
        assert board(long).result == "20000"
        board(f"%cp {tmp_path}/there.bin :back.bin")
        board(f"%cp :back.bin {tmp_path}/back.bin")
        board("ucore.close_pipe('small')\nucore.close_pipe('large')")
        received = [[struct.unpack_from("<f", data)[0] for data in pipe] for pipe in (small, large)]
    assert (tmp_path / "back.bin").read_bytes() == (tmp_path / "there.bin").read_bytes()
    for values, pipe in zip(received, (small, large), strict=True):
        assert (values, pipe.lost) == ([values[0] + n for n in range(len(values))], 0)
        assert len(values) > 20
    assert "damaged" not in notebook.run("%info").text()


def test_an_interrupt_in_the_middle_of_a_message(notebook, board):
    """The program in front writes itself; what is broken off is lost and counted, and the rest is whole."""
    board("pipe = ucore.open_pipe('front')\nn = 0")
    write = "while True:\n    n += 1\n    pipe.write(struct.pack('<I', n) + bytes((n & 255,)) * 30000)"
    with subscribe("front", **place_of(notebook)) as pipe, ThreadPoolExecutor() as pool:
        reading = pool.submit(list, pipe)
        for _ in range(5):
            with notebook.soon(notebook.manager.interrupt_kernel, 0.1):
                assert notebook.run(write).ename == "KeyboardInterrupt"
        last = int(board("pipe.write(struct.pack('<I', 0) + bytes(30000))\npipe.close()\nn").result)
        chunks = reading.result(TIMEOUT)
    numbers = [struct.unpack("<I", data[:4])[0] for data in chunks]
    assert all(data[4:] == bytes((data[0],)) * 30_000 for data in chunks)
    assert numbers == [*sorted(set(numbers[:-1])), 0]
    missing = last - numbers[0] + 1 - len(numbers[:-1])
    assert 0 <= pipe.lost <= missing <= 5


def test_in_asynchronous_code(notebook, board):
    board("count('adc')")
    cell = notebook.run(
        "%%host\nfrom ukernel.pipes import stream\nsizes = []\nasync with stream('adc') as pipe:\n"
        "    async for data in pipe:\n        sizes.append(len(data))\n"
        "        if len(sizes) == 20: break\nsizes"
    )
    assert cell.result == repr([4] * 20)


def test_unplugged_in_the_middle_of_a_frame():
    with Notebook("iot") as notebook:
        notebook.connect("cut")
        notebook.run(
            "import ucore, _thread\npipe = ucore.open_pipe('big')\ndef run():\n"
            "    n = 0\n    while True:\n        pipe.write(bytes((n & 255,)) * 50000)\n        n += 1\n"
            "_thread.start_new_thread(run, ())"
        )
        chunks = []
        with subscribe("big", **place_of(notebook)) as pipe:
            for number, chunk in enumerate(pipe):
                chunks.append(chunk)
                if number == 20:
                    for pid in children(notebook.pid):
                        if "micropython" in command(pid):
                            os.kill(pid, 9)
        assert {len(chunk) for chunk in chunks} == {50_000}
        assert all(len(set(chunk)) == 1 for chunk in chunks)
        assert notebook.run("1 + 1").status in ("ok", "error")
        assert notebook.run("import ucore\nucore.is_pipe_open('big')").result == "False"


class Hostile(threading.Thread):
    """A subscriber that does something for as long as it is let."""

    def __init__(self, port, request, step):
        super().__init__()
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.connection.sendall(request)
        self._step = step
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while self._step(self.connection) is not None:
                pass

    def close(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.join()
        self.connection.close()


def test_subscribers_that_misbehave_hurt_nobody(notebook, board):
    place = place_of(notebook)
    request = f"adc {place['token']}\n".encode()
    released = threading.Event()
    board("import os\nblock = os.urandom(4096)\ncount('adc', 0, pack=lambda n: struct.pack('<f', n) + block)")
    with contextlib.ExitStack() as stack:
        good = stack.enter_context(subscribe("adc", **place))
        hostile = [
            (request, lambda connection: released.wait(TIMEOUT) and None),  # never reads
            (request, lambda connection: connection.sendall(bytes(2**20)) or True),  # sends a gigabyte
            (b"", lambda connection: connection.sendall(bytes(2**20)) or True),
            (b"", lambda connection: released.wait(TIMEOUT) and None),  # says nothing
            (b"adc wrong\n", lambda connection: connection.recv(65536) or None),  # does not know the token
        ]
        for request_, step in hostile:
            stack.callback(Hostile(place["port"], request_, step).close)
        stack.callback(released.set)
        numbers = []
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            numbers.append(struct.unpack("<f", next(good)[:4])[0])
        assert good.lost == 0
        assert numbers == [numbers[0] + n for n in range(len(numbers))]
        assert notebook.run("6 * 7").result == "42"
    with pytest.raises(PipeError, match="wrong token"):
        collect("adc", n=1, port=place["port"], token="wrong")


def test_a_thousand_pipes(notebook, board):
    code = "for n in range(1000):\n    with ucore.open_pipe('p%d' % n) as pipe: pipe.write(b'%d' % n)"
    with subscribe("p999", **place_of(notebook)) as pipe:
        board(code)
        assert list(pipe) == [b"999"]
    cell = notebook.run("pipes = []\nwhile True: pipes.append(ucore.open_pipe('q%d' % len(pipes)))")
    assert (cell.ename, "24" in cell.reply["evalue"]) == ("OSError", True)
    count = int(notebook.run("len(pipes)").result)
    assert count >= 233
    lines = notebook.run("%pipes").text().splitlines()
    assert len(lines) == count + 2
    board("for pipe in pipes: pipe.close()")
    assert notebook.run("%pipes").text().startswith("no pipe is open")


def test_memory_stays_flat(notebook, board):
    """Of the kernel and of the board: after twice as many frames as before, no more than some pages."""

    def kernel_pages():
        return int(Path(f"/proc/{notebook.pid}/statm").read_text().split()[1])

    def board_bytes():
        return int(board("import gc\ngc.collect()\ngc.mem_alloc()").result)

    write = "with ucore.open_pipe('many') as pipe:\n    for n in range(10000): pipe.write(b'1234')"
    with subscribe("other", **place_of(notebook)):
        board(write)
        before = kernel_pages(), board_bytes()
        for _ in range(2):
            board(write)
        after = kernel_pages(), board_bytes()
    assert after[0] - before[0] < 1000, "4 MB"
    assert after[1] - before[1] < 2000


def test_a_consumer_in_the_middle_of_a_stream_takes_nothing_from_another(notebook, board):
    board("count('adc', 1)")
    place = place_of(notebook)
    consumer = Consumer("adc")
    for _ in range(10):
        assert consecutive(collect("adc", n=20, **place))
    board("ucore.close_pipe('adc')")
    assert consumer.result()[1] == 0


assert sys.platform == "linux", "these tests look at processes in /proc"
