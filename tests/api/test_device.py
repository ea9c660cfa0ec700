"""What scripts ask of a board, as they ask it: code, values, variables, resets, who it is."""

import copy
import pickle
import threading
import time
from array import array

import pytest

import iot_kernel
import iot_kernel.aio
from iot_kernel import DeviceError, DeviceTimeoutError, UnmovableValueError, VariableNotFoundError
from ukernel.pipes import collect

pytestmark = pytest.mark.board


class TestCode:
    def test_what_it_prints_is_returned(self, board):
        assert board.exec("print('a')\nprint('ü')") == "a\nü\n"
        assert board.exec("1 + 1") == ""

    def test_code_that_is_indented_as_a_whole(self, board):
        code = """
            for letter in "ab":
                print(letter)
        """
        assert board.exec(code) == "a\nb\n"

    def test_or_taken_as_it_comes(self, board):
        taken = []
        assert board.exec("print('a')", on_output=taken.append) == ""
        assert "".join(taken) == "a\n"

    def test_all_output_can_be_listened_to_besides(self, board):
        heard = []
        board.events.on_output = heard.append
        try:
            assert board.exec("print('returned')") == "returned\n"
            board.exec("print('taken')", on_output=lambda text: None)
            board.eval("print('evaluated') or 1")
            board.files.write_bytes("boot.py", b"print('booted')")
            board.soft_reset()
            board.events.on_output = lambda text: 1 // 0
            assert board.exec("print('again')") == "again\n"
        finally:
            board.events.on_output = lambda text: None
            board.files.remove("boot.py")
        assert "".join(heard) == "returned\ntaken\nevaluated\nbooted\n"

    def test_an_error_has_what_was_printed_before(self, board):
        with pytest.raises(DeviceError) as caught:
            board.exec("print('before')\n1 // 0")
        error = caught.value
        assert (error.ename, error.output) == ("ZeroDivisionError", "before\n")
        assert "line 2" in error.traceback
        assert error.__notes__ == [f"on the board:\n{error.traceback}"]

    def test_it_may_await_and_use_pipes(self, board):
        code = "import asyncio, ucore\nawait asyncio.sleep(0)\nprint(hasattr(ucore, 'open_pipe'))"
        assert board.exec(code) == "True\n"

    def test_code_that_goes_on_for_too_long_is_interrupted_by_the_next_call(self, board):
        board.exec("n = 0")
        with pytest.raises(DeviceTimeoutError, match=r"no answer within 0\.3 s; the next call interrupts it"):
            board.exec("while True: n += 1", timeout=0.3)
        assert board.eval("n") > 0

    def test_more_output_than_this_computer_should_hold(self, board, monkeypatch):
        monkeypatch.setattr("iot_kernel.api.running.LONGEST_OUTPUT", 1000)
        with pytest.raises(iot_kernel.RemoteProtocolError, match="its output"):
            board.exec("while True: print('x' * 100)")
        assert board.eval("1") == 1

    def test_what_takes_output_cannot_use_the_board(self, board):
        with pytest.raises(RuntimeError, match="must not use the board"):
            board.exec("print('a')\nwhile True: pass", on_output=lambda text: board.eval("1"))
        assert board.eval("1") == 1

    def test_an_error_of_what_takes_output_ends_the_code(self, board):
        def take(text):
            raise ZeroDivisionError(text)

        with pytest.raises(ZeroDivisionError, match="a"):
            board.exec("print('a')\nwhile True: pass", on_output=take)
        assert board.eval("1") == 1

    def test_but_it_may_interrupt_it(self, board):
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            board.exec("print('a')\nwhile True: pass", on_output=lambda text: board.interrupt())

    def test_nobody_answers_questions(self, board):
        for code in ("input('Name? ')", "import sys\nsys.stdin.readline()"):
            with pytest.raises(iot_kernel.InputNotPossibleError, match=r"asked for input\(\)"):
                board.exec(code)
        assert board.eval("1") == 1


class TestValues:
    def test_any_value_that_can_be_moved(self, board):
        value = {"a": [1, 2.5, None, True], (1, "b"): b"bytes", "s": {1, 2}, "c": 1j}
        board.set("value", value)
        assert board.get("value") == value
        assert board.eval("value['a'][1:]") == [2.5, None, True]
        assert board.eval("[1,\n 2][0]") == 1
        with pytest.raises(DeviceError, match="SyntaxError"):
            board.eval("")

    def test_short_ones(self, board):
        board.exec("type = repr = print = 5")
        for text in (
            "-5",
            "2**200",
            "True",
            "None",
            "'a\\n\\'\"ü\\x00'",
            "b'\\xff\\x00'",
            "'x' * 256",
            "'x' * 257",
            "0.1",
            "''",
        ):
            assert board.eval(text) == eval(text)
        assert type(board.eval("True")) is bool
        board.exec("del type, repr, print")

    def test_threads_that_print_meanwhile(self, board):
        board.exec(
            "import _thread\nnoisy = True\ndef noise():\n while noisy: print('0 ' * 9)\n"
            "_thread.start_new_thread(noise, ())"
        )
        assert [board.eval(f"{n} + 1") for n in range(20)] == list(range(1, 21))
        board.exec("noisy = False")

    def test_arrays(self, board):
        board.set("samples", array("h", range(2000)))
        assert board.get("samples").tolist() == list(range(2000))

    def test_what_cannot_be_moved(self, board):
        with pytest.raises(UnmovableValueError, match=r"x\[0\]: an object object cannot be moved"):
            board.set("x", [object()])
        with pytest.raises(UnmovableValueError, match=r"the value\[1\]: a .*module"):
            board.eval("[1, __import__('sys')]")
        with pytest.raises(VariableNotFoundError, match="no variable with name 'nosuch' on the board"):
            board.get("nosuch")
        with pytest.raises(iot_kernel.UsageError, match="no name of a variable"):
            board.set("no name", 1)
        with pytest.raises(DeviceError, match="NameError"):
            board.eval("nosuch")

    def test_nothing_is_left_behind(self, board):
        before = board.eval("sorted(globals())")
        assert board.eval("sorted(globals())") == before
        with pytest.raises(UnmovableValueError):
            board.eval("print")
        assert board.eval("sorted(globals())") == before


class TestTheBoard:
    def test_who_it_is(self, board, virtual):
        assert (board.info.implementation, board.info.platform) == ("micropython", "linux")
        assert board.url.startswith("sim://")
        assert board.name == board.info.uid
        assert repr(board) == f"<Device {board.info.uid} @ {board.url}>"
        assert board.is_open

    def test_its_clock(self, board):
        assert board.clock.read().epoch in (1970, 2000)
        assert abs(board.clock.set().ahead) < 60

    def test_resets(self, board):
        board.exec("a = 1")
        board.files.write_bytes("boot.py", b"print('booted')")
        assert "booted\n" in board.soft_reset()
        with pytest.raises(VariableNotFoundError):
            board.get("a")
        taken = []
        board.hard_reset(taken.append)
        assert "booted" in "".join(taken)
        board.files.remove("boot.py")

    def test_interrupt(self, board):
        timer = threading.Timer(0.3, board.interrupt)
        timer.start()
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            board.exec("import time\nwhile True: time.sleep_ms(10)")
        timer.join()
        assert board.eval("1") == 1

    def test_threads_take_turns(self, board):
        board.exec("def slow(n):\n t = 0\n for i in range(300): t += i * n\n return t")
        results = {}

        def work(n):
            board.set(f"v{n}", [n] * 500)
            results[n] = (board.eval(f"slow({n})"), board.get(f"v{n}") == [n] * 500)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert results == {n: (44850 * n, True) for n in range(6)}


def test_pipes(board):
    pipes = board.pipes()
    with pipes.subscribe("adc") as pipe:
        assert isinstance(pipe, iot_kernel.Pipe)
        assert pipe.label == f"{board.name}:adc"  # what it is called beside pipes of other boards
        board.exec("import ucore\nadc = ucore.open_pipe('adc')\nfor i in range(100): adc.write(bytes([i]))")
        assert [pipe.read(10) for _ in range(100)] == [bytes([i]) for i in range(100)]
        assert [(info.name, info.messages) for info in pipes.open()] == [("adc", 100)]
    board.soft_reset()
    assert pipes.open() == []


def test_the_tools_for_pipes_work_on_them(board):
    address = board.pipes().address
    board.exec("import ucore\nadc = ucore.open_pipe('adc')")

    def write():
        deadline = time.monotonic() + 60
        while board.pipes().open()[0].subscribers == 0 and time.monotonic() < deadline:
            time.sleep(0.001)
        board.exec("for i in range(10): adc.write(b'\\0\\0' + bytes([i, 0x3f]))")

    writer = threading.Thread(target=write)
    writer.start()
    found = collect("adc", n=10, port=address.port, token=address.token)
    assert len(set(found.tolist())) == 10
    writer.join()
    board.exec("adc.close()")


class TestWhatStrangersTry:
    def test_arguments_of_other_types(self, board):
        for call, problem in (
            (lambda: board.exec(b"1"), "code must be a str, not bytes"),
            (lambda: board.eval(5), "an expression must be a str, not int"),
            (lambda: iot_kernel.connect(5), "a board's name or url must be a str, not int"),
            (lambda: iot_kernel.aio.connect(None), "a board's name or url must be a str, not NoneType"),
            (lambda: iot_kernel.Device(board.url), r"a Device is what iot_kernel\.connect\(\) returns"),
            (
                lambda: board.files.listdir(5),
                "a path of the board must be a str or a path of pathlib, not int",
            ),
            (lambda: board.files.write_bytes("/x", 5), "bytes-like"),
            (lambda: board.files.write_bytes("/x", "text"), "bytes-like"),
        ):
            with pytest.raises(TypeError, match=problem):
                call()
        assert board.files.listdir() == []

    def test_it_cannot_be_copied(self, board):
        for copying in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                copying(board)

    def test_what_it_looks_like(self, board):
        text = f"{board.info.uid} @ {board.url}"
        assert repr(board) == f"<Device {text}>"
        assert repr(board.files) == f"<files of {text}>"
        assert repr(board.clock) == f"<clock of {text}>"
        assert repr(board.pipes()) == f"<pipes of {text}>"
