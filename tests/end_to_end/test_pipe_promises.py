"""The promises of the pipes, each kept by a real kernel with a real MicroPython, and where that is shown.

The table names for each promise (P), and for each decision about what its text leaves open (H), the tests
that show it; those without a file stand here.
"""

import ast
import os
import re
import socket
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from tests.each import each
from tests.end_to_end.notebook import TIMEOUT, Notebook, eventually
from tests.end_to_end.pipes import PRODUCERS, Consumer, entry_of, listed, place_of, state_file
from tests.free_ports import free_port
from ukernel.pipes import collect, subscribe
from ukernel.pipes.discovery import Address

pytestmark = pytest.mark.board

COLLECTING = "tests/ukernel/test_collecting.py::"
TIMED = "tests/ukernel/test_timed.py::"
CLIENT = "tests/ukernel/test_client.py::"
LISTENER = "tests/pipes/test_listener.py::"
FAULTS = "tests/end_to_end/test_pipe_faults.py::"
ENDS = "tests/end_to_end/test_pipes.py::"
FINDING = "tests/ukernel/test_discovery.py::"
PLOT = "tests/ukernel/live/test_live_plot.py::"
BROWSER = "tests/browser/test_live_plot.py::"

TABLE = {
    "P1 named byte channels": ["test_channels_have_names"],
    "P2 data flows while other cells run": ["test_a_producer_runs_beside_other_cells"],
    "P3 board cells and host cells": ["test_which_cells_run_where"],
    "P4 a listener on this computer, for many": ["test_the_wire_by_hand", "test_two_processes_get_the_same"],
    "P5 the producing cell is over at once": ["test_a_producer_runs_beside_other_cells"],
    "P6 four bytes of length, and the bytes": ["test_the_wire_by_hand"],
    "P7 closing hangs up": ["test_the_wire_by_hand"],
    "P8 import ucore without an install": ["test_ucore_is_there_in_any_cell"],
    "P9 open again is another handle": ["test_opening_again"],
    "P10 close_pipe as often as one likes": ["test_closing"],
    "P11 closing from any cell ends the producer": ["test_closing"],
    "P12 is_pipe_open": ["test_closing"],
    "P13 one write is one chunk": ["test_one_write_is_one_chunk"],
    "P14 up to 65535 bytes": ["test_one_write_is_one_chunk", "test_what_write_refuses"],
    "P15 Pipe.close": ["test_closing"],
    "P16 the board's pipe in a with statement": ["test_a_finite_producer"],
    "P17 what is imported": ["test_what_is_imported"],
    "P18 subscribe gives an iterator": ["test_subscribing_in_a_host_cell"],
    "P19 iteration waits, and ends": ["test_subscribing_in_a_host_cell", f"{CLIENT}test_iteration_waits"],
    "P20 the host's pipe in a with statement": [f"{CLIENT}test_a_break_hangs_up"],
    "P21 the signature of collect": [f"{COLLECTING}test_the_signature"],
    "P22 its defaults": [f"{COLLECTING}test_the_signature", "test_collecting"],
    "P23 n or seconds": ["test_collecting", f"{COLLECTING}test_whichever_is_first"],
    "P24 one of them": [f"{COLLECTING}test_nonsense_is_refused_before_anything_is_looked_for"],
    "P25 an array, or a list without NumPy": ["test_collecting", "test_collecting_without_numpy"],
    "P26 nothing is an error, unless allowed": ["test_collecting_nothing"],
    "P27 a part is no error": ["test_collecting"],
    "P28 the signature of live_plot": [f"{PLOT}test_the_signature"],
    "P29 it returns at once": [f"{PLOT}test_it_returns_nothing_at_once_also_before_the_pipe_is_open"],
    "P30 with the widget backend": [f"{BROWSER}test_a_chart_moves"],
    "P31 the same name replaces it": [f"{PLOT}test_the_same_name_replaces_the_chart"],
    "P32 window, limits and title": [
        "tests/ukernel/live/test_window.py::test_samples_come_in_from_the_right_and_leave_to_the_left",
        "tests/ukernel/live/test_figure.py::test_without_limits_the_y_axis_follows",
        "tests/ukernel/live/test_figure.py::test_texts_are_shown_as_they_are",
    ],
    "P33 three ways to stop": [
        f"{BROWSER}test_it_stops_with_its_pipe",
        f"{BROWSER}test_it_stops_after_its_time",
        f"{PLOT}test_stop_live_stops_one",
    ],
    "P34 stop_live": [f"{PLOT}test_stop_live_stops_one", f"{PLOT}test_stop_live_stops_all"],
    "P35 raw bytes, by default a float": ["test_collecting"],
    "P36 several values": ["test_several_values", f"{PLOT}test_several_lines"],
    "P37 UCORE_PIPE_PORT": ["test_port_and_state_file_of_ones_own"],
    "P38 UCORE_STATE_PATH": ["test_port_and_state_file_of_ones_own", "test_where_the_port_stands"],
    "P39 the examples": ["test_the_examples"],
    "H4 little-endian lengths": ["test_the_wire_by_hand"],
    "H5 one line subscribes": ["test_the_wire_by_hand", f"{LISTENER}test_a_silent_one_is_told"],
    "H6 names": ["test_names", "test_no_names"],
    "H7 subscribing before the pipe is open": [f"{LISTENER}test_a_subscriber_may_come_before_the_pipe"],
    "H8 all that was written before the end": ["test_a_finite_producer"],
    "H9 writing after the end": ["test_a_write_after_the_end"],
    "H10 an old handle after the pipe was opened again": ["test_a_write_after_the_end"],
    "H11 what can be written": ["test_one_write_is_one_chunk", "test_what_write_refuses"],
    "H12 long writes in pieces": ["test_one_write_is_one_chunk"],
    "H13 nonsense for collect": [f"{COLLECTING}test_nonsense_is_refused_before_anything_is_looked_for"],
    "H14 no producer at all": [f"{COLLECTING}test_a_pipe_that_nobody_opens_is_not_waited_for_without_end"],
    "H15 the end before n": ["test_the_end_before_n"],
    "H16 a decoder that raises": [
        f"{COLLECTING}test_a_decoder_that_raises",
        f"{PLOT}test_a_decoder_that_fails_is_told_of_once",
    ],
    "H17 shapes": [
        "test_several_values",
        f"{TIMED}test_samples_of_different_shapes_stay_a_list",
    ],
    "H18 the deadline": [f"{COLLECTING}test_what_comes_in_some_seconds"],
    "H19 who reads too slowly": [
        f"{LISTENER}test_a_subscriber_that_never_reads_is_told_and_dropped_and_no_other_notices",
        f"{FAULTS}test_subscribers_that_misbehave_hurt_nobody",
    ],
    "H20 what ends a pipe": [f"{ENDS}test_what_ends_the_stream", f"{ENDS}test_an_interrupt_ends_no_pipe"],
    "H21 several kernels": [f"{FAULTS}test_the_same_name_on_two_boards"],
    "H22 UCORE_PIPE_PORT on both sides": [
        "test_port_and_state_file_of_ones_own",
        f"{ENDS}test_a_port_that_is_taken_is_told",
    ],
    "H23 UCORE_STATE_PATH on both sides": ["test_port_and_state_file_of_ones_own"],
    "H24 no kernel": [
        f"{FINDING}test_no_kernel_at_all",
        f"{FINDING}test_a_kernel_that_died_is_passed_over",
        f"{FINDING}test_a_broken_state_file",
        f"{FINDING}test_an_unreadable_state_file",
    ],
    "H25 another computer": [f"{FINDING}test_another_computer_needs_a_port"],
    "H26 only this computer, only with the token": [
        f"{LISTENER}test_only_this_computer_can_subscribe",
        f"{LISTENER}test_a_wrong_token",
    ],
    "H27 a stopped chart stays": [f"{BROWSER}test_a_stopped_chart_can_be_operated"],
    "H28 nothing is drawn where nothing has come": [
        "tests/ukernel/live/test_figure.py::test_what_is_not_there_yet_is_not_drawn"
    ],
    "H29 without the widget backend": [
        f"{BROWSER}test_without_the_widget_backend_a_picture_changes",
        f"{PLOT}test_without_matplotlib_it_says_what_to_install",
    ],
    "H30 stop_live for what is not there": [f"{PLOT}test_stop_live_stops_one"],
    "H31 boards without threads": [
        "tests/ucore/test_ucore_small.py::test_messages",
        "tests/ucore/test_ucore.py::test_a_message_is_one_write",
    ],
    "H32 what threads print": ["test_what_producers_print"],
    "H33 more about the host's pipe": [f"{CLIENT}test_another_thread_ends_a_read"],
    "H34 names belong to one board": [f"{FAULTS}test_the_same_name_on_two_boards"],
}


@cache
def functions_in(path):
    tree = ast.parse((Path(__file__).parents[2] / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@each("promise", TABLE)
def test_the_table(promise):
    for test in TABLE[promise]:
        path, separator, name = test.rpartition("::")
        assert name in functions_in(path if separator else "tests/end_to_end/test_pipe_promises.py"), test


@pytest.fixture(scope="module")
def notebook():
    with Notebook("ucore") as notebook:
        notebook.connect("promises")
        yield notebook


@pytest.fixture
def board(notebook):
    """Runs board cells that succeed; pipes that are left open are closed."""

    def run(code):
        cell = notebook.run(f"%%ucore\n{code}")
        assert cell.status == "ok", cell.error
        return cell

    run(PRODUCERS)
    yield run
    for line in notebook.run("%pipes").text().splitlines()[2:]:
        run(f"ucore.close_pipe({line.split()[0]!r})")


@pytest.fixture
def place(notebook, jupyter):
    notebook.run("pass")
    return place_of(notebook)


def messages_of(notebook, name):
    """What ``%pipes`` has counted."""
    return int(listed(notebook, name)[4])


def host(notebook, code):
    cell = notebook.run(f"%%host\n{code}")
    assert cell.status == "ok", cell.error
    return cell


def test_channels_have_names(board, place):
    board("count('a', pack=lambda n: b'from a')\ncount('b', pack=lambda n: b'from b')")
    for name in "ab":
        with subscribe(name, **place) as pipe:
            assert {next(pipe) for _ in range(10)} == {f"from {name}".encode()}


def test_a_producer_runs_beside_other_cells(notebook, board, place):
    board("count('adc')")
    with subscribe("adc", **place) as pipe:
        first = next(pipe)
        for number in range(10):
            assert board(f"{number} + 1").result == str(number + 1)
            assert notebook.run(f"{number} + 2").result == str(number + 2)
        values = [struct.unpack("<f", data)[0] for data in (first, *(next(pipe) for _ in range(100)))]
    assert values == list(range(int(values[0]), int(values[0]) + 101))
    assert pipe.lost == 0


def test_which_cells_run_where(notebook, board):
    code = "import sys\nsys.implementation.name"
    assert board(code).result == "'micropython'"
    assert notebook.run(code).result == "'cpython'"


def test_the_wire_by_hand(board, place):
    with socket.create_connection(("127.0.0.1", place["port"]), timeout=TIMEOUT) as connection:
        connection.sendall(f"raw {place['token']}\n".encode())
        assert eventually(lambda: has_subscribers("raw", place))
        board("with ucore.open_pipe('raw') as pipe:\n    pipe.write(b'abc')\n    pipe.write(b'')")
        assert connection.makefile("rb").read() == b"\3\0\0\0abc" + b"\0\0\0\0"


def has_subscribers(name, place, count=1):
    return Address("127.0.0.1", place["port"], place["token"]).ask(name)["subscribers"] == count


def test_two_processes_get_the_same(board, place):
    consumers = [Consumer("both") for _ in range(2)]
    assert eventually(lambda: has_subscribers("both", place, 2))
    board("count('both')\ntime.sleep_ms(200)\nucore.close_pipe('both')")
    results = [consumer.result() for consumer in consumers]
    assert results[0] == results[1]
    assert results[0][0] > 0
    assert results[0][1] == 0


def test_ucore_is_there_in_any_cell(notebook, board):
    for reset in ("%softreset -q", "%hardreset -t 0.2"):
        assert notebook.run(reset).status == "ok"
        assert board("import ucore\nucore.is_pipe_open('adc')").result == "False"
    assert board("from ucore import open_pipe\nopen_pipe('x').name").result == "'x'"


def test_opening_again(notebook, board, place):
    board("first = ucore.open_pipe('adc')\nfirst.write(b'1')")
    with subscribe("adc", **place) as pipe:
        assert eventually(lambda: has_subscribers("adc", place))
        assert (
            board("second = ucore.open_pipe('adc')\nsecond is first, second.name").result == "(False, 'adc')"
        )
        board("first.write(b'2')\nsecond.write(b'3')")
        assert [next(pipe), next(pipe)] == [b"2", b"3"]
    assert messages_of(notebook, "adc") == 3


def test_closing(board):
    board("count('adc')")
    assert board("ucore.is_pipe_open('adc')").result == "True"
    board("ucore.close_pipe('adc')\nucore.close_pipe('adc')\nucore.close_pipe('never open')")
    assert board("ucore.is_pipe_open('adc')").result == "False"
    assert board("time.sleep_ms(100)\nended").result == "['adc']"
    assert (
        board("p = ucore.open_pipe('adc')\np.close()\np.close()\nucore.is_pipe_open(p.name)").result
        == "False"
    )


def test_one_write_is_one_chunk(board, place):
    sizes = (0, 1, 4, 255, 256, 4095, 4096, 4097, 8192, 65_534, 65_535)
    with subscribe("sizes", **place) as pipe:
        assert eventually(lambda: has_subscribers("sizes", place))
        board(
            "import os\nwith ucore.open_pipe('sizes') as pipe:\n"
            f"    for size in {sizes}:\n        data = os.urandom(size)\n"
            "        pipe.write(data)\n        pipe.write(memoryview(bytearray(data)))"
        )
        chunks = list(pipe)
    assert [len(chunk) for chunk in chunks] == [size for size in sizes for _ in range(2)]
    assert chunks[::2] == chunks[1::2]
    assert pipe.lost == 0


@pytest.mark.parametrize(
    ("value", "error"),
    [("bytes(65536)", "ValueError"), ("'text'", "TypeError"), ("5", "TypeError"), ("None", "TypeError")],
)
def test_what_write_refuses(notebook, board, value, error):
    board("pipe = ucore.open_pipe('adc')")
    assert notebook.run(f"%%ucore\npipe.write({value})").ename == error
    assert messages_of(notebook, "adc") == 0
    assert board("ucore.is_pipe_open('adc')").result == "True"


def test_a_finite_producer(notebook, board, place):
    with subscribe("adc", **place) as pipe:
        assert eventually(lambda: has_subscribers("adc", place))
        board(
            "with ucore.open_pipe('adc') as pipe:\n    for n in range(500): pipe.write(struct.pack('<H', n))"
        )
        assert list(pipe) == [struct.pack("<H", n) for n in range(500)]
    assert notebook.run("%%ucore\nwith ucore.open_pipe('adc'):\n    1 / 0").ename == "ZeroDivisionError"
    assert board("ucore.is_pipe_open('adc')").result == "False"


def test_what_is_imported(notebook):
    code = "from ukernel.pipes import subscribe, collect, live_plot, stop_live"
    host(notebook, code)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=TIMEOUT)


def test_subscribing_in_a_host_cell(notebook, board):
    board("count('adc')")
    cell = host(
        notebook,
        "from ukernel.pipes import subscribe\nchunks = []\nwith subscribe('adc') as pipe:\n"
        "    for i, chunk in enumerate(pipe):\n        if i >= 50:\n            break\n"
        "        chunks.append(chunk)\nprint(len(chunks), {(type(c), len(c)) for c in chunks})",
    )
    assert cell.text() == "50 {(<class 'bytes'>, 4)}\n"
    assert host(notebook, "pipe.closed").result == "True"


def test_collecting(notebook, board):
    board("count('adc')")
    code = "import numpy as np\nfrom ukernel.pipes import collect\nsamples = collect('adc', {})\n"
    code += "print(type(samples).__name__, samples.dtype, len(samples), set(np.diff(samples).tolist()))"
    assert host(notebook, code.format("n=20")).text() == "ndarray float64 20 {1.0}\n"
    kind, _, count, _ = host(notebook, code.format("seconds=0.3")).text().split()
    assert kind == "ndarray"
    assert int(count) > 10
    assert int(host(notebook, code.format("n=10_000, seconds=0.3")).text().split()[2]) < 10_000


def test_collecting_without_numpy(board, place):
    board("count('adc')")
    code = "import sys\nsys.modules['numpy'] = None\nfrom ukernel.pipes import collect\n"
    code += f"print(collect('adc', n=3, **{place}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT)
    assert len(ast.literal_eval(done.stdout)) == 3


def test_collecting_nothing(board, place):
    with pytest.raises(
        TimeoutError, match=r"no samples from pipe 'adc': .*no such pipe is open on the board"
    ):
        collect("adc", seconds=0.05, **place)
    board("pipe = ucore.open_pipe('adc')")
    with pytest.raises(TimeoutError, match=r"no samples from pipe 'adc': none came in 0\.05 s"):
        collect("adc", seconds=0.05, **place)
    assert collect("adc", seconds=0.05, allow_empty=True, **place).shape == (0,)


def test_several_values(board, place):
    board("count('imu', pack=lambda n: struct.pack('<fff', n, n + 0.5, -n))")
    samples = collect("imu", n=10, decoder=lambda data: struct.unpack("<fff", data), **place)
    assert samples.shape == (10, 3)
    assert (samples[:, 1] - samples[:, 0]).tolist() == [0.5] * 10
    only_x = collect("imu", n=10, decoder=lambda data: struct.unpack("<fff", data)[0], **place)
    assert only_x.shape == (10,)


def test_the_clock_of_the_board(board, place):
    board("count('adc', timestamps=True)")
    timed = collect("adc", n=100, timestamps=True, **place)
    assert timed.clock == "board"
    assert set(timed.values[1:] - timed.values[:-1]) == {1.0}
    assert (timed.times[1:] > timed.times[:-1]).all()
    assert 0 <= timed.error < 1
    board("ucore.close_pipe('adc')\ncount('adc')")
    assert collect("adc", n=10, timestamps=True, **place).clock == "arrival"


def test_where_the_port_stands(notebook, place):
    assert entry_of(notebook.pid)["port"] == place["port"]
    assert state_file().is_relative_to(os.environ["JUPYTER_RUNTIME_DIR"])


def test_port_and_state_file_of_ones_own(monkeypatch, tmp_path):
    port = free_port()
    monkeypatch.setenv("UCORE_PIPE_PORT", str(port))
    monkeypatch.setenv("UCORE_STATE_PATH", str(tmp_path / "mine.json"))
    with Notebook("iot") as other:
        other.connect("other")
        other.run(f"{PRODUCERS}\ncount('adc')")
        assert f'"pipe_port": {port}' in (tmp_path / "mine.json").read_text()
        assert len(collect("adc", n=3)) == 3  # by the port, with the token of the state file
        monkeypatch.delenv("UCORE_PIPE_PORT")
        assert len(collect("adc", n=3)) == 3  # by the state file alone
        monkeypatch.setenv("UCORE_PIPE_PORT", "none")
        with pytest.raises(ValueError, match="UCORE_PIPE_PORT must be a port"):
            collect("adc", n=3)


@pytest.mark.parametrize("name", ["a", "x" * 64, "two words", "温度", "µ" * 32, "🌡", "?", "%s{}"])
def test_names(board, place, name):
    with subscribe(name, **place) as pipe:
        assert eventually(lambda: has_subscribers(name, place))
        board(f"with ucore.open_pipe({name!r}) as pipe:\n    pipe.write(b'1')")
        assert list(pipe) == [b"1"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", ValueError),
        ("x" * 65, ValueError),
        ("µ" * 33, ValueError),
        ("a\n", ValueError),
        ("\0", ValueError),
        ("\x7f", ValueError),
        (None, TypeError),
        (b"adc", TypeError),
        (5, TypeError),
    ],
)
def test_no_names(notebook, board, name, error):
    assert notebook.run(f"%%ucore\nimport ucore\nucore.open_pipe({name!r})").ename == error.__name__
    with pytest.raises(error):
        subscribe(name)


def test_a_write_after_the_end(board, place):
    board("old = ucore.open_pipe('adc')")
    with subscribe("adc", **place) as pipe:
        assert eventually(lambda: has_subscribers("adc", place))
        assert board("old.write(b'1')").result == "True"
        board("old.close()")
        assert board("old.write(b'2')").result == "False"
        assert list(pipe) == [b"1"]
    board("new = ucore.open_pipe('adc')")
    with subscribe("adc", **place) as pipe:
        assert eventually(lambda: has_subscribers("adc", place))
        assert board("old.write(b'3'), new.write(b'4')").result == "(False, True)"
        board("new.close()")
        assert list(pipe) == [b"4"]


def test_the_end_before_n(board, place):
    with ThreadPoolExecutor() as pool:
        collecting = pool.submit(collect, "adc", n=1000, **place)
        assert eventually(lambda: has_subscribers("adc", place))
        board("with ucore.open_pipe('adc') as pipe:\n    for n in range(5): pipe.write(struct.pack('<f', n))")
        assert collecting.result(TIMEOUT).tolist() == [0, 1, 2, 3, 4]
        nothing = pool.submit(collect, "adc", n=1000, **place)
        assert eventually(lambda: has_subscribers("adc", place))
        board("ucore.open_pipe('adc').close()")
        with pytest.raises(TimeoutError, match="the pipe was closed"):
            nothing.result(TIMEOUT)


def test_what_producers_print(notebook, board, place):
    """Lines of a thread come out whole among frames, also between cells and in the middle of results."""
    board(
        "def talk():\n    pipe = ucore.open_pipe('adc')\n    n = 0\n    while ucore.is_pipe_open('adc'):\n"
        "        pipe.write(struct.pack('<f', n))\n        print('line', n)\n        n += 1\n"
        "        time.sleep_ms(5)\n_thread.start_new_thread(talk, ())\ntime.sleep_ms(50)"
    )
    samples = collect("adc", n=100, **place)
    assert len(set(samples[1:] - samples[:-1])) == 1
    for number in range(5):
        assert board(f"{number} * 2").result == str(number * 2)
    cell = board("ucore.close_pipe('adc')\ntime.sleep_ms(50)\nprint('end')")
    assert cell.text().endswith("end\n")
    assert "\ufffd" not in notebook.late_text()
    assert "line 50\n" in notebook.late_text()


EXAMPLES = {
    "a thread that is closed from another cell": (
        """
import _thread, struct, time, ucore
from machine import ADC
adc = ADC(1)

def produce():
    pipe = ucore.open_pipe("adc")
    while ucore.is_pipe_open("adc"):
        pipe.write(struct.pack("<f", adc.read_uv() / 1e6))
        time.sleep_ms(20)

_thread.start_new_thread(produce, ())
""",
        """
import struct
from ukernel.pipes import subscribe

with subscribe("adc") as pipe:
    for i, chunk in enumerate(pipe):
        if i >= 5:
            break
        value, = struct.unpack("<f", chunk)
        print(f"{value:.4f} V")
""",
        r"(\d\.\d{4} V\n){5}",
    ),
    "capturing": (
        "",
        """
from ukernel.pipes import collect
samples = collect("adc", n=20)
print(f"{len(samples)} samples, mean = {samples.mean():.3f}")
samples = collect("adc", seconds=0.5)
print(f"{len(samples)} samples, mean = {samples.mean():.3f}")
""",
        r"20 samples, mean = \d\.\d{3}\n[12]?\d samples, mean = \d\.\d{3}\n",
    ),
    "closing": ('ucore.close_pipe("adc")', "print('closed')", r"closed\n"),
    "a finite producer": (
        """
def finite():
    time.sleep_ms(500)
    with ucore.open_pipe("adc") as pipe:
        for _ in range(30):
            pipe.write(struct.pack("<f", adc.read_uv() / 1e6))
            time.sleep_ms(10)
    # pipe closed automatically on exit
_thread.start_new_thread(finite, ())
""",
        "print(len(collect('adc', n=100)))",
        r"30\n",
    ),
    "several channels": (
        """
pipe = ucore.open_pipe("imu")
def imu():
    ax = ay = az = 0.5
    while ucore.is_pipe_open("imu"):
        pipe.write(struct.pack("<fff", ax, ay, az))
        time.sleep_ms(5)
_thread.start_new_thread(imu, ())
""",
        """
with subscribe("imu") as pipe:
    for chunk in pipe:
        ax, ay, az = struct.unpack("<fff", chunk)
        break
print(ax, ay, az)
""",
        r"0.5 0.5 0.5\n",
    ),
}


def test_the_examples(notebook, board):
    for name, (producer, consumer, expected) in EXAMPLES.items():
        if producer:
            board(producer.lstrip("\n"))
        text = host(notebook, consumer.lstrip("\n")).text()
        assert re.fullmatch(expected, text), (name, text)
