"""What a cell prints, catches and returns is its own affair: nothing of it is taken for the wire's marks."""

import threading
import time

import pytest

from iot_kernel.device import board_connection
from iot_kernel.errors import DeviceError, DeviceResetError, DeviceStuckError, EndLostError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.repl import execution_timeouts
from iot_kernel.repl.connection import BOOT_LIMIT
from iot_kernel.transports import create_transport
from tests.device.test_device import opened

pytestmark = pytest.mark.board

BOARDS = ["unix", "webrepl", "microbit", "wasm"]


class Wire:
    """Passes on what a board says, and changes some of it.

    Attributes:
        damage: takes and returns bytes, for as long as it is set.
        heard: all bytes from the host.
    """

    def __init__(self, transport):
        self._transport = transport
        self.damage = None
        self.heard = b""

    def open(self, timeout):
        self._transport.on_restart = self.on_restart
        self._transport.open(timeout)

    def read(self):
        data = self._transport.read()
        while data and self.damage is not None:
            data = self.damage(data)
            if data:
                break
            data = self._transport.read()
        return data

    def read_direct(self, timeout):
        data = self._transport.read_direct(timeout)
        return self.damage(data) if data and self.damage is not None else data

    def write(self, data):
        self.heard += data
        self._transport.write(data)

    def __getattr__(self, name):
        return getattr(self._transport, name)


class Cell:
    """A cell that runs on a thread, and how it ended."""

    def __init__(self, device, code):
        self.printed, self.notes, self.survived = [], [], []
        self.value = self.error = None
        self._device, self._code = device, code
        device.callbacks.on_note = self.notes.append
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        survive = lambda: self.survived.append(1)  # noqa: E731
        try:
            self.value = self._device.run_cell(self._code, self.printed.append, on_survived=survive)
        except Exception as error:
            self.error = error

    @property
    def text(self):
        return "".join(self.printed)

    def until(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return self

    def after(self, text):
        return self.until(lambda: text in self.text)

    def end(self):
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self


@pytest.fixture
def wires(monkeypatch):
    """The wires of the boards that are opened from now on."""
    made = []

    def make(url, **options):
        made.append(Wire(create_transport(url, **options)))
        return made[-1]

    monkeypatch.setattr(board_connection, "create_transport", make)
    return made


@pytest.fixture(params=BOARDS)
def device(request, wires):
    board = request.getfixturevalue(request.param)
    device = opened(board.url, getattr(board, "password", None))
    device.kind = request.param
    yield device
    device.close()


@pytest.fixture
def unix_device(unix, wires):
    device = opened(unix.url)
    yield device
    device.close()


@pytest.fixture
def chatty(unix, wires):
    """A board whose main.py prints for ever."""
    unix.directory.mkdir()
    (unix.directory / "main.py").write_text("while True: print('main')\n")
    device = opened(unix.url)
    yield device
    device.close()


def run(device, code):
    printed = []
    value = device.run_cell(code, printed.append)
    return "".join(printed), value


def pause(device):
    """Code that lets some time go by, so that what was printed before arrives alone."""
    if device.kind == "microbit":
        return "import microbit\nmicrobit.sleep(300)\n"
    if device.kind == "wasm":
        return "import time\nt = time.ticks_ms()\nwhile time.ticks_diff(time.ticks_ms(), t) < 300: pass\n"
    return "import time\ntime.sleep_ms(300)\n"


class TestOutput:
    @pytest.mark.parametrize(
        "printed",
        [
            "a\x04b",
            "\x04",
            "a\x04\x04>",
            "a\x04\x04>b\x04\x04>",
            "\x04Traceback\n>",
            "\x1e\x1f",
            "OK",
            "\x04>OK",
        ],
        ids=ascii,
    )
    def test_of_any_bytes_ends_no_cell(self, device, printed):
        text = printed.replace("\x04", "")
        assert run(device, f"print({printed!r}, end='')\n{pause(device)}print('x')\n7") == (f"{text}x\n", "7")
        assert run(device, "8") == ("", "8")
        assert device.stray == []

    def test_does_not_hide_an_exception(self, device):
        with pytest.raises(DeviceError) as raised:
            run(device, "print('a\\x04b')\n1/0")
        assert raised.value.ename == "ZeroDivisionError"

    @pytest.mark.parametrize(
        "printed", ["raw REPL; CTRL-B to exit\n>", "MicroPython v1.20.0 on 2023; x\n>>> "]
    )
    def test_that_looks_like_a_restart_is_none(self, device, printed):
        run(device, "kept = 5")
        code = f"print({printed!r}, end='')\n{pause(device)}print('x')\nkept"
        for _ in range(2):
            assert run(device, code) == (f"{printed}x\n", "5")
        assert run(device, "kept") == ("", "5")
        assert device.restarts == []

    def test_that_looks_like_a_restart_in_pieces(self, device):
        code = f"for c in 'raw REPL; CTRL-B to exit\\n>':\n print(c, end='')\n{pause(device)}print('x')\n7"
        assert run(device, code) == ("raw REPL; CTRL-B to exit\n>x\n", "7")

    def test_of_a_banner_again_and_again(self, device):
        code = "for i in range(50): print('raw REPL; CTRL-B to exit\\n>', end='')\n7"
        assert run(device, code) == ("raw REPL; CTRL-B to exit\n>" * 50, "7")
        assert run(device, "8") == ("", "8")

    def test_a_real_restart_is_believed(self, unix_device):
        with pytest.raises(DeviceResetError):
            run(unix_device, "import sys\nprint('bye')\nsys.exit()")
        with pytest.raises(DeviceError):
            run(unix_device, "print(kept)")


class TestRestart:
    @pytest.mark.parametrize("code", ["machine.reset()", "machine.soft_reset()"])
    def test_of_a_board_whose_main_prints_for_ever(self, chatty, monkeypatch, code):
        monkeypatch.setattr(execution_timeouts, "BOOT_PATIENCE", 0.5)
        cell = Cell(chatty, f"import machine\nprint('bye')\n{code}")
        assert isinstance(cell.end().error, DeviceResetError)
        assert cell.text.startswith("bye\n")
        assert run(chatty, "1") == ("", "1")

    def test_stop_ends_such_a_main(self, chatty, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "BOOT_PATIENCE", 1000.0)
        cell = Cell(chatty, "import machine\nmachine.reset()").after("main\n" * 3)
        chatty.interrupt()
        assert isinstance(cell.end().error, DeviceResetError)

    def test_the_limit_of_a_hard_reset_bounds_the_whole(self, chatty):
        began = time.monotonic()
        printed = []
        chatty.hard_reset(printed.append, limit=0.5)
        assert time.monotonic() - began < BOOT_LIMIT
        assert "main\n" * 3 in "".join(printed)
        assert run(chatty, "1") == ("", "1")


class TestValue:
    def test_whose_repr_raises(self, device):
        with pytest.raises(DeviceError) as raised:
            run(device, "class A:\n def __repr__(self): return self.nothing\n\nA()")
        assert raised.value.ename == "AttributeError"
        frames = [line for line in raised.value.traceback.split("\n") if line.startswith("  ")]
        assert ["__iot__" in frame or "lambda" in frame for frame in frames] == [False] * 2

    def test_that_is_stopped_shows_no_mark(self, unix_device):
        cell = Cell(
            unix_device, "print('on')\nclass A:\n def __repr__(self):\n  while True: pass\n\n[1, A()]"
        )
        cell.after("on")
        time.sleep(0.3)
        unix_device.interrupt()
        assert cell.end().error.ename == "KeyboardInterrupt"
        assert cell.text in ("on\n", "on\n[1, ")  # as far as it had come

    def test_of_several_lines(self, device):
        assert run(device, "class A:\n def __repr__(self): return 'one\\ntwo'\n\nA()") == ("", "one\ntwo")

    def test_what_only_looks_like_a_request_is_output(self, device):
        """Also in the first cell after a restart, when the board has a new mark."""
        device.soft_reset()
        assert run(device, "print('a\\x1cz\\x1cc')") == ("a\x1cz\x1cc\n", None)

    def test_none_takes_no_memory(self, device):
        """As far as the firmware can tell: while its heap is locked it has none to give."""
        run(
            device,
            "try: from micropython import heap_lock, heap_unlock\n"
            "except ImportError: heap_lock = heap_unlock = int",
        )
        text, value = run(device, "heap_lock()\n__iot__()\nheap_unlock()\nprint('on')")
        assert text.startswith("on\n")
        assert value is None

    def test_takes_no_memory_before_the_expression_has_run(self, unix_device):
        code = "import micropython\nmicropython.heap_lock()\nmicropython.heap_unlock()"
        assert run(unix_device, code)[0] == ""
        assert (
            run(unix_device, "import micropython\nmicropython.heap_lock()\nx = micropython.heap_unlock()")[0]
            == ""
        )
        assert run(unix_device, "[1] * 3") == ("", "[1, 1, 1]")

    def test_beside_names_of_builtins(self, device):
        names = [
            "callable",
            "hasattr",
            "getattr",
            "globals",
            "OSError",
            "Exception",
            "exec",
            "print",
            "repr",
            "str",
            "tuple",
            "type",
        ]
        run(device, "\n".join(f"{name} = 5" for name in names))
        assert run(device, "[1, print]") == ("", "[1, 5]")

    def test_beside_a_cell_that_clears_all_variables(self, device):
        assert run(device, "for n in list(globals()): del globals()[n]\n3") in [("", "3"), ("", None)]
        assert run(device, "4") == ("", "4")


class TestStop:
    def test_one_press_is_one_ctrl_c(self, unix_device, wires, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.2)
        cell = Cell(
            unix_device,
            "import time\ntry:\n print('on')\n while True: pass\nfinally:\n time.sleep(2)\n print('parked')",
        )
        cell.after("on")
        unix_device.interrupt()
        assert cell.end().error.ename == "KeyboardInterrupt"
        assert cell.text == "on\nparked\n"
        assert wires[-1].heard.count(b"\x03") == 1
        assert len(cell.notes) == 1
        assert "once more" in cell.notes[0]

    def test_what_the_cell_makes_of_it_counts(self, device):
        cell = Cell(
            device,
            "n = 0\nprint('on')\ntry:\n while True: n += 1\nexcept KeyboardInterrupt: pass\nn > 0",
        )
        cell.after("on")
        time.sleep(0.2)
        device.interrupt()
        assert (cell.end().error, cell.value, cell.survived) == (None, "True", [1])

    def test_a_cell_that_catches_it_runs_to_its_end(self, unix_device, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.1)
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_TIMEOUT", 0.2)
        cell = Cell(
            unix_device,
            "import time\ntry:\n print('on')\n while True: pass\nexcept KeyboardInterrupt: pass\n"
            "for i in range(20): time.sleep(0.1)\n'done'",
        )
        cell.after("on")
        unix_device.interrupt()
        assert (cell.end().error, cell.value) == (None, "'done'")

    def test_a_second_press_is_a_second_ctrl_c(self, unix_device, wires):
        code = (
            "import time\ntry:\n print('on')\n while True: pass\nfinally:\n print('parking')\n"
            " while True: time.sleep(0.01)"
        )
        cell = Cell(unix_device, code)
        cell.after("on")
        unix_device.interrupt()
        cell.after("parking")
        unix_device.interrupt()
        assert cell.end().error.ename == "KeyboardInterrupt"
        assert wires[-1].heard.count(b"\x03") == 2

    def test_where_two_do_not_help_the_advice_does(self, unix_device, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.2)
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_TIMEOUT", 0.5)
        cell = Cell(
            unix_device,
            "print('on')\nwhile True:\n try:\n  while True: pass\n except KeyboardInterrupt: pass",
        )
        cell.after("on")
        unix_device.interrupt()
        cell.until(lambda: cell.notes)
        unix_device.interrupt()
        assert isinstance(cell.end().error, DeviceStuckError)
        assert "%hardreset" in str(cell.error)
        assert "%softreset" not in str(cell.error)
        unix_device.hard_reset(quiet=0.3)
        assert run(unix_device, "1") == ("", "1")


class OverEnd:
    """Puts noise over the end of the first cell, mark and all."""

    def __init__(self, noise, mark):
        self._end, self._noise = mark.end + b"\x04\x04>", noise
        self._held = b""
        self._is_done = False

    def __call__(self, data):
        if self._is_done:
            return data
        before, end, after = (self._held + data).partition(self._end)
        self._is_done = bool(end)
        if end:
            return before + self._noise + after
        held = next(n for n in range(len(self._end), -1, -1) if before.endswith(self._end[:n]))
        text, self._held = before[: len(before) - held], before[len(before) - held :]
        return text


class UpTo:
    """Passes on all up to some bytes, and nothing behind them."""

    def __init__(self, end):
        self._end, self._seen = end, b""

    def __call__(self, data):
        before = len(self._seen)
        self._seen += data
        at = self._seen.find(self._end)
        return data if at < 0 else self._seen[before : at + len(self._end)]


NOISES = {
    "garbage": bytes(range(128, 192)),
    "nothing": b"",
    "the mark but not the rest": b"\x1e",
    "0x04": b"\x04\x04",
}


class TestNoise:
    @pytest.mark.parametrize("noise", NOISES)
    def test_a_lost_end_is_an_error_that_says_so(self, device, wires, monkeypatch, noise):
        monkeypatch.setattr(execution_timeouts, "SILENCES", (0.5, 1.0, 2.0))
        wires[-1].damage = OverEnd(NOISES[noise], EndMark(device._board.mark))
        cell = Cell(device, "kept = 5\nprint('a')")
        assert isinstance(cell.end().error, EndLostError)
        assert cell.text.startswith("a\n")
        assert run(device, "kept") == ("", "5")
        assert device.restarts == []

    def test_where_the_mark_came_nothing_is_lost(self, device, wires):
        wires[-1].damage = UpTo(EndMark(device._board.mark).end)
        cell = Cell(device, "print('a')\n7")
        cell.until(lambda: wires[-1].heard.endswith(b"\x01"))
        wires[-1].damage = None
        assert (cell.end().error, cell.value, cell.text) == (None, "7", "a\n")

    def test_stop_on_an_idle_board_ends_the_cell(self, unix_device, wires):
        wires[-1].damage = OverEnd(b"\xff" * 64, EndMark(unix_device._board.mark))
        cell = Cell(unix_device, "print('a')\ninput = 5")
        cell.after("a\n")
        unix_device.interrupt()
        assert isinstance(cell.end().error, EndLostError)

    @pytest.mark.parametrize("word", ["import sys; sys.stdin", "input()"])
    def test_code_that_reads_its_input_gets_nothing_of_ours(self, unix_device, wires, monkeypatch, word):
        monkeypatch.setattr(execution_timeouts, "SILENCES", (0.1, 0.2, 0.3))
        code = f"import time\nif 0: {word}\nprint('on')\ntime.sleep(1.5)\n7"
        cell = Cell(unix_device, code)
        assert cell.end().value == "7"
        assert b"\x01" not in wires[-1].heard.partition(b"on'")[2]

    def test_a_silent_cell_is_not_disturbed(self, device, wires, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "SILENCES", (0.05, 0.05, 0.05))
        assert run(device, f"{pause(device) * 3}7") == ("", "7")
        assert wires[-1].heard.count(b"\x01") > 0
        monkeypatch.undo()
        for number in range(5):
            assert run(device, str(number)) == ("", str(number))
        assert device.stray == []


def test_the_marks_of_a_cell_cost_little(device, wires):
    run(device, "x = 1")
    before = len(wires[-1].heard)
    run(device, "x = 1")
    assert len(wires[-1].heard) - before + len(EndMark("ab").end) <= len("x = 1\x04") + 12


@pytest.mark.parametrize("name", ["time", "os", "sys", "micropython", "machine", "builtins"])
def test_all_names_of_a_module_can_be_imported(unix_device, name):
    """A virtual board gives some modules names of its own."""
    assert run(unix_device, f"before = 5\nfrom {name} import *\nbefore") == ("", "5")
    assert run(unix_device, f"import {name}\n{name}.__name__") == ("", f"'{name}'")


def test_what_cells_cost_on_the_wire(unix_device, wires):
    """A value that has nothing more to show costs nothing for others that have."""
    [wire], said = wires, []
    wire.damage = lambda data: said.append(data) or data
    mark = unix_device._board.mark[:1].encode()
    for code, sent, answer in (
        ("pass", b"pass\n__iot__()\x04", b"OK\x1eM\x04\x04>"),
        ("x = 3\nx", b"x = 3\n__iot__((x))\x04", b"OK\x1fM (3,)\x1eM\x04\x04>"),
        ("[1, {}]", b"__iot__(([1, {}]))\x04", b"OK\x1fM ([1, {}],)\x1eM\x04\x04>"),
    ):
        said.clear()
        wire.heard = b""
        unix_device.run_cell(code, print)
        assert (wire.heard, b"".join(said)) == (sent, answer.replace(b"M", mark))
