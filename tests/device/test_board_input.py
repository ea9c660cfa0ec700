"""What code of a board asks: on each kind of board."""

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from tests.real_boards import kinds
from tests.real_boards.wireless import WirelessBoard


def powered(kind, directory):
    """A board of a kind."""
    makes = {"unix": kinds.unix, "webrepl": WirelessBoard}
    return makes[kind](directory) if kind in makes else getattr(kinds, kind)()


@pytest.fixture(scope="module", params=["unix", "webrepl", "wasm", "microbit"])
def device(request, tmp_path_factory):
    with powered(request.param, tmp_path_factory.mktemp("board")) as board:
        device = Device(board.url, password=getattr(board, "password", None))
        device.open()
        device.kind = request.param
        yield device
        device.close()


@pytest.fixture(scope="module")
def unix(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("board")) as board:
        device = Device(board.url)
        device.open()
        yield device
        device.close()


def run(device, code, *answers):
    """Runs a cell, and stops it when there are no more answers; gives its value, and what it asked."""
    left, prompts, shown = list(answers), [], []

    def on_input(prompt):
        prompts.append(prompt)
        if left:
            device.answer(left.pop(0))
        else:
            device.interrupt()

    value = device.run_cell(code, shown.append, on_input=on_input)
    assert shown == []
    return value, prompts


def test_it_asks(device):
    if device.kind == "wasm":
        with pytest.raises(DeviceError, match="EOFError"):
            run(device, "input('name? ')")
        return
    assert run(device, "input('name? ')", "Ada") == ("'Ada'", ["name? "])
    assert run(device, "input()", "") == ("''", [""])
    assert run(device, "[input(i) for i in 'ab']", "1", "2") == ("['1', '2']", ["a", "b"])


def test_an_answer_that_is_printed_is_no_echo(device):
    if device.kind != "wasm":
        shown = []
        device.run_cell("print(input())", shown.append, on_input=lambda _: device.answer("Ada"))
        assert "".join(shown) == "Ada\n"


def test_a_stopped_question_leaves_no_trace(device):
    if device.kind != "wasm":
        with pytest.raises(DeviceError, match="KeyboardInterrupt") as caught:
            run(device, "input('x')")
        assert "__iot" not in caught.value.traceback
    assert run(device, "1 + 1") == ("2", [])


THREAD = """
import _thread, time
said = []
_thread.start_new_thread(lambda: said.append(input('thread? ')), ())
while not said: time.sleep(0.01)
said
"""


def test_a_thread_may_ask_while_the_cell_runs(unix):
    assert run(unix, THREAD, "yes") == ("['yes']", ["thread? "])


def test_lines_of_standard_input(unix):
    assert run(unix, "import sys\nsys.stdin.readline()", "one") == (r"'one\n'", [""])
    assert run(unix, "sys.stdin.readline(), sys.stdin.readline()", "", "b") == (r"('\n', 'b\n')", ["", ""])


def test_letters_of_standard_input(unix):
    """Those that are left of a line come next; they are gone in the next cell."""
    code = "def key(): return sys.stdin.read(1)\nkey(), key(), sys.stdin.readline(), key()"
    assert run(unix, code, "yes", "n") == (r"('y', 'e', 's\n', 'n')", ["", ""])
    assert run(unix, "sys.stdin.read(4)", "a", "bc") == (r"'a\nbc'", ["", ""])


def test_a_line_of_its_own_stays_its_own(unix):
    with pytest.raises(DeviceError) as caught:
        run(unix, "x = 1\nsys.stdin.readline(); 1 / 0", "a")
    assert "line 2" in caught.value.traceback


def test_nothing_of_ours_is_offered_as_a_name(unix):
    run(unix, "sys.stdin.read(1)", "a")
    assert [name for name in unix.eval("dir()") if not name.startswith("__iot") and "iot" in name] == []


#: As on firmware that was built so.
FIXED = """
import sys, builtins
class Fixed:
    def __getattr__(self, name): return getattr(builtins, name)
    def __setattr__(self, name, value): raise AttributeError(name)
sys.modules['builtins'] = Fixed()
"""


def test_builtins_that_nobody_can_replace(unix):
    unix.soft_reset()
    unix.exec(FIXED)
    assert run(unix, "def ask(): return input('how? ')\nask()", "so") == ("'so'", ["how? "])
    unix.soft_reset()


def test_no_answer_is_taken_by_the_next_cell(unix):
    with pytest.raises(DeviceError):
        run(unix, "input('x')")
    unix.answer("print('typed')")
    assert run(unix, "1 + 1") == ("2", [])


def test_standard_error(device):
    """It comes apart from what is printed, where the firmware can do that; else among it."""
    shown, errors = [], []
    code = "import sys\nprint('a')\nprint('é', 1, file=sys.stderr)\nsys.stderr.write('w' * 3000)\nprint('b')"
    if device.kind == "microbit":
        code = "print('a')\nprint('b')"  # it has no sys.stderr
    device.run_cell(code, shown.append, on_error_text=errors.append)
    assert "".join(shown) == "a\nb\n"
    assert "".join(errors) == ("" if device.kind == "microbit" else "é 1\n" + "w" * 3000)


def test_firmware_without_streams_of_one_s_own(unix):
    unix.soft_reset()
    unix.exec("import sys\nsys.modules['uio'] = sys.modules['io'] = sys")
    shown, errors = [], []
    unix.run_cell("print(1, file=sys.stderr)", shown.append, on_error_text=errors.append)
    assert ("".join(shown), errors) == ("1\n", [])
    unix.soft_reset()
