"""Cells on several boards that one thread begins before it waits for any of them; real MicroPython."""

import secrets
import threading

import pytest

from iot_kernel.errors import ConnectionLostError, DeviceError, NotConnectedError
from iot_kernel.repl.halves import begin, end, whole
from tests.device.test_device import opened, until

pytestmark = pytest.mark.board

DEADLINE = 60.0

BOARDS = ["unix", "webrepl", "microbit", "wasm"]


@pytest.fixture(params=BOARDS)
def device(request):
    board = request.getfixturevalue(request.param)
    device = opened(board.url, getattr(board, "password", None))
    yield device
    device.close()


@pytest.fixture
def boards(tmp_path):
    """Three virtual boards, each in a directory of its own below the same one."""
    boards = [opened(f"sim://{secrets.token_hex(4)}?dir={tmp_path / name}") for name in "abc"]
    yield boards
    for board in boards:
        board.close()


def execution(device, code, printed=lambda _: None):
    return device.cell_execution(code, printed)


def elsewhere(function):
    """Calls a function on another thread; returns what that returns or raises."""
    ends = []

    def call():
        try:
            ends.append(function())
        except BaseException as error:
            ends.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    [value] = ends
    return value


def test_all_run_before_any_is_waited_for(boards):
    code = "import time\nbegan = time.time()\ntime.sleep(2)\nbegan, time.time()"
    running = [execution(board, code) for board in boards]
    for each in running:
        begin(each)
    spans = [eval(end(each)) for each in reversed(running)]
    assert max(began for began, _ in spans) < min(ended for _, ended in spans)


@pytest.fixture
def uart(tmp_path):
    """A board to which longer code goes in raw-paste mode, which takes several steps."""
    device = opened(f"sim://{secrets.token_hex(4)}?dir={tmp_path}&link=115200&buffer=256")
    yield device
    device.close()


def test_code_that_goes_in_several_steps(uart):
    code = "".join(f"x{number} = {number}\n" for number in range(100))
    running = execution(uart, f"{code}x99")
    begin(running)
    assert elsewhere(lambda: end(running)) == "99"
    running = execution(uart, f"{code}while True: pass")
    begin(running)
    uart.interrupt()
    assert elsewhere(lambda: end(running)).ename == "KeyboardInterrupt"
    running = execution(uart, f"{code}x99")
    begin(running)
    running.close()
    assert elsewhere(lambda: whole(execution(uart, "6*7"))) == "42"


def test_another_thread_may_wait_for_the_end(device):
    printed = []
    running = execution(device, "print('said')\n6*7", printed.append)
    begin(running)
    assert elsewhere(lambda: end(running)) == "42"
    assert "".join(printed) == "said\n"
    assert whole(execution(device, "6*7")) == "42"


def test_nothing_else_runs_in_between(device):
    running = execution(device, "x = 1")
    begin(running)
    assert device.answer_when_idle("print(2)") is None
    asked = threading.Event()

    def ask():
        asked.set()
        return device.eval("x")

    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask()), daemon=True)
    thread.start()
    assert asked.wait(DEADLINE)
    assert not answers
    end(running)
    thread.join(DEADLINE)
    assert answers == [1]


@pytest.mark.parametrize("board", BOARDS[:3], indirect=True)
def test_an_interrupt_in_between_reaches_the_code(board):
    running = execution(board, "while True: pass")
    begin(running)
    board.interrupt()
    error = elsewhere(lambda: end(running))
    assert isinstance(error, DeviceError)
    assert error.ename == "KeyboardInterrupt"
    assert whole(execution(board, "6*7")) == "42"


@pytest.fixture
def board(request):
    board = request.getfixturevalue(request.param)
    device = opened(board.url, getattr(board, "password", None))
    yield device
    device.close()


def test_a_board_that_is_let_go_in_between(device):
    running = execution(device, "x = 1")
    begin(running)
    device.close()
    with pytest.raises(ConnectionLostError):
        end(running)
    device.reopen()
    assert whole(execution(device, "6*7")) == "42"


def test_what_is_not_waited_for_leaves_a_board_that_can_be_used(device):
    running = execution(device, "import time\nfor _ in range(20): time.sleep(0.1)")
    begin(running)
    running.close()
    assert elsewhere(lambda: whole(execution(device, "6*7"))) == "42"


def test_what_cannot_begin_leaves_a_board_that_can_be_used(device):
    device.close()
    with pytest.raises(NotConnectedError):
        begin(execution(device, "x = 1"))
    device.reopen()
    assert elsewhere(lambda: whole(execution(device, "6*7"))) == "42"


def test_more_code_than_goes_into_the_first_half(device):
    """What is printed meanwhile, and values with more than their repr, come as ever."""
    code = "\n".join(f"x{number} = {number}" for number in range(40)) + "\nprint(x7)\n[x39]"
    printed = []
    running = execution(device, code, printed.append)
    begin(running)
    assert end(running) == "[39]"
    until(lambda: "".join(printed) == "7\n")
