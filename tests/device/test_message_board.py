"""A board that talks in messages is a board like the others; behind it stands real MicroPython."""

import contextlib
import threading

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectionLostError, DeviceError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.pipes.hub import Hub
from tests.real_boards.message_board import MessageBoard

pytestmark = pytest.mark.board


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with MessageBoard(tmp_path_factory.mktemp("message") / "board") as made:
        yield made


@pytest.fixture(scope="module")
def device(board):
    device = Device(board.url)
    device.open()
    yield device
    device.close()


def run(device, code, **options):
    """What a cell prints, and its value."""
    printed = []
    value = device.run_cell(code, printed.append, **options)
    return "".join(printed), value


def test_it_is_found_out(device):
    assert device.info.talks_in_messages
    assert device.info.implementation == "micropython"


@pytest.mark.parametrize(
    ("code", "printed", "value"),
    [
        ("print('a')\n2 * 3", "a\n", "6"),
        ("x = 5", "", None),
        ("# only a comment", "", None),
        ("\n\nx + 1", "", "6"),
        ("", "", None),
        ("for i in range(300): print(i)", "".join(f"{i}\n" for i in range(300)), None),
        ("print('é€' * 1000, 2, sep='-', end='!')", "é€" * 1000 + "-2!", None),
        ("import builtins\nbuiltins.print('x' * 1000)", "x" * 1000 + "\n", None),
        ("def f(a):\n    '''doc'''\n    return a\n\nf('m\\x00\\'\"')", "", "'m\\x00\\'\"'"),
        ("\n".join(f"v{i} = '{i}' * 10" for i in range(400)) + "\nv399", "", repr("399" * 10)),
    ],
)
def test_cells(device, code, printed, value):
    assert run(device, code) == (printed, value)


@pytest.mark.parametrize(
    ("code", "line", "ename"),
    [
        ("x = 1\nx / 0", 2, "ZeroDivisionError"),
        ("a b", 1, "SyntaxError"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt"),
        ("z = 1\n" * 500 + "1 / 0", 501, "ZeroDivisionError"),
    ],
)
def test_exceptions_leave_the_variables(board, device, code, line, ename):
    run(device, "kept = 1")
    before = board.restarts
    with pytest.raises(DeviceError) as caught:
        run(device, code)
    assert caught.value.ename == ename
    assert f'File "<stdin>", line {line}' in caught.value.traceback
    assert run(device, "kept") == ("", "1")
    assert board.restarts == before


@pytest.mark.parametrize("answer", ["", "a", "ab", "abc", "two words"])
def test_input(device, answer):
    def reply(prompt):
        assert prompt == "name? "
        device.answer(answer)

    assert run(device, "repr(input('name? '))", on_input=reply) == ("", repr(repr(answer)))


class TestInterrupting:
    def interrupted(self, device, code):
        begun = threading.Event()
        printed = []

        def begin(text):
            printed.append(text)
            begun.set()

        def interrupt():
            begun.wait(30)
            device.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            return device.run_cell(code, begin)
        finally:
            thread.join()

    def run_until_cut(self, device):
        with contextlib.suppress(ConnectionLostError):
            device.run_cell("while True: pass", print)

    def test_ends_a_cell(self, board, device):
        run(device, "kept = 2")
        before = board.restarts
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            self.interrupted(device, "print('on')\nwhile True:\n    pass")
        assert run(device, "kept") == ("", "2")
        assert board.restarts == before

    def test_may_be_survived(self, device):
        code = "try:\n    print('on')\n    while True: pass\nexcept KeyboardInterrupt: seen = 3"
        assert self.interrupted(device, code) is None
        assert run(device, "seen") == ("", "3")

    def test_does_not_lose_what_was_printed(self, device):
        printed = []
        thread = threading.Timer(0.5, device.interrupt)
        thread.start()
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            device.run_cell("n = 0\nwhile True:\n    print(n)\n    n += 1", printed.append)
        thread.join()
        lines = "".join(printed).splitlines()
        assert lines == [str(number) for number in range(len(lines))]
        assert run(device, f"n - 1 <= {len(lines)} <= n + 1") == ("", "True")

    def test_ends_input(self, device):
        def interrupt(prompt):
            del prompt
            device.interrupt()

        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            run(device, "input('name? ')", on_input=interrupt)
        assert run(device, "1") == ("", "1")

    def test_connecting_interrupts_what_runs(self, board, device):
        device.close()
        with contextlib.closing(Device(board.url)) as other:
            other.open()
            thread = threading.Thread(target=self.run_until_cut, args=[other])
            thread.start()
            while board.is_idle:
                pass
            other.close()
            thread.join()
        device.open()
        assert run(device, "1") == ("", "1")

    def test_connecting_ends_input_that_nobody_answers(self, board, device):
        device.close()
        with contextlib.closing(Device(board.url)) as other:
            other.open()
            asked = threading.Event()
            thread = threading.Thread(target=self.run_asking, args=[other, asked])
            thread.start()
            assert asked.wait(30)
            other.close()
            thread.join()
        device.open()
        assert run(device, "1") == ("", "1")

    def run_asking(self, device, asked):
        with contextlib.suppress(ConnectionLostError):
            run(device, "input('name? ')", on_input=lambda _: asked.set())


def test_pipes(device):
    messages = []
    hub = Hub()
    hub.outlet.message = lambda name, message: messages.append((name, message.data)) or True
    device.callbacks.on_frame = hub.take
    code = "import ucore\np = ucore.open_pipe('adc')\nfor i in range(3): p.write(b'1234567' * i * 900)"
    run(device, code)
    assert messages == [("adc", b"1234567" * count * 900) for count in range(3)]
    run(device, "p.close()")
    assert hub.pipes() == []


def test_files_go_as_literals(device, tmp_path):
    files = RemoteFiles(device)
    data = bytes(range(256)) * 40
    files.write("/f.bin", data)
    assert files.read("/f.bin") == data
    files.remove("/f.bin")


def test_soft_reset(board, device):
    run(device, "gone = 1")
    device.soft_reset()
    with pytest.raises(DeviceError, match="NameError"):
        run(device, "gone")


def test_who_wants_a_restart_gets_it_and_is_told_once(device):
    told = []
    device.callbacks.on_restart = lambda: told.append(1)
    with pytest.raises(DeviceError, match="SystemExit"):
        run(device, "raise SystemExit")
    run(device, "1")
    run(device, "2")
    assert told == [1]


def test_a_board_that_is_unplugged_comes_back(board, device):
    run(device, "kept = 4")
    board.cut()
    device.reopen()
    assert run(device, "kept") == ("", "4")


def test_a_log_on_the_same_wire_is_passed_over(tmp_path):
    with (
        MessageBoard(tmp_path / "board", log=b"I (123) uart: \x1b[0msent\r\n") as board,
        contextlib.closing(Device(board.url)) as device,
    ):
        device.open()
        assert run(device, "print('a')\n1 + 1") == ("a\n", "2")
